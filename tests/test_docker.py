"""The image is not built here; what its file speaks of must exist, and what it copies must be enough to install."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()


def copied() -> list[str]:
    return [word for line in re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()]


def test_everything_that_is_copied_exists_and_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name in copied():
        assert (ROOT / name).exists(), name
        assert f"!{name}" in ignored, name


def test_what_the_build_reads_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {"pyproject.toml", "constraints.txt", project["project"]["readme"]} <= set(copied())
    assert all(package.split("/")[0] in copied() for package in packages)


def test_the_modules_that_are_run_exist() -> None:
    modules = re.findall(r'python(?:", "| )-m(?:", "| )([\w.]+)', DOCKERFILE)
    assert modules == ["tidegate.kernels", "tidegate"]
    for module in modules:
        assert (ROOT / "src" / module.replace(".", "/") / "__main__.py").is_file(), module


def test_it_does_not_run_as_root() -> None:
    assert DOCKERFILE.index("\nUSER tidegate") < DOCKERFILE.index("\nENTRYPOINT")
