"""The data that a journal refers to: where they can be had, and what they say barrier by barrier."""

from typing import Any, NamedTuple

import numpy as np

from tidegate.config.loader import load_config
from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.errors import DataError, UserError
from tidegate.data.batches import Batches
from tidegate.data.panel import PanelSource
from tidegate.journal import Header, Market
from tidegate.messages.market import CLOSE, FinerBars, MarketBatch


class NotAtHand(Exception):
    """The data cannot be had, or are others; the argument says why."""


class Met(NamedTuple):
    """A batch that was referred to.

    Attributes:
        finer: its finer bars, None where nobody refers to them.
        closes: of its bars; marks that are told as those are this very array.
        whole: whether no asset lacks a bar.
    """

    batch: MarketBatch
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
        self._batches: Batches | None = None
        self._last: Met | None = None
        self._none: FloatArray = np.empty(0)

    def use(self, source: PanelSource) -> None:
        """From here on this is what is referred to."""
        try:
            self._batches = Batches(source)
        except DataError as error:
            self.why = str(error)
        else:
            self.at_hand = True

    def begin(self, assets: int) -> None:
        """The universe is known: so many assets."""
        self._none = freeze(np.full(assets, np.nan))

    def meet(self, seq: int, *, finer: bool) -> Met:
        """The batch of a barrier, and its finer bars; barriers come in rising order.

        Raises:
            DataError: there is none.
        """
        if self._batches is None:
            raise DataError(self.why)
        batch = self._batches.market(seq)
        closes: FloatArray = batch.bars[CLOSE]
        whole = not np.isnan(closes).any()
        self._last = Met(batch, self._batches.finer(seq) if finer else None, closes, whole)
        return self._last

    def closes(self, seq: int, since: int) -> FloatArray:
        """See `journal.arrays.Closes`; NaN where the data are not at hand."""
        last = self._last
        if last is not None and last.batch.seq == seq == since:
            return last.closes
        if self._batches is None:
            return self._none
        try:
            return self._batches.closes(seq, since)
        except DataError as error:
            raise ValueError(str(error)) from error


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
