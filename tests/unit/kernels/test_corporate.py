"""Corporate actions on positions: by hand, by exact arithmetic, and both forms alike."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels import made
from tests.unit.kernels.made import MICRO, assert_forms_agree

from tidegate.core.enums import PostingKind
from tidegate.kernels import books as ledger
from tidegate.kernels import corporate
from tidegate.kernels.books import Books, Rows
from tidegate.kernels.instruments import AVAILABLE, FUTURE, MULTIPLIER, UNIT
from tidegate.kernels.ledger import book_fill

A, B = 0, 1


def held(*positions: tuple[float, float], mark: float = 20.0) -> tuple[Books, Rows]:
    """Books in which each asset was bought, (quantity, price), at barrier 1, and room for more rows."""
    books, rows = made.books(10**6 * MICRO, len(positions)), made.rows(len(positions), orders=20)
    for asset, (quantity, price) in enumerate(positions):
        if quantity:
            book_fill(1, 7, 0, asset, quantity, price, price, books, rows)
    books.positions[ledger.MARK] = mark
    books.totals[ledger.N_FILLS : ledger.N_CANCELS] = 0
    return books, rows


def equity(books: Books) -> int:
    """Cash, receivable and what positions are worth."""
    worth = sum(
        made.rounded(q * p) for q, p in zip(*books.positions[[ledger.QUANTITY, ledger.MARK]].tolist(), strict=True)
    )
    return int(books.totals[ledger.CASH] + books.totals[ledger.RECEIVABLE]) + worth


def explained(books: Books) -> int:
    """What deposits, trades, holdings and carry say it must be."""
    totals, positions = books.totals, books.positions
    held_at = [(q, p) for q, p in zip(*positions[[ledger.QUANTITY, ledger.MARK]].tolist(), strict=True) if q]
    unrealized = sum(made.rounded(q * p) for q, p in held_at) - int(books.basis[[ledger.COST, ledger.FEES]].sum())
    return 10**6 * MICRO + int(totals[[ledger.REALIZED, ledger.CARRY, ledger.RECEIVABLE]].sum()) + unrealized


def postings(books: Books, rows: Rows) -> list[list[int]]:
    found: list[list[int]] = rows.postings[:, : books.totals[ledger.N_POSTINGS]].T.tolist()
    return found


# Units that so many become:   size   ratio   fractional   units
UNITS = [
    (3.0,    2.0,     False,  6.0),
    (3.0,    1.5,     False,  4.0),
    (3.0,    1.5,     True,   4.5),
    (9.0,    1 / 3,   False,  3.0),
    (9e9,    1 / 3,   False,  3e9),
    (0.9,    1.0,     False,  0.0),
    (7.0,    0.1,     False,  0.0),
    (10.0,   0.1,     False,  1.0),
    (1e-9,   1.0,     False,  0.0),
]  # fmt: skip


@pytest.mark.parametrize(("size", "ratio", "fractional", "units"), UNITS)
def test_how_many_units_there_are_afterwards(size: float, ratio: float, fractional: bool, units: float) -> None:
    assert corporate.units_for(size, ratio, fractional) == units


sizes, ratios = st.integers(1, 10**6).map(float), st.fractions(Fraction(1, 50), 50, max_denominator=60)


@given(sizes, ratios)
def test_whole_units_are_those_of_exact_arithmetic(size: float, ratio: Fraction) -> None:
    assert corporate.units_for(size, float(ratio), False) == Fraction(size) * ratio // 1


prices = st.integers(1, 10**4).map(lambda ticks: ticks / 64)
moves = st.tuples(sizes, prices, prices, ratios.map(float), st.booleans())


@given(moves)
def test_after_a_split_the_books_close_and_nothing_is_won_or_lost_but_to_rounding(
    case: tuple[float, float, float, float, bool],
) -> None:
    size, price, mark, ratio, fractional = case
    books, rows = held((size, price), mark=mark)
    before = equity(books)
    came = corporate.split(2, A, ratio, fractional, books, rows)
    assert equity(books) == explained(books)
    assert abs(equity(books) - before) <= 2 + size * mark * MICRO * 1e-12
    assert sum(row[3] for row in postings(books, rows)) == came
    assert books.basis[ledger.COST, A] == (
        0 if books.positions[ledger.QUANTITY, A] == 0.0 else made.rounded(size * price)
    )


@given(moves, prices, st.sampled_from((0.0, 0.5, 3.0)), st.sampled_from((0.0, 11.0)))
def test_after_a_merger_the_books_close_and_all_has_moved(
    case: tuple[float, float, float, float, bool], other: float, cash: float, there: float
) -> None:
    size, price, mark, ratio, fractional = case
    books, rows = held((size, price), (there, other))
    books.positions[ledger.MARK] = mark, other
    worth_before = Fraction(size) * (Fraction(cash) + Fraction(ratio) * Fraction(other))
    before = equity(books) - made.rounded(size * mark) + round(worth_before * MICRO)  # at what it becomes
    at = corporate.price_after(A, B, ratio, cash, books)
    assert at == other
    corporate.move(2, A, B, ratio, cash, at, fractional, books, rows)
    assert equity(books) == explained(books)
    assert abs(equity(books) - before) <= 3 + worth_before * MICRO * 1e-12
    assert books.positions[ledger.QUANTITY, A] == 0.0
    assert not books.basis[[ledger.COST, ledger.FEES], A].any()


def test_a_dividend_is_a_receivable_until_it_is_paid() -> None:
    books, rows = held((10.0, 20.0))
    assert corporate.owe(A, 0.5, True, books, rows) == 5 * MICRO
    assert (books.totals[ledger.RECEIVABLE], books.totals[ledger.CARRY]) == (5 * MICRO, 0)
    assert equity(books) == explained(books)
    corporate.receive(A, 5 * MICRO, books, rows)
    assert (books.totals[ledger.RECEIVABLE], books.totals[ledger.CARRY]) == (0, 5 * MICRO)
    assert equity(books) == explained(books)
    assert postings(books, rows) == [[PostingKind.DIVIDEND, A, -1, 5 * MICRO, 0]]


def test_trap_equity_that_counts_a_short_as_plus_a_short_pays_the_dividend() -> None:
    books, rows = on_margin((-10.0, 20.0))
    before = equity(books)
    assert corporate.owe(A, 0.5, True, books, rows) == -5 * MICRO
    assert equity(books) == before - 5 * MICRO == signed_explained(books)
    corporate.receive(A, -5 * MICRO, books, rows)
    assert equity(books) == before - 5 * MICRO == signed_explained(books)
    assert books.totals[ledger.CARRY] == -5 * MICRO


def test_what_is_not_held_gets_nothing() -> None:
    books, rows = held((0.0, 1.0), (0.0, 1.0))
    before = books.totals.tolist()
    assert corporate.owe(A, 0.5, False, books, rows) == 0
    assert corporate.settle(2, A, 5.0, books, rows) == 0
    assert corporate.move(2, A, B, 2.0, 1.0, 5.0, False, books, rows) == 0
    assert corporate.split(2, A, 2.0, False, books, rows) == 0
    assert books.totals.tolist() == before
    assert books.positions[ledger.MARK, A] == 10.0


def test_an_asset_that_never_traded_is_worth_what_it_comes_from() -> None:
    books, _ = held((10.0, 20.0), (0.0, 1.0))
    books.positions[ledger.MARK] = 20.0, np.nan
    assert corporate.price_after(A, B, 4.0, 2.0, books) == 4.5
    assert books.positions[ledger.MARK, B] == 4.5


def test_a_split_multiplies_what_can_be_borrowed() -> None:
    books, rows = held((10.0, 20.0))
    books.instruments[AVAILABLE] = 100.0
    corporate.split(2, A, 3.0, False, books, rows)
    assert books.instruments[AVAILABLE, A] == 300.0


def on_margin(*positions: tuple[float, float], mark: float = 20.0) -> tuple[Books, Rows]:
    """The same on margin, where quantities may be below 0."""
    books, rows = made.books(10**6 * MICRO, len(positions), margin=True), made.rows(len(positions), orders=20)
    for asset, (quantity, price) in enumerate(positions):
        if quantity:
            book_fill(1, 7, 0, asset, quantity, price, price, books, rows)
    books.positions[ledger.MARK] = mark
    books.totals[ledger.N_FILLS : ledger.N_CANCELS] = 0
    return books, rows


def signed_explained(books: Books) -> int:
    """What deposits, trades, holdings of either sign and carry say equity must be."""
    found = 10**6 * MICRO + int(books.totals[[ledger.REALIZED, ledger.CARRY, ledger.RECEIVABLE]].sum())
    for asset, (quantity, price) in enumerate(books.positions[[ledger.QUANTITY, ledger.MARK]].T.tolist()):
        if quantity:
            cost, fees = (int(books.basis[row, asset]) for row in (ledger.COST, ledger.FEES))
            found += made.rounded(quantity * price) - (cost if quantity > 0.0 else -cost) - fees
    return found


# Positions of A and B (last close 20 and 8), what happens, and what there is of each after; all on margin, whole shares
SIGNED: list[tuple[tuple[float, float], Callable[[Books, Rows], int], tuple[float, float], int]] = [
    ((-3.0, 0.0),   lambda books, rows: corporate.split(2, A, 1.5, False, books, rows), (-4.0, 0.0), -7),
    ((-3.0, 0.0),   lambda books, rows: corporate.split(2, A, 0.1, False, books, rows), (0.0, 0.0), -60),
    ((-3.0, 0.0),   lambda books, rows: corporate.settle(2, A, 25.0, books, rows), (0.0, 0.0), -75),
    ((-3.0, 0.0),   lambda books, rows: corporate.move(2, A, B, 2.0, 0.0, 8.0, False, books, rows), (0.0, -6.0), 0),
    ((-3.0, -1.0),  lambda books, rows: corporate.move(2, A, B, 2.0, 4.0, 8.0, False, books, rows), (0.0, -7.0), -12),
    ((-3.0, 5.0),   lambda books, rows: corporate.move(2, A, B, 2.0, 4.0, 8.0, False, books, rows), (0.0, 5.0), -60),
    ((3.0, -5.0),   lambda books, rows: corporate.move(2, A, B, 2.0, 4.0, 8.0, False, books, rows), (0.0, -5.0), 60),
    ((-3.0, 0.0),   lambda books, rows: corporate.owe(A, 0.5, False, books, rows), (-3.0, 0.0), -2),
    ((-3.0, 0.0),   lambda books, rows: corporate.owe(A, 0.5, True, books, rows), (-3.0, 0.0), -2),
]  # fmt: skip


@pytest.mark.parametrize(("before", "happens", "after", "came"), SIGNED)
def test_what_a_long_gets_a_short_pays_and_the_books_close(
    before: tuple[float, float], happens: Callable[[Books, Rows], int], after: tuple[float, float], came: int
) -> None:
    books, rows = on_margin((before[0], 20.0), (before[1], 8.0))
    books.positions[ledger.MARK] = 20.0, 8.0
    assert round(happens(books, rows) / MICRO) == came
    assert tuple(books.positions[ledger.QUANTITY]) == after
    assert equity(books) == signed_explained(books)
    assert books.totals[ledger.CASH] == books.totals[ledger.POSTED]
    assert (books.basis[[ledger.COST, ledger.FEES, ledger.LOCAL]] >= 0).all()


def test_a_future_gets_no_dividend_and_no_cash_for_parts_and_ends_with_what_it_gained() -> None:
    books, rows = on_margin((0.0, 20.0))
    books.instruments[FUTURE] = 1.0
    book_fill(1, 7, 0, A, 3.0, 20.0, 20.0, books, rows)
    books.totals[ledger.N_POSTINGS] = 0
    assert corporate.owe(A, 0.5, False, books, rows) == 0
    assert corporate.split(2, A, 0.5, False, books, rows) == 0
    assert books.positions[ledger.QUANTITY, A] == 1.5
    assert corporate.settle(2, A, 44.0, books, rows) == 6 * MICRO
    assert postings(books, rows) == [[PostingKind.VARIATION, A, -1, 6 * MICRO, 0]]
    assert books.totals[ledger.CASH] == 10**6 * MICRO + 6 * MICRO


def test_what_is_quoted_abroad_is_converted_when_it_is_settled() -> None:
    books, rows = on_margin((0.0, 20.0))
    books.currency[A] = 1
    books.instruments[UNIT] = 1.25
    book_fill(1, 7, 0, A, 4.0, 20.0, 20.0, books, rows)
    books.totals[ledger.N_POSTINGS] = 0
    assert corporate.owe(A, 0.5, False, books, rows) == 2_500_000
    assert corporate.settle(2, A, 22.0, books, rows) == 110 * MICRO
    assert postings(books, rows) == [
        [PostingKind.DIVIDEND, A, -1, 2_500_000, 0],
        [PostingKind.TRADE, A, -1, 88 * MICRO, 1],
        [PostingKind.CONVERSION, A, -1, -88 * MICRO, 1],
        [PostingKind.CONVERSION, A, -1, 110 * MICRO, 0],
    ]
    assert books.foreign.tolist() == [0, 0]


def test_a_merger_into_another_currency_keeps_cost_and_says_the_price_in_the_new_one() -> None:
    """4 A at 20, a unit 1.25; for each 2 B at 5, a unit 2.5: 20 of A's currency; B's entry price is 5."""
    books, rows = on_margin((0.0, 20.0), (0.0, 1.0))
    books.currency[A], books.currency[B] = 1, 0
    books.instruments[UNIT] = 1.25, 2.5
    books.instruments[MULTIPLIER] = 1.0, 2.5
    book_fill(1, 7, 0, A, 4.0, 20.0, 20.0, books, rows)
    books.positions[ledger.MARK] = 20.0, 5.0
    assert corporate.rate_between(A, B, books) == 2.0
    assert corporate.move_divisor(2.0, 0.0, 5.0, 2.0) == 4.0
    assert corporate.move(2, A, B, 2.0, 0.0, 5.0, False, books, rows) == 0
    assert books.basis[[ledger.COST, ledger.LOCAL], B].tolist() == [100 * MICRO, 100 * MICRO]
    assert (books.positions[ledger.LOWEST, B], books.positions[ledger.HIGHEST, B]) == (5.0, 5.0)


def test_what_becomes_something_without_a_rate_is_settled_at_its_own_last_close() -> None:
    books, rows = on_margin((4.0, 20.0), (0.0, 1.0))
    books.currency[B], books.instruments[UNIT, B] = 1, np.nan
    books.positions[ledger.MARK] = 21.0, np.nan
    price = corporate.price_after(A, B, 2.0, 0.0, books)
    assert corporate.move(2, A, B, 2.0, 0.0, price, False, books, rows) == 84 * MICRO
    assert books.positions[ledger.QUANTITY].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("of_future", [A, B])
def test_a_future_and_what_is_paid_for_do_not_become_one_another(of_future: int) -> None:
    books, rows = on_margin((0.0, 20.0), (0.0, 5.0))
    books.instruments[FUTURE, of_future] = 1.0
    book_fill(1, 7, 0, A, 4.0, 20.0, 20.0, books, rows)
    books.positions[ledger.MARK] = 22.0, 10.0
    assert corporate.move(2, A, B, 2.0, 1.0, 10.0, False, books, rows) == (4 if of_future == A else 84) * MICRO
    assert books.positions[ledger.QUANTITY].tolist() == [0.0, 0.0]
    assert books.totals[ledger.CASH] == 10**6 * MICRO + 4 * MICRO  # 21 for each, in cash


FORMS = (True, False)
CASES: list[tuple[Any, ...]] = [
    (corporate.units_for, 10.0, 1 / 3, False),
    (corporate.owe, A, 0.3, True, *held((10.0, 20.0))),
    (corporate.owe, A, 0.3, False, *held((10.0, 20.0))),
    (corporate.pay, 3, A, 77, *held((10.0, 20.0))),
    (corporate.receive, A, 77, *held((10.0, 20.0))),
    (corporate.settle, 4, A, 17.3, *held((10.0, 20.0))),
    (corporate._close, 4, A, 3.0, 17.3, 51_900_000, *held((10.0, 20.0))),
    (corporate._pay_fraction, A, -1.0, 0.3, 17.3, *held((10.0, 20.0))),
    (corporate.price_after, A, B, 2.0, 1.0, held((10.0, 20.0), (0.0, 1.0))[0]),
    *[(corporate.split, 4, A, ratio, False, *on_margin((-10.0, 20.0))) for ratio in (2.0, 0.3, 0.01)],
    *[(corporate.move, 4, A, B, 0.33, 1.5, 8.0, False, *on_margin((-10.0, 20.0), (b, 8.0))) for b in (-5.0, 5.0)],
    (corporate.settle, 4, A, 17.3, *on_margin((-10.0, 20.0))),
    (corporate.rate_between, A, B, held((10.0, 20.0), (0.0, 1.0))[0]),
    (corporate.move_divisor, 2.0, 1.0, 3.0, 0.7),
    (corporate.move_divisor, 2.0, 1.0, 0.0, 1.0),
    (corporate.move_divisor, 2.0, 0.0, 3.0, 0.7),
    *[(corporate.split, 4, A, ratio, whole, *held((10.0, 20.0))) for ratio in (2.0, 0.3, 0.01) for whole in FORMS],
    *[
        (corporate.move, 4, A, B, ratio, cash, 8.0, whole, *held((10.0, 20.0), (there, 8.0)))
        for ratio in (2.0, 0.33, 0.01) for cash in (0.0, 1.5) for there in (0.0, 5.0) for whole in (True, False)
    ],
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_both_forms_of_the_kernels_agree(case: tuple[Any, ...]) -> None:
    assert_forms_agree(*case)
