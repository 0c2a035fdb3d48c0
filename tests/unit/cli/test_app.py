"""The command line as a whole: help, versions, unknown words, and what it does not load."""

import json
import subprocess
import sys
from importlib import metadata

import pytest

from tidegate.cli.app import COMMANDS, main

HEAVY = ("polars", "numba", "plotly", "numpy", "llvmlite")


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"tidegate {metadata.version('tidegate')}"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_every_command_what_a_run_leaves_and_the_exit_codes(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    out = " ".join(capsys.readouterr().out.split())
    for name in COMMANDS:
        assert f"│ {name} " in out
    for said in ("python -m tidegate demo", "report.html", "manifest.json", "130 Ctrl-C", "143 SIGTERM"):
        assert said in out


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"python -m tidegate {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["demo", "run"])
def test_the_help_of_a_command_gives_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([name, "--help"])
    usage, _, rest = capsys.readouterr().out.partition("\n")
    assert usage.startswith("Usage")
    assert f"python -m tidegate {name} " in rest


WRONG = [
    # arguments                     first line
    (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
    (["xyzzy"], f"unknown command 'xyzzy'; there are: {', '.join(COMMANDS)}"),
    (["data", "mak"], "unknown command 'mak'; did you mean 'make'?"),
    (["run", "c.yaml", "--quit"], "Unknown option: --quit. Did you mean --quiet?"),
    (["run"], 'Command "run" parameter CONFIG requires an argument.'),
    (["run", "c.yaml", "more", "words"], "got more than the command takes: more words"),
    (["demo", "--days", "many"], 'Invalid value for --days: unable to convert "many" into int.'),
    (["demo", "--days", "0"], 'Invalid value "0" for --days. Must be >= 1.'),
]


@pytest.mark.parametrize(("arguments", "line"), WRONG)
def test_a_wrong_word_is_told_with_the_nearest_and_where_the_help_is(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    first, *_, last = err.splitlines()
    assert (out, first) == ("", f"error: {line}")
    assert last.startswith("error: see python -m tidegate")
    assert last.endswith("--help")


def test_the_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "strategy" in json.loads(capsys.readouterr().out)["properties"]


@pytest.mark.parametrize("argument", ["--help", "--version", "nonsense", "schema"])
def test_what_needs_no_tables_loads_no_heavy_library(argument: str) -> None:
    code = (
        "import sys; from tidegate.cli.app import main; "
        f"main([{argument!r}]); print(sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_module_passes_the_exit_code_on() -> None:
    done = subprocess.run([sys.executable, "-m", "tidegate", "nonsense"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: unknown command 'nonsense'")
