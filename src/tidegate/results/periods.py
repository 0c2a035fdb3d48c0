"""How many barriers make a year, read off their timestamps.

    median spacing of barriers          periods per year
    up to 1.5 days                      barriers per day x trading days per year
      .. 7 / 30.4 / 91.3 / 365 (15 %)   52 / 12 / 4 / 1
      .. anything else                  barriers observed per 365.25 days

Barriers per day: the median over the UTC dates that have any, the first and the last date left out (they may be cut)
where three or more are there, else the largest. Trading days per year: 365 where at least half of the Saturdays in the
span have barriers, or where the span holds no Saturday and barriers cover the clock round; else 252. So business days
give 252, 390 one-minute bars a session 98,280, five-minute bars around the clock and the week 105,120.

Sources: 252, 52, 12 and 1 are empyrical's "periods.py" (APPROX_BDAYS_PER_YEAR and its neighbours); 365 counts a market
that never closes.
"""

import numpy as np

from tidegate.core.arrays import IntArray
from tidegate.core.time import NS_PER

_DAY_NS = NS_PER["d"]
_CONVENTIONS = ((7.0, 52.0), (365.25 / 12, 12.0), (365.25 / 4, 4.0), (365.25, 1.0))
"""Days between barriers -> barriers per year."""
_NEAR = 0.15
_SATURDAY = 2
"""1970-01-03 was one."""


def periods_per_year(ts_ns: IntArray) -> float | None:
    """Barriers to a year; None below two barriers.

    Args:
        ts_ns: (n_barriers,) strictly increasing, ns UTC.
    """
    if len(ts_ns) < 2:
        return None
    spacing_days = float(np.median(np.diff(ts_ns))) / _DAY_NS
    if spacing_days > 1.5:
        return _slow(ts_ns, spacing_days)
    # A bar that closes at midnight ends its day: half a spacing earlier is inside the bar.
    dates = (ts_ns - int(spacing_days * _DAY_NS) // 2) // _DAY_NS
    days, counts = np.unique(dates, return_counts=True)
    per_day = float(np.median(counts[1:-1])) if len(counts) > 2 else float(counts.max())
    clock_round = per_day > 1 and per_day * spacing_days >= 0.99
    return per_day * _days_per_year(days, clock_round)


def _slow(ts_ns: IntArray, spacing_days: float) -> float:
    for days, per_year in _CONVENTIONS:
        if abs(spacing_days / days - 1) <= _NEAR:
            return per_year
    span_days = int(ts_ns[-1] - ts_ns[0]) / _DAY_NS
    return (len(ts_ns) - 1) / span_days * 365.25


def _days_per_year(days: IntArray, clock_round: bool) -> float:
    """`days`: the dates with barriers, as days since 1970."""
    span = np.arange(days[0], days[-1] + 1)
    saturdays = np.count_nonzero(span % 7 == _SATURDAY)
    if not saturdays:
        return 365.0 if clock_round else 252.0
    return 365.0 if 2 * np.count_nonzero(days % 7 == _SATURDAY) >= saturdays else 252.0
