"""The data feed: one batch at every ADVANCE, with chunks read ahead in a thread."""

import asyncio
from collections.abc import Awaitable, Iterator
from operator import length_hint
from typing import Any, ClassVar

import numpy as np

from tidegate.core.enums import Phase
from tidegate.core.errors import DataError
from tidegate.core.time import format_ts
from tidegate.data.ahead import ReadAhead
from tidegate.data.batches import finer_bars, market_batches
from tidegate.data.panel import Columns, PanelChunk
from tidegate.messages.actions import CorporateActions
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import EndOfData, FinerBars, MarketBatch, UniverseDeclared
from tidegate.messages.state import typed
from tidegate.runtime.actor import Actor, on_phase

NEVER_NS = 2**63 - 1


class DataFeed(Actor):
    """Publishes the panel row by row: corporate actions and finer bars, where there are any, before their row.

    While one chunk is being used, those after it are read in a thread; ADVANCE waits only where the reading has not
    kept up. What goes wrong in reading is raised when its turn comes, after everything before it.

    Args:
        columns: what the panel's arrays stand for.
        chunks: the panel in time order; read in another thread.
    """

    sends: ClassVar[tuple[type[Message], ...]] = (
        UniverseDeclared, CorporateActions, FinerBars, MarketBatch, EndOfData,
    )  # fmt: skip

    def __init__(self, columns: Columns, chunks: Iterator[PanelChunk], name: str = "feed") -> None:
        super().__init__(name)
        self._columns = columns
        self._ahead = ReadAhead(chunks, f"tidegate-{name}")
        self._rows: Iterator[MarketBatch] = iter(())
        self._times: Iterator[int] = iter(())  # of the rows that are left
        self._seq = 0
        self._finer: Iterator[FinerBars] | None = None
        self._last_ts_ns = -(2**63)
        self._announced = 0
        self._next_action_ns = NEVER_NS
        self._look_ahead()

    async def started(self) -> None:
        """Reads the first chunk, so that what is wrong with it is told before the run, and says what columns mean."""
        self._ahead.start()
        try:
            await self._arrival()
            self._ahead.check()
        except BaseException:
            self._ahead.stop()
            raise
        columns = self._columns
        self.send(
            UniverseDeclared(
                columns.universe.names,
                columns.signals,
                columns.features,
                columns.context,
                columns.barriers,
                columns.instruments,
            )
        )

    async def stopped(self) -> None:
        """Reads no further; what is being read is read to its end, which nobody waits for."""
        self._ahead.stop()

    @on_phase(Phase.ADVANCE)
    def on_advance(self, phase: PhaseOpened) -> Awaitable[None] | None:
        """Publishes the next batch; one to a barrier, however often somebody has the phase opened."""
        if phase.step:
            return None
        for batch in self._rows:
            if self._finer is not None or batch.ts_ns >= self._next_action_ns:
                self._introduce(batch)
            self.send(batch)
            return None
        if self._ahead.ready:
            self._begin_chunk()
            return None
        return self._wait_for_chunk()

    async def _wait_for_chunk(self) -> None:
        await self._arrival()
        self._begin_chunk()

    async def _arrival(self) -> None:
        await asyncio.wrap_future(self._ahead.arrival())

    def _begin_chunk(self) -> None:
        """Turns to the next chunk and publishes its first batch, or the end."""
        chunk = self._ahead.take()
        if chunk is None:
            self._check_count()
            self.send(EndOfData())
            return
        self._turn_to(chunk)
        batch = next(self._rows)
        self._introduce(batch)
        self.send(batch)

    def _turn_to(self, chunk: PanelChunk) -> None:
        self._check_time(chunk)
        self._times = iter(chunk.ts_ns.tolist())
        self._rows = market_batches(chunk, self._seq, self._times)
        self._finer = None if chunk.finer is None else finer_bars(chunk.finer, self._seq)
        self._seq += len(chunk)

    def state(self) -> object:
        """How many batches were published, and how many corporate actions were announced."""
        return [self._seq - length_hint(self._times), self._announced]

    def restore(self, state: Any) -> None:
        """Reads up to there: joins and counts of what was read depend on all that was before."""
        seq, self._announced = typed(tuple[int, int], state)
        while self._seq < seq:
            self._ahead.arrival().result()
            chunk = self._ahead.take()
            if chunk is None:
                raise ValueError(f"the data has {self._seq:,} batches, and {seq:,} were published")
            self._turn_to(chunk)
        for _ in range(length_hint(self._times) - (self._seq - seq)):
            next(self._rows)
            if self._finer is not None:
                next(self._finer)
        self._look_ahead()

    def _introduce(self, batch: MarketBatch) -> None:
        """Sends what comes before a batch: corporate actions that take effect before its bars, and finer bars."""
        if batch.ts_ns >= self._next_action_ns:
            self._announce(batch)
        if self._finer is not None:
            self.send(next(self._finer))

    def _announce(self, batch: MarketBatch) -> None:
        actions = self._columns.actions
        if actions is not None:
            first, end = self._announced, int(np.searchsorted(actions.ex_ns, batch.ts_ns, side="right"))
            self.send(actions.message(first, end, batch.seq, batch.ts_ns))
            self._announced = end
            self._look_ahead()

    def _look_ahead(self) -> None:
        """Notes when the next corporate action takes effect."""
        actions, at = self._columns.actions, self._announced
        more = actions is not None and at < len(actions.ex_ns)
        self._next_action_ns = int(actions.ex_ns[at]) if actions is not None and more else NEVER_NS

    def _check_count(self) -> None:
        """All batches have come that the source said there are."""
        told = self._columns.barriers
        if told >= 0 and told != self._seq:
            raise DataError(
                f"feed '{self.name}': its source said that there are {told:,} timestamps, and gave {self._seq:,};"
                " it must give as many as it says when it is opened"
            )

    def _check_time(self, chunk: PanelChunk) -> None:
        """Time never goes back, neither inside a chunk nor from one to the next."""
        if not len(chunk):
            raise DataError(f"feed '{self.name}': its source gave a chunk without a timestamp; each must have one")
        times = np.concatenate(((self._last_ts_ns,), chunk.ts_ns))
        back = np.flatnonzero(times[1:] <= times[:-1])
        if len(back):
            before, after = int(times[back[0]]), int(times[back[0] + 1])
            raise DataError(
                f"feed '{self.name}': a batch at {format_ts(after)} follows one at {format_ts(before)};"
                " timestamps must rise from batch to batch"
            )
        self._last_ts_ns = int(times[-1])
