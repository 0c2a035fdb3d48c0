"""The data that a journal refers to: where they can be had, and what they say barrier by barrier."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tidegate.config.loader import load_config
from tidegate.core.arrays import BoolArray, FloatArray, freeze
from tidegate.core.errors import DataError, UserError
from tidegate.data.batches import Batches, finer_bars
from tidegate.data.panel import PanelSource
from tidegate.journal import Header, Market
from tidegate.messages.market import CLOSE, FinerBars


class NotAtHand(Exception):
    """The data cannot be had, or are others; the argument says why."""


class Met(NamedTuple):
    """A batch that was referred to.

    Attributes:
        seq, ts_ns, bars: as of `MarketBatch`.
        finer: its finer bars, None where the data have none.
        closes: of its bars; marks that are told as those are this very array.
        whole: whether no asset lacks a bar.
    """

    seq: int
    ts_ns: int
    bars: FloatArray
    finer: FinerBars | None
    closes: FloatArray
    whole: bool


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
        self._rows: Iterator[Met] = iter(())
        self._met: Met | None = None
        self._none: FloatArray = np.empty(0)
        self._since = -1  # a barrier since which the last known closes are followed
        self._known: FloatArray | None = None
        self._others: Batches | None = None

    def use(self, source: PanelSource) -> None:
        """From here on this is what is referred to."""
        try:
            source.open()
        except DataError as error:
            self.why = str(error)
        else:
            self._source, self._rows, self.at_hand = source, _read(source), True

    def begin(self, assets: int) -> None:
        """The universe is known: so many assets."""
        self._none = freeze(np.full(assets, np.nan))

    def meet(self, seq: int) -> Met:
        """The batch of a barrier; barriers come in rising order, and none is left out.

        Raises:
            DataError: it is not the next one, or there is none.
        """
        met = next(self._rows, None)
        if met is None or met.seq != seq:
            there = "they have ended" if met is None else f"batch {met.seq} is next"
            raise DataError(f"batch {seq} is asked for, and {there}")
        self._met = met
        if self._known is not None:
            self._known = met.closes if met.whole else np.where(np.isnan(met.closes), self._known, met.closes)
        return met

    def closes(self, seq: int, since: int) -> FloatArray:
        """See `journal.arrays.Closes`; NaN where the data are not at hand."""
        met = self._met
        if met is None or self._source is None:
            return self._none
        if met.seq == seq == since:
            self._since, self._known = seq, met.closes
            return met.closes
        if met.seq == seq and since == self._since and self._known is not None:
            return freeze(self._known.view())
        if self._others is None:  # no writer comes here
            self._others = Batches(self._source)
        try:
            return self._others.closes(seq, since)
        except DataError as error:
            raise ValueError(str(error)) from error


def _read(source: PanelSource) -> Iterator[Met]:
    """The batches of a source."""
    seq = 0
    for chunk in source.chunks():
        whole: BoolArray = ~np.logical_or.reduce(np.isnan(chunk.bars[:, CLOSE]), axis=1)
        finer = None if chunk.finer is None else finer_bars(chunk.finer, seq)
        for ts_ns, bars, closes, full in zip(
            chunk.ts_ns.tolist(), chunk.bars, chunk.bars[:, CLOSE], whole.tolist(), strict=True
        ):
            yield Met(seq, ts_ns, bars, None if finer is None else next(finer), closes, full)
            seq += 1


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
        source = TableSource(config.data, config.universe, {}, zero_fills=zero_fills)
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
