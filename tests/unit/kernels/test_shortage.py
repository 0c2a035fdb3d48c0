"""Who gets scarce cash: by hand, against a naive search, and whatever the order of the entries."""

from collections.abc import Collection, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, MICRO, assert_forms_agree, books, costs, floats, ints
from tests.unit.kernels.naive import Entry, greedy, scaled, spent

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
    flags = np.array([int(entry.order_id in whole) for entry in entries], np.int64)
    return (rule, n, *columns(entries), flags, cash, fractional, books(cash, 5, charged), scratch, granted)


def allot(
    rule: int,
    entries: Sequence[Entry],
    cash: int,
    fractional: bool,
    charged: FloatArray,
    whole: Collection[int] = (),
) -> tuple[int, dict[int, float]]:
    """What all together needed, and what each order was granted; `whole` are those that take all or nothing."""
    called = arguments(rule, entries, cash, fractional, charged, whole)
    need = shortage.allot(*called)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
    granted = called[-1]
    assert isinstance(granted, np.ndarray)
    return need, dict(zip([entry.order_id for entry in entries], granted.tolist(), strict=True))


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


def test_of_those_that_were_cut_the_last_served_is_left_out_first() -> None:
    entries = [Entry(1, B, 8.0, 1.0, 100.0), Entry(2, A, 8.0, 1.0, 100.0), Entry(3, A, 8.0, 2.0, 100.0)]
    order, asset, quantity, priority, _ = columns(entries)
    got = np.full(3, 2.0)
    for out, flags in ((0, (1, 1, 0)), (1, (0, 1, 1)), (2, (0, 0, 1)), (-1, (0, 0, 0))):
        whole = np.array(flags)
        assert shortage.last_cut_whole(3, order, asset, quantity, priority, whole, got) == out
        assert_forms_agree(shortage.last_cut_whole, 3, order, asset, quantity, priority, whole, got)
    assert shortage.last_cut_whole(3, order, asset, quantity, priority, np.ones(3, np.int64), quantity) == -1


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
    found = shortage.largest_factor(1, ints(A), floats(10.0), floats(100.0), cash, WHOLE, books(cash, 1))
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

    factor = shortage.largest_factor(len(entries), asset, quantity, price, cash, fractional, books(cash, 5, charged))
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


@given(rules, any_batches(), cash_amounts, charges, st.randoms(use_true_random=False))
def test_the_order_of_the_entries_does_not_matter(
    rule: int, batch: tuple[list[Entry], bool], cash: int, charged: FloatArray, random: object
) -> None:
    entries, fractional = batch
    shuffled = sorted(entries, key=lambda entry: random.random())  # type: ignore[attr-defined]  # a Random of Hypothesis
    assert allot(rule, shuffled, cash, fractional, charged) == allot(rule, entries, cash, fractional, charged)


@given(batches(whole=True))
def test_entries_are_served_by_priority_then_asset_then_order(entries: list[Entry]) -> None:
    order_id, asset, _, priority, _ = columns(entries)
    served = np.zeros(len(entries), np.int64)
    shortage.serving_order(len(entries), priority, asset, order_id, served)
    want = sorted(entries, key=lambda entry: (-entry.priority, entry.asset, entry.order_id))
    assert [entries[k] for k in served] == want


@given(rules, any_batches(), cash_amounts, charges)
def test_compiled_sharing_agrees_bit_for_bit(
    rule: int, batch: tuple[list[Entry], bool], cash: int, charged: FloatArray
) -> None:
    entries, fractional = batch
    assert_forms_agree(shortage.allot, *arguments(rule, entries, cash, fractional, charged))


@pytest.mark.parametrize(
    ("quantity", "rate"),
    [([1e13, 1e13], 0.0), ([1e13] * 9, 0.0), ([1e13], 1.0)],
    ids=["two", "nine", "value and fee"],
)
def test_costs_beyond_the_books_do_not_wrap_around(quantity: list[float], rate: float) -> None:
    n = len(quantity)
    account = books(0, 1, costs(rate=rate))
    arguments = n, ints(*[A] * n), floats(*quantity), floats(*[1.0] * n), FACTOR_ONE, WHOLE, account
    assert_forms_agree(shortage.total_cost, *arguments)
    assert shortage.total_cost(*arguments) >= MICROS_MAX
