"""What a night brings and costs, by hand."""

import numpy as np
import pytest
from tests.unit.kernels import made
from tests.unit.kernels.made import MICRO, assert_forms_agree

from tidegate.core.enums import PostingKind
from tidegate.kernels import books as ledger
from tidegate.kernels.accruals import DAY_NS, day_of, pass_night
from tidegate.kernels.books import Books
from tidegate.kernels.instruments import BORROW_RATE, FUTURE, UNIT

DEPOSIT = 10_000 * MICRO
YEAR = 365


def account(*held: tuple[float, float, float], settlement: int = 0) -> Books:
    """Cash, and positions given as quantity, entry price and mark."""
    books = made.books(DEPOSIT, len(held), margin=True, settlement=settlement)
    for asset, (quantity, entry, mark) in enumerate(held):
        books.positions[[ledger.QUANTITY, ledger.MARK], asset] = quantity, mark
        books.basis[ledger.COST, asset] = round(abs(quantity) * entry * MICRO)
    return books


def night(books: Books, days: int = 1, credit: float = 0.0, debit: float = 0.0) -> list[list[int]]:
    """Kind, asset and amount of what is posted."""
    postings = np.zeros((5, 2 * books.positions.shape[1] + 1), np.int64)
    before = int(books.totals[ledger.CASH])
    pass_night(days, credit, debit, books, postings)
    rows: list[list[int]] = postings[:, : books.totals[ledger.N_POSTINGS]].T.tolist()
    assert books.totals[ledger.CASH] - before == sum(row[3] for row in rows)
    return [[kind, asset, amount] for kind, asset, _, amount, _ in rows]


@pytest.mark.parametrize(
    ("ts_ns", "day"),
    [(1, 0), (DAY_NS, 0), (DAY_NS + 1, 1), (2 * DAY_NS, 1), (0, -1)],  # midnight ends a day and begins none
)
def test_a_day_ends_with_midnight(ts_ns: int, day: int) -> None:
    assert day_of(ts_ns) == day


def test_nothing_is_posted_where_nothing_accrues() -> None:
    assert night(account((10.0, 50.0, 60.0), (-5.0, 10.0, 12.0))) == []


@pytest.mark.parametrize(
    # days  rate  paid on 50 x 12 x 5 = 3000 sold short
    ("days", "rate", "fee"),
    [(YEAR, 0.03, 90 * MICRO), (1, 0.03, 246_575), (3, 0.03, 739_726), (1, 0.0, 0)],
)  # fmt: skip
def test_borrowed_shares_cost_by_the_day_at_the_mark(days: int, rate: float, fee: int) -> None:
    books = account((10.0, 50.0, 60.0), (-50.0, 10.0, 12.0))
    books.instruments[UNIT, 1] = 5.0
    books.instruments[BORROW_RATE] = rate
    assert night(books, days) == ([[PostingKind.BORROW, 1, -fee]] if fee else [])
    assert books.totals[ledger.CARRY] == -fee


def test_a_short_without_a_price_costs_nothing_yet() -> None:
    books = account((-50.0, 10.0, float("nan")))
    books.instruments[BORROW_RATE] = 0.5
    assert night(books) == []


@pytest.mark.parametrize(
    ("cash", "short", "locked", "posted"),
    [
        (10_000,  0,      1, [PostingKind.INTEREST, -1, 300 * MICRO]),
        (-10_000, 0,      1, [PostingKind.FINANCING, -1, -800 * MICRO]),
        (10_000,  4_000,  1, [PostingKind.INTEREST, -1, 180 * MICRO]),    # what the short brought earns nothing
        (10_000,  4_000,  0, [PostingKind.INTEREST, -1, 300 * MICRO]),
        (1_000,   4_000,  1, [PostingKind.FINANCING, -1, -240 * MICRO]),  # and pays no debt
    ],
)  # fmt: skip
def test_cash_earns_and_debt_costs(cash: int, short: int, locked: int, posted: list[int]) -> None:
    books = account((-1.0, float(short), float(short))) if short else account((0.0, 0.0, 1.0))
    books.totals[ledger.CASH] = cash * MICRO
    books.kind[ledger.LOCKED] = locked
    assert night(books, YEAR, credit=0.03, debit=0.08) == [posted]
    assert books.totals[ledger.CARRY] == posted[2]


def test_a_future_pays_what_it_gained_since_the_last_night_and_no_more() -> None:
    books = account((2.0, 100.0, 110.0), (-3.0, 10.0, 12.0))
    books.instruments[FUTURE] = 1.0
    assert night(books) == [[PostingKind.VARIATION, 0, 20 * MICRO], [PostingKind.VARIATION, 1, -6 * MICRO]]
    books.totals[ledger.N_POSTINGS] = 0
    books.positions[ledger.MARK] = 104.0, 12.0
    assert night(books) == [[PostingKind.VARIATION, 0, -12 * MICRO]]
    assert books.totals[ledger.CARRY] == 0


def test_sales_settle_one_night_after_another() -> None:
    books = account((0.0, 0.0, 1.0), settlement=3)
    books.settling[:] = 5, 7, 11
    books.totals[ledger.UNSETTLED] = 23
    seen = []
    for _ in range(4):
        night(books)
        seen.append((books.settling.tolist(), int(books.totals[ledger.UNSETTLED])))
    assert seen == [([7, 11, 0], 18), ([11, 0, 0], 11), ([0, 0, 0], 0), ([0, 0, 0], 0)]


def test_compiled_nights_agree_bit_for_bit() -> None:
    books = account((2.0, 100.0, 110.0), (-3.0, 10.0, 12.7), (-7.0, 33.3, 31.9), settlement=2)
    books.instruments[FUTURE, 0], books.instruments[BORROW_RATE] = 1.0, 0.013
    for days in (1, 3):
        assert_forms_agree(pass_night, days, 0.021, 0.055, books, np.zeros((5, 7), np.int64))
