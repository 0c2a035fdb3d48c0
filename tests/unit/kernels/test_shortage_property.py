"""Who gets scarce cash, against a naive search, and whatever the order of the entries."""

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, MICRO, assert_forms_agree, books, costs
from tests.unit.kernels.naive import Entry, greedy, scaled, served, shared, spent
from tests.unit.kernels.sharing import WHOLE, allot, arguments, columns, share

from tidegate.core.arrays import FloatArray
from tidegate.kernels import shortage
from tidegate.kernels.arithmetic import FACTOR_ONE, cut
from tidegate.kernels.shortage import RANK, REJECT, SCALE


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
