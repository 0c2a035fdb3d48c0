"""An account without its orders: books that are marked, checked and carried from day to day.

The books are checked whenever they are read, see `marking`; what does not close is a `KernelBug`.
"""

from typing import Any

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.errors import DataError, KernelBug
from tidegate.kernels import books
from tidegate.kernels.accruals import day_of, pass_night
from tidegate.kernels.arithmetic import MICROS_MAX
from tidegate.kernels.instruments import AVAILABLE, BORROW_RATE, FUTURE, INITIAL, MAINTENANCE, MULTIPLIER, UNIT
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.marking import CLOSED, MARKED_SIZE, TOO_MUCH, mark_account
from tidegate.kernels.terms import AccountTerms
from tidegate.messages.account import AccountSnapshot, CashPosted
from tidegate.messages.market import CLOSE, MarketBatch
from tidegate.messages.state import ARRAYS, Stateful, keeps, made


class Account(Stateful):
    """The books of one account.

    Args:
        cash_micros: first deposit.
        terms: what kind of account it is.
        costs: see `kernels.costs`.
        instruments: (11, n_assets), see `kernels.instruments`; taken over, and changed with the rates of currencies.
        currency: (n_assets,) in which each asset is quoted: 0 the account's, k the k-th of `terms.rates`.
        kernels: how kernels run.

    Attributes:
        books: what kernels change in place.
        has_nights: whether anything can come between two days.
        follows: whether there are features or rates to take over with each bar.
        recalls: whether lenders may want back what is short.
    """

    KEEPS = keeps(
        books=ARRAYS, _day=int | None, _unit=FloatArray,
        **made("_terms _deposited _foreign _foreign_futures _held _costs _marked has_nights follows recalls"),
        **made("_holdings_changed _quantity _cost _mark_account _pass_night"),
    )  # fmt: skip

    def __init__(
        self,
        cash_micros: int,
        terms: AccountTerms,
        costs: FloatArray,
        instruments: FloatArray,
        currency: IntArray,
        kernels: Kernels,
    ) -> None:
        n = instruments.shape[1]
        self._terms, self._deposited = terms, cash_micros
        positions = np.zeros((4, n))
        positions[books.MARK] = np.nan
        totals = np.zeros(books.TOTALS_SIZE, np.int64)
        totals[books.CASH] = totals[books.POSTED] = cash_micros
        if not terms.margin:
            instruments[INITIAL] = instruments[MAINTENANCE] = 1.0
        self._foreign = currency > 0
        self._foreign_futures = np.count_nonzero(currency * instruments[FUTURE]) > 0
        instruments[UNIT] = np.where(self._foreign, np.nan, instruments[MULTIPLIER])
        self.books = books.Books(
            costs=costs,
            kind=np.array((int(terms.margin), int(terms.locked)), np.int64),
            instruments=instruments,
            currency=currency,
            positions=positions,
            basis=np.zeros((6, n), np.int64),
            totals=totals,
            foreign=np.zeros(len(terms.rates) + 1, np.int64),
            settling=np.zeros(terms.settlement, np.int64),
            room=np.full(n, np.inf),
            overdue=np.zeros(n, np.int64),
        )
        self._held, self._costs = self.books.positions[books.QUANTITY], self.books.basis[books.COST]
        self._marked = np.zeros(MARKED_SIZE, np.int64)
        self._unit: FloatArray = freeze(instruments[UNIT].copy())
        self.has_nights = (
            terms.accrues or np.count_nonzero(instruments[FUTURE]) + np.count_nonzero(instruments[BORROW_RATE]) > 0
        )
        self.follows, self.recalls = terms.follows, terms.borrow_available_row >= 0
        self._day: int | None = None
        self._holdings_changed = True
        self._quantity: FloatArray = freeze(np.zeros(n))
        self._cost: IntArray = freeze(np.zeros(n, np.int64))
        self._mark_account = kernels.unchecked(mark_account)
        self._pass_night = kernels.unchecked(pass_night)

    def kept(self) -> list[Any]:
        """As `Stateful.kept`; what was written at the last price point is of this process alone."""
        told = super().kept()
        totals = self.books.totals.copy()
        totals[books.N_FILLS :] = 0
        told[list(self.KEEPS).index("books")] = self.books._replace(totals=totals)
        return told

    def touch(self) -> None:
        """Says that holdings have changed."""
        self._holdings_changed = True

    def night(self, batch: MarketBatch) -> CashPosted | None:
        """Books what came between the day of the last bar and that of this one; None where nothing did."""
        day, before = day_of(batch.ts_ns), self._day
        self._day = day
        if before is None or before == day:
            return None
        postings = np.empty((5, 2 * len(self._quantity) + 1), np.int64)
        totals = self.books.totals
        written, totals[books.N_POSTINGS] = totals[books.N_POSTINGS], 0
        self._pass_night(day - before, self._terms.credit, self._terms.debit, self.books, postings)
        count, totals[books.N_POSTINGS] = int(totals[books.N_POSTINGS]), written
        if count == 0:
            return None
        return CashPosted(freeze(postings[:, :count].copy()), batch.seq, batch.ts_ns)

    def take_features(self, batch: MarketBatch) -> None:
        """Takes over what features say of borrowing, and what the context says of currencies, from now on."""
        terms, instruments = self._terms, self.books.instruments
        if terms.borrow_rate_row >= 0:
            told = batch.features[terms.borrow_rate_row]
            instruments[BORROW_RATE] = np.where(told >= 0.0, told, instruments[BORROW_RATE])
        if terms.borrow_available_row >= 0:
            told = batch.features[terms.borrow_available_row]
            instruments[AVAILABLE] = np.where(told >= 0.0, told, instruments[AVAILABLE])
        for number, row in enumerate(terms.rates, 1):
            rate = float(batch.context[row])
            if 0.0 < rate < np.inf:
                quoted = self.books.currency == number
                if self._foreign_futures:
                    self._restate_futures(quoted, rate)
                instruments[UNIT, quoted] = instruments[MULTIPLIER, quoted] * rate
        if terms.rates:
            self._unit = freeze(instruments[UNIT].copy())

    def _restate_futures(self, quoted: BoolArray, rate: float) -> None:
        """What a future stands at since it was last settled becomes another amount with its currency's rate.

        Nothing was paid for it, so its holder owns none of the currency: the rate converts what it gains, and is itself
        no gain.
        """
        basis, instruments, positions = self.books.basis, self.books.instruments, self.books.positions
        for asset in np.flatnonzero(
            quoted & (instruments[FUTURE] != 0.0) & (positions[books.QUANTITY] != 0.0)
        ).tolist():
            settled = int(basis[books.SETTLED, asset])
            stands_at = int(basis[books.COST, asset]) + (
                settled if positions[books.QUANTITY, asset] > 0.0 else -settled
            )
            change = float(instruments[MULTIPLIER, asset] * rate / instruments[UNIT, asset]) - 1.0
            basis[books.COST, asset] += round(stands_at * change)
            self._holdings_changed = True

    def value(self, batch: MarketBatch, unseen: IntArray, waiting: int, pending: FloatArray) -> AccountSnapshot:
        """Values the account at the bar's close, at the rates and fees that were taken over last.

        Args:
            unseen: see `mark_account`.
            waiting, pending: of the open orders, see `AccountSnapshot`.

        Raises:
            DataError: the account is worth more than its books can hold.
            KernelBug: the books do not close.
        """
        found = self._mark_account(batch.seq, self._deposited, unseen, batch.bars, self.books, self._marked)
        if found != CLOSED:
            raise self._trouble(found, batch.seq)
        (
            cash, equity, gross, realized, unrealized, carry, settled, initial, maintenance, free, commission, slippage,
            receivable, stale, absent,
        ) = self._marked.tolist()  # fmt: skip
        if self._holdings_changed:
            self._quantity, self._cost = freeze(self._held.copy()), freeze(self._costs.copy())
            self._holdings_changed = False
        mark = batch.bars[CLOSE] if absent == 0 else freeze(self.books.positions[books.MARK].copy())
        return AccountSnapshot(
            batch.seq, batch.ts_ns, cash, equity, gross, realized, unrealized, carry, settled, initial, maintenance,
            free, commission, slippage, stale, waiting, self._quantity, pending, mark, self._cost, self._unit,
            receivable,
        )  # fmt: skip

    def _trouble(self, found: int, seq: int) -> Exception:
        if found == TOO_MUCH:
            return DataError(
                f"barrier {seq}: the account is worth {MICROS_MAX / 1e6:.3g} or more, which its books cannot hold"
                " to the micro-unit; look for a wrong price, or begin with less cash"
            )
        cash, equity, _, realized, unrealized, carry, settled, *_ = self._marked.tolist()
        totals = self.books.totals.tolist()
        explained = self._deposited + realized + carry + unrealized + totals[books.RECEIVABLE]
        return KernelBug(
            f"barrier {seq}: the books do not close: equity {equity}, explained {explained}; cash {cash}, posted"
            f" {totals[books.POSTED]}, settled {settled}; other currencies {self.books.foreign.tolist()}; fills beyond"
            f" their orders {totals[books.BROKEN]}"
        )
