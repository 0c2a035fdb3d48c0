"""The finer bars of the barrier at hand, and how far an account has walked through them."""

from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.finer import find_ends
from tidegate.kernels.following import widen_ranges
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.protection import Protection
from tidegate.kernels.resting import Resting
from tidegate.messages.market import CLOSE, OPEN, FinerBars, MarketBatch


@dataclass(frozen=True, slots=True)
class Step:
    """What happens in the finer bars of one moment.

    Attributes:
        bars: the finer bars as a batch.
        ts_ns: when they ended.
        exits: whether protective levels are reached.
        gaps: those of the finer bars that open with a gap, as a batch, where levels are reached.
        going: how many orders go.
        ambiguous: which units are, as far as is known before exits at levels.
    """

    bars: MarketBatch
    ts_ns: int
    exits: bool
    gaps: MarketBatch | None
    going: int
    ambiguous: list[int]


class FinerWalk:
    """What is left of the finer bars of one barrier.

    Args:
        n_assets: size of the universe.
        arrivals: looks at what comes.
        kernels: how kernels run.
    """

    def __init__(self, n_assets: int, arrivals: Arrivals, kernels: Kernels) -> None:
        self._arrivals = arrivals
        self._find_ends, self._widen = kernels(find_ends), kernels(widen_ranges)
        self._first: IntArray = np.full(n_assets, -1)
        self._last: IntArray = np.full(n_assets, -1)
        self._since: IntArray = np.zeros(n_assets, np.int64)
        self._given: FinerBars | None = None
        self._batch: MarketBatch | None = None
        self._bars: FloatArray = _NO_BARS
        self._ts_ns: list[int] = []
        self._absent = n_assets
        self._at = self._passed = 0

    def take(self, given: FinerBars) -> None:
        """Takes the finer bars of the batch that comes next.

        Raises:
            DataError: they are not those of the universe.
        """
        self._arrivals.check_finer(given)
        self._given = given

    def pass_over(self, closed: BoolArray) -> None:
        """Leaves out the finer bars of what does not trade; `closed` is (n_assets,)."""
        if self._given is not None:
            self._given = self._given.without(closed)

    @property
    def left(self) -> bool:
        """Whether any are left."""
        return self._at < len(self._ts_ns)

    def step(
        self, batch: MarketBatch, protection: Protection, resting: Resting, positions: FloatArray, stuck: IntArray
    ) -> Step | None:
        """Goes on to the next moment at which anything happens; None where nothing does any more.

        What was held before has seen the finer bars up to that moment then, and stops have followed them.

        Args:
            batch: the bars that came about so.
            positions: see `books`.
            stuck: see `following.row_reaching_levels`.
        """
        if self._batch is not batch:
            self._begin(batch)
        at, passed, end = self._at, self._passed, len(self._ts_ns)
        row, exiting, going = end, end, 0
        ambiguous: list[int] = []
        if at < end:
            exiting = protection.row_reached(passed, at, self._bars, self._since, batch.seq, stuck, positions)
            row, going, ambiguous = resting.go_along(batch, at, min(exiting + 1, end), self._bars, self._first)
            row = min(row, exiting)
        if passed < row:
            self._widen(passed, row, self._bars, self._since, positions)
            protection.follow(passed, row, self._bars, self._since, positions)
        self._at, self._passed = min(row + 1, end), row
        if row == end:
            return None
        exits = row == exiting
        gaps = self._gaps(batch, row) if exits else None
        return Step(_with_bars(batch, self._bars[row]), self._ts_ns[row], exits, gaps, going, ambiguous)

    def _begin(self, batch: MarketBatch) -> None:
        self._batch, given = batch, self._given
        self._at = self._passed = 0
        self._since[:] = 0
        if given is None or given.seq != batch.seq:
            self._bars, self._ts_ns, self._absent = _NO_BARS, [], len(self._first)
            self._first[:] = self._last[:] = -1
        else:
            self._bars, self._ts_ns = given.bars, given.ts_ns.tolist()
            self._absent = self._find_ends(given.bars, self._first, self._last)

    def _gaps(self, batch: MarketBatch, row: int) -> MarketBatch | None:
        """The finer bars of a row that open with a gap; the first of an asset has none if it opens as the whole bar."""
        bars = self._bars[row]
        met = (self._first == row) & (bars[OPEN] == batch.bars[OPEN])
        if not met.any():
            return _with_bars(batch, bars)
        return None if met.all() else _with_bars(batch, freeze(np.where(met, np.nan, bars)))

    def seen(self, batch: MarketBatch) -> FloatArray:
        """(n_assets,) the last prices that were met: closes of the finer bars at hand, or else opens."""
        opened: FloatArray = batch.bars[OPEN]
        if self._batch is not batch or self._at == 0:
            return opened
        closed: FloatArray = self._bars[self._at - 1, CLOSE]
        seen: FloatArray = np.where(np.isnan(closed), opened, closed)
        return seen

    def enter(self, assets: IntArray) -> None:
        """Says that positions were opened at the moment at hand: they see what comes after it."""
        self._since[assets] = self._at

    def goes_on(self, assets: IntArray) -> BoolArray:
        """Which of some assets have finer bars left."""
        later: BoolArray = self._last[assets] >= self._at
        return later

    def others(self, batch: MarketBatch) -> MarketBatch | None:
        """The bars of those assets that have no finer ones, as a batch; None where all have."""
        if self._absent == 0:
            return None
        if self._absent == len(self._first):
            return batch
        return _with_bars(batch, freeze(np.where(self._first < 0, batch.bars, np.nan)))


def _with_bars(batch: MarketBatch, bars: FloatArray) -> MarketBatch:
    return MarketBatch(batch.seq, batch.ts_ns, bars, batch.signals, batch.features, batch.context)


_NO_BARS = freeze(np.empty((0, 5, 0)))
