"""A holding as a strategy sees it."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A holding at the last mark.

    Attributes:
        quantity: units, 0 where flat.
        price: last close, NaN where the asset has not traded yet.
        value, cost: currency units; cost without commissions.
        average_price: cost / quantity, NaN where flat.
        unrealized: value - cost.
    """

    asset: str
    quantity: float
    price: float
    value: float
    cost: float

    @property
    def average_price(self) -> float:
        """Cost of a unit."""
        return self.cost / self.quantity if self.quantity else math.nan

    @property
    def unrealized(self) -> float:
        """Profit if it were sold at the mark."""
        return self.value - self.cost
