"""What the broker must know of every asset beside its bars."""

import numpy as np

from tidegate.core.arrays import FloatArray

UNIT, MULTIPLIER, LOT, TICK, LEAST, HALF_SPREAD, INITIAL, MAINTENANCE, FUTURE, BORROW_RATE, AVAILABLE = range(11)
"""Rows of `Books.instruments` (11, n_assets).

UNIT is the money, in the account's currency, of one unit at a price of 1: the contract's multiplier times the rate of
the currency. LOT and TICK are the steps of quantities and of order prices (0: any), LEAST the smallest quantity of an
order. HALF_SPREAD is half of what lies between bid and ask, as a fraction of the price. INITIAL and MAINTENANCE are the
parts of a position's value that must be there as margin. FUTURE is 1 for a contract that costs margin alone.
BORROW_RATE is what a short pays a year, as a fraction of its value; AVAILABLE how many units can be borrowed.
"""
INSTRUMENT_ROWS = 11


def plain_instruments(n_assets: int) -> FloatArray:
    """Shares in the account's currency, paid in full."""
    rows = np.zeros((INSTRUMENT_ROWS, n_assets))
    rows[UNIT] = rows[MULTIPLIER] = rows[INITIAL] = rows[MAINTENANCE] = 1.0
    rows[AVAILABLE] = np.inf
    return rows
