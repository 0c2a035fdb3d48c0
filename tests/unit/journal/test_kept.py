"""Journals of every schema there was are read to the last message, and there is one of the schema there is."""

from collections import Counter
from pathlib import Path

import pytest
from tests.journals.keep import FOLDER

from tidegate.journal import Ending, Journal
from tidegate.messages.codec import encode
from tidegate.verify import verify

KEPT = [
    # file             digest, its first half              messages
    ("schema_1.tgj",   "420aefc26229f3cbd3b4dbe47a877bb6", 471),
]  # fmt: skip


@pytest.mark.parametrize(("name", "digest", "messages"), KEPT)
def test_what_was_recorded_under_an_older_schema_is_still_read(name: str, digest: str, messages: int) -> None:
    with Journal.open(FOLDER / name, check=True) as journal:
        assert journal.end.ending is Ending.SEALED
        assert journal.digest()[:32] == digest
        kinds = Counter(type(frame.message).__name__ for frame in journal.frames())
        assert kinds == Counter(frame.type for frame in journal.frames())
        assert kinds.total() == messages
        assert all(encode(frame.message) for frame in journal.frames())


@pytest.mark.parametrize("name", [row[0] for row in KEPT])
def test_it_keeps_the_rules_of_today(name: str) -> None:
    report = verify(FOLDER / name)
    assert report.findings.count == 0


def test_every_kept_journal_is_read_and_one_has_the_messages_as_they_are() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.tgj")) == [row[0] for row in KEPT]
    changed = {}
    for name, *_ in KEPT:
        with Journal.open(FOLDER / name, check=True) as journal:
            changed[name] = journal.header.changed()
    assert () in changed.values(), f"messages have changed ({changed}): python -m tests.journals.keep keeps some"


def test_kept_journals_tell_nothing_of_the_machine_that_made_them() -> None:
    for path in FOLDER.glob("*.tgj"):
        with Journal.open(path, check=True) as journal:
            assert journal.header.folders == ()
            assert str(Path.cwd()) not in str(journal.header)
            assert "/" not in str(journal.header.config)
