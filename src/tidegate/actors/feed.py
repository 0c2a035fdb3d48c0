"""The data feed: one batch at every ADVANCE, with the next chunk read ahead in a thread."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from concurrent.futures import Future
from itertools import repeat
from threading import Thread
from typing import ClassVar

import numpy as np

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import Phase
from tidegate.core.errors import DataError
from tidegate.core.time import format_ts
from tidegate.data.panel import Columns, PanelChunk
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import EndOfData, MarketBatch, UniverseDeclared
from tidegate.runtime.actor import Actor, on_phase


class DataFeed(Actor):
    """Publishes the panel row by row.

    While one chunk is being used, the next one is read in a thread; ADVANCE waits only where the reading has
    not kept up.

    Args:
        columns: what the panel's arrays stand for.
        chunks: the panel in time order; read in threads, one `next` at a time.
    """

    sends: ClassVar[tuple[type[Message], ...]] = (UniverseDeclared, MarketBatch, EndOfData)

    def __init__(self, columns: Columns, chunks: Iterator[PanelChunk], name: str = "feed") -> None:
        super().__init__(name)
        self._columns = columns
        self._chunks = chunks
        self._rows: Iterator[MarketBatch] = iter(())
        self._next: Future[PanelChunk | None] = Future()
        self._seq = 0
        self._last_ts_ns = -(2**63)

    async def started(self) -> None:
        """Reads the first chunk, so that what is wrong with it is told before the run, and says what columns mean."""
        self._read_ahead()
        await self._read()
        columns = self._columns
        self.send(
            UniverseDeclared(
                columns.universe.names, columns.signals, columns.features, columns.context, columns.barriers
            )
        )

    @on_phase(Phase.ADVANCE)
    def on_advance(self, phase: PhaseOpened) -> Awaitable[None] | None:
        """Publishes the next batch; one to a barrier, however often somebody has the phase opened."""
        if phase.step:
            return None
        for batch in self._rows:
            self.send(batch)
            return None
        if self._next.done():
            self._begin_chunk()
            return None
        return self._wait_for_chunk()

    async def _wait_for_chunk(self) -> None:
        await self._read()
        self._begin_chunk()

    async def _read(self) -> None:
        """Waits until the next chunk has been read.

        Raises:
            Exception: what the source raised.
        """
        await asyncio.wrap_future(self._next)

    def _begin_chunk(self) -> None:
        """Turns to the chunk that was read ahead, and publishes its first batch, or the end."""
        chunk = self._next.result()
        if chunk is None:
            self.send(EndOfData())
            return
        self._read_ahead()
        self._check_time(chunk)
        self._rows = _batches(chunk, self._seq)
        self._seq += len(chunk)
        self.send(next(self._rows))

    def _read_ahead(self) -> None:
        """Begins to read the next chunk at once, in a thread: a task would first wait for the loop to be idle.

        A daemon, for a source that hangs must not keep the process from ending; what is being read when the run ends is
        read to its end, which nobody waits for.
        """
        self._next = Future()
        Thread(target=_read, args=(self._chunks, self._next), name=f"tidegate-{self.name}", daemon=True).start()

    def _check_time(self, chunk: PanelChunk) -> None:
        """Time never goes back, neither inside a chunk nor from one to the next."""
        times = np.concatenate(((self._last_ts_ns,), chunk.ts_ns))
        back = np.flatnonzero(times[1:] <= times[:-1])
        if len(back):
            before, after = int(times[back[0]]), int(times[back[0] + 1])
            raise DataError(
                f"feed '{self.name}': a batch at {format_ts(after)} follows one at {format_ts(before)};"
                " timestamps must rise from batch to batch"
            )
        self._last_ts_ns = int(times[-1])


def _read(chunks: Iterator[PanelChunk], answer: Future[PanelChunk | None]) -> None:
    answer.set_running_or_notify_cancel()  # from here on nobody can cancel it
    try:
        answer.set_result(next(chunks, None))
    except BaseException as error:  # raised where the chunk is wanted
        answer.set_exception(error)


def _batches(chunk: PanelChunk, first_seq: int) -> Iterator[MarketBatch]:
    """The rows of a chunk as messages; iterating an array gives its rows as read-only views."""
    blocks = [_rows(block) for block in (chunk.bars, chunk.signals, chunk.features, chunk.context)]
    rows = zip(chunk.ts_ns.tolist(), *blocks, strict=False)
    for seq, (ts_ns, bars, signals, features, context) in enumerate(rows, first_seq):
        yield MarketBatch(seq, ts_ns, bars, signals, features, context)


def _rows(block: FloatArray) -> Iterable[FloatArray]:
    """The rows of a block; where there is nothing in them, one stands for all."""
    return block if block.size else repeat(block[0])
