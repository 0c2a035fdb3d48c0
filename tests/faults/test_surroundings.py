"""What is wrong around a run: an account without a home folder."""

import pwd
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from tidegate.kernels.kernel import cache_folder, is_cached


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing says where home is, as for an account of a container; returns the temporary folder."""

    def nobody(_: object) -> NoReturn:
        raise KeyError("no such account")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for name in ("HOME", "TIDEGATE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="home"):
        Path("~").expanduser()
    return tmp_path


def test_without_a_home_folder_machine_code_is_kept_in_the_temporary_folder(homeless: Path) -> None:
    folder = cache_folder()
    assert folder.is_dir()
    assert folder.parent == homeless / "tidegate"
    assert not is_cached()


@pytest.mark.parametrize("variable", ["TIDEGATE_CACHE", "XDG_CACHE_HOME"])
def test_a_cache_in_the_home_of_nobody_is_kept_in_the_temporary_folder(
    variable: str, homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "~no-such-account/cache")
    assert cache_folder().parent == homeless / "tidegate"
    monkeypatch.setenv(variable, "~/cache")
    assert cache_folder().parent == homeless / "tidegate"
