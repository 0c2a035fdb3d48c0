"""What the limit of one asset's weight leaves of entries: by hand, exactly at the bound, and against naive searches."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.limited import (
    EQUITY,
    FRACTIONAL,
    SHORT_NATURES,
    WHOLE,
    A,
    B,
    Order,
    bases,
    marks,
    orderings,
    percents,
    signed_bases,
    sold,
    weights,
)
from tests.unit.kernels.made import INF, NAN

from tidegate.kernels.limits import AT_MARKET, CONDITIONAL, DENY, TRIM


@pytest.mark.parametrize(
    # one asset at 10, equity 1000: 10 % is 100, ten units
    ("held", "ordered", "action", "left", "weight"),
    [
        (0.0,   10.0,   TRIM,  10.0,   0.10),  # exactly the limit
        (0.0,   11.0,   TRIM,  10.0,   0.11),
        (0.0,   11.0,   DENY,  0.0,    0.11),
        (0.0,   10.0,   DENY,  10.0,   0.10),
        (4.0,   10.0,   TRIM,  6.0,    0.14),  # what is there already counts
        (10.0,  1.0,    TRIM,  0.0,    0.11),
        (15.0,  1.0,    TRIM,  0.0,    0.16),  # nothing is sold to get under the limit
        (15.0,  -20.0,  TRIM,  -20.0,  NAN),   # sells are not limited: what is not held is not sold
        (15.0,  -20.0,  DENY,  -20.0,  NAN),
        (15.0,  -15.0,  DENY,  -15.0,  NAN),
    ],
)  # fmt: skip
def test_no_entry_takes_a_position_over_its_weight(
    held: float, ordered: float, action: int, left: float, weight: float
) -> None:
    found = weights([Order(A, ordered)], pct=0.10, mark=[10.0], base=[held], action=action)
    broken, quantity, measured, projected = found
    assert (broken, quantity) == (int(left != ordered), [left])
    assert measured == pytest.approx([weight], nan_ok=True)
    assert projected == [held + left if ordered >= -held else held]


@pytest.mark.parametrize(
    # at a price of 30 the tenth of 1000 is 3.33 units
    ("fractional", "held", "left"),
    [
        (WHOLE,       0.0,  3.0),
        (WHOLE,       2.0,  1.0),
        (FRACTIONAL,  0.0,  100.0 / 30.0),
        (FRACTIONAL,  2.5,  100.0 / 30.0 - 2.5),
    ],
)  # fmt: skip
def test_room_is_in_whole_units_unless_fractional(fractional: bool, held: float, left: float) -> None:
    _, quantity, _, _ = weights([Order(A, 9.0)], pct=0.10, mark=[30.0], base=[held], fractional=fractional)
    assert quantity == pytest.approx([left])


def test_orders_for_one_asset_share_its_room_in_their_order() -> None:
    orders = [Order(A, 6.0), Order(B, 3.0), Order(A, 6.0), Order(A, 1.0)]
    broken, quantity, measured, projected = weights(orders, pct=0.10, mark=[10.0, 10.0])
    assert (broken, quantity) == (2, [6.0, 3.0, 4.0, 0.0])
    assert measured == pytest.approx([0.06, 0.03, 0.12, 0.11])
    assert projected[:2] == [10.0, 3.0]


def test_a_denied_order_leaves_its_room_to_a_smaller_one() -> None:
    broken, quantity, _, _ = weights([Order(A, 11.0), Order(A, 10.0)], pct=0.10, mark=[10.0], action=DENY)
    assert (broken, quantity) == (1, [0.0, 10.0])


def test_an_entry_that_cannot_be_valued_is_left_alone() -> None:
    broken, quantity, measured, projected = weights([Order(A, 99.0), Order(B, 99.0)], pct=0.10, mark=[NAN, 10.0])
    assert (broken, quantity) == (1, [99.0, 10.0])
    assert projected[:2] == [0.0, 10.0]
    assert measured == pytest.approx([NAN, 0.99], nan_ok=True)


@pytest.mark.parametrize("equity", [0.0, -50.0])
def test_without_equity_nothing_may_go_on(equity: float) -> None:
    broken, quantity, measured, _ = weights([Order(A, 1.0), Order(A, -1.0)], pct=0.10, mark=[10.0], equity=equity)
    assert (broken, quantity) == (1, [0.0, -1.0])
    assert measured == pytest.approx([INF, NAN], nan_ok=True)


@given(orderings, marks, bases, percents)
def test_trimmed_whole_entries_are_the_largest_that_keep_the_weight(
    orders: list[Order], mark: list[float], base: list[float], pct: float
) -> None:
    _, quantity, _, _ = weights(orders, pct=pct, mark=mark, base=base)
    position = sold(orders, base)
    for order, left in zip(orders, quantity, strict=True):
        if order.quantity < 0.0 or mark[order.asset] != mark[order.asset]:
            assert left == order.quantity
            continue
        most = Fraction(pct * EQUITY / mark[order.asset])
        fits = [n for n in range(int(order.quantity) + 1) if n == 0 or position[order.asset] + n <= most]
        assert left == max(fits)
        position[order.asset] += Fraction(left)


@given(orderings, marks, bases, percents)
def test_denied_entries_are_those_that_do_not_fit_whole(
    orders: list[Order], mark: list[float], base: list[float], pct: float
) -> None:
    broken, quantity, _, _ = weights(orders, pct=pct, mark=mark, base=base, action=DENY)
    position = sold(orders, base)
    denied = 0
    for order, left in zip(orders, quantity, strict=True):
        limited = order.quantity > 0.0 and mark[order.asset] == mark[order.asset]
        over = limited and position[order.asset] + Fraction(order.quantity) > Fraction(pct * EQUITY / mark[order.asset])
        assert left == (0.0 if over else order.quantity)
        denied += over
        if limited:
            position[order.asset] += Fraction(left)
    assert broken == denied


@pytest.mark.parametrize(
    # one asset at 10, equity 1000: 10 % is 100, ten units either way
    ("held", "ordered", "nature", "action", "left", "weight"),
    [
        (0.0,    -10.0,  "market",  TRIM,  -10.0,  0.10),  # exactly the limit
        (0.0,    -11.0,  "market",  TRIM,  -10.0,  0.11),
        (0.0,    -11.0,  "market",  DENY,  0.0,    0.11),
        (-4.0,   -10.0,  "market",  TRIM,  -6.0,   0.14),
        (-15.0,  -1.0,   "market",  TRIM,  0.0,    0.16),
        (-15.0,  3.0,    "market",  DENY,  3.0,    NAN),   # reductions are not limited, even above the limit
        (15.0,   -18.0,  "market",  TRIM,  -18.0,  0.03),  # 15 closed, 3 short
        (15.0,   -40.0,  "market",  TRIM,  -25.0,  0.25),  # 15 closed, 10 short
        (15.0,   -40.0,  "market",  DENY,  -15.0,  0.25),  # what closes goes on
        (-15.0,  40.0,   "market",  TRIM,  25.0,   0.25),
        (15.0,   -40.0,  "waits",   TRIM,  -25.0,  0.25),
        (-15.0,  40.0,   "waits",   DENY,  15.0,   0.25),
        (15.0,   -40.0,  "reduces", TRIM,  -40.0,  NAN),
        (0.0,    -40.0,  "reduces", TRIM,  -40.0,  NAN),
    ],
)  # fmt: skip
def test_a_limit_holds_for_shorts_as_for_longs(
    held: float, ordered: float, nature: str, action: int, left: float, weight: float
) -> None:
    called = {"mark": [10.0], "base": [held], "action": action, "shorts": True, "natures": [SHORT_NATURES[nature]]}
    broken, quantity, measured, _ = weights([Order(A, ordered)], pct=0.10, **called)  # type: ignore[arg-type]  # as declared
    assert (broken, quantity) == (int(left != ordered), [left])
    assert measured == pytest.approx([weight], nan_ok=True)


def test_orders_that_wait_count_on_their_own_side_alone() -> None:
    # The bid may fill and the offer not, or the other way round: each is measured as if the other were not there.
    orders = [Order(A, 8.0), Order(A, -8.0), Order(A, 4.0), Order(A, -4.0)]
    waiting = [CONDITIONAL, CONDITIONAL, AT_MARKET, AT_MARKET]
    _, quantity, measured, _ = weights(orders, pct=0.10, mark=[10.0], shorts=True, natures=waiting)
    assert quantity == [8.0, -8.0, 2.0, -4.0]
    assert measured == pytest.approx([0.08, 0.08, 0.12, 0.10])  # the sell: 8 that may go, less the 2 just bought, and 4


@given(orderings, marks, signed_bases, percents, st.sampled_from([TRIM, DENY]))
def test_market_orders_leave_no_position_beyond_the_weight_that_was_not_there_before(
    orders: list[Order], mark: list[float], base: list[float], pct: float, action: int
) -> None:
    """Reductions of the batch first, then its entries in their order: replayed with exact fractions."""
    _, quantity, _, _ = weights(orders, pct=pct, mark=mark, base=base, action=action, shorts=True)
    position: list[Fraction] = [Fraction(units) for units in base]
    entries: list[tuple[int, Fraction, Fraction]] = []
    for order, through in zip(orders, quantity, strict=True):
        assert 0.0 <= through / order.quantity <= 1.0
        a, asked = order.asset, Fraction(order.quantity)
        closes = min(abs(asked), abs(position[a])) if position[a] * asked < 0 else Fraction(0)
        closes = closes if asked > 0 else -closes
        assert abs(through) >= abs(closes)
        position[a] += closes
        entries.append((a, Fraction(through) - closes, asked - closes))
    for a, left, asked in entries:
        most = Fraction(pct * EQUITY / mark[a]) if mark[a] == mark[a] else None
        if asked and most is not None:
            side = 1 if asked > 0 else -1
            room = max(Fraction(0), int(most) - side * position[a])
            fits = abs(asked) <= room or side * (position[a] + asked) <= 0
            assert abs(left) == (abs(asked) if fits else 0 if action == DENY else room)
        elif most is None:
            assert left == asked
        position[a] += left
