"""Where machine code is kept, and that code of an older source is never used."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.kernels import kernel as kernels_module
from tidegate.kernels.kernel import cache_folder


@pytest.mark.parametrize(
    # the environment, in which `{}` is a folder       the parent of what is made
    ("environment", "parent"),
    [
        ({"TIDEGATE_CACHE": "{}/one", "XDG_CACHE_HOME": "{}/two"},  "{}/one/tidegate"),
        ({"XDG_CACHE_HOME": "{}/two"},                              "{}/two/tidegate"),
        ({"TIDEGATE_CACHE": "", "XDG_CACHE_HOME": "{}/two"},        "{}/two/tidegate"),
        ({},                                                        "{}/home/.cache/tidegate"),
        ({"TIDEGATE_CACHE": "~/mine"},                              "{}/home/mine/tidegate"),
    ],
)  # fmt: skip
def test_the_cache_is_where_the_environment_says(
    environment: dict[str, str], parent: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("TIDEGATE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "{}/home", **environment}.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    folder = cache_folder()
    assert folder.is_dir()
    assert folder.parent == Path(parent.format(tmp_path))
    assert folder == cache_folder()


def a_file_is_in_the_way(place: Path) -> None:
    place.write_text("not a folder")


def nobody_may_write(place: Path) -> None:
    place.mkdir()


@pytest.mark.parametrize("spoil", [a_file_is_in_the_way, nobody_may_write])
def test_a_cache_that_cannot_be_written_is_kept_in_the_temporary_folder(
    spoil: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "cache"
    spoil(place)
    monkeypatch.setenv("TIDEGATE_CACHE", str(place))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # Whoever runs the tests may be allowed to write everywhere, so the system's answer is given here.
    monkeypatch.setattr(os, "access", lambda path, mode: not Path(path).is_relative_to(place))
    folder = cache_folder()
    assert folder.parent == tmp_path / "tidegate"
    assert folder.is_dir()


def test_where_neither_can_be_written_a_new_folder_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    a_file_is_in_the_way(tmp_path / "cache")
    a_file_is_in_the_way(tmp_path / "tidegate")
    monkeypatch.setenv("TIDEGATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = cache_folder()
    assert folder.is_dir()
    assert folder.parent == tmp_path
    assert folder.name.startswith("tidegate-")
    assert cache_folder() == folder


def test_what_others_may_write_to_holds_no_code_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    a_file_is_in_the_way(tmp_path / "cache")
    shared = tmp_path / "tidegate"
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setenv("TIDEGATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert not cache_folder().is_relative_to(shared)
    shared.chmod(0o700)
    assert cache_folder().parent == shared


def test_another_numba_has_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIDEGATE_CACHE", str(tmp_path))
    before = cache_folder()
    monkeypatch.setattr(kernels_module, "_numba_version", lambda: "another")
    assert cache_folder() != before


def test_a_cache_in_a_home_that_does_not_exist_is_kept_in_the_temporary_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TIDEGATE_CACHE", "~nobody of this name/cache")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert cache_folder().parent == tmp_path / "tidegate"


def edit(folder: Path) -> None:
    (folder / "one.py").write_text("ONE = 2\n")


def rename(folder: Path) -> None:
    (folder / "one.py").rename(folder / "uno.py")


def add(folder: Path) -> None:
    (folder / "three.py").write_text("")


def remove(folder: Path) -> None:
    (folder / "two.py").unlink()


@pytest.mark.parametrize("change", [edit, rename, add, remove])
def test_any_change_of_the_sources_changes_the_folder(
    change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "one.py").write_text("ONE = 1\n")
    (tmp_path / "two.py").write_text("TWO = 1\n")
    monkeypatch.setattr(kernels_module, "__file__", str(tmp_path / "kernel.py"))
    monkeypatch.setenv("TIDEGATE_CACHE", str(tmp_path / "cache"))
    before = cache_folder()
    (tmp_path / "note.txt").write_text("no source")
    assert cache_folder() == before
    change(tmp_path)
    assert cache_folder() == before  # a process has one form of the code
    kernels_module._digest_of.cache_clear()
    assert cache_folder() != before


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of two small kernels in two files, with the real machinery."""
    folder = tmp_path / "toy" / "kernels"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "__init__.py").touch()
    source = Path(kernels_module.__file__).parent
    for name in ("kernel.py", "__main__.py"):
        (folder / name).write_text((source / name).read_text().replace("tidegate.", "toy."))
    write_inner(folder, 1)
    (folder / "outer.py").write_text(
        "from toy.kernels.inner import inner\nfrom toy.kernels.kernel import Kernels, kernel\n"
        "@kernel\ndef outer(x: float) -> float:\n    return inner(x) * 10.0\n"
    )
    return folder


def write_inner(folder: Path, addend: int) -> None:
    (folder / "inner.py").write_text(
        "from toy.kernels.kernel import kernel\n"
        f"@kernel\ndef inner(x: float) -> float:\n    return x + {addend}.0\n"
    )  # fmt: skip


def python(package: Path, *arguments: str, cache: Path | None = None) -> str:
    root = package.parents[1]
    kept = str(cache or root)
    environment = os.environ | {"PYTHONPATH": str(root), "TIDEGATE_CACHE": kept, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


CALL = """
from toy.kernels.outer import Kernels, outer
made = Kernels(compiled=True)(outer)
print(made(4.0), outer(4.0), sum(made.stats.cache_hits.values()))
"""


def test_machine_code_of_an_older_source_is_never_used(package: Path) -> None:
    assert python(package, "-m", "toy.kernels") == "kernels: 2 compiled"
    assert python(package, "-m", "toy.kernels") == "kernels: already compiled"
    # The file of the outer kernel does not change, and that is all that numba looks at.
    write_inner(package, 2)
    assert python(package, "-c", CALL) == "60.0 60.0 0"
    write_inner(package, 1)
    assert python(package, "-c", CALL) == "50.0 50.0 1"


def touch(package: Path, tmp_path: Path) -> Path:
    os.utime(package / "outer.py", ns=(1, 1))
    return package


def copy(package: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(package.parent, tmp_path / "elsewhere" / "toy")) / "kernels"


@pytest.mark.parametrize("change", [touch, copy])
def test_machine_code_that_numba_would_not_take_is_not_called_compiled(
    change: Callable[[Path, Path], Path], package: Path, tmp_path: Path
) -> None:
    assert python(package, "-m", "toy.kernels", cache=tmp_path) == "kernels: 2 compiled"
    other = change(package, tmp_path)
    assert python(other, "-m", "toy.kernels", cache=tmp_path) == "kernels: 2 compiled"
    assert python(other, "-m", "toy.kernels", cache=tmp_path) == "kernels: already compiled"


def test_who_runs_interpreted_does_not_pay_for_numba(package: Path) -> None:
    interpreted = CALL.replace("True", "False").replace("made.stats.cache_hits.values()", "()")
    assert python(package, "-c", f"{interpreted}\nimport sys\nprint('numba' in sys.modules)") == "50.0 50.0 0\nFalse"
