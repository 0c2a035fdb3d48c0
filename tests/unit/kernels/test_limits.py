"""What limits leave of entries: by hand, exactly at the bound, and against naive searches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, MICRO, NAN, assert_forms_agree, floats, ints, rounded

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels.arithmetic import FACTOR_ONE, MICROS_MAX, cut
from tidegate.kernels.limits import (
    AT_MARKET,
    CONDITIONAL,
    DENY,
    ENTRY,
    FREE,
    LEAST,
    MOST,
    REDUCES,
    SURE,
    TRIM,
    limit_gross,
    limit_weights,
    part_orders,
)

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


@dataclass
class Parted:
    """Orders parted into what is free and what enters, and the book projected with the reductions."""

    orders: Sequence[Order]
    base: Sequence[float] = (0.0, 0.0, 0.0)
    shorts: bool = False
    natures: Sequence[int] = ()

    def __post_init__(self) -> None:
        self.asset, self.quantity = asset_and_quantity(self.orders)
        self.nature = ints(*(self.natures or [AT_MARKET] * len(self.orders)))
        self.book = np.array([self.base] * 3)
        self.parts = np.zeros((2, len(self.orders)))
        self.entries = part_orders(*self.arguments())

    def arguments(self) -> tuple[int, IntArray, FloatArray, IntArray, bool, FloatArray, FloatArray, FloatArray]:
        sellable = floats(*self.base)
        return len(self.orders), self.asset, self.quantity, self.nature, self.shorts, sellable, self.book, self.parts

    @property
    def left(self) -> list[float]:
        """What may go on of each order."""
        left: list[float] = (self.parts[FREE] + self.parts[ENTRY]).tolist()
        return left


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
    shorts: bool = False,
    natures: Sequence[int] = (),
) -> tuple[int, list[float], list[float], list[float]]:
    """How many were cut, what may go on, the weights asked for, and the most that is projected afterwards."""
    parted, measured = Parted(orders, base, shorts, natures), np.empty(len(orders))
    kind = np.full(len(mark), unit), np.full(len(mark), lot)
    broken = limit_weights(
        len(orders), parted.asset, parted.nature, parted.book, floats(*mark), *kind, equity, pct, action,
        fractional, parted.parts, measured,
    )  # fmt: skip
    return broken, parted.left, measured.tolist(), parted.book[MOST].tolist()


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


sizes = st.integers(-30, 30).filter(bool).map(float)
marks = st.lists(st.floats(0.5, 300.0) | st.just(NAN), min_size=3, max_size=3)
percents = st.floats(0.001, 1.5)
orderings = st.lists(
    st.builds(Order, st.integers(0, 2), sizes, st.sampled_from([-INF, 0.1, 0.1, 0.3])), min_size=1, max_size=6
).map(lambda orders: [Order(o.asset, o.quantity, o.priority, 50 + k) for k, o in enumerate(orders)])
bases = st.lists(st.integers(0, 12).map(float), min_size=3, max_size=3)
signed_bases = st.lists(st.integers(-12, 12).map(float), min_size=3, max_size=3)


def sold(orders: Sequence[Order], base: Sequence[float]) -> list[Fraction]:
    """What is held once the sells of the batch have gone, those beyond what is held left out."""
    position = [Fraction(units) for units in base]
    for order in orders:
        if 0.0 > order.quantity >= -position[order.asset]:
            position[order.asset] += Fraction(order.quantity)
    return position


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
    shorts: bool = False,
    natures: Sequence[int] = (),
) -> tuple[float, list[float]]:
    """The gross exposure asked for, and what may go on."""
    parted = Parted(orders, base[: len(mark)], shorts, natures)
    arguments = gross_arguments(parted, pct, mark, action, fractional, equity, unit, lot)
    asked = limit_gross(*arguments)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
    return asked, parted.left


def gross_arguments(
    parted: Parted,
    pct: float,
    mark: Sequence[float],
    action: int,
    fractional: bool,
    equity: float,
    unit: float = 1.0,
    lot: float = 0.0,
) -> tuple[object, ...]:
    orders = parted.orders
    order_id, priority = ints(*(order.order_id for order in orders)), floats(*(order.priority for order in orders))
    n, scratch = len(orders), np.zeros(len(orders), np.int64)
    kind = np.full(len(mark), unit), np.full(len(mark), lot)
    return (
        n, order_id, parted.asset, priority, parted.book, floats(*mark), *kind, equity, pct, action, fractional,
        parted.parts, scratch,
    )  # fmt: skip


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


def room_left(pct: float, mark: Sequence[float], base: Sequence[Fraction]) -> int:
    held = sum(abs(rounded(float(units) * price)) for units, price in zip(base, mark, strict=True) if price == price)
    return rounded(pct * EQUITY) - held


def limited(orders: Sequence[Order], mark: Sequence[float]) -> list[Order]:
    return [order for order in orders if order.quantity > 0.0 and mark[order.asset] == mark[order.asset]]


@given(orderings, marks, bases, percents, st.booleans())
def test_trimming_finds_the_largest_factor_that_fits(
    orders: list[Order], mark: list[float], base: list[float], pct: float, fractional: bool
) -> None:
    _, quantity = gross(orders, pct=pct, mark=mark, base=base, fractional=fractional)
    left = {order.order_id: units for order, units in zip(orders, quantity, strict=True)}
    room, entries = room_left(pct, mark, sold(orders, base)), limited(orders, mark)
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
    room, want = room_left(pct, mark, sold(orders, base)), {order.order_id: order.quantity for order in orders}
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
    # Of sells of more than there is, those go on that come first.
    orders = [replace(order, quantity=abs(order.quantity)) for order in orders]
    places = [place for place in places if place < len(orders)]
    asked, quantity = gross(orders, pct=pct, mark=mark, base=base, action=action)
    again, shuffled = gross([orders[place] for place in places], pct=pct, mark=mark, base=base, action=action)
    assert again == asked
    assert shuffled == [quantity[place] for place in places]


@given(
    orderings, marks, signed_bases, percents, st.sampled_from([TRIM, DENY]), st.booleans(),
    st.sampled_from([EQUITY, 0.0]), st.booleans(), st.data(),
)  # fmt: skip
def test_compiled_limits_agree_bit_for_bit(
    orders: list[Order],
    mark: list[float],
    base: list[float],
    pct: float,
    action: int,
    fractional: bool,
    equity: float,
    shorts: bool,
    data: st.DataObject,
) -> None:
    natures = data.draw(st.lists(st.integers(AT_MARKET, REDUCES), min_size=len(orders), max_size=len(orders)))
    parted = Parted(orders, base, shorts, natures)
    assert_forms_agree(part_orders, *Parted(orders, base, shorts, natures).arguments())
    assert_forms_agree(limit_gross, *gross_arguments(parted, pct, mark, action, fractional, equity, 2.0, 3.0))
    kind = np.full(len(mark), 2.0), np.full(len(mark), 3.0)
    book = parted.book, floats(*mark), *kind, equity, pct, action, fractional, parted.parts, np.zeros(len(orders))
    assert_forms_agree(limit_weights, len(orders), parted.asset, parted.nature, *book)


@pytest.mark.parametrize("action", [TRIM, DENY])
def test_values_beyond_the_books_do_not_wrap_around(action: int) -> None:
    entries = [Order(A, 1e13, 0.0, 1), Order(B, 1e13, 0.0, 2), Order(C, 1.0, 0.0, 3)]
    arguments = gross_arguments(Parted(entries, [1e13] * 3), 1.0, [1.0] * 3, action, WHOLE, EQUITY)
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


SHORT_NATURES = {"market": AT_MARKET, "waits": CONDITIONAL, "reduces": REDUCES}


@pytest.mark.parametrize(
    # in an account that may be short          free   enters  sure   (the most and the least are the same here)
    ("held", "ordered", "nature", "free", "entry", "sure"),
    [
        (0.0,    10.0,   "market",          0.0,    10.0,   0.0),
        (0.0,    -10.0,  "market",          0.0,    -10.0,  0.0),
        (10.0,   5.0,    "market",          0.0,    5.0,    10.0),
        (10.0,   -4.0,   "market",          -4.0,   0.0,    6.0),
        (10.0,   -10.0,  "market",          -10.0,  0.0,    0.0),
        (10.0,   -15.0,  "market",          -10.0,  -5.0,   0.0),    # crosses zero: a reduction and an entry
        (-10.0,  -5.0,   "market",          0.0,    -5.0,   -10.0),
        (-10.0,  4.0,    "market",          4.0,    0.0,    -6.0),
        (-10.0,  15.0,   "market",          10.0,   5.0,    0.0),
        (10.0,   -10.0 - 5e-10, "market",   -10.0 - 5e-10, 0.0, -5e-10),  # dust enters nothing
        (10.0,   -4.0,   "waits",           -4.0,   0.0,    10.0),   # it may never go, and makes no room
        (10.0,   -15.0,  "waits",           -10.0,  -5.0,   10.0),
        (-10.0,  15.0,   "waits",           10.0,   5.0,    -10.0),
        (0.0,    -5.0,   "waits",           0.0,    -5.0,   0.0),
        (10.0,   -15.0,  "reduces",         -15.0,  0.0,    10.0),   # the rest of it will be canceled
        (0.0,    15.0,   "reduces",         15.0,   0.0,    0.0),
    ],
)  # fmt: skip
def test_an_order_is_parted_into_what_reduces_and_what_enters(
    held: float, ordered: float, nature: str, free: float, entry: float, sure: float
) -> None:
    parted = Parted([Order(A, ordered)], [held], shorts=True, natures=[SHORT_NATURES[nature]])
    assert (parted.parts[FREE, 0], parted.parts[ENTRY, 0], parted.entries) == (free, entry, int(entry != 0.0))
    assert parted.book[:, 0] == pytest.approx([sure] * 3)


def test_reductions_use_up_what_is_held_in_their_order() -> None:
    parted = Parted([Order(A, -6.0), Order(A, -6.0), Order(A, -1.0), Order(A, 3.0)], [10.0], shorts=True)
    assert parted.parts[FREE].tolist() == [-6.0, -4.0, 0.0, 0.0]
    assert parted.parts[ENTRY].tolist() == [0.0, -2.0, -1.0, 3.0]
    assert parted.book[SURE, A] == 0.0


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


def test_gross_counts_the_further_side_of_what_may_happen() -> None:
    parted = Parted([Order(A, 10.0)], [4.0], shorts=True)
    parted.book[MOST, A], parted.book[LEAST, A] = 6.0, -12.0
    called = gross_arguments(parted, 0.2, [10.0], TRIM, WHOLE, EQUITY)
    assert limit_gross(*called) == pytest.approx(0.22)  # type: ignore[arg-type]  # the tuple is shared
    assert parted.left == [8.0]


def test_gross_scales_both_sides_by_one_factor_and_lets_reductions_be() -> None:
    orders = [Order(A, -30.0, 0.1, 1), Order(B, 20.0, 0.3, 2), Order(C, -20.0, 0.2, 3)]
    called = {"pct": 0.3, "mark": [10.0] * 3, "base": [10.0, 0.0, 0.0], "shorts": True}
    asked, left = gross(orders, **called)  # type: ignore[arg-type]  # as declared
    assert asked == pytest.approx(0.6)
    assert left == [-20.0, 10.0, -10.0]
    assert gross(orders, action=DENY, **called)[1] == [-10.0, 20.0, 0.0]  # type: ignore[arg-type]  # as declared


natures_of_six = st.lists(st.integers(AT_MARKET, REDUCES), min_size=6, max_size=6)


@given(orderings, marks, signed_bases, percents, st.sampled_from([TRIM, DENY]), st.booleans(), natures_of_six)
def test_limits_are_the_same_in_the_mirror(
    orders: list[Order],
    mark: list[float],
    base: list[float],
    pct: float,
    action: int,
    fractional: bool,
    kinds: list[int],
) -> None:
    other, other_base = [replace(order, quantity=-order.quantity) for order in orders], [-units for units in base]
    called = {"pct": pct, "mark": mark, "action": action, "fractional": fractional, "shorts": True}
    called["natures"] = kinds[: len(orders)]
    broken, quantity, measured, _ = weights(orders, base=base, **called)  # type: ignore[arg-type]  # as declared
    again, mirrored, measured_again, _ = weights(other, base=other_base, **called)  # type: ignore[arg-type]  # as declared
    assert (again, mirrored) == (broken, [-units for units in quantity])
    assert np.array_equal(measured, measured_again, equal_nan=True)
    asked, quantity = gross(orders, base=base, **called)  # type: ignore[arg-type]  # as declared
    assert gross(other, base=other_base, **called) == (asked, [-units for units in quantity])  # type: ignore[arg-type]  # as declared


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
