"""Tests on real tables are collected where the tables are, left out without a trace where not, and can be required."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
USAGE_ERROR = 4


def collect(folder: Path, *, required: bool = False) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        "--ignore=tests/unit",
        "tests",
    ]
    environment = os.environ | {"TIDEGATE_DATA": str(folder), "TIDEGATE_REQUIRE_REAL": str(int(required))}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_with_the_tables_their_tests_are_collected(tmp_path: Path) -> None:
    done = collect(tmp_path, required=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests/real/test_" in done.stdout


def test_without_the_tables_their_tests_leave_no_trace(tmp_path: Path) -> None:
    done = collect(tmp_path / "none")
    assert "tests/real/test_" not in done.stdout
    assert f"{Path(__file__).name}::" in done.stdout
    assert "skipped" not in done.stdout


def test_required_tables_that_are_missing_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    done = collect(tmp_path / "none", required=True)
    assert done.returncode == USAGE_ERROR
    assert "set TIDEGATE_DATA or provide ../shared/data" in done.stderr


@pytest.mark.parametrize(("profile", "collected"), [("usual", "1 deselected"), ("soak", "1/2 tests collected")])
def test_soaks_run_in_a_soak_alone(profile: str, collected: str, tmp_path: Path) -> None:
    (tmp_path / "test_both.py").write_text(
        "import pytest\n@pytest.mark.soak\ndef test_long(): ...\ndef test_short(): ...\n"
    )
    (tmp_path / "conftest.py").symlink_to(ROOT / "tests" / "conftest.py")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    command += [
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(tmp_path),
        f"--hypothesis-profile={profile}",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert collected in done.stdout, done.stdout + done.stderr
    assert ("test_long" in done.stdout) is (profile == "soak")
    assert ("test_short" in done.stdout) is (profile == "usual")
