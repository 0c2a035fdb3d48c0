"""What limits leave of entries: by hand, exactly at the bound, and against naive searches."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, MICRO, NAN, assert_forms_agree, floats, ints, rounded

from tidegate.core.arrays import FloatArray
from tidegate.kernels.arithmetic import FACTOR_ONE, MICROS_MAX, cut
from tidegate.kernels.limits import DENY, TRIM, limit_gross, limit_weights

WHOLE, FRACTIONAL = False, True
A, B, C = 0, 1, 2
EQUITY = 1000.0


@dataclass(frozen=True)
class Order:
    asset: int
    quantity: float
    priority: float = 0.0
    order_id: int = 0


def asset_and_quantity(orders: Sequence[Order]) -> tuple[np.ndarray, FloatArray]:
    return ints(*(order.asset for order in orders)), floats(*(order.quantity for order in orders))


def weights(
    orders: Sequence[Order],
    *,
    pct: float,
    mark: Sequence[float],
    base: Sequence[float] = (0.0, 0.0, 0.0),
    action: int = TRIM,
    fractional: bool = WHOLE,
    equity: float = EQUITY,
    unit: float = 1.0,
    lot: float = 0.0,
) -> tuple[int, list[float], list[float], list[float]]:
    """How many were cut, what may go on, the weights asked for, and the projected book afterwards."""
    asset, quantity = asset_and_quantity(orders)
    projected, measured = floats(*base), np.empty(len(orders))
    kind = np.full(len(mark), unit), np.full(len(mark), lot)
    broken = limit_weights(
        len(orders), asset, quantity, projected, floats(*mark), *kind, equity, pct, action, fractional, measured
    )
    return broken, quantity.tolist(), measured.tolist(), projected.tolist()


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
        (15.0,  -20.0,  TRIM,  -20.0,  NAN),   # reductions are not limited
        (15.0,  -20.0,  DENY,  -20.0,  NAN),
    ],
)  # fmt: skip
def test_no_entry_takes_a_position_over_its_weight(
    held: float, ordered: float, action: int, left: float, weight: float
) -> None:
    found = weights([Order(A, ordered)], pct=0.10, mark=[10.0], base=[held], action=action)
    broken, quantity, measured, projected = found
    assert (broken, quantity) == (int(left != ordered), [left])
    assert measured == pytest.approx([weight], nan_ok=True)
    assert projected == [held + max(left, 0.0)]


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


sizes = st.integers(-30, 30).filter(bool).map(float)
marks = st.lists(st.floats(0.5, 300.0) | st.just(NAN), min_size=3, max_size=3)
percents = st.floats(0.001, 1.5)
orderings = st.lists(
    st.builds(Order, st.integers(0, 2), sizes, st.sampled_from([-INF, 0.1, 0.1, 0.3])), min_size=1, max_size=6
).map(lambda orders: [Order(o.asset, o.quantity, o.priority, 50 + k) for k, o in enumerate(orders)])
bases = st.lists(st.integers(0, 12).map(float), min_size=3, max_size=3)


@given(orderings, marks, bases, percents)
def test_trimmed_whole_entries_are_the_largest_that_keep_the_weight(
    orders: list[Order], mark: list[float], base: list[float], pct: float
) -> None:
    _, quantity, _, _ = weights(orders, pct=pct, mark=mark, base=base)
    position = [Fraction(units) for units in base]
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
    position = [Fraction(units) for units in base]
    denied = 0
    for order, left in zip(orders, quantity, strict=True):
        limited = order.quantity > 0.0 and mark[order.asset] == mark[order.asset]
        over = limited and position[order.asset] + Fraction(order.quantity) > Fraction(pct * EQUITY / mark[order.asset])
        assert left == (0.0 if over else order.quantity)
        denied += over
        if limited:
            position[order.asset] += Fraction(left)
    assert broken == denied


def gross(
    orders: Sequence[Order],
    *,
    pct: float,
    mark: Sequence[float],
    base: Sequence[float] = (0.0, 0.0, 0.0),
    action: int = TRIM,
    fractional: bool = WHOLE,
    equity: float = EQUITY,
    unit: float = 1.0,
    lot: float = 0.0,
) -> tuple[float, list[float]]:
    """The gross exposure asked for, and what may go on."""
    arguments = gross_arguments(orders, pct, mark, base, action, fractional, equity, unit, lot)
    asked = limit_gross(*arguments)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
    quantity = arguments[3]
    assert isinstance(quantity, np.ndarray)
    return asked, quantity.tolist()


def gross_arguments(
    orders: Sequence[Order],
    pct: float,
    mark: Sequence[float],
    base: Sequence[float],
    action: int,
    fractional: bool,
    equity: float,
    unit: float = 1.0,
    lot: float = 0.0,
) -> tuple[object, ...]:
    asset, quantity = asset_and_quantity(orders)
    order_id, priority = ints(*(order.order_id for order in orders)), floats(*(order.priority for order in orders))
    scratch = np.zeros(len(orders), np.int64)
    n, projected = len(orders), floats(*base[: len(mark)])
    kind = np.full(len(mark), unit), np.full(len(mark), lot)
    return (
        n,
        order_id,
        asset,
        quantity,
        priority,
        projected,
        floats(*mark),
        *kind,
        equity,
        pct,
        action,
        fractional,
        scratch,
    )


TWENTY_EACH = [Order(A, 20.0, 0.1, 1), Order(B, 20.0, 0.3, 2), Order(C, 20.0, 0.2, 3)]
TIED = [Order(B, 20.0, 0.1, 1), Order(A, 20.0, 0.1, 9), Order(A, 20.0, 0.1, 4)]


@pytest.mark.parametrize(
    # every price is 10, equity 1000
    ("orders", "pct", "base", "action", "left", "asked"),
    [
        (TWENTY_EACH, 0.60, [0, 0, 0],    TRIM, [20.0, 20.0, 20.0], 0.60),  # exactly the limit
        (TWENTY_EACH, 0.59, [0, 0, 0],    TRIM, [19.0, 19.0, 19.0], 0.60),
        (TWENTY_EACH, 0.30, [0, 0, 0],    TRIM, [10.0, 10.0, 10.0], 0.60),
        (TWENTY_EACH, 0.30, [5, 0, 5],    TRIM, [6.0, 6.0, 6.0],    0.70),  # 200 left for 60 units: 6.67 each
        (TWENTY_EACH, 0.30, [30, 0, 0],   TRIM, [0.0, 0.0, 0.0],    0.90),
        (TWENTY_EACH, 0.30, [50, 0, 0],   TRIM, [0.0, 0.0, 0.0],    1.10),  # nothing is sold to get under the limit
        (TWENTY_EACH, 0.40, [0, 0, 0],    DENY, [0.0, 20.0, 20.0],  0.60),  # highest priority first
        (TWENTY_EACH, 0.39, [0, 0, 0],    DENY, [0.0, 20.0, 0.0],   0.60),
        (TIED,        0.40, [0, 0, 0],    DENY, [0.0, 20.0, 20.0],  0.60),  # then by asset,
        (TIED,        0.20, [0, 0, 0],    DENY, [0.0, 0.0, 20.0],   0.60),  # then by order
    ],
)  # fmt: skip
def test_entries_share_the_gross_exposure_that_is_left(
    orders: list[Order], pct: float, base: list[float], action: int, left: list[float], asked: float
) -> None:
    measured, quantity = gross(orders, pct=pct, mark=[10.0] * 3, base=base, action=action)
    assert quantity == left
    assert measured == pytest.approx(asked)


def test_a_smaller_entry_goes_on_where_a_larger_one_was_denied() -> None:
    orders = [Order(A, 50.0, 0.9, 1), Order(B, 10.0, 0.1, 2)]
    assert gross(orders, pct=0.3, mark=[10.0, 10.0], action=DENY)[1] == [0.0, 10.0]


@pytest.mark.parametrize("action", [TRIM, DENY])
def test_reductions_and_what_cannot_be_valued_take_no_part_in_gross(action: int) -> None:
    orders = [Order(A, -5.0, 0.0, 1), Order(B, 99.0, 0.9, 2), Order(C, 20.0, 0.1, 3)]
    measured, quantity = gross(orders, pct=0.1, mark=[10.0, NAN, 10.0], action=action)
    assert quantity == [-5.0, 99.0, 10.0 if action == TRIM else 0.0]
    assert measured == pytest.approx(0.2)


@pytest.mark.parametrize("action", [TRIM, DENY])
def test_more_than_the_books_can_hold_is_told_as_the_most_they_can(action: int) -> None:
    orders = [Order(A, 4e11, 0.0, 1), Order(B, 4e11, 0.0, 2)]
    measured, quantity = gross(orders, pct=0.1, mark=[10.0, 10.0], action=action)
    assert measured == pytest.approx(MICROS_MAX / MICRO / EQUITY)
    assert quantity == [0.0, 0.0]


def test_gross_counts_sizes_not_signs() -> None:
    assert gross([Order(A, 10.0)], pct=0.2, mark=[10.0, 10.0], base=[5.0, -10.0])[1] == [5.0]


def test_trimmed_fractions_use_the_room_to_the_last_micro_unit() -> None:
    _, quantity = gross(TWENTY_EACH, pct=0.1, mark=[10.0, 20.0, 30.0], fractional=FRACTIONAL)
    assert sum(rounded(units * price) for units, price in zip(quantity, (10.0, 20.0, 30.0), strict=True)) == 100 * MICRO
    assert quantity == pytest.approx([20.0 / 12.0] * 3)


@pytest.mark.parametrize("action", [TRIM, DENY])
@pytest.mark.parametrize("equity", [0.0, -50.0])
def test_without_equity_no_exposure_may_be_added(action: int, equity: float) -> None:
    measured, quantity = gross([Order(A, 1.0), Order(A, -1.0)], pct=1.0, mark=[10.0], equity=equity, action=action)
    assert (measured, quantity) == (INF, [0.0, -1.0])


def room_left(pct: float, mark: Sequence[float], base: Sequence[float]) -> int:
    held = sum(abs(rounded(units * price)) for units, price in zip(base, mark, strict=True) if price == price)
    return rounded(pct * EQUITY) - held


def limited(orders: Sequence[Order], mark: Sequence[float]) -> list[Order]:
    return [order for order in orders if order.quantity > 0.0 and mark[order.asset] == mark[order.asset]]


@given(orderings, marks, bases, percents, st.booleans())
def test_trimming_finds_the_largest_factor_that_fits(
    orders: list[Order], mark: list[float], base: list[float], pct: float, fractional: bool
) -> None:
    _, quantity = gross(orders, pct=pct, mark=mark, base=base, fractional=fractional)
    left = {order.order_id: units for order, units in zip(orders, quantity, strict=True)}
    room, entries = room_left(pct, mark, base), limited(orders, mark)
    assert all(left[order.order_id] == order.quantity for order in orders if order not in entries)

    def value(factor: int) -> int:
        return sum(rounded(cut(order.quantity, factor, 0.0, fractional) * mark[order.asset]) for order in entries)

    steps = sorted({-(-unit * FACTOR_ONE // int(o.quantity)) for o in entries for unit in range(int(o.quantity) + 1)})
    if fractional and entries:
        steps = [round(Fraction(left[entries[0].order_id]) / Fraction(entries[0].quantity) * FACTOR_ONE)]
        assert steps[0] == FACTOR_ONE or value(steps[0] + 1) > room
    fitting = [step for step in steps if value(step) <= room] or [0]
    assert all(left[order.order_id] == cut(order.quantity, fitting[-1], 0.0, fractional) for order in entries)


@given(orderings, marks, bases, percents)
def test_denying_serves_by_priority_and_takes_whatever_fits(
    orders: list[Order], mark: list[float], base: list[float], pct: float
) -> None:
    _, quantity = gross(orders, pct=pct, mark=mark, base=base, action=DENY)
    room, want = room_left(pct, mark, base), {order.order_id: order.quantity for order in orders}
    for order in sorted(limited(orders, mark), key=lambda order: (-order.priority, order.asset, order.order_id)):
        value = rounded(order.quantity * mark[order.asset])
        if value <= room:
            room -= value
        else:
            want[order.order_id] = 0.0
    assert quantity == list(want.values())


@given(orderings, marks, bases, percents, st.sampled_from([TRIM, DENY]), st.permutations(range(6)))
def test_gross_does_not_depend_on_the_order_of_the_orders(
    orders: list[Order], mark: list[float], base: list[float], pct: float, action: int, places: list[int]
) -> None:
    places = [place for place in places if place < len(orders)]
    asked, quantity = gross(orders, pct=pct, mark=mark, base=base, action=action)
    again, shuffled = gross([orders[place] for place in places], pct=pct, mark=mark, base=base, action=action)
    assert again == asked
    assert shuffled == [quantity[place] for place in places]


@given(orderings, marks, bases, percents, st.sampled_from([TRIM, DENY]), st.booleans(), st.sampled_from([EQUITY, 0.0]))
def test_compiled_limits_agree_bit_for_bit(
    orders: list[Order],
    mark: list[float],
    base: list[float],
    pct: float,
    action: int,
    fractional: bool,
    equity: float,
) -> None:
    assert_forms_agree(limit_gross, *gross_arguments(orders, pct, mark, base, action, fractional, equity, 2.0, 3.0))
    asset, quantity = asset_and_quantity(orders)
    kind = np.full(len(mark), 2.0), np.full(len(mark), 3.0)
    rest = floats(*base), floats(*mark), *kind, equity, pct, action, fractional, np.zeros(len(orders))
    assert_forms_agree(limit_weights, len(orders), asset, quantity, *rest)


@pytest.mark.parametrize("action", [TRIM, DENY])
def test_values_beyond_the_books_do_not_wrap_around(action: int) -> None:
    entries = [Order(A, 1e13, 0.0, 1), Order(B, 1e13, 0.0, 2), Order(C, 1.0, 0.0, 3)]
    arguments = gross_arguments(entries, 1.0, [1.0] * 3, [1e13] * 3, action, WHOLE, EQUITY)
    assert_forms_agree(limit_gross, *arguments)
    assert gross(entries, pct=1.0, mark=[1.0] * 3, base=[1e13] * 3, action=action)[1] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    # one asset at 10, equity 1000: half of it is 500
    ("unit", "lot", "held", "ordered", "left", "weight"),
    [
        (1.0,  0.0,   0.0,   60.0,  50.0,  0.6),
        (5.0,  0.0,   0.0,   60.0,  10.0,  3.0),
        (1.0,  20.0,  0.0,   60.0,  40.0,  0.6),
        (1.0,  20.0,  15.0,  60.0,  20.0,  0.75),  # room for 25 beside an odd lot
        (5.0,  20.0,  0.0,   20.0,  0.0,   1.0),
    ],
)  # fmt: skip
def test_limits_know_what_a_unit_is_worth_and_leave_whole_lots(
    unit: float, lot: float, held: float, ordered: float, left: float, weight: float
) -> None:
    broken, quantity, measured, _ = weights([Order(A, ordered)], pct=0.5, mark=[10.0], base=[held], unit=unit, lot=lot)
    assert (broken, quantity) == (1, [left])
    assert measured == pytest.approx([weight])


def test_gross_exposure_is_cut_to_whole_lots_of_what_units_are_worth() -> None:
    entries = [Order(A, 40.0, 0.1, 1), Order(B, 40.0, 0.1, 2)]
    asked, left = gross(entries, pct=1.0, mark=[10.0, 10.0], base=[0.0, 0.0], unit=2.0, lot=10.0)
    assert asked == pytest.approx(1.6)
    assert left == [20.0, 20.0]
