"""The rows of a panel as the messages that say them, and how to come by one of them again."""

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise, repeat

import numpy as np

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.errors import DataError
from tidegate.data.panel import FinerRows, PanelChunk, PanelSource
from tidegate.messages.market import FinerBars, MarketBatch

KEPT_ROWS = 256
"""Rows that are still looked at when the next chunk is in use, by strategies that look back; few beside a chunk's.

They are handed out as a copy, or each of them would hold all of its chunk's memory.
"""


def market_batches(chunk: PanelChunk, first_seq: int, times: Iterator[int] | None = None) -> Iterator[MarketBatch]:
    """The rows of a chunk as messages; iterating an array gives its rows as read-only views.

    Args:
        first_seq: number of the first.
        times: of the rows; moves on with them.
    """
    blocks = [_rows(block) for block in (chunk.bars, chunk.signals, chunk.features, chunk.context)]
    rows = zip(times or chunk.ts_ns.tolist(), *blocks, strict=False)
    for seq, (ts_ns, bars, signals, features, context) in enumerate(rows, first_seq):
        yield MarketBatch(seq, ts_ns, bars, signals, features, context)


def finer_bars(finer: FinerRows, first_seq: int) -> Iterator[FinerBars]:
    """Those of each barrier as a message."""
    edges = finer.starts.tolist()
    for seq, (begin, end) in enumerate(pairwise(edges), first_seq):
        yield FinerBars(seq, finer.ts_ns[begin:end], finer.bars[begin:end])


class Batches:
    """What a journal refers to: the batches of a source by number.

    Asked for in rising order they are read once; whoever goes back has the source read again from its beginning.

    Args:
        source: read chunk by chunk; two chunks at most are in memory.
    """

    def __init__(self, source: PanelSource) -> None:
        source.open()
        self._source = source
        self._begin()

    def _begin(self) -> None:
        self._rows = self._read()
        self._seq = -1
        self._row: tuple[MarketBatch, FinerBars | None] | None = None
        self._since = -1  # a barrier since which the last known closes are followed
        self._last: FloatArray | None = None

    def market(self, seq: int) -> MarketBatch:
        """The batch of a barrier.

        Raises:
            DataError: the source ends before it.
        """
        return self._at(seq)[0]

    def finer(self, seq: int) -> FinerBars:
        """The finer bars that come with it.

        Raises:
            DataError: as `market`, or the source has no finer bars.
        """
        found = self._at(seq)[1]
        if found is None:
            raise DataError(f"finer_prices: the source has none, and those of barrier {seq} are asked for")
        return found

    def closes(self, seq: int, since: int) -> FloatArray:
        """(n_assets,) the closes of a barrier; of an asset without a bar, its last since another barrier, if any.

        Raises:
            DataError: as `market`.
        """
        if since >= seq:
            return self._closes(seq)
        if since != self._since or seq < self._seq:
            self._last = self._closes(since)
            self._since = since
        self._at(seq)
        assert self._last is not None
        found: FloatArray = self._last.view()
        return freeze(found)

    def _closes(self, seq: int) -> FloatArray:
        return self._at(seq)[0].close

    def _at(self, seq: int) -> tuple[MarketBatch, FinerBars | None]:
        if seq < self._seq:
            self._begin()
        while self._seq < seq:
            self._row = next(self._rows, None)
            if self._row is None:
                raise DataError(f"prices: there are {self._seq + 1} batches, and batch {seq} is asked for")
            self._seq += 1
            if self._last is not None:
                closes = self._row[0].close
                self._last = np.where(np.isnan(closes), self._last, closes)
        if self._row is None:
            raise DataError(f"prices: batches count from 0, and batch {seq} is asked for")
        return self._row

    def _read(self) -> Iterator[tuple[MarketBatch, FinerBars | None]]:
        first = 0
        for chunk in self._source.chunks():
            finer = repeat(None) if chunk.finer is None else finer_bars(chunk.finer, first)
            yield from zip(market_batches(chunk, first), finer, strict=False)
            first += len(chunk)


def _rows(block: FloatArray) -> Iterable[FloatArray]:
    """The rows of a block; where there is nothing in them, one stands for all."""
    return chain.from_iterable(_halves(block)) if block.size else repeat(block[0])


def _halves(block: FloatArray) -> Iterator[FloatArray]:
    """The rows that are let go of while others of the block are in use, and the rest, as a copy where that is less."""
    if len(block) < 2 * KEPT_ROWS:
        yield block
        return
    yield block[:-KEPT_ROWS]
    yield freeze(block[-KEPT_ROWS:].copy())
