"""Ways through one bar, by hand, and that both forms of the kernels walk them alike."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import NAN, UNWRITTEN, assert_forms_agree, floats

from tidegate.core.enums import OrderKind
from tidegate.kernels import paths
from tidegate.kernels.paths import LIMIT, STOP, STOP_LIMIT, TRAILING_STOP, TRAILING_STOP_LIMIT


def walked(
    kind: int,
    buy: bool,
    way: tuple[float, float, float, float],
    *,
    limit: float = NAN,
    level: float = NAN,
    trail: float = NAN,
    trail_pct: float = NAN,
    offset: float = NAN,
    triggered: bool = False,
    through: bool = False,
) -> list[float]:
    """Moment, price, level, limit, triggered."""
    out = floats(*[UNWRITTEN] * paths.WALK_SIZE)
    paths.walk(kind, buy, triggered, limit, level, trail, trail_pct, offset, *way, through, out)
    found: list[float] = out.tolist()
    return found


def test_the_numbers_are_those_of_the_kinds() -> None:
    assert [kind.value for kind in OrderKind] == [
        paths.MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING_STOP, TRAILING_STOP_LIMIT,
    ]  # fmt: skip


HIGH_FIRST, LOW_FIRST = (100.0, 110.0, 90.0, 105.0), (100.0, 90.0, 110.0, 105.0)


@pytest.mark.parametrize(
    ("kind", "buy", "way", "prices", "moment", "price"),
    [
        (LIMIT, True, HIGH_FIRST, {"limit": 95.0}, 25.0, 95.0),
        (LIMIT, True, LOW_FIRST, {"limit": 95.0}, 5.0, 95.0),
        (LIMIT, True, LOW_FIRST, {"limit": 89.0}, NAN, NAN),
        (LIMIT, True, LOW_FIRST, {"limit": 90.0}, 10.0, 90.0),
        (LIMIT, True, LOW_FIRST, {"limit": 90.0, "through": True}, NAN, NAN),
        (LIMIT, True, LOW_FIRST, {"limit": 100.0, "through": True}, 0.0, 100.0),
        (LIMIT, False, HIGH_FIRST, {"limit": 108.0}, 8.0, 108.0),
        (STOP, True, HIGH_FIRST, {"level": 108.0}, 8.0, 108.0),
        (STOP, False, HIGH_FIRST, {"level": 95.0}, 25.0, 95.0),
        (STOP, False, HIGH_FIRST, {"level": 89.0}, NAN, NAN),
        # Reached at 108, where the limit is met already; where it is not, only if the price comes back.
        (STOP_LIMIT, True, HIGH_FIRST, {"level": 108.0, "limit": 109.0}, 8.0, 108.0),
        (STOP_LIMIT, True, HIGH_FIRST, {"level": 108.0, "limit": 104.0}, 16.0, 104.0),
        (STOP_LIMIT, True, LOW_FIRST, {"level": 108.0, "limit": 104.0}, NAN, NAN),
        (STOP_LIMIT, True, LOW_FIRST, {"level": 108.0, "limit": 106.0}, 34.0, 106.0),
        (STOP_LIMIT, True, LOW_FIRST, {"level": 120.0, "limit": 95.0, "triggered": True}, 5.0, 95.0),
        # The high raises the level to 105 before the low is looked at, or does not.
        (TRAILING_STOP, False, HIGH_FIRST, {"level": 95.0, "trail": 5.0}, 15.0, 105.0),
        (TRAILING_STOP, False, LOW_FIRST, {"level": 95.0, "trail": 5.0}, 5.0, 95.0),
        (TRAILING_STOP, False, LOW_FIRST, {"level": 80.0, "trail": 5.0}, 35.0, 105.0),
        (TRAILING_STOP, True, LOW_FIRST, {"level": 108.0, "trail_pct": 0.1}, 19.0, 99.0),
        (TRAILING_STOP_LIMIT, False, HIGH_FIRST, {"level": 95.0, "trail": 5.0, "offset": 2.0}, 15.0, 105.0),
    ],
)  # fmt: skip
def test_an_order_goes_at_the_first_moment_at_which_it_can(
    kind: int, buy: bool, way: tuple[float, float, float, float], prices: dict[str, float], moment: float, price: float
) -> None:
    found = walked(kind, buy, way, **prices)  # type: ignore[arg-type]  # one of them is a truth value
    assert found[:2] == pytest.approx([moment, price], nan_ok=True)


def test_a_level_that_was_not_reached_has_followed_the_price() -> None:
    assert walked(TRAILING_STOP, False, (100.0, 110.0, 109.0, 120.0), level=95.0, trail=5.0)[2:] == pytest.approx(
        [115.0, NAN, 0.0], nan_ok=True
    )
    assert walked(TRAILING_STOP, True, (100.0, 101.0, 90.0, 90.5), level=105.0, trail=5.0)[2] == 95.0


def test_a_limit_beyond_a_trailing_stop_is_fixed_where_that_is_reached() -> None:
    moment, price, level, limit, triggered = walked(
        TRAILING_STOP_LIMIT, True, (100.0, 106.0, 99.0, 103.0), level=105.0, trail=5.0, offset=-2.0
    )
    assert (level, limit, triggered) == (105.0, 103.0, 1.0)
    assert (moment, price) == (9.0, 103.0)


def test_what_could_have_gone_at_the_open_goes_at_once() -> None:
    assert walked(LIMIT, True, LOW_FIRST, limit=102.0)[:2] == [0.0, 100.0]
    assert walked(STOP, True, LOW_FIRST, level=99.0)[:2] == [0.0, 100.0]


grid = st.integers(160, 240).map(lambda halves: halves / 2)
distance = st.sampled_from([0.5, 2.0, 5.0])


@given(
    st.sampled_from([LIMIT, STOP, STOP_LIMIT, TRAILING_STOP, TRAILING_STOP_LIMIT]),
    st.booleans(),
    st.booleans(),
    st.tuples(grid, grid, grid, grid),
    st.tuples(grid, grid),
    distance,
    st.booleans(),
    st.booleans(),
)
def test_both_forms_walk_alike_and_never_at_a_price_the_bar_has_not(
    kind: int,
    buy: bool,
    triggered: bool,
    prices: tuple[float, ...],
    levels: tuple[float, float],
    trail: float,
    by_pct: bool,
    through: bool,
) -> None:
    first, one, other, last = prices
    way = first, max(prices), min(prices), last
    distances = (NAN, trail / 100) if by_pct else (trail, NAN)
    arguments = kind, buy, triggered and kind != LIMIT, *levels, *distances, 1.0, *way, through
    assert_forms_agree(paths.walk, *arguments, floats(*[UNWRITTEN] * paths.WALK_SIZE))
    out = floats(*[UNWRITTEN] * paths.WALK_SIZE)
    paths.walk(*arguments, out)
    moment, price = out[:2].tolist()
    assert math.isnan(price) == math.isnan(moment)
    assert math.isnan(price) or min(prices) <= price <= max(prices)
    assert {one, other} <= set(prices)
