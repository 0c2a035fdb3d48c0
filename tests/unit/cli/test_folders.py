"""Folders that commands write to."""

from pathlib import Path

import pytest

from tidegate.cli.folders import is_taken, refuse_taken, run_folder
from tidegate.core.errors import UserError


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_default_is_the_first_free_number() -> None:
    found = []
    for _ in range(3):
        folder = run_folder("top25", None)
        folder.mkdir(parents=True)
        found.append(folder.as_posix())
    assert found == ["runs/top25", "runs/top25-2", "runs/top25-3"]
    Path("runs/top25-2").rmdir()
    assert run_folder("top25", None).as_posix() == "runs/top25-2"


def test_a_folder_asked_for_may_be_new_or_empty() -> None:
    Path("empty").mkdir()
    assert run_folder("a", Path("new/deep")) == Path("new/deep")
    assert run_folder("a", Path("empty")) == Path("empty")


def test_a_folder_asked_for_that_holds_something_is_refused() -> None:
    Path("full").mkdir()
    Path("full/x").touch()
    with pytest.raises(UserError) as caught:
        run_folder("a", Path("full"))
    assert caught.value.problems == (
        "--out full: exists and is not empty; name a new folder, or leave --out away for the next free one in runs/",
    )
    with pytest.raises(UserError, match=r"^full/x: is a file; do that$"):
        refuse_taken(Path("full/x"), "do that")
    assert [is_taken(Path(name)) for name in ("full", "full/x", "none")] == [True, True, False]
