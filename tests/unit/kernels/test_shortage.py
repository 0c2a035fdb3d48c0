"""Who gets scarce cash, by hand."""

import numpy as np
import pytest
from tests.unit.kernels.made import MICRO, assert_forms_agree, books, costs, floats, ints
from tests.unit.kernels.naive import Entry
from tests.unit.kernels.sharing import FRACTIONAL, WHOLE, allot, share

from tidegate.kernels import shortage
from tidegate.kernels.arithmetic import FACTOR_ONE, MICROS_MAX, cut
from tidegate.kernels.shortage import RANK, REJECT, SCALE

A, B, C = 0, 1, 2
# Two steps of the factor for ten units at 100 are 0.47 micro-units, which round to nothing; three would be 0.70.
ROUNDED_AWAY = 10.0 * 2 / FACTOR_ONE
TWO_OF_TEN = [Entry(1, A, 10.0, 0.0, 100.0), Entry(2, B, 10.0, 0.0, 100.0)]
RANKED = [Entry(1, A, 10.0, 0.1, 100.0), Entry(2, B, 10.0, 0.3, 100.0), Entry(3, C, 10.0, 0.2, 100.0)]
TIED = [Entry(9, A, 10.0, 0.5, 100.0), Entry(3, B, 10.0, 0.5, 100.0), Entry(8, A, 10.0, 0.5, 100.0)]
UNEVEN = [Entry(1, A, 100.0, 0.0, 10.0), Entry(2, B, 3.0, 0.0, 10.0)]


@pytest.mark.parametrize(
    # cash in micro-units                                    granted by order
    ("rule", "entries", "cash", "fractional", "granted"),
    [
        (SCALE,  TWO_OF_TEN, 2000 * MICRO,      WHOLE,      {1: 10.0, 2: 10.0}),     # exact cash suffices
        (RANK,   TWO_OF_TEN, 2000 * MICRO,      WHOLE,      {1: 10.0, 2: 10.0}),
        (REJECT, TWO_OF_TEN, 2000 * MICRO,      WHOLE,      {1: 10.0, 2: 10.0}),
        (SCALE,  TWO_OF_TEN, 2000 * MICRO - 1,  WHOLE,      {1: 9.0, 2: 9.0}),       # one micro-unit short
        (RANK,   TWO_OF_TEN, 2000 * MICRO - 1,  WHOLE,      {1: 10.0, 2: 9.0}),
        (REJECT, TWO_OF_TEN, 2000 * MICRO - 1,  WHOLE,      {1: 10.0, 2: 0.0}),
        (SCALE,  TWO_OF_TEN, 1000 * MICRO,      WHOLE,      {1: 5.0, 2: 5.0}),
        (SCALE,  TWO_OF_TEN, 1000 * MICRO - 1,  WHOLE,      {1: 4.0, 2: 4.0}),
        (SCALE,  TWO_OF_TEN, 0,                 WHOLE,      {1: 0.0, 2: 0.0}),
        (RANK,   TWO_OF_TEN, 0,                 WHOLE,      {1: 0.0, 2: 0.0}),
        (SCALE,  UNEVEN,     515 * MICRO,       WHOLE,      {1: 50.0, 2: 1.0}),      # truncated each by itself
        (RANK,   RANKED,     1500 * MICRO,      WHOLE,      {1: 0.0, 2: 10.0, 3: 5.0}),
        (REJECT, RANKED,     1500 * MICRO,      WHOLE,      {1: 0.0, 2: 10.0, 3: 0.0}),
        (RANK,   RANKED,     2999 * MICRO,      WHOLE,      {1: 9.0, 2: 10.0, 3: 10.0}),
        (RANK,   TIED,       1500 * MICRO,      WHOLE,      {9: 5.0, 3: 0.0, 8: 10.0}),  # asset, then order id
        (REJECT, TIED,       2500 * MICRO,      WHOLE,      {9: 10.0, 3: 0.0, 8: 10.0}),
        (SCALE,  TWO_OF_TEN, 1500 * MICRO,      FRACTIONAL, {1: 7.5 + ROUNDED_AWAY, 2: 7.5 + ROUNDED_AWAY}),
        (RANK,   TWO_OF_TEN, 1250 * MICRO,      FRACTIONAL, {1: 10.0, 2: 2.5 + ROUNDED_AWAY}),
        (REJECT, TWO_OF_TEN, 1250 * MICRO,      FRACTIONAL, {1: 10.0, 2: 0.0}),
    ],
)  # fmt: skip
def test_scarce_cash_goes_where_the_rule_says(
    rule: int, entries: list[Entry], cash: int, fractional: bool, granted: dict[int, float]
) -> None:
    need, got = allot(rule, entries, cash, fractional, costs())
    assert got == granted
    assert need == sum(int(entry.quantity * entry.price) * MICRO for entry in entries)


@pytest.mark.parametrize(
    # the fee is 1 % and at least 5; ten units at 10 cost 105
    ("cash", "granted"),
    [
        (105 * MICRO,      10.0),
        (105 * MICRO - 1,  9.0),
        (95 * MICRO,       9.0),
        (15 * MICRO,       1.0),
        (15 * MICRO - 1,   0.0),  # the fee alone would fit
        (5 * MICRO,        0.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rule", [SCALE, RANK])
def test_what_a_cut_order_pays_includes_the_minimum_fee(rule: int, cash: int, granted: float) -> None:
    charged = costs(rate=0.01, minimum=5.0)
    assert allot(rule, [Entry(1, A, 10.0, 0.0, 10.0)], cash, WHOLE, charged) == (105 * MICRO, {1: granted})


def test_a_later_order_that_fits_is_filled_after_one_that_does_not() -> None:
    entries = [Entry(1, A, 10.0, 0.9, 100.0), Entry(2, B, 1.0, 0.1, 100.0)]
    assert allot(REJECT, entries, 500 * MICRO, WHOLE, costs()) == (1100 * MICRO, {1: 0.0, 2: 1.0})
    assert allot(RANK, entries, 550 * MICRO, WHOLE, costs()) == (1100 * MICRO, {1: 5.0, 2: 0.0})


def test_what_takes_all_or_nothing_takes_no_cash_where_it_does_not_fit() -> None:
    entries = [Entry(1, A, 8.0, 2.0, 100.0), Entry(2, A, 4.0, 1.0, 100.0), Entry(3, A, 8.0, 0.0, 100.0)]
    for rule, last in ((RANK, 3.0), (REJECT, 0.0)):
        assert allot(rule, entries, 700 * MICRO, WHOLE, costs(), {1, 2})[1] == {1: 0.0, 2: 4.0, 3: last}


@pytest.mark.parametrize(
    # three buys of 8 at 100 by priority: 3 first, then 2 (asset A), then 1 (asset B)
    ("cash", "whole", "granted", "left"),
    [
        (2400 * MICRO,     {1, 2, 3}, {1: 8.0, 2: 8.0, 3: 8.0}, []),
        (2400 * MICRO - 1, set(),     {1: 7.0, 2: 7.0, 3: 7.0}, []),
        (2400 * MICRO - 1, {3},       {1: 8.0, 2: 8.0, 3: 0.0}, [3]),     # alone of its kind, and served first: no help
        (2400 * MICRO - 1, {1, 3},    {1: 0.0, 2: 8.0, 3: 8.0}, [1]),
        (2400 * MICRO - 1, {1, 2, 3}, {1: 0.0, 2: 8.0, 3: 8.0}, [1]),
        (1600 * MICRO - 1, {1, 2},    {1: 0.0, 2: 0.0, 3: 8.0}, [1, 2]),
        (1600 * MICRO - 1, {1, 2, 3}, {1: 0.0, 2: 0.0, 3: 8.0}, [1, 2]),
        (700 * MICRO,      {1, 2, 3}, {1: 0.0, 2: 0.0, 3: 0.0}, [1, 2, 3]),
        (700 * MICRO,      {1, 2},    {1: 0.0, 2: 0.0, 3: 7.0}, [1, 2]),
    ],
)  # fmt: skip
def test_of_those_that_were_cut_the_last_served_leaves_first(
    cash: int, whole: set[int], granted: dict[int, float], left: list[int]
) -> None:
    entries = [Entry(1, B, 8.0, 1.0, 100.0), Entry(2, A, 8.0, 1.0, 100.0), Entry(3, A, 8.0, 2.0, 100.0)]
    got = share(SCALE, entries, cash, WHOLE, costs(), whole)
    assert (got.granted, got.left) == (granted, left)
    needed = [2400 * MICRO, 1600 * MICRO, 800 * MICRO]
    assert [got.needed[order] for order in left] == needed[: len(left)]
    assert {got.needed[order] for order in granted if order not in left} <= {2400 * MICRO - 800 * MICRO * len(left)}


def test_no_entries_need_nothing() -> None:
    for rule in (SCALE, RANK, REJECT):
        assert allot(rule, [], 0, WHOLE, costs()) == (0, {})


@pytest.mark.parametrize(
    ("cash", "factor"),
    [
        (1000 * MICRO,      FACTOR_ONE),
        (1000 * MICRO - 1,  FACTOR_ONE - 1),      # 9.99 units are cut to 9
        (500 * MICRO,       FACTOR_ONE * 6 // 10),  # up to where the sixth unit begins
        (0,                 FACTOR_ONE // 10),
    ],
)  # fmt: skip
def test_the_factor_is_found_to_its_last_bit(cash: int, factor: int) -> None:
    found = shortage.largest_factor(1, ints(A), floats(10.0), floats(100.0), ints(0), cash, WHOLE, books(cash, 1))
    assert found == factor
    assert cut(10.0, found + 1, 0.0, WHOLE) > cut(10.0, found, 0.0, WHOLE) or found == FACTOR_ONE


def test_a_need_that_the_books_cannot_hold_is_told_as_the_most_they_can() -> None:
    entries = [Entry(1, A, 4e10, 0.0, 100.0), Entry(2, B, 4e10, 0.0, 100.0)]
    assert allot(REJECT, entries, 10_000 * MICRO, WHOLE, costs()) == (MICROS_MAX, {1: 0.0, 2: 0.0})


def test_more_than_any_account_can_pay_is_cut_in_steps_of_a_2_to_the_32th() -> None:
    entry = Entry(1, A, 4e10, 0.0, 200.0)  # a step is 9.31 units, and 50 could be paid
    for rule in (SCALE, RANK):
        assert allot(rule, [entry], 10_000 * MICRO, WHOLE, costs()) == (MICROS_MAX, {1: 46.0})


@pytest.mark.parametrize(
    ("quantity", "rate"),
    [([1e13, 1e13], 0.0), ([1e13] * 9, 0.0), ([1e13], 1.0)],
    ids=["two", "nine", "value and fee"],
)
def test_costs_beyond_the_books_do_not_wrap_around(quantity: list[float], rate: float) -> None:
    n = len(quantity)
    account = books(0, 1, costs(rate=rate))
    arguments = (
        n,
        ints(*[A] * n),
        floats(*quantity),
        floats(*[1.0] * n),
        np.zeros(n, np.int64),
        FACTOR_ONE,
        WHOLE,
        account,
    )
    assert_forms_agree(shortage.total_cost, *arguments)
    assert shortage.total_cost(*arguments) >= MICROS_MAX
