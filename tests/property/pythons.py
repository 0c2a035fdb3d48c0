"""The Pythons of this machine that the package supports, and an environment in each.

Environments lie beside the one that the tests run in, in its folder, so that they are kept between runs, are ignored
by git and go with `make clean`; where the tests run in none, in the temporary folder. Each has the package and what it
depends on at the constraints' versions; made once, for it takes half a minute. What it runs is the source tree at hand.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

NEWEST_MINOR = 20
"""As far as is looked for; the oldest is what the project requires."""
MINUTES_TO_INSTALL = 10
_TELL = "import sys; print('%d.%d' % sys.version_info[:2], sys.implementation.name)"


class Unusable(Exception):
    """A Python in which nothing can be installed; says why."""


def others(root: Path) -> dict[str, Path]:
    """Supported Pythons by version, such as 3.12, without that which runs: from PATH, else the newest of pyenv's."""
    required = tomllib.loads((root / "pyproject.toml").read_text())["project"]["requires-python"]
    oldest = int(required.removeprefix(">=3."))
    found = {}
    for minor in range(oldest, NEWEST_MINOR):
        version = f"3.{minor}"
        if minor != sys.version_info.minor:
            works = (path for path in _candidates(version) if _is_python(path, version))
            if path := next(works, None):
                found[version] = path
    return found


def _candidates(version: str) -> Iterator[Path]:
    if on_path := shutil.which(f"python{version}"):
        yield Path(on_path)
    folder = pyenv_root() / "versions"
    numbered = [path for path in folder.glob(f"{version}.*") if path.name.rpartition(".")[2].isdecimal()]
    for path in sorted(numbered, key=lambda path: -int(path.name.rpartition(".")[2])):
        yield path / "bin" / "python"


def pyenv_root() -> Path:
    """Where pyenv keeps its Pythons, whether or not it is installed."""
    if command := shutil.which("pyenv"):
        done = subprocess.run([command, "root"], capture_output=True, text=True)
        if done.returncode == 0:
            return Path(done.stdout.strip())
    return Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()


def _is_python(path: Path, version: str) -> bool:
    """Whether it runs and is what its name says: one of pyenv's on PATH may be a mere promise."""
    try:
        done = subprocess.run([path, "-c", _TELL], capture_output=True, text=True, env=_plain())
    except OSError:
        return False
    return done.stdout.split() == [version, "cpython"]


def environment(python: Path, version: str, root: Path) -> Path:
    """The interpreter of an environment that has the package, made where it is not there yet.

    Raises:
        Unusable: it cannot be made.
    """
    kept = Path(sys.prefix) if sys.prefix != sys.base_prefix else Path(tempfile.gettempdir()) / "tidegate"
    wanted = b"\0".join((root / name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))
    folder = kept / "pythons" / version
    made, digest = folder / ".installed", hashlib.sha256(wanted).hexdigest()
    inside = folder / "bin" / "python"
    if not made.is_file() or made.read_text() != digest or not _is_python(inside, version):
        shutil.rmtree(folder, ignore_errors=True)
        _do([str(python), "-m", "venv", str(folder)])
        constraint = {"PIP_CONSTRAINT": str(root / "constraints.txt")}
        pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _do([*pip, str(root)], **constraint)
        made.write_text(digest)
    return inside


def _do(command: Sequence[str], **more: str) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=_plain() | more, timeout=60 * MINUTES_TO_INSTALL
        )
    except subprocess.TimeoutExpired as error:
        raise Unusable(f"{' '.join(command[:4])}: not done after {MINUTES_TO_INSTALL} minutes") from error
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Unusable(f"{' '.join(command[:4])}: exit code {done.returncode}: {''.join(last)}")


def _plain() -> dict[str, str]:
    """Our environment without what would have another Python look for our modules."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "COV"))}


def run(python: Path, root: Path, arguments: Sequence[str]) -> str:
    """What a program of the source tree prints with such an interpreter.

    Raises:
        AssertionError: it fails.
    """
    done = subprocess.run(
        [python, *arguments], cwd=root, env=_plain() | {"PYTHONPATH": str(root / "src")}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{python}:\n{done.stderr}"
    return done.stdout
