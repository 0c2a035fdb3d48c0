"""An account from day to day: rates that come in, nights that pass, and books that are found out when wrong."""

import numpy as np
import pytest
from tests.unit.kernels.made import MICRO, costs, floats, ints, rows

from tidegate.core.arrays import freeze
from tidegate.core.errors import KernelBug
from tidegate.kernels import books as ledger
from tidegate.kernels.account import Account
from tidegate.kernels.accruals import DAY_NS
from tidegate.kernels.instruments import (
    AVAILABLE,
    BORROW_RATE,
    INITIAL,
    MAINTENANCE,
    MULTIPLIER,
    UNIT,
    plain_instruments,
)
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.ledger import book_fill
from tidegate.kernels.terms import AccountTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.market import MarketBatch

DEPOSIT = 1_000 * MICRO
A, B = 0, 1
PLAIN, FOREIGN = AccountTerms(margin=True), AccountTerms(margin=True, rates=(0,))
NONE_PENDING = freeze(np.zeros(2))


def account(terms: AccountTerms = PLAIN, *, abroad: bool = False) -> Account:
    instruments = plain_instruments(2)
    instruments[MULTIPLIER, B] = 10.0
    return Account(DEPOSIT, terms, costs(), instruments, ints(0, int(abroad)), INTERPRETED)


def batch(
    day: int, *closes: float, context: float = np.nan, features: tuple[tuple[float, float], ...] = ()
) -> MarketBatch:
    prices = np.repeat(np.array([closes]), 5, axis=0)
    told = np.array(features) if features else np.empty((0, 2))
    return MarketBatch(day, (day + 1) * DAY_NS, freeze(prices), freeze(np.empty((0, 2))), freeze(told), floats(context))


def mark(one: Account, at: MarketBatch) -> AccountSnapshot:
    if one.follows:
        one.take_features(at)
    return one.value(at, np.full(2, -1), 0, NONE_PENDING)


def buy(one: Account, asset: int, quantity: float, price: float) -> None:
    book_fill(0, 2**41, 0, asset, quantity, price, price, one.books, rows(2, 9))
    one.touch()


def test_a_unit_is_worth_its_contract_times_the_rate_of_its_currency() -> None:
    one = account(FOREIGN, abroad=True)
    assert np.isnan(one.books.instruments[UNIT, B])
    snapshot = mark(one, batch(0, 5.0, 7.0, context=1.25))
    assert snapshot.unit.tolist() == [1.0, 12.5]
    later = mark(one, batch(1, 5.0, 7.0, context=np.nan))  # the last rate stays
    assert later.unit.tolist() == [1.0, 12.5]


def test_where_all_is_plain_a_unit_is_worth_its_price_and_no_array_is_made() -> None:
    one = Account(DEPOSIT, AccountTerms(), costs(), plain_instruments(2), ints(0, 0), INTERPRETED)
    snapshot = mark(one, batch(0, 5.0, 7.0))
    assert snapshot.unit.tolist() == [1.0, 1.0]
    assert mark(one, batch(1, 5.0, 7.0)).unit is snapshot.unit
    assert (snapshot.free_micros, snapshot.settled_micros, snapshot.initial_micros) == (DEPOSIT, DEPOSIT, 0)


def test_a_rate_that_moves_moves_equity_and_the_books_still_close() -> None:
    one = account(FOREIGN, abroad=True)
    mark(one, batch(0, 5.0, 7.0, context=1.0))
    buy(one, B, 2.0, 7.0)
    snapshot = mark(one, batch(1, 5.0, 7.0, context=1.5))
    assert (snapshot.equity_micros - DEPOSIT, snapshot.unrealized_micros) == (70 * MICRO, 70 * MICRO)


def test_nights_are_posted_once_for_all_days_they_took() -> None:
    one = account(AccountTerms(margin=True, credit=0.365))
    assert one.night(batch(0, 5.0, 7.0)) is None
    assert one.night(batch(0, 5.0, 7.0)) is None
    posted = one.night(batch(3, 5.0, 7.0))
    assert posted is not None
    assert posted.amount_micros.tolist() == [3 * MICRO]
    assert mark(one, batch(3, 5.0, 7.0)).carry_micros == 3 * MICRO


def test_features_tell_what_borrowing_costs_and_how_much_there_is() -> None:
    one = account(AccountTerms(margin=True, borrow_rate_row=1, borrow_available_row=0))
    mark(one, batch(0, 5.0, 7.0, features=((100.0, np.nan), (0.03, -1.0))))
    assert one.books.instruments[AVAILABLE].tolist() == [100.0, np.inf]
    assert one.books.instruments[BORROW_RATE].tolist() == [0.03, 0.0]


def test_margin_is_what_positions_take_of_equity() -> None:
    one = account()
    one.books.instruments[INITIAL], one.books.instruments[MAINTENANCE] = 0.5, 0.25
    buy(one, A, -40.0, 5.0)
    snapshot = mark(one, batch(0, 6.0, 7.0))
    assert (snapshot.cash_micros, snapshot.equity_micros) == (1_200 * MICRO, 960 * MICRO)
    assert (snapshot.initial_micros, snapshot.maintenance_micros) == (120 * MICRO, 60 * MICRO)
    assert snapshot.free_micros == 840 * MICRO


BROKEN = [
    ("cash out of nowhere", ledger.CASH, 1),
    ("a posting too many", ledger.POSTED, 5),
    ("profit of nothing", ledger.REALIZED, -3),
    ("a fill beyond its order", ledger.BROKEN, 1),
]


@pytest.mark.parametrize(("entry", "by"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_books_that_are_wrong_are_found_out_at_the_next_mark(entry: int, by: int) -> None:
    one = account()
    one.books.totals[entry] += by
    with pytest.raises(KernelBug, match="barrier 0: the books do not close"):
        mark(one, batch(0, 5.0, 7.0))


def test_a_currency_that_does_not_cancel_out_is_found_out() -> None:
    one = account(FOREIGN, abroad=True)
    one.books.foreign[1] = 1
    with pytest.raises(KernelBug, match=r"other currencies \[0, 1\]"):
        mark(one, batch(0, 5.0, 7.0, context=1.0))


def test_a_cash_account_has_never_less_than_nothing_nor_more_to_spend_than_it_has() -> None:
    for unsettled in (-1, DEPOSIT + 1):
        one = Account(DEPOSIT, AccountTerms(), costs(), plain_instruments(2), ints(0, 0), INTERPRETED)
        one.books.totals[ledger.UNSETTLED] = unsettled
        with pytest.raises(KernelBug, match="do not close"):
            mark(one, batch(0, 5.0, 7.0))
