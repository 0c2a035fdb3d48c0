"""The rows of a panel as the messages that say them, and how to come by one of them again."""

from collections.abc import Iterable, Iterator
from itertools import pairwise, repeat

from tidegate.core.arrays import FloatArray
from tidegate.core.errors import DataError
from tidegate.data.panel import FinerRows, PanelChunk, PanelSource
from tidegate.messages.market import FinerBars, MarketBatch


def market_batches(chunk: PanelChunk, first_seq: int) -> Iterator[MarketBatch]:
    """The rows of a chunk as messages; iterating an array gives its rows as read-only views."""
    blocks = [_rows(block) for block in (chunk.bars, chunk.signals, chunk.features, chunk.context)]
    rows = zip(chunk.ts_ns.tolist(), *blocks, strict=False)
    for seq, (ts_ns, bars, signals, features, context) in enumerate(rows, first_seq):
        yield MarketBatch(seq, ts_ns, bars, signals, features, context)


def finer_bars(finer: FinerRows, first_seq: int) -> Iterator[FinerBars]:
    """Those of each barrier as a message."""
    edges = finer.starts.tolist()
    for seq, (begin, end) in enumerate(pairwise(edges), first_seq):
        yield FinerBars(seq, finer.ts_ns[begin:end], finer.bars[begin:end])


class Batches:
    """What a journal refers to: the batches of a source by number, for who asks for them in rising order.

    Args:
        source: read from its beginning, chunk by chunk; two chunks at most are in memory.
    """

    def __init__(self, source: PanelSource) -> None:
        source.open()
        self._rows = self._read(source)
        self._seq = -1
        self._row: tuple[MarketBatch, FinerBars | None] | None = None

    def market(self, seq: int) -> MarketBatch:
        """The batch of a barrier.

        Raises:
            DataError: the source ends before it, or it was passed already.
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

    def _at(self, seq: int) -> tuple[MarketBatch, FinerBars | None]:
        if seq < self._seq or seq < 0:
            raise DataError(f"prices: batch {seq} is asked for after batch {self._seq}; read them anew from the start")
        while self._seq < seq:
            self._row = next(self._rows, None)
            if self._row is None:
                raise DataError(f"prices: there are {self._seq + 1} batches, and batch {seq} is asked for")
            self._seq += 1
        assert self._row is not None
        return self._row

    @staticmethod
    def _read(source: PanelSource) -> Iterator[tuple[MarketBatch, FinerBars | None]]:
        first = 0
        for chunk in source.chunks():
            finer = repeat(None) if chunk.finer is None else finer_bars(chunk.finer, first)
            yield from zip(market_batches(chunk, first), finer, strict=False)
            first += len(chunk)


def _rows(block: FloatArray) -> Iterable[FloatArray]:
    """The rows of a block; where there is nothing in them, one stands for all."""
    return block if block.size else repeat(block[0])
