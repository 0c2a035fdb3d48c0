"""A journal's file is new, and waits for the disk."""

import os
from pathlib import Path

import pytest
from tests.unit.journal.made import header, steps, written

from tidegate.journal import Journal, JournalError, JournalWriter
from tidegate.journal.storage import DiskFile


def test_a_file_takes_bytes_and_its_name_is_on_disk_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    file = DiskFile(tmp_path / "a")
    assert file.write(memoryview(b"abc")) == 3
    file.sync()
    file.sync()
    file.close()
    assert (tmp_path / "a").read_bytes() == b"abc"
    assert synced == [tmp_path.stat().st_ino], "the folder is synced, once"


def test_a_journal_never_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "run.tgj"
    path.write_bytes(b"mine")
    with pytest.raises(JournalError, match=r"run\.tgj: there is such a file already"):
        JournalWriter.create(path, header())
    assert path.read_bytes() == b"mine"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"run\.tgj: cannot be made: No such file or directory"):
        JournalWriter.create(tmp_path / "none" / "run.tgj", header())


def test_the_file_holds_what_a_memory_would(tmp_path: Path) -> None:
    made = steps(5)
    with JournalWriter.create(str(tmp_path / "run.tgj"), header()) as writer:
        for step in made:
            if isinstance(step, int):
                writer.commit(step)
            else:
                place = (step.barrier, step.phase, step.superstep, step.sender, step.sender_seq, step.causes)
                writer.append(step.message, *place)
    assert (tmp_path / "run.tgj").read_bytes() == written(made)
    with Journal.open(tmp_path / "run.tgj") as journal:
        assert journal.end.barrier == 4
