"""What was acknowledged in mode `barrier` survives a loss of power at every write, and the run goes on from there."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from tests.unit.recorded import Busy, market, record

from tidegate.data.panel import ArraySource
from tidegate.journal import Journal, JournalError, JournalWriter
from tidegate.journal.storage import DiskFile
from tidegate.replay import Given, replay

BARRIERS = 20


class PowerFails(Exception):
    """At this write."""


class Losing:
    """A file of which only what was synced is left once the power fails.

    Args:
        path: gets what is left.
        fails_at: the write at which the power fails, from 0; what that one wrote is lost in part.
    """

    def __init__(self, path: Path, fails_at: int = -1) -> None:
        self.path, self.fails_at = path, fails_at
        self.writes = self.synced = 0
        self._data = bytearray()

    def write(self, data: memoryview) -> int:
        """Takes it, or fails."""
        if self.writes == self.fails_at:
            half = bytes(self._data) + bytes(data[: len(data) // 2])
            self.path.write_bytes(half[: self.synced + (self.writes % 3) * 10])  # some of what was not synced, or none
            raise PowerFails
        self.writes += 1
        self._data += data
        return len(data)

    def sync(self) -> None:
        """All of it is on disk."""
        self.synced = len(self._data)

    def close(self) -> None:
        """Nothing."""


def recorded_until(path: Path, fails_at: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Losing, int]:
    """The file, and the last barrier that was known to be on disk when the power failed."""
    losing = Losing(path, fails_at)
    writers: list[JournalWriter] = []

    def create(_: Any, header: Any, feeds: Any = ()) -> JournalWriter:
        writers.append(JournalWriter(losing, header, feeds=feeds))
        return writers[0]

    monkeypatch.setattr(JournalWriter, "create", create)
    config = {"run": {"kernels": "interpreted"}}
    with pytest.raises(JournalError) if fails_at >= 0 else nullcontext():
        record(path.with_name("unused.tgj"), short(), section={"mode": "barrier"}, config=config)
    return losing, writers[0].durable if writers else -1


def short() -> Any:
    """The first twenty days."""
    source = market(chunk_rows=BARRIERS)
    first = next(iter(source.chunks()))
    return ArraySource(source.open().universe.names, first.ts_ns, first.bars, signals={"score": first.signals[:, 0]})


def test_what_was_acknowledged_is_there_whichever_write_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, last = recorded_until(tmp_path / "whole.tgj", -1, monkeypatch)
    assert (last, whole.writes) == (BARRIERS - 1, BARRIERS + 2), "the header, each barrier, the seal"
    for place in range(1, whole.writes):
        path = tmp_path / f"{place}.tgj"
        _, acknowledged = recorded_until(path, place, monkeypatch)
        assert acknowledged == place - 2
        with Journal.open(path) as journal:
            assert journal.end.barrier == acknowledged
            assert {frame.barrier for frame in journal.frames(0)} == set(range(acknowledged + 1))
        assert replay(path, given=Given(strategy=Busy(), source=short())) is None


def test_a_disk_file_is_cut_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    file = DiskFile(path, new=False)
    file.cut(4)
    file.write(memoryview(b"ab"))
    file.sync()
    file.close()
    assert path.read_bytes() == b"0123ab"
    with pytest.raises(JournalError, match="b: cannot be opened: No such file"):
        DiskFile(tmp_path / "b", new=False)
