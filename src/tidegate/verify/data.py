"""The data that a journal refers to: where they can be had, and what they say barrier by barrier."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tidegate.config.loader import load_config
from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.errors import DataError, UserError
from tidegate.data.batches import Batches, finer_bars
from tidegate.data.panel import PanelChunk, PanelSource
from tidegate.journal import Header, Market
from tidegate.messages.market import BAR_FIELDS, CLOSE, FinerBars


class NotAtHand(Exception):
    """The data cannot be had, or are others; the argument says why."""


class Rows:
    """Consecutive batches of the data.

    Args:
        first: the number of the first.
        chunk: what they say.

    Attributes:
        first, end: numbers of the first, and of the one after the last.
        ts_ns: (n,) as of `MarketBatch`.
        bars: (n, 5, n_assets) likewise.
        closes: (n, n_assets) of the bars.
        whole: (n,) whether no asset lacks a bar.
        finer: their finer bars, None where the data have none.
    """

    def __init__(self, first: int, chunk: PanelChunk) -> None:
        self.first, self.end = first, first + len(chunk)
        self.ts_ns, self.bars = chunk.ts_ns, chunk.bars
        self.closes: FloatArray = chunk.bars[:, CLOSE]
        self.whole: BoolArray = ~np.logical_or.reduce(np.isnan(self.closes), axis=1)
        self.finer = None if chunk.finer is None else list(finer_bars(chunk.finer, first))
        self.each_close: list[FloatArray] = list(self.closes)


class Referred:
    """What the references of a journal refer to, for one who goes through it once.

    Attributes:
        at_hand: whether there is anything.
        why: why there is not.
    """

    def __init__(self) -> None:
        self.at_hand = False
        self.why = "they were not given"
        self._source: PanelSource | None = None
        self._unread: Iterator[PanelChunk] = iter(())
        self._rows: list[Rows] = []
        self._next = 0  # the batch that must be referred to next
        self._met: int | None = None  # that which was last
        self._none: FloatArray = np.empty(0)
        self._since = self._at = -1  # a barrier since which the last known closes are followed, and up to which
        self._known: FloatArray = self._none
        self._others: Batches | None = None
        self._failure: DataError | None = None  # why no more can be read

    def use(self, source: PanelSource) -> None:
        """From here on this is what is referred to; it has been opened."""
        self._source, self._unread, self.at_hand = source, source.chunks(), True

    def begin(self, assets: int) -> None:
        """The universe is known: so many assets."""
        self._none = freeze(np.full(assets, np.nan))

    def meet(self, seq: int) -> None:
        """The batch of a barrier is referred to; barriers come in rising order, and none is left out.

        Raises:
            DataError: it is not the next one, or there is none.
        """
        at, there = self._next, self._read_to(self._next + 1)
        self._next += there
        if not there or at != seq:
            error, self._failure = self._failure, None
            found = f"batch {at} is next" if there else "they have ended"
            raise error or DataError(f"batch {seq} is asked for, and {found}")
        self._met = seq

    def meet_all(self, seqs: IntArray) -> bool:
        """Likewise for several at once; whether all can be had. If not, nothing has happened."""
        n = len(seqs)
        if not self.can_meet(seqs):
            return False
        self._next += n
        self._met = self._next - 1 if n else self._met
        return True

    def can_meet(self, seqs: IntArray) -> bool:
        """Whether these are the next batches."""
        n = len(seqs)
        return bool((seqs == self._next + np.arange(n)).all()) and self._read_to(self._next + n)

    @property
    def none(self) -> FloatArray:
        """(n_assets,) what stands for closes that are not at hand."""
        return self._none

    @property
    def met(self) -> int:
        """Which batch was referred to last, -1 for none."""
        return -1 if self._met is None else self._met

    def closes(self, seq: int, since: int) -> FloatArray:
        """See `journal.arrays.Closes`; NaN where the data are not at hand, or before the first reference."""
        if self._met is None or self._source is None:
            return self._none
        found = self.closes_of(seq, since) if self._met == seq else None
        if found is not None:
            return found
        if self._others is None:  # no writer comes here
            self._others = Batches(self._source)
        try:
            return self._others.closes(seq, since)
        except DataError as error:
            raise ValueError(str(error)) from error

    def closes_of(self, seq: int, since: int) -> FloatArray | None:
        """The same of a batch that was referred to; None where it takes more than the rows at hand."""
        if since >= seq:
            return self._close(seq) if since == seq else None
        first = self._rows[0].first if self._rows else 0
        if since != self._since or seq < self._at:
            if since < first:
                return None
            self._known, self._since, self._at = self._close(since), since, since
        if self._at + 1 < first:
            return None
        self._follow(seq)
        return freeze(self._known.view())

    def _follow(self, seq: int) -> None:
        """Brings the last known closes up to a batch."""
        for closes in map(self._close, range(self._at + 1, seq + 1)):
            self._known = np.where(np.isnan(closes), self._known, closes)
        self._at = seq

    def each_close(self, seqs: Sequence[int]) -> list[FloatArray]:
        """The closes of batches, each always the same object: marks that are told as those are these very arrays."""
        first = self._rows[0].first
        if len(self._rows) == 1:
            rows = self._rows[0].each_close
        else:
            rows = [row for part in self._rows for row in part.each_close]
        return [rows[seq - first] for seq in seqs]

    def closes_from(self, seq: int, count: int) -> tuple[FloatArray, list[FloatArray]] | None:
        """(count, n_assets) the closes of as many batches, and those of `each_close`; None where they lie apart."""
        for part in self._rows:
            if part.first <= seq and seq + count <= part.end:
                at = slice(seq - part.first, seq - part.first + count)
                return part.closes[at], part.each_close[at]
        return None

    def bars_at(self, seqs: IntArray, assets: IntArray) -> FloatArray:
        """(5, n) of these assets in these batches."""
        found = np.empty((len(seqs), len(BAR_FIELDS)))
        for part in self._rows:
            mine = np.flatnonzero((seqs >= part.first) & (seqs < part.end))
            found[mine] = part.bars[seqs[mine] - part.first, :, assets[mine]]
        return found.T

    def _close(self, seq: int) -> FloatArray:
        part = self._part(seq)
        return part.each_close[seq - part.first]

    def bars(self, seq: int) -> FloatArray:
        """(5, n_assets) of a batch."""
        part = self._part(seq)
        found: FloatArray = part.bars[seq - part.first]
        return found

    def finer(self, seq: int) -> FinerBars | None:
        """The finer bars of a batch, None where the data have none."""
        part = self._part(seq)
        return None if part.finer is None else part.finer[seq - part.first]

    @property
    def has_finer(self) -> bool:
        """Whether the data have finer bars."""
        return any(part.finer is not None for part in self._rows)

    def times(self, seqs: IntArray) -> IntArray:
        """(n,) of batches."""
        return np.concatenate([part.ts_ns for part in self._rows])[seqs - self._rows[0].first]

    def whole(self, seqs: IntArray) -> BoolArray:
        """(n,) whether all assets have a bar."""
        return np.concatenate([part.whole for part in self._rows])[seqs - self._rows[0].first]

    def _part(self, seq: int) -> Rows:
        return next(part for part in self._rows if seq < part.end)

    def forget(self, before: int) -> None:
        """Nobody will ask for what comes before a batch."""
        while len(self._rows) > 1 and self._rows[0].end <= before:
            if self._since >= 0 and self._at + 1 < self._rows[0].end:
                self._follow(self._rows[0].end - 1)
            del self._rows[0]

    def _read_to(self, end: int) -> bool:
        """Reads until all batches before one are there; False where there are not so many."""
        try:
            while (first := self._rows[-1].end if self._rows else 0) < end:
                chunk = next(self._unread, None)
                if chunk is None:
                    return False
                self._rows.append(Rows(first, chunk))
        except DataError as error:
            self._failure = error
            return False
        return True


def data_of(header: Header) -> PanelSource | None:
    """What the batches of a journal can be read from; None where they are in the journal itself.

    Raises:
        NotAtHand: they were given in Python, cannot be read, or are not those of the run.
    """
    if header.market is Market.VALUE:
        return None
    if header.frames:
        raise NotAtHand(f"they were given in Python: {', '.join(header.frames)}")
    try:
        config = load_config(dict(header.config))
        if config.data.prices.path is None:
            raise NotAtHand("they were given in Python, by a source of their own")
        from tidegate.data.tables import TableSource  # Polars: only where tables are read

        zero_fills = config.execution.participation.zero_volume == "fill"
        source = TableSource(config.data, config.universe, {}, zero_fills=zero_fills, identified=True)
        source.open()
        compare(header, source)
    except UserError as error:
        raise NotAtHand(str(error)) from error
    return source


def compare(header: Header, source: PanelSource) -> None:
    """Whether a source holds what the run has read.

    Raises:
        NotAtHand: it does not.
        DataError: it cannot be read.
    """
    told: dict[str, Any] = dict(header.data)
    found: dict[str, Any] = dict(source.fingerprints())
    changed = [name for name in sorted({*told, *found}) if told.get(name) != found.get(name)]
    if changed:
        raise NotAtHand(f"they have changed since the run: {', '.join(changed)}")
