"""Trade state of a few assets, what is recorded in it, and the levels that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from tests.unit.kernels.made import NAN, floats, ints

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.kernels.levels import protective_levels, record_fills

ASSETS = 3
NO_SKIP = -2


class Fill(NamedTuple):
    asset: int
    quantity: float
    price: float


@dataclass
class Desk:
    """Trade state of a few assets and the levels last written."""

    rules: FloatArray = field(default_factory=lambda: floats(NAN, NAN, NAN))
    state: FloatArray = field(default_factory=lambda: np.array([[0.0] * ASSETS, [NAN] * ASSETS, [NAN] * ASSETS]))
    opened: IntArray = field(default_factory=lambda: np.full(ASSETS, -1))
    stop: FloatArray = field(default_factory=lambda: np.full(ASSETS, NAN))
    take: FloatArray = field(default_factory=lambda: np.full(ASSETS, NAN))
    unseen: IntArray = field(default_factory=lambda: np.full(ASSETS, -1))
    rule: IntArray = field(default_factory=lambda: np.zeros(ASSETS, np.int64))

    def record(self, fills: Sequence[Fill], seq: int, *, after_open: bool = False) -> bool:
        return record_fills(*self.recorded(fills, seq, after_open=after_open))

    def recorded(
        self, fills: Sequence[Fill], seq: int, *, after_open: bool = False
    ) -> tuple[int, IntArray, FloatArray, FloatArray, int, bool, FloatArray, IntArray, IntArray]:
        columns = [list(column) for column in zip(*fills, strict=True)] or [[], [], []]
        asset, quantity, price = ints(*columns[0]), floats(*columns[1]), floats(*columns[2])
        return len(fills), asset, quantity, price, seq, after_open, self.state, self.opened, self.unseen

    def level(self, *highs: float, lows: Sequence[float] = (NAN,) * ASSETS, skip: int = NO_SKIP) -> bool:
        return protective_levels(
            ended(highs, lows), skip, self.unseen, self.rules, self.state, self.stop, self.take, self.rule
        )


def ended(highs: Sequence[float], lows: Sequence[float]) -> FloatArray:
    """Bars of which only highs and lows are looked at."""
    bars = np.full((5, ASSETS), NAN)
    bars[1], bars[2] = highs, lows
    return freeze(bars)


def holding(
    *, average: float = 100.0, best: float = 100.0, opened: int = 0, held: float = 10.0, **rules: float
) -> Desk:
    """Ten units of asset 0, and the fractions of the rules that are on."""
    desk = Desk(floats(*(rules.get(name, NAN) for name in ("stop_loss", "take_profit", "trailing"))))
    desk.state[:, 0] = held, average, best
    desk.opened[0] = desk.unseen[0] = opened
    return desk
