"""What limits leave of entries, longs and shorts, one weight or the gross exposure: what holds for all of them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.limited import (
    EQUITY,
    SHORT_NATURES,
    A,
    B,
    Order,
    Parted,
    gross,
    gross_arguments,
    marks,
    orderings,
    percents,
    signed_bases,
    weights,
)
from tests.unit.kernels.made import assert_forms_agree, floats

from tidegate.kernels.limits import (
    AT_MARKET,
    DENY,
    ENTRY,
    FREE,
    REDUCES,
    SURE,
    TRIM,
    limit_gross,
    limit_weights,
    part_orders,
)


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
