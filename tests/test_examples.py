"""Every example does what its README says and prints what is kept beside it."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
        words = shlex.split(command, comments=True)
        done = subprocess.run([sys.executable, *words[1:]], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        return done.stdout


def documented(example: Path) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", (example / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def top25(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    return Worked(ROOT / "examples" / "01_top25", tmp_path_factory.mktemp("top25"))


def test_every_example_is_tested_here() -> None:
    assert [path.name for path in EXAMPLES] == ["01_top25"]


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
