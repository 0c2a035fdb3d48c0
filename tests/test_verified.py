"""A wrong journal fails its test, with `--journals` of any session; which tests are exempt, and why, stands here."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tree import ROOT, tracked

TESTS = '''
import msgspec
import pytest
from tests.unit.recorded import market
from tests.unit.replay.killed import go_on, run
from tests.unit.replay.test_resuming import cut_off

import tidegate as tg
from tidegate.kernels.execution import Execution


def go_wrong(monkeypatch):
    """The account says that it is worth a micro-unit more than it is, from a late barrier on."""
    right = Execution.mark

    def wrong(self):
        snapshot = right(self)
        more = int(snapshot.seq > 24)
        return msgspec.structs.replace(snapshot, equity_micros=snapshot.equity_micros + more)

    monkeypatch.setattr(Execution, "mark", wrong)


def go(**more):
    return tg.Session(tg.BuyAndHold(), source=market(), progress=False, **more).run()


def test_a_right_run():
    go()


def test_a_silent_run(monkeypatch):
    go_wrong(monkeypatch)
    go()


def test_a_recorded_run(monkeypatch, tmp_path):
    go_wrong(monkeypatch)
    go(journal=tmp_path / "run.tgj")


def test_a_resumed_run(monkeypatch, tmp_path):
    run(tmp_path / "whole", "barrier/5")
    size = (tmp_path / "whole" / "journal.tgj").stat().st_size
    go_wrong(monkeypatch)
    go_on(cut_off(tmp_path / "whole", tmp_path / "run", size // 2))


@pytest.mark.unverified("it is wrong on purpose")
def test_an_exempt_run(monkeypatch, tmp_path):
    go_wrong(monkeypatch)
    go(journal=tmp_path / "run.tgj")


@pytest.mark.unverified
def test_exempt_without_a_reason():
    go()
'''
ALWAYS = {"test_a_recorded_run", "test_a_resumed_run", "test_exempt_without_a_reason"}


@pytest.mark.parametrize(("options", "wrong"), [((), ALWAYS), (("--journals",), ALWAYS | {"test_a_silent_run"})])
def test_a_session_whose_journal_is_wrong_fails_its_test(
    options: tuple[str, ...], wrong: set[str], tmp_path: Path
) -> None:
    (tmp_path / "test_planted.py").write_text(TESTS)
    (tmp_path / "conftest.py").symlink_to(ROOT / "tests" / "conftest.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    command += ["--rootdir", str(tmp_path), *options, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    told = re.findall(r"^ERROR test_planted.py::(\w+)", done.stdout, re.MULTILINE)
    assert set(told) == wrong, done.stdout + done.stderr
    first = re.findall(r"^E +AssertionError: \w+\.tgj: record \d+, (barrier .*): equity", done.stdout, re.MULTILINE)
    assert first == ["barrier 25 MARK AccountSnapshot"] * (len(wrong) - 1)
    assert "unverified: say why" in done.stdout


# Shorter is better: what is exempt is verified by nobody.
EXEMPT = {
    "tests/faults/test_ending_faults.py": 1,  # a session that must record nothing
    "tests/unit/cli/test_explaining.py": 1,  # another
    "tests/unit/test_journaling.py": 3,  # another; a full disk; a file where the journal would be
}


def test_few_tests_are_exempt_and_all_of_them_say_why() -> None:
    found: dict[str, int] = {}
    for path in tracked():
        if path.suffix == ".py" and path.is_relative_to(ROOT / "tests"):
            marks = list(exempting(ast.parse(path.read_text(encoding="utf-8"))))
            assert all(len(why.split()) > 3 for why in marks), f"{path}: {marks}"
            if marks:
                found[path.relative_to(ROOT).as_posix()] = len(marks)
    assert found == EXEMPT


def exempting(tree: ast.AST) -> Iterator[str]:
    """The reason of each mark, empty where there is none."""
    called = {node.func: node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "unverified":
            arguments = called[node].args if node in called else []
            yield str(getattr(arguments[0], "value", "")) if arguments else ""


def test_every_session_of_a_check_is_verified() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    assert [line.partition("|")[0].strip() for line in lines if "--cov" in line] == [
        "$(PYTEST) --journals --cov --cov-report=term $(ARGS)"
    ]
