"""The plugin: its options, its fixtures, and what it costs where it has nothing to do."""

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from tests.unit.testing.conftest import RunPytest
from tests.unit.testing.plugged import PLUGIN

FIXTURES = """
import pytest
from tidegate import ConfigError, Session
from tidegate.messages.market import MarketBatch
from tidegate.testing import Script

def test_a_scripted_feed(scripted_feed):
    assert scripted_feed("A 1 2 3").open().barriers == 3
    assert scripted_feed('''
        A  B
        1  2
        ''').open().universe.names == ("A", "B")

def test_a_stepped_run(stepped, scripted_feed):
    run = stepped(Session(Script("0 A+1"), source=scripted_feed("A 1 2"), progress=False))
    assert run.step()
    assert run.last(MarketBatch).bars[3].tolist() == [1.0]

def test_a_manual_clock(manual_clock, scripted_feed):
    session = Session(Script(""), source=scripted_feed("A 1 2"), progress=False)
    session.swap("clock", manual_clock)
    manual_clock.allow(10)
    assert session.run().record.barriers == 2
"""


def test_its_fixtures(folder: Path, run_pytest: RunPytest) -> None:
    (folder / "test_them.py").write_text(FIXTURES)
    run_pytest().assert_outcomes(passed=3)


WRONG = [
    # options                                                            said
    (["--tidegate-bless"],                                               '--tidegate-bless needs --reason "..."'),
    (["--tidegate-bless", "--reason", " "],                              "--tidegate-bless needs --reason"),
    (["--reason", "x"],                                                  "--reason is that of --tidegate-bless"),
    (["--tidegate-bless", "--reason", "x", "--tidegate-swap", "a.b=1"],  "leave one of them out"),
    (["--tidegate-shuffle", "-1"],                                       "--tidegate-shuffle -1: want 0 or more"),
    (["--tidegate-swap", "clock"],                                       "swap 'clock': want ROLE=module:Class"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "said"), WRONG)
def test_options_without_sense_are_refused(options: list[str], said: str, run_pytest: RunPytest) -> None:
    done = run_pytest(*options)
    assert done.ret is pytest.ExitCode.USAGE_ERROR
    assert said in done.stderr.str()


def test_several_processes_cannot_bless(pytester: pytest.Pytester) -> None:
    done = pytester.runpytest_subprocess(*PLUGIN, "-n", "2", "--tidegate-bless", "--reason", "x")
    assert done.ret is pytest.ExitCode.USAGE_ERROR
    assert "say -n 0" in done.stderr.str()


def test_the_distribution_names_it(repository: Path) -> None:
    points = tomllib.loads((repository / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert {name: import_module(module).__name__ for name, module in points.items()} == {
        "tidegate": "tidegate.testing.plugin"
    }


LOADED = """
import sys
import pytest

class After:
    def pytest_sessionfinish(self):
        ours = ("tidegate", "numpy", "polars", "numba", "msgspec", "pydantic")
        self.loaded = sorted(name for name in sys.modules if name.partition(".")[0] in ours)

after = After()
pytest.main(["-q", "-p", "no:hypothesispytest", *sys.argv[1:]], plugins=[after])
print(*after.loaded)
"""


def test_where_there_are_no_journals_it_loads_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("def test_other(): pass\n")
    (tmp_path / "data.csv").write_text("")
    command = [sys.executable, "-c", LOADED, str(tmp_path), *PLUGIN]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert set(loaded) == {"tidegate", "tidegate.testing", "tidegate.testing.plugin", "tidegate.testing.hooks"}, done
