"""Rows of tables and journals as tests: what passes, what fails and how, what a blessing leaves."""

from pathlib import Path
from textwrap import dedent

import pytest
from tests.unit.testing.conftest import RunPytest

from tidegate import __version__
from tidegate.journal.index import index_path

TABLE = """\
set account.cash=1000
name       | market        | asks  | fills      | cash
at an open | A 100 110 120 | 0 A+5 | 1o A+5@110 | 450
nothing    | A 100 110     |       |            | 1000
"""
REPLAYER = """
import json

class Replayer:
    '''Journals of this test are texts: what a replay finds, by shuffle seed.'''

    def replay(self, path, swaps, shuffle_seed=None):
        said = json.loads(path.read_text())
        if swaps:
            return f"swapped {swaps}"
        return said.get("plain" if shuffle_seed is None else str(shuffle_seed))

    def record(self, path, target):
        target.write_text("{}")

def pytest_tidegate_replayer(config):
    return Replayer()
"""


@pytest.fixture
def table(folder: Path) -> Path:
    """A table of two rows that come out as they say."""
    path = folder / "some.scenarios"
    path.write_text(TABLE)
    return path


@pytest.fixture
def journal(folder: Path) -> Path:
    """A journal that replays, of the sort that the replayer in the same folder knows."""
    (folder / "conftest.py").write_text(REPLAYER)
    path = folder / "run.tgj"
    path.write_text("{}")
    return path


def test_each_row_is_a_test(table: Path, run_pytest: RunPytest) -> None:
    done = run_pytest("-vv")
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["*some.scenarios::at an open PASSED*", "*some.scenarios::nothing PASSED*"])


def test_a_row_is_chosen_like_any_test(table: Path, run_pytest: RunPytest) -> None:
    run_pytest("some.scenarios::nothing").assert_outcomes(passed=1)
    run_pytest("-k", "open").assert_outcomes(passed=1, deselected=1)


def test_a_row_that_comes_out_otherwise_fails_with_what_differs_alone(table: Path, run_pytest: RunPytest) -> None:
    table.write_text(table.read_text().replace("450", "451"))
    done = run_pytest()
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*at an open*", "cash: want 451; have 450"])
    done.stdout.no_fnmatch_line("*Traceback*")
    done.stdout.no_fnmatch_line("*items.py*")


def test_a_table_without_sense_is_an_error_that_says_where(table: Path, run_pytest: RunPytest) -> None:
    table.write_text(table.read_text() + "more | A 1\n")
    done = run_pytest()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["some.scenarios:5: has 2 cells, want 5: name | market | asks | fills | cash"])


def test_a_row_without_sense_fails_with_its_mistake(table: Path, run_pytest: RunPytest) -> None:
    table.write_text(table.read_text().replace("A 100 110     |", "A 100 110/1   |"))
    done = run_pytest()
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*asset A: bar '110/1': want open/high/low/close*"])


def test_what_a_row_asks_for_and_cannot_have_is_told_without_the_way_there(table: Path, run_pytest: RunPytest) -> None:
    table.write_text(TABLE.replace("0 A+5 ", "0 Z+5 "))
    done = run_pytest()
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["actor 'script' failed at barrier 0 *: RequestError: asset 'Z' is not among the 1 *"])
    done.stdout.no_fnmatch_line("*scheduler.py*")


def test_another_part_shows_what_it_changes(table: Path, run_pytest: RunPytest) -> None:
    done = run_pytest("--tidegate-swap", "execution.fill=same_close")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["fills: want 1o A+5@110; have 0c A+5@100", "cash: want 450; have 500"])


def test_a_blessing_writes_the_table_and_keeps_the_reason(table: Path, run_pytest: RunPytest) -> None:
    table.write_text(table.read_text().replace("450", "451"))
    done = run_pytest("--tidegate-bless", "--reason", "costs are\nas they are")
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["some.scenarios::at an open", "1 changed, because: costs are*"])
    assert "| 450\n" in table.read_text()
    assert Path(f"{table}.reasons").read_text() == dedent(
        f"""\
        tidegate {__version__}: costs are as they are
            at an open
            cash: want 451; have 450
        """
    )
    run_pytest().assert_outcomes(passed=2)


def test_a_blessing_of_what_did_not_change_writes_nothing(table: Path, run_pytest: RunPytest) -> None:
    before = table.read_bytes(), table.stat().st_mtime_ns
    done = run_pytest("--tidegate-bless", "--reason", "none")
    done.stdout.fnmatch_lines(["0 changed, because: none"])
    assert (table.read_bytes(), table.stat().st_mtime_ns) == before
    assert not Path(f"{table}.reasons").exists()


def test_rows_run_in_other_orders_of_actors(table: Path, run_pytest: RunPytest) -> None:
    run_pytest("--tidegate-shuffle", "3").assert_outcomes(passed=2)


IN_TURN = """
from tidegate import Strategy

turns = []

class Takes(Strategy):
    '''Asks for what depends on what happened in the process before, as no strategy may.'''
    def on_batch(self, ctx):
        turns.append(1)
        ctx.order("A", float(len(turns)))
"""


def test_a_row_that_depends_on_more_than_its_inputs_fails_when_it_is_shuffled(
    table: Path, folder: Path, run_pytest: RunPytest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "in_turn.py").write_text(IN_TURN)
    monkeypatch.syspath_prepend(folder)
    table.write_text("set strategy.use=in_turn:Takes\nname | market\nx | A 1 1 1\n")
    run_pytest().assert_outcomes(passed=1)
    done = run_pytest("--tidegate-shuffle", "1")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["only with actors in another order (shuffle seed 0):", "digest: want *, have *"])


def test_a_journal_is_a_test_that_it_replays(journal: Path, run_pytest: RunPytest) -> None:
    done = run_pytest("-vv", "--tidegate-shuffle", "3")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["*run.tgj::replay PASSED*"])


def test_the_first_difference_is_the_failure(journal: Path, run_pytest: RunPytest) -> None:
    journal.write_text('{"plain": "barrier 3: expected 1, found 2"}')
    done = run_pytest()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*replay of run.tgj*", "barrier 3: expected 1, found 2"])


def test_a_journal_that_differs_with_other_orders_of_actors_alone_says_so(journal: Path, run_pytest: RunPytest) -> None:
    journal.write_text('{"2": "barrier 3"}')
    run_pytest("--tidegate-shuffle", "2").assert_outcomes(passed=1)
    done = run_pytest("--tidegate-shuffle", "3")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["only with actors in another order (shuffle seed 2):", "barrier 3"])


def test_swaps_are_handed_to_the_replayer(journal: Path, run_pytest: RunPytest) -> None:
    done = run_pytest("--tidegate-swap", "strategy=my.own:Class", "--tidegate-swap", "a.b=1")
    done.stdout.fnmatch_lines(["swapped {'strategy': 'my.own:Class', 'a.b': '1'}"])


def test_a_blessed_journal_is_recorded_anew_with_its_index(journal: Path, folder: Path, run_pytest: RunPytest) -> None:
    journal.write_text('{"plain": "barrier 3"}')
    index_path(journal).write_text("of what was there")
    done = run_pytest("--tidegate-bless", "--reason", "a better rule")
    done.assert_outcomes(passed=1)
    assert journal.read_text() == "{}"
    assert Path(f"{journal}.reasons").read_text() == f"tidegate {__version__}: a better rule\n    barrier 3\n"
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith("run")) == [
        "run.tgj",
        "run.tgj.reasons",
    ]


def test_the_journal_of_a_run_folder_is_no_test_unless_it_is_named(
    journal: Path, folder: Path, run_pytest: RunPytest
) -> None:
    (folder / "manifest.json").write_text("{}")
    run_pytest().assert_outcomes()
    run_pytest("run.tgj").assert_outcomes(passed=1)


def test_where_folders_are_named_the_others_have_no_tests(
    journal: Path, table: Path, folder: Path, run_pytest: RunPytest
) -> None:
    (folder / "kept").mkdir()
    table.rename(folder / "kept" / table.name)
    (folder / "pytest.ini").write_text("[pytest]\ntidegate_folders = kept\n")
    run_pytest().assert_outcomes(passed=2)
    run_pytest("run.tgj").assert_outcomes(passed=1)
