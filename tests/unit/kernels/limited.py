"""Orders that a limit of weight or of gross exposure is put on, and what it leaves of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, NAN, floats, ints

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels.limits import (
    AT_MARKET,
    CONDITIONAL,
    ENTRY,
    FREE,
    MOST,
    REDUCES,
    TRIM,
    limit_gross,
    limit_weights,
    part_orders,
)

WHOLE, FRACTIONAL = False, True
A, B, C = 0, 1, 2
EQUITY = 1000.0


@dataclass(frozen=True)
class Order:
    asset: int
    quantity: float
    priority: float = 0.0
    order_id: int = 0


def asset_and_quantity(orders: Sequence[Order]) -> tuple[np.ndarray, FloatArray]:
    return ints(*(order.asset for order in orders)), floats(*(order.quantity for order in orders))


@dataclass
class Parted:
    """Orders parted into what is free and what enters, and the book projected with the reductions."""

    orders: Sequence[Order]
    base: Sequence[float] = (0.0, 0.0, 0.0)
    shorts: bool = False
    natures: Sequence[int] = ()

    def __post_init__(self) -> None:
        self.asset, self.quantity = asset_and_quantity(self.orders)
        self.nature = ints(*(self.natures or [AT_MARKET] * len(self.orders)))
        self.book = np.array([self.base] * 3)
        self.parts = np.zeros((2, len(self.orders)))
        self.entries = part_orders(*self.arguments())

    def arguments(self) -> tuple[int, IntArray, FloatArray, IntArray, bool, FloatArray, FloatArray, FloatArray]:
        sellable = floats(*self.base)
        return len(self.orders), self.asset, self.quantity, self.nature, self.shorts, sellable, self.book, self.parts

    @property
    def left(self) -> list[float]:
        """What may go on of each order."""
        left: list[float] = (self.parts[FREE] + self.parts[ENTRY]).tolist()
        return left


def weights(
    orders: Sequence[Order],
    *,
    pct: float,
    mark: Sequence[float],
    base: Sequence[float] = (0.0, 0.0, 0.0),
    action: int = TRIM,
    fractional: bool = WHOLE,
    equity: float = EQUITY,
    unit: float = 1.0,
    lot: float = 0.0,
    shorts: bool = False,
    natures: Sequence[int] = (),
) -> tuple[int, list[float], list[float], list[float]]:
    """How many were cut, what may go on, the weights asked for, and the most that is projected afterwards."""
    parted, measured = Parted(orders, base, shorts, natures), np.empty(len(orders))
    kind = np.full(len(mark), unit), np.full(len(mark), lot)
    broken = limit_weights(
        len(orders), parted.asset, parted.nature, parted.book, floats(*mark), *kind, equity, pct, action,
        fractional, parted.parts, measured,
    )  # fmt: skip
    return broken, parted.left, measured.tolist(), parted.book[MOST].tolist()


sizes = st.integers(-30, 30).filter(bool).map(float)
marks = st.lists(st.floats(0.5, 300.0) | st.just(NAN), min_size=3, max_size=3)
percents = st.floats(0.001, 1.5)
orderings = st.lists(
    st.builds(Order, st.integers(0, 2), sizes, st.sampled_from([-INF, 0.1, 0.1, 0.3])), min_size=1, max_size=6
).map(lambda orders: [Order(o.asset, o.quantity, o.priority, 50 + k) for k, o in enumerate(orders)])
bases = st.lists(st.integers(0, 12).map(float), min_size=3, max_size=3)
signed_bases = st.lists(st.integers(-12, 12).map(float), min_size=3, max_size=3)


def sold(orders: Sequence[Order], base: Sequence[float]) -> list[Fraction]:
    """What is held once the sells of the batch have gone, those beyond what is held left out."""
    position = [Fraction(units) for units in base]
    for order in orders:
        if 0.0 > order.quantity >= -position[order.asset]:
            position[order.asset] += Fraction(order.quantity)
    return position


def gross(
    orders: Sequence[Order],
    *,
    pct: float,
    mark: Sequence[float],
    base: Sequence[float] = (0.0, 0.0, 0.0),
    action: int = TRIM,
    fractional: bool = WHOLE,
    equity: float = EQUITY,
    unit: float = 1.0,
    lot: float = 0.0,
    shorts: bool = False,
    natures: Sequence[int] = (),
) -> tuple[float, list[float]]:
    """The gross exposure asked for, and what may go on."""
    parted = Parted(orders, base[: len(mark)], shorts, natures)
    arguments = gross_arguments(parted, pct, mark, action, fractional, equity, unit, lot)
    asked = limit_gross(*arguments)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
    return asked, parted.left


def gross_arguments(
    parted: Parted,
    pct: float,
    mark: Sequence[float],
    action: int,
    fractional: bool,
    equity: float,
    unit: float = 1.0,
    lot: float = 0.0,
) -> tuple[object, ...]:
    orders = parted.orders
    order_id, priority = ints(*(order.order_id for order in orders)), floats(*(order.priority for order in orders))
    n, scratch = len(orders), np.zeros(len(orders), np.int64)
    kind = np.full(len(mark), unit), np.full(len(mark), lot)
    return (
        n, order_id, parted.asset, priority, parted.book, floats(*mark), *kind, equity, pct, action, fractional,
        parted.parts, scratch,
    )  # fmt: skip


SHORT_NATURES = {"market": AT_MARKET, "waits": CONDITIONAL, "reduces": REDUCES}
