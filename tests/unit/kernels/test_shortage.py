"""Who gets scarce cash: by hand, against a naive search, and whatever the order of the entries."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, MICRO, assert_forms_agree, books, costs, floats, ints
from tests.unit.kernels.naive import Entry, greedy, scaled, served, shared, spent

from tidegate.core.arrays import FloatArray
from tidegate.kernels import shortage
from tidegate.kernels.arithmetic import FACTOR_ONE, MICROS_MAX, cut
from tidegate.kernels.shortage import RANK, REJECT, SCALE

WHOLE, FRACTIONAL = False, True


def columns(entries: Sequence[Entry]) -> tuple[np.ndarray, ...]:
    return (
        ints(*(entry.order_id for entry in entries)),
        ints(*(entry.asset for entry in entries)),
        floats(*(entry.quantity for entry in entries)),
        floats(*(entry.priority for entry in entries)),
        floats(*(entry.price for entry in entries)),
    )


def arguments(
    rule: int,
    entries: Sequence[Entry],
    cash: int,
    fractional: bool,
    charged: FloatArray,
    whole: Collection[int] = (),
) -> tuple[object, ...]:
    n = len(entries)
    scratch, granted = np.zeros(n, np.int64), np.full(n, -1.0)
    left, needed = np.full(n, -1), np.full(n, -1)
    flags = np.array([int(entry.order_id in whole) for entry in entries], np.int64)
    return (
        rule,
        n,
        *columns(entries),
        flags,
        cash,
        fractional,
        books(cash, 9, charged),
        scratch,
        left,
        needed,
        granted,
    )


class Shared(NamedTuple):
    """What the rule gave to each order, and who left the batch, in turn, with what all of it needed by then."""

    granted: dict[int, float]
    needed: dict[int, int]
    left: list[int]


def share(
    rule: int,
    entries: Sequence[Entry],
    cash: int,
    fractional: bool,
    charged: FloatArray,
    whole: Collection[int] = (),
) -> Shared:
    """`whole` are those that take all or nothing."""
    called = arguments(rule, entries, cash, fractional, charged, whole)
    rounds = shortage.allot(*called)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
    left, needed, granted = (np.asarray(column).tolist() for column in called[-3:])
    ids = [entry.order_id for entry in entries]
    turn = {place: order for order, place in zip(ids, left, strict=True)}
    return Shared(
        dict(zip(ids, granted, strict=True)),
        dict(zip(ids, needed, strict=True)),
        [turn[place] for place in range(1, rounds + 1)],
    )


def allot(
    rule: int,
    entries: Sequence[Entry],
    cash: int,
    fractional: bool,
    charged: FloatArray,
    whole: Collection[int] = (),
) -> tuple[int, dict[int, float]]:
    """What all together needed, and what each order was granted."""
    got = share(rule, entries, cash, fractional, charged, whole)
    return max(got.needed.values(), default=0), got.granted


@st.composite
def batches(draw: st.DrawFn, *, whole: bool) -> list[Entry]:
    size = st.integers(1, 40).map(float) if whole else st.floats(1e-3, 100.0)
    return [
        Entry(number + 7, *parts)
        for number, parts in enumerate(
            draw(
                st.lists(
                    st.tuples(st.integers(0, 4), size, st.sampled_from([-INF, 0.0, 0.5, 1.0]), st.floats(0.01, 200.0)),
                    min_size=1,
                    max_size=6,
                )
            )
        )
    ]


@st.composite
def any_batches(draw: st.DrawFn) -> tuple[list[Entry], bool]:
    """Entries, and whether they may have a fraction."""
    fractional = draw(st.booleans())
    return draw(batches(whole=not fractional)), fractional


charges = st.sampled_from(
    [costs(), costs(rate=1e-3), costs(minimum=1.0), costs(rate=1e-4, per_share=0.005, minimum=0.5)]
)
cash_amounts = st.one_of(st.just(0), st.integers(0, 20_000 * MICRO), st.integers(0, 100))
rules = st.sampled_from([SCALE, RANK, REJECT])
wholes = st.sets(st.integers(7, 12))
"""Which of a batch's orders take all or nothing."""

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


@given(batches(whole=True), cash_amounts, charges)
def test_scale_of_whole_units_is_what_trying_every_factor_finds(
    entries: list[Entry], cash: int, charged: FloatArray
) -> None:
    assert allot(SCALE, entries, cash, WHOLE, charged)[1] == scaled(entries, cash, charged)


@given(rules.filter(lambda rule: rule != SCALE), batches(whole=True), cash_amounts, charges)
def test_rank_and_reject_of_whole_units_are_what_trying_every_quantity_finds(
    rule: int, entries: list[Entry], cash: int, charged: FloatArray
) -> None:
    if spent(entries, {entry.order_id: entry.quantity for entry in entries}, charged) > cash:
        assert allot(rule, entries, cash, WHOLE, charged)[1] == greedy(rule, entries, cash, charged)


@given(any_batches(), cash_amounts, charges)
def test_the_factor_is_the_largest_that_can_be_paid(
    batch: tuple[list[Entry], bool], cash: int, charged: FloatArray
) -> None:
    entries, fractional = batch
    _, asset, quantity, _, price = columns(entries)

    def total(factor: int) -> int:
        return sum(entry.cost(cut(entry.quantity, factor, 0.0, fractional), charged) for entry in entries)

    left, account = np.zeros(len(entries), np.int64), books(cash, 5, charged)
    factor = shortage.largest_factor(len(entries), asset, quantity, price, left, cash, fractional, account)
    assert total(factor) <= cash
    assert factor == FACTOR_ONE or total(factor + 1) > cash
    got = allot(SCALE, entries, cash, fractional, charged)[1]
    assert got == {entry.order_id: cut(entry.quantity, factor, 0.0, fractional) for entry in entries}


@given(rules, any_batches(), cash_amounts, charges)
def test_nothing_is_granted_that_was_not_asked_for_or_cannot_be_paid(
    rule: int, batch: tuple[list[Entry], bool], cash: int, charged: FloatArray
) -> None:
    entries, fractional = batch
    need, granted = allot(rule, entries, cash, fractional, charged)
    assert need == spent(entries, {entry.order_id: entry.quantity for entry in entries}, charged)
    assert all(0.0 <= granted[entry.order_id] <= entry.quantity for entry in entries)
    assert spent(entries, granted, charged) <= cash
    assert (need <= cash) == all(granted[entry.order_id] == entry.quantity for entry in entries)


@given(rules, batches(whole=True), cash_amounts, charges, wholes)
def test_the_rule_for_whole_units_is_its_naive_statement(
    rule: int, entries: list[Entry], cash: int, charged: FloatArray, whole: set[int]
) -> None:
    got = share(rule, entries, cash, WHOLE, charged, whole)
    granted, gone = shared(rule, entries, cash, charged, whole)
    assert got.granted == granted
    assert [(order, got.needed[order]) for order in got.left] == gone


@given(rules, any_batches(), cash_amounts, charges, wholes)
def test_what_takes_all_or_nothing_gets_all_or_nothing(
    rule: int, batch: tuple[list[Entry], bool], cash: int, charged: FloatArray, whole: set[int]
) -> None:
    entries, fractional = batch
    granted = share(rule, entries, cash, fractional, charged, whole).granted
    assert all(granted[entry.order_id] in (0.0, entry.quantity) for entry in entries if entry.order_id in whole)
    assert spent(entries, granted, charged) <= cash


@given(rules, any_batches(), cash_amounts, charges, wholes, st.randoms(use_true_random=False))
def test_neither_the_order_of_the_entries_nor_other_assets_matter(
    rule: int, batch: tuple[list[Entry], bool], cash: int, charged: FloatArray, whole: set[int], random: Random
) -> None:
    entries, fractional = batch
    wanted = share(rule, entries, cash, fractional, charged, whole)
    shuffled = random.sample(entries, len(entries))
    assert share(rule, shuffled, cash, fractional, charged, whole) == wanted
    among_others = [replace(entry, asset=2 * entry.asset) for entry in shuffled]
    assert share(rule, among_others, cash, fractional, charged, whole) == wanted


@given(batches(whole=True))
def test_entries_are_served_by_priority_then_asset_then_order(entries: list[Entry]) -> None:
    order_id, asset, _, priority, _ = columns(entries)
    order = np.zeros(len(entries), np.int64)
    shortage.serving_order(len(entries), priority, asset, order_id, order)
    assert [entries[k] for k in order] == served(entries)


@given(rules, any_batches(), cash_amounts, charges, wholes)
def test_compiled_sharing_agrees_bit_for_bit(
    rule: int, batch: tuple[list[Entry], bool], cash: int, charged: FloatArray, whole: set[int]
) -> None:
    entries, fractional = batch
    assert_forms_agree(shortage.allot, *arguments(rule, entries, cash, fractional, charged, whole))


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
