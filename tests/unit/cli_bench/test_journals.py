"""The bench's long journal is as long as it says."""

from pathlib import Path

from tidegate.cli.bench.journals import JournalFile
from tidegate.journal import Frame, Journal


def test_a_long_journal_has_so_many_messages_and_opens(tmp_path: Path) -> None:
    file = JournalFile(tmp_path)
    for messages in (3_000, 2_000):
        file.fill(messages)
        with Journal.open(file.path) as journal:
            assert sum(isinstance(record, Frame) for record in journal.records()) == messages
            assert journal.end.barrier == messages // 4 - 1
        assert file.open_s() > 0
    assert file.bytes == file.path.stat().st_size
