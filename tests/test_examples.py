"""Every example does what its README says and prints what is kept beside it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.testing.plugged import PLUGIN

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if (path / "README.md").is_file())


class Worked:
    """An example's documented commands, done in a copy.

    Attributes:
        folder: the working folder, which holds `examples/NAME`.
        printed: standard output by command.
    """

    def __init__(self, example: Path, folder: Path) -> None:
        self.folder = folder
        copy = folder / "examples" / example.name
        shutil.copytree(example, copy, ignore=shutil.ignore_patterns("data", "__pycache__"))
        self.printed = {command: self._work(command) for command in documented(example)}

    def of(self, script: str) -> str:
        """What the command that runs the script printed."""
        (printed,) = [text for command, text in self.printed.items() if script in command]
        return printed

    def _work(self, command: str) -> str:
        words = shlex.split(command, comments=True)[1:]
        plugin = PLUGIN if words[:2] == ["-m", "pytest"] else ()
        told = re.search(r"# exits with (\d)$", command)
        surroundings = os.environ | {"COLUMNS": "100"}
        done = subprocess.run(
            [sys.executable, *words, *plugin], cwd=self.folder, env=surroundings, capture_output=True, text=True
        )
        assert done.returncode == (int(told[1]) if told else 0), f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def documented(example: Path) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", (example / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def top25(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    return Worked(ROOT / "examples" / "01_top25", tmp_path_factory.mktemp("top25"))


def test_every_example_is_tested_here() -> None:
    assert [path.name for path in EXAMPLES] == ["01_top25", "03_replay"]


def test_run_py_prints_the_expected_output(top25: Worked) -> None:
    assert top25.of("run.py") == (ROOT / "examples" / "01_top25" / "expected_output.txt").read_text()


def test_the_configuration_gives_the_same_run_as_the_python(top25: Worked) -> None:
    (folder,) = (top25.folder / "runs").iterdir()
    metrics = json.loads((folder / "metrics.json").read_text())
    figures = re.findall(r"^(\w+) +(-?[\d,.]+)$", top25.of("run.py"), re.MULTILINE)
    assert len(figures) >= 8
    for name, text in figures:
        assert f"{metrics[name]:,.{len(text.partition('.')[2])}f}" == text, name


def test_the_run_is_the_main_job(top25: Worked) -> None:
    (folder,) = (top25.folder / "runs").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "completed"
    assert (folder / "report.html").stat().st_size > 1_000
    assert (folder / "trades.parquet").stat().st_size > 1_000


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    return Worked(ROOT / "examples" / "03_replay", tmp_path_factory.mktemp("replayed"))


PRINTED = [
    # command                   file
    ("record.py",               "record.txt"),
    ("replay examples/03_replay/data/recorded$", "replay.txt"),
    ("--out examples",          "nearer.txt"),
    ("why",                     "why.txt"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "file"), PRINTED)
def test_a_replay_prints_the_expected_output(command: str, file: str, replayed: Worked) -> None:
    (printed,) = [text for line, text in replayed.printed.items() if re.search(command, line)]
    assert printed == (ROOT / "examples" / "03_replay" / "expected" / file).read_text()


def test_the_comparison_of_journals_is_that_of_the_replay(replayed: Worked) -> None:
    from_first = [text[text.index("First difference") :] for text in (replayed.of("diff"), replayed.of("--out"))]
    assert from_first[0].splitlines() == from_first[1].splitlines()[: len(from_first[0].splitlines())]
    assert len(from_first[0].splitlines()) > 40


def test_the_journal_is_a_test_that_fails_where_a_setting_is_another(replayed: Worked) -> None:
    as_it_is, swapped = [text for command, text in replayed.printed.items() if "-m pytest" in command]
    assert "1 passed" in as_it_is
    assert "first difference at barrier 1, FILL" in swapped


@pytest.mark.parametrize("figure", ["188.45", "180.60", "1,391.50", "-51.63", "sell 191"])
def test_the_page_speaks_of_figures_that_are_printed(figure: str, replayed: Worked) -> None:
    assert figure in replayed.of("--out")
