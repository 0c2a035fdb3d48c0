"""What the data feed says."""

import msgspec
import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.messages.base import Message
from tidegate.messages.instruments import Instruments

BAR_FIELDS = ("open", "high", "low", "close", "volume")
"""Rows of `MarketBatch.bars`, in order."""
OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)


class UniverseDeclared(Message, frozen=True):
    """The first message of a run: names behind the columns of every later array.

    Attributes:
        assets: ordered by name.
        signals, features, context: names of the rows of the batch's blocks, in order.
        barriers: how many batches will come, or -1 where that is not known.
        instruments: what the assets are; None where nothing is said of any.
    """

    assets: tuple[str, ...]
    signals: tuple[str, ...]
    features: tuple[str, ...]
    context: tuple[str, ...]
    barriers: int
    instruments: Instruments | None = None


class MarketBatch(Message, frozen=True):
    """All that became known at one timestamp; arrays are zero-copy rows of the panel and read-only.

    Attributes:
        seq: number of the barrier, from 0.
        ts_ns: when the bars closed, ns UTC.
        bars: (5, n_assets) open, high, low, close, volume; NaN where the asset has no bar (volume may be NaN alone).
        signals: (n_signals, n_assets), as of `ts_ns`; NaN where absent.
        features: (n_features, n_assets), likewise.
        context: (n_context,), likewise.
    """

    seq: int
    ts_ns: int
    bars: FloatArray
    signals: FloatArray
    features: FloatArray
    context: FloatArray

    @property
    def open(self) -> FloatArray:
        """(n_assets,) price."""
        row: FloatArray = self.bars[OPEN]
        return row

    @property
    def high(self) -> FloatArray:
        """(n_assets,) price."""
        row: FloatArray = self.bars[HIGH]
        return row

    @property
    def low(self) -> FloatArray:
        """(n_assets,) price."""
        row: FloatArray = self.bars[LOW]
        return row

    @property
    def close(self) -> FloatArray:
        """(n_assets,) price."""
        row: FloatArray = self.bars[CLOSE]
        return row

    @property
    def volume(self) -> FloatArray:
        """(n_assets,) units traded in the bar."""
        row: FloatArray = self.bars[VOLUME]
        return row

    @property
    def has_bar(self) -> BoolArray:
        """(n_assets,) whether the asset has a bar; the feed lets no other price of such a bar be NaN."""
        close = self.bars[CLOSE]
        present: BoolArray = close == close
        return present

    def without(self, closed: BoolArray) -> "MarketBatch":
        """The same, as it is where some assets have no bar; `closed` is (n_assets,)."""
        return msgspec.structs.replace(self, bars=freeze(np.where(closed, np.nan, self.bars)))


class FinerBars(Message, frozen=True):
    """How the bars of the batch that follows came about; sent where there is a source of finer prices.

    Arrays are zero-copy rows of what was read, and read-only.

    Attributes:
        seq: number of the batch's barrier.
        ts_ns: (n,) when the finer bars closed, ns UTC, rising; n may be 0.
        bars: (n, 5, n_assets) open, high, low, close, volume; NaN where the asset has no finer bar.
    """

    seq: int
    ts_ns: IntArray
    bars: FloatArray

    def without(self, closed: BoolArray) -> "FinerBars":
        """The same, as it is where some assets have no bar; `closed` is (n_assets,)."""
        return msgspec.structs.replace(self, bars=freeze(np.where(closed, np.nan, self.bars)))


class MarketBatchReference(Message, frozen=True):
    """Stands for a `MarketBatch` in a journal: that of barrier `seq`, read from the data that its header names."""

    seq: int
    ts_ns: int


class FinerBarsReference(Message, frozen=True):
    """Stands for `FinerBars` in a journal: those of barrier `seq`, `count` of them."""

    seq: int
    count: int


class EndOfData(Message, frozen=True):
    """The feed has no batch left."""
