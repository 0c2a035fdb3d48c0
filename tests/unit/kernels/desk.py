"""Books of three assets, and what matching them with a bar wrote, as rows that read like sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from tests.unit.kernels import made
from tests.unit.kernels.made import MICRO, NAN, costs, floats, ints, rounded

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import Reason
from tidegate.kernels import books as ledger
from tidegate.kernels import entries, matching
from tidegate.kernels.books import Books, Rows
from tidegate.kernels.shortage import SCALE

A, B, C = 0, 1, 2
ASSETS = 3
NO_BAR = (NAN,) * 5


class Order(NamedTuple):
    order_id: int
    asset: int
    quantity: float
    priority: float = 0.0


class Fill(NamedTuple):
    order_id: int
    asset: int
    quantity: float
    price: float
    source: int


class Cancel(NamedTuple):
    """What was canceled, why, and the value that broke which limit."""

    order_id: int
    asset: int
    quantity: float
    reason: Reason
    measured: float
    limit: float


@dataclass
class Desk:
    """Books of a few assets, some of them held since barrier 0 at a cost of 100 each."""

    cash: int = 10_000 * MICRO
    held: Sequence[float] = (0.0, 0.0, 0.0)
    charged: FloatArray = field(default_factory=costs)

    def __post_init__(self) -> None:
        self.books: Books = made.books(self.cash, ASSETS, self.charged)
        self.rows: Rows = made.rows(ASSETS, orders=20)
        self.books.positions[ledger.QUANTITY] = self.held
        self.books.positions[[ledger.LOWEST, ledger.HIGHEST]] = 100.0
        self.books.basis[ledger.COST] = [rounded(100.0 * units) for units in self.held]

    @property
    def equity_at_cost(self) -> int:
        """What the account is worth as long as no price is looked at."""
        return int(self.books.totals[ledger.CASH] + self.books.basis[: ledger.ENTRY_SEQ].sum())

    def arguments(
        self, orders: Sequence[Order], prices: Sequence[float], rule: int, fractional: bool
    ) -> tuple[object, ...]:
        columns = [list(column) for column in zip(*orders, strict=True)] or [[]] * 4
        book = ints(*columns[0]), ints(*columns[0]), ints(*columns[1]), floats(*columns[2]), floats(*columns[3])
        done = np.full(len(orders), -1)
        return 1, floats(*prices), *book, rule, fractional, done, self.books, self.rows

    def meet(
        self, orders: Sequence[Order], prices: Sequence[float], *, rule: int = SCALE, fractional: bool = False
    ) -> list[int]:
        """The ids of the orders that are done with."""
        called = self.arguments(orders, prices, rule, fractional)
        count = matching.fill_orders(*called)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
        done = np.asarray(called[9])
        assert count == (done == 1).sum()
        assert ((done == 0) | (done == 1)).all()
        return [order.order_id for order, over in zip(orders, done, strict=True) if over]

    def fills(self) -> list[Fill]:
        n = self.books.totals[ledger.N_FILLS]
        whole, real = self.rows.fills_i[:, :n].T.tolist(), self.rows.fills_f[:, :n].T.tolist()
        return [
            Fill(i[ledger.FILL_ORDER], i[ledger.FILL_ASSET], f[0], f[1], i[ledger.FILL_SOURCE])
            for i, f in zip(whole, real, strict=True)
        ]

    def cancels(self) -> list[Cancel]:
        n = self.books.totals[ledger.N_CANCELS]
        whole, real = self.rows.cancels_i[:, :n].T.tolist(), self.rows.cancels_f[:, :n].T.tolist()
        return [
            Cancel(i[entries.CANCEL_ORDER], i[entries.CANCEL_ASSET], f[0], Reason(i[entries.CANCEL_REASON]), *f[1:])
            for i, f in zip(whole, real, strict=True)
        ]

    def quantities(self) -> list[float]:
        quantities: list[float] = self.books.positions[ledger.QUANTITY].tolist()
        return quantities

    def total(self, entry: int) -> int:
        return int(self.books.totals[entry])


charges = st.sampled_from(
    [
        costs(),
        costs(slip=0.001),
        costs(rate=1e-3, minimum=2.0),
        costs(slip=5e-4, rate=1e-4, per_share=0.005, minimum=0.5),
    ]
)
desks = st.builds(
    Desk,
    st.integers(0, 3000 * MICRO) | st.integers(0, 3),
    st.lists(st.integers(0, 12).map(float), min_size=ASSETS, max_size=ASSETS).map(tuple),
    charges,
)
