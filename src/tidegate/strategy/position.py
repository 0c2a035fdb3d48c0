"""A holding as a strategy sees it."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A holding at the last mark.

    Attributes:
        quantity: units, negative when short, 0 where flat.
        price: last close, NaN where the asset has not traded yet.
        value: in the account's currency, negative when short.
        cost: what was paid, or got when it was sold short, commissions apart; never negative.
        unit: money of one unit at a price of 1: the contract's multiplier, in the account's currency.
        side: 1 for a long, -1 for a short, 0 where flat.
        average_price: at which it was entered, NaN where flat.
        unrealized: profit if it were closed at the mark.
    """

    asset: str
    quantity: float
    price: float
    value: float
    cost: float
    unit: float = 1.0

    @property
    def side(self) -> int:
        """1 for a long, -1 for a short, 0 where flat."""
        return (self.quantity > 0) - (self.quantity < 0)

    @property
    def average_price(self) -> float:
        """Price at which it was entered, on average."""
        return self.cost / (abs(self.quantity) * self.unit) if self.quantity else math.nan

    @property
    def unrealized(self) -> float:
        """Profit if it were closed at the mark."""
        return self.value - self.side * self.cost
