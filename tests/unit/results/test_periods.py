import numpy as np
import pytest
from tests.unit.results.sample_run import DAY_NS, FIRST_NS, business_days

from tidegate.results.periods import periods_per_year

MINUTE_NS = 60_000_000_000


def every(step_ns: int, count: int, first_ns: int = FIRST_NS) -> list[int]:
    return [first_ns + step_ns * number for number in range(count)]


def sessions(days: int, bars: int, step_min: int, first_min: int = 14 * 60 + 30) -> list[int]:
    """Bars labelled by their end, in one session each business day."""
    return [day + (first_min + step_min * (bar + 1)) * MINUTE_NS for day in business_days(days) for bar in range(bars)]


def half_days(times: list[int]) -> list[int]:
    """Every tenth date ends two hours early."""
    return [ts for ts in times if ts // DAY_NS % 10 or ts % DAY_NS <= 19 * 60 * MINUTE_NS]


@pytest.mark.parametrize(
    ("what", "times", "want"),
    [
        ("one week of business days", business_days(5), 252),
        ("a year of business days", business_days(252), 252),
        ("business days stamped at the close", [day + 21 * 60 * MINUTE_NS for day in business_days(60)], 252),
        ("business days stamped at the next midnight", [day + DAY_NS for day in business_days(60)], 252),
        ("every day of the week", every(DAY_NS, 30), 365),
        ("two business days", business_days(2), 252),
        ("every day but one Saturday of four", [ts for ts in every(DAY_NS, 28) if ts != FIRST_NS + 5 * DAY_NS], 365),
        ("business days and one Saturday of four", sorted([*business_days(20), FIRST_NS + 5 * DAY_NS]), 252),
        ("weeks", every(7 * DAY_NS, 30), 52),
        ("months", every(30 * DAY_NS, 30), 12),
        ("quarters", every(91 * DAY_NS, 8), 4),
        ("years", every(365 * DAY_NS, 8), 1),
        ("every other day", every(2 * DAY_NS, 100), 365.25 / 2),
        ("minutes of a 390 minute session", sessions(20, 390, 1), 98_280),
        ("the same with half days", half_days(sessions(30, 390, 1)), 98_280),
        ("five minutes of a session", sessions(20, 78, 5), 19_656),
        ("five minutes round the clock, 30 days", every(5 * MINUTE_NS, 288 * 30), 105_120),
        (
            "the same with cut first and last day",
            every(5 * MINUTE_NS, 8_690, FIRST_NS + 350 * MINUTE_NS),
            105_120,
        ),
        ("five minutes round the clock, Monday to Wednesday", every(5 * MINUTE_NS, 288 * 3), 105_120),
        ("round the clock, labelled by the end", every(5 * MINUTE_NS, 288 * 30, FIRST_NS + 5 * MINUTE_NS), 105_120),
        (
            "hours round the clock but not on weekends",
            sessions(60, 24, 60, 0),
            6_048,
        ),
        ("one session alone", sessions(1, 390, 1), 98_280),
    ],
)
def test_periods_per_year_by_kind_of_data(what: str, times: list[int], want: float) -> None:
    assert periods_per_year(np.array(times)) == pytest.approx(want, rel=1e-12), what


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_barriers_have_no_year(count: int) -> None:
    assert periods_per_year(np.array(business_days(count), np.int64)) is None
