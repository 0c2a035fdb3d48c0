"""What fills cost at the bar at hand: the terms that stay, and those that follow the market and the account's trading.

Tiers: the rates of a month follow what the account has traded in it before the bar at hand, by value or by units; so
the fills of one bar pay the same rate, and one that crosses a threshold pays that from which it starts. A month is one
of the calendar (UTC), and a bar belongs to the month in which it ends; one that ends at midnight to the month before.

Where this is unrealistic: a tier holds from the next bar on, and nothing is paid back for what was traded before.
"""

from typing import Any

import numpy as np

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.errors import DataError
from tidegate.core.time import NS_PER
from tidegate.kernels import costs as entry
from tidegate.kernels import estimates
from tidegate.kernels.estimates import Known, hand_on, learn, rescale, see_volume
from tidegate.kernels.instruments import AVERAGE_VOLUME, BAR_VOLUME, DRIFT, HALF_SPREAD, MOVED, SIGMA, UNMEASURED
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.terms import CostModels, Estimate, ExecutionTerms
from tidegate.messages.market import MarketBatch
from tidegate.messages.state import ARRAYS, Stateful, keeps, made, put, typed


class Charges(Stateful):
    """The costs of one account's fills.

    Args:
        terms: what is charged.
        instruments: see `instruments`; the estimates in it are changed in place.
        kernels: how kernels run.

    Attributes:
        costs: see `costs`.
        follow: whether anything follows the market or the trading, so that `begin` must be told of every bar.
        in_parts: whether fills are told in parts.
    """

    # Costs and instruments are in the books.
    KEEPS = keeps(
        _month=int | None, _known=ARRAYS,
        **made("costs _instruments _models _rates in_parts _rows follow _learn _see_volume _rescale _hand_on _own"),
        **made("_measured"),
    )  # fmt: skip

    def __init__(self, terms: ExecutionTerms, instruments: FloatArray, kernels: Kernels) -> None:
        models = terms.models
        self.costs = terms.costs()
        self._instruments, self._models = instruments, models
        self._rates = float(self.costs[entry.COST_RATE]), float(self.costs[entry.COST_PER_SHARE])
        self._month: int | None = None
        instruments[SIGMA] = instruments[DRIFT] = instruments[MOVED] = instruments[UNMEASURED] = 0.0
        instruments[AVERAGE_VOLUME] = instruments[BAR_VOLUME] = np.inf
        spread = instruments[HALF_SPREAD]
        spread[spread != spread] = models.half_spread
        quoted = models.bid >= 0
        spreads = quoted or bool(np.count_nonzero(spread))
        impacts = any((models.volume_share, models.square_root, models.temporary, models.permanent))
        sigma = any((models.volatility, models.square_root, models.temporary, models.permanent))
        average = any((models.square_root, models.temporary, models.permanent))
        slips = spreads or impacts or models.volatility != 0.0
        self.in_parts = slips or models.venue
        self.costs[entry.COST_MODELS] = slips
        self.costs[entry.COST_SPLIT] = self.in_parts
        self._own: tuple[FloatArray, FloatArray] | None = None
        self._measured = False
        self._known: Known | None = None
        if quoted or impacts or sigma:
            self._known = _nothing_known(models, instruments, sigma=sigma, average=average)
        self._rows = sorted(row for row in (models.bid, models.ask, *_feature_rows(self._known)) if row >= 0)
        self.follow = self._known is not None or bool(models.tiers)
        self._learn, self._see_volume = kernels.unchecked(learn), kernels.unchecked(see_volume)
        self._rescale, self._hand_on = kernels.unchecked(rescale), kernels.unchecked(hand_on)

    def charge_anew(self, *, measured: bool) -> None:
        """What fills cost is not what it was in the state that will be taken over, nor as the books have it there.

        Of that state only what was counted, what was moved and, unless it has been `measured` here, what was measured
        is of use.
        """
        self._own, self._measured = (self.costs.copy(), self._instruments.copy()), measured

    def measured_in(self, state: Any) -> bool:
        """Whether a state has all that these costs must know of the market."""
        mine, known = self._known, typed(tuple[int | None, list[Any] | None], state)[1]
        if mine is None or known is None:
            return mine is None
        return (mine.how.tobytes(), mine.terms.tobytes()) == (known[0].tobytes(), known[1].tobytes())

    def restore(self, state: Any) -> None:
        """As `Stateful.restore`, once the books have taken theirs over.

        Raises:
            ValueError: what these costs follow was not followed.
        """
        if self._own is None:
            super().restore(state)
            return
        self._month, known = typed(tuple[int | None, list[Any] | None], state)
        (costs, instruments), traded = self._own, self.costs[[entry.COST_TRADED_BY, entry.COST_TRADED]]
        self.costs[:] = costs
        if self._models.tiers:
            if traded[0] != costs[entry.COST_TRADED_BY]:
                raise ValueError("execution.commission.tiers: what the account has traded this month was not counted")
            self.costs[entry.COST_TRADED] = traded[1]
        rows = _MEASURED if self._measured else [HALF_SPREAD] if self._models.bid < 0 else []
        if self._known is None:
            rows = [*_MEASURED, *_MOVED]
        self._instruments[rows] = instruments[rows]
        if self._known is not None and not self._measured:
            for array, values in zip(self._known, known or (), strict=True):
                put(array, values)

    def begin(self, batch: MarketBatch, before: MarketBatch | None) -> None:
        """What fills of this bar cost, by what was known before it.

        Args:
            before: the last batch, None for the first.
        """
        self.measure(batch, before)
        if self._models.tiers:
            self._choose_tier(batch.ts_ns)

    def measure(self, batch: MarketBatch, before: MarketBatch | None) -> None:
        """What is known of the market as this bar is met; `before` as for `begin`."""
        if self._known is not None:
            if before is not None:
                self._learn(before.bars, self._features(before), self._known, self._instruments)
            self._see_volume(batch.bars, self._known, self._instruments)

    def rescale(self, asset: int, factor: float) -> None:
        """An asset's units have been split: there are `factor` new ones for each old one."""
        if self._known is not None:
            self._rescale(asset, factor, self._known, self._instruments)

    def hand_on(self, asset: int, into: int, rate: float) -> None:
        """An asset goes by another name from now on; `rate`: see `corporate.rate_between`."""
        if self._known is not None:
            self._hand_on(asset, into, rate, self._known, self._instruments)

    def _features(self, batch: MarketBatch) -> FloatArray:
        """Those of a batch, where any of them is needed.

        Raises:
            DataError: compiled code could not take them for what the universe said they are.
        """
        if not self._rows:
            return _NONE
        features, n = batch.features, self._instruments.shape[1]
        shape = features.shape
        if len(shape) != 2 or shape[0] <= self._rows[-1] or shape[1] != n:
            raise DataError(
                f"barrier {batch.seq}: the feed's features have shape {shape}, want {n} columns and more than"
                f" {self._rows[-1]} rows"
            )
        if features.dtype != np.float64 or not features.flags.c_contiguous:
            raise DataError(f"barrier {batch.seq}: the feed's features must be float64 in C order")
        return features

    def _choose_tier(self, ts_ns: int) -> None:
        month = int(np.datetime64((ts_ns - 1) // NS_PER["d"], "D").astype("datetime64[M]").astype(np.int64))
        if month != self._month:
            self._month = month
            self.costs[entry.COST_TRADED] = 0.0
        traded = float(self.costs[entry.COST_TRADED])
        if self._models.tiers_by == entry.BY_VALUE:
            traded /= 1e6
        rate, unit = self._rates
        reached = [tier for tier in self._models.tiers if tier.at_least <= traded]
        if reached:
            rate, unit = rate + reached[-1].rate, unit + reached[-1].per_share
        self.costs[entry.COST_RATE], self.costs[entry.COST_PER_SHARE] = rate, unit


def _nothing_known(models: CostModels, instruments: FloatArray, *, sigma: bool, average: bool) -> Known:
    """Before the first bar; `sigma`, `average` say which estimates are needed."""
    n = instruments.shape[1]
    of_sigma = models.sigma if sigma else Estimate()
    of_average = models.average_volume if average else Estimate()
    how = np.zeros(9, np.int64)
    how[estimates.HOW_SIGMA], how[estimates.HOW_AVERAGE] = of_sigma.how, of_average.how
    how[estimates.LEAST_SIGMA], how[estimates.LEAST_AVERAGE] = of_sigma.least, of_average.least
    how[estimates.ROW_SIGMA], how[estimates.ROW_AVERAGE] = of_sigma.feature, of_average.feature
    how[estimates.ROW_BID], how[estimates.ROW_ASK] = models.bid, models.ask
    how[estimates.NEEDS_VOLUME] = models.volume_share != 0.0
    missing = (
        estimates.NO_QUOTE * (models.bid >= 0)
        | estimates.NO_SIGMA * (of_sigma.how != estimates.OFF)
        | estimates.NO_AVERAGE * (of_average.how != estimates.OFF)
    )
    if of_sigma.default == of_sigma.default:
        instruments[SIGMA] = of_sigma.default
    if of_average.default == of_average.default:
        instruments[AVERAGE_VOLUME] = of_average.default
    return Known(
        how=how,
        terms=np.array([of_sigma.decay, of_average.decay, of_sigma.default, of_average.default]),
        last=np.full(n, np.nan),
        returns=np.zeros((n, of_sigma.window)),
        volumes=np.zeros((n, of_average.window)),
        seen=np.zeros((2, n), np.int64),
        sums=np.zeros((4, n)),
        missing=np.full(n, missing, np.int64),
    )


def _feature_rows(known: Known | None) -> list[int]:
    """The rows from which estimates are taken."""
    return [] if known is None else known.how[[estimates.ROW_SIGMA, estimates.ROW_AVERAGE]].tolist()


_MEASURED = [HALF_SPREAD, SIGMA, UNMEASURED, AVERAGE_VOLUME, BAR_VOLUME]
_MOVED = [DRIFT, MOVED]
"""Rows of instruments that costs are worked out with: those that the market tells, and what fills have moved."""
_NONE = freeze(np.empty((0, 0)))
