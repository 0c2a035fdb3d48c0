"""What the broker must know of every asset beside its bars."""

import numpy as np

from tidegate.core.arrays import FloatArray

UNIT, MULTIPLIER, LOT, TICK, LEAST, HALF_SPREAD, INITIAL, MAINTENANCE, FUTURE, BORROW_RATE, AVAILABLE = range(11)
SIGMA, AVERAGE_VOLUME, BAR_VOLUME, DRIFT, MOVED, UNMEASURED = range(11, 17)
"""Rows of `Books.instruments` (17, n_assets).

UNIT is the money, in the account's currency, of one unit at a price of 1: the contract's multiplier times the rate of
the currency. LOT and TICK are the steps of quantities and of order prices (0: any), LEAST the smallest quantity of an
order. HALF_SPREAD is half of what lies between bid and ask, as a fraction of the price; NaN where nobody said. INITIAL
and MAINTENANCE are the parts of a position's value that must be there as margin. FUTURE is 1 for a contract that costs
margin alone. BORROW_RATE is what a short pays a year, as a fraction of its value; AVAILABLE how many units can be
borrowed.

The others are what `costs` needs of the bar at hand, as `estimates` knows it: SIGMA is the deviation of the returns of
bars, 0 where it is not known; AVERAGE_VOLUME and BAR_VOLUME are units, inf where they are not known; DRIFT is by what
part of itself the price has been moved by fills of earlier bars, MOVED by those of this one; UNMEASURED says what is
not known, see `costs`.
"""
INSTRUMENT_ROWS = 17


def plain_instruments(n_assets: int) -> FloatArray:
    """Shares in the account's currency, paid in full."""
    rows = np.zeros((INSTRUMENT_ROWS, n_assets))
    rows[UNIT] = rows[MULTIPLIER] = rows[INITIAL] = rows[MAINTENANCE] = 1.0
    rows[AVAILABLE] = rows[AVERAGE_VOLUME] = rows[BAR_VOLUME] = np.inf
    rows[HALF_SPREAD] = np.nan
    return rows
