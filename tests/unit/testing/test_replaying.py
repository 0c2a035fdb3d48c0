"""A journal that is blessed: the new recording in its place, the reason beside it, and nothing half done."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tidegate import __version__
from tidegate.core.errors import UserError
from tidegate.journal.index import index_path
from tidegate.testing.replaying import bless_journal, note_reason, reasons_path


class Recorder:
    """Records a text, with an index or without."""

    def __init__(self, *, indexed: bool, fails: bool = False) -> None:
        self.indexed, self.fails = indexed, fails

    def replay(self, path: Path, swaps: Mapping[str, str], shuffle_seed: int | None = None) -> None:
        raise AssertionError("nobody asked")

    def record(self, path: Path, target: Path) -> None:
        assert not target.exists()
        target.write_text(f"after {path.read_text()}")
        if self.fails:
            raise UserError("cannot be run again")
        if self.indexed:
            index_path(target).write_text("new index")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "run.tgj"
    path.write_text("before")
    index_path(path).write_text("old index")
    return path


@pytest.mark.parametrize("indexed", [True, False])
def test_the_new_recording_takes_its_place_and_that_of_its_index(journal: Path, indexed: bool) -> None:
    bless_journal(journal, Recorder(indexed=indexed), "better", "x: 1, now 2\ny: 3, now 4")
    assert journal.read_text() == "after before"
    assert index_path(journal).exists() is indexed
    assert not indexed or index_path(journal).read_text() == "new index"
    assert reasons_path(journal).read_text() == f"tidegate {__version__}: better\n    x: 1, now 2\n    y: 3, now 4\n"
    assert len(list(journal.parent.iterdir())) == 2 + indexed


def test_a_recording_that_fails_leaves_everything_as_it_was(journal: Path) -> None:
    with pytest.raises(UserError, match="cannot be run again"):
        bless_journal(journal, Recorder(indexed=True, fails=True), "better", "x")
    assert (journal.read_text(), index_path(journal).read_text()) == ("before", "old index")
    assert not reasons_path(journal).exists()
    bless_journal(journal, Recorder(indexed=True), "better", "x")
    assert journal.read_text() == "after before", "what the failure left is not in the way"


def test_reasons_follow_one_another(journal: Path) -> None:
    note_reason(journal, "first\n  of all", "x")
    note_reason(journal, "second", "y\nz")
    version = f"tidegate {__version__}"
    assert reasons_path(journal).read_text() == f"{version}: first of all\n    x\n{version}: second\n    y\n    z\n"


def test_without_a_reason_nothing_is_noted(journal: Path) -> None:
    with pytest.raises(UserError, match="needs a reason"):
        note_reason(journal, "  ", "x")
    assert not reasons_path(journal).exists()
