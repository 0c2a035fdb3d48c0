"""Corporate actions on positions: by hand, by exact arithmetic, and both forms alike."""

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
from tidegate.kernels.instruments import AVAILABLE
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
    books, rows = held((0.0, 20.0))
    books.positions[ledger.QUANTITY, A] = -10.0
    assert corporate.owe(A, 0.5, False, books, rows) == -5 * MICRO
    assert corporate.owe(A, 0.5, True, books, rows) == -5 * MICRO
    assert books.totals[[ledger.CARRY, ledger.RECEIVABLE]].tolist() == [-5 * MICRO, -5 * MICRO]


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
