"""A holding as a strategy sees it."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A holding at the last mark.

    Attributes:
        quantity: units, 0 where flat.
        price: last close, NaN where the asset has not traded yet.
        value, cost: units of the account's currency; cost without commissions.
        unit: money of one unit at a price of 1: the contract's multiplier, in the account's currency.
        average_price: cost / (quantity x unit), NaN where flat.
        unrealized: value - cost.
    """

    asset: str
    quantity: float
    price: float
    value: float
    cost: float
    unit: float = 1.0

    @property
    def average_price(self) -> float:
        """Price at which it was bought, on average."""
        return self.cost / (self.quantity * self.unit) if self.quantity else math.nan

    @property
    def unrealized(self) -> float:
        """Profit if it were sold at the mark."""
        return self.value - self.cost
