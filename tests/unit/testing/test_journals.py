"""Journals of real runs as tests: they replay, show what another part changes, are blessed, and take what is given."""

from pathlib import Path

import pytest
from tests.unit.testing.conftest import RunPytest

from tidegate import Session
from tidegate.testing.market import table
from tidegate.testing.replaying import reasons_path

MARKET = table("""
A    B    C    signal:ml_score:A  signal:ml_score:B  signal:ml_score:C
100  50   20   1                  2                  3
101  51   19   3                  2                  1
103  50   18   1                  3                  2
102  52   21   2                  1                  3
104  49   22   3                  1                  2
""")
OWN = """
from tidegate import Strategy

class Buys(Strategy):
    '''Buys some of A at the second barrier.'''
    def on_batch(self, ctx):
        if ctx.barrier == 1:
            ctx.order("A", 5)
"""
GIVEN = """
from tidegate.replay import Given
from tidegate.testing import JournalReplayer, table

MARKET = table('''
{market}''')

def pytest_tidegate_replayer(config):
    return JournalReplayer(lambda journal: Given(source=MARKET.source()))
"""


def record(path: Path, market: str, strategy: str = "tidegate.strategy:TopN") -> None:
    """A run of the market; by value, it stands for itself."""
    params = {"n": 1, "every": 1} if strategy.endswith("TopN") else {}
    config = {
        "strategy": {"use": strategy, "params": params},
        "account": {"cash": 10_000},
        "journal": {"mode": "batch", "market": market},
    }
    Session(source=MARKET.source(), config=config, journal=path, progress=False).run()


@pytest.fixture
def journal(folder: Path) -> Path:
    """One that needs nothing beside itself."""
    path = folder / "rotation.tgj"
    record(path, "value")
    return path


def test_a_journal_replays_in_any_order_of_actors(journal: Path, run_pytest: RunPytest) -> None:
    done = run_pytest("-vv", "--tidegate-shuffle", "2")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["*rotation.tgj::replay PASSED*"])


def test_the_first_message_that_another_setting_changes_is_told(journal: Path, run_pytest: RunPytest) -> None:
    done = run_pytest("--tidegate-swap", "execution.commission={bps: 10}")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["first difference at barrier 1, FILL*", "*expected*", "*found*", "*sent because of*"])
    done.stdout.no_fnmatch_line("*Traceback*")


def test_another_strategy_is_another_run(journal: Path, run_pytest: RunPytest) -> None:
    done = run_pytest("--tidegate-swap", "strategy=tidegate.strategy:EqualWeight")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["first difference at barrier 0, DECIDE*"])


def test_a_strategy_that_has_changed_is_found_and_blessed(
    folder: Path, run_pytest: RunPytest, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = folder / "own_strategy.py"
    own.write_text(OWN)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    journal = folder / "own.tgj"
    record(journal, "value", "own_strategy:Buys")
    before = journal.read_bytes()
    run_pytest().assert_outcomes(passed=1)
    own.write_text(OWN.replace('"A", 5', '"A", 7'))
    monkeypatch.delitem(__import__("sys").modules, "own_strategy")
    done = run_pytest()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["first difference at barrier 1, DECIDE*", "*quantity*", "*expected 5*", "*found*7*"])
    run_pytest("--tidegate-bless", "--reason", "seven is better").assert_outcomes(passed=1)
    assert journal.read_bytes() != before
    kept = reasons_path(journal).read_text()
    assert "seven is better\n    first difference at barrier 1" in kept
    run_pytest().assert_outcomes(passed=1)


def test_what_was_given_is_given_again_by_the_folder(folder: Path, run_pytest: RunPytest) -> None:
    record(folder / "by_reference.tgj", "reference")
    done = run_pytest()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*give the source again*"])
    (folder / "conftest.py").write_text(GIVEN.format(market=MARKET))
    run_pytest().assert_outcomes(passed=1)
    (folder / "conftest.py").write_text(GIVEN.format(market=str(MARKET).replace("101", "102")))
    run_pytest().assert_outcomes(failed=1)


def test_a_damaged_journal_says_what_it_is(journal: Path, run_pytest: RunPytest) -> None:
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)
    done = run_pytest()
    done.assert_outcomes(failed=1)
    done.stdout.no_fnmatch_line("*Traceback*")
    done.stdout.fnmatch_lines(["*damaged*"])
