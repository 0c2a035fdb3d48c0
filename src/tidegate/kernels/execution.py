"""The broker without its mailbox: open orders, protective levels and books; commands in, messages out.

    accept, cancel, protect   change what rests
    open_bar, rest_of_bar     meet a new bar: first its open, then what follows (see `matching` for the rules)
    close_bar                 meets the close after the decision, for `same_close`
    mark                      values the account
    expire                    ends what is still open

Nothing here knows phases: the broker actor calls these in the order that its phases give. The books are checked
whenever they are read; a broken invariant is a `KernelBug`.
"""

from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import FillPoint, FillTiming, Reason
from tidegate.core.errors import DataError, KernelBug
from tidegate.core.time import format_ts
from tidegate.kernels import ledger, matching
from tidegate.kernels.arithmetic import MICROS_MAX
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.book import OrderBook, accepted
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.marking import ABSENT, GROSS, MARKED_SIZE, STALE, UNREALIZED, VALUE, mark_positions
from tidegate.kernels.outcome import Outcome, deposit
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import CLOSE, OPEN, MarketBatch
from tidegate.messages.orders import OrdersAccepted, OrdersApproved, OrdersCanceled, OrdersExpired, OrdersRejected
from tidegate.messages.risk import AmbiguousBars, ProtectiveLevels


@dataclass(frozen=True, slots=True)
class ExecutionTerms:
    """When orders fill, what that costs, and how scarce cash is shared.

    Attributes:
        timing: at which price point orders meet a bar.
        commission_bps, per_share, minimum: commission of a fill, see `arithmetic.commission`.
        slippage_bps: what a buy pays above, and a sell gets below, the price of the bar.
        shortage: SCALE, RANK or REJECT of `shortage`.
        fractional: whether quantities may have a fraction.
    """

    timing: FillTiming
    commission_bps: float
    per_share: float
    minimum: float
    slippage_bps: float
    shortage: int
    fractional: bool

    def costs(self) -> FloatArray:
        """The `costs` array of the kernels."""
        slip = self.slippage_bps * 1e-4
        return np.array([1.0 + slip, 1.0 - slip, self.commission_bps * 1e-4, self.per_share, self.minimum])


class Execution:
    """A cash account, its open orders and its protective levels.

    Args:
        n_assets: size of the universe.
        cash_micros: first deposit.
        terms: costs and rules.
        kernels: how kernels run.
    """

    def __init__(self, n_assets: int, cash_micros: int, terms: ExecutionTerms, kernels: Kernels) -> None:
        self._terms = terms
        self._deposited = cash_micros
        self._book = OrderBook()
        self._levels: ProtectiveLevels | None = None
        self._batch: MarketBatch | None = None
        positions = np.zeros((4, n_assets))
        positions[ledger.MARK] = np.nan
        # Totals, and what marking finds, lie side by side, so that one call makes Python numbers of all.
        self._numbers = np.zeros(ledger.TOTALS_SIZE + MARKED_SIZE, np.int64)
        totals = self._numbers[: ledger.TOTALS_SIZE]
        totals[ledger.CASH] = cash_micros
        self._books = ledger.Books(terms.costs(), positions, np.zeros((3, n_assets), np.int64), totals)
        self._marked = self._numbers[ledger.TOTALS_SIZE :]
        self._outcome = Outcome(n_assets)
        self._waiting = 0
        self._none_pending = freeze(np.zeros(n_assets))
        self._sells = np.empty(n_assets)
        self._entitled: IntArray = self._book.order_id
        self._holdings_changed = True
        self._quantity: FloatArray = self._none_pending
        self._cost: IntArray = freeze(np.zeros(n_assets, np.int64))
        self._levels_reached = kernels(matching.levels_reached)
        # These look at nothing; what they get is looked at when it comes.
        self._exit_at_levels = kernels.unchecked(matching.exit_at_levels)
        self._fill_orders = kernels.unchecked(matching.fill_orders)
        self._arrivals = Arrivals(n_assets, kernels)
        self._check_sells = kernels(matching.check_sells)
        self._sum_pending = kernels(matching.sum_pending)
        self._mark_positions = kernels(mark_positions)

    def accept(self, orders: OrdersApproved) -> list[Message]:
        """Takes orders into the book; a sell of more than is held and not yet being sold is rejected.

        Raises:
            RequestError: they are not columns of orders.
        """
        self._arrivals.check_orders(orders)
        if not orders.tags:
            return []
        book, reasons = self._book, np.empty(len(orders.tags), np.int64)
        if not self._check_sells(
            orders.asset, orders.quantity, book.asset, book.quantity, self._books.positions, self._sells, reasons
        ):
            taken = OrdersAccepted(orders.order_id, orders.asset, orders.quantity, orders.priority, orders.tags)
            book.add(taken)
            return [taken]
        messages: list[Message] = [self._rejected(orders, np.flatnonzero(reasons), reasons)]
        rows = np.flatnonzero(reasons == 0)
        if len(rows):
            taken = accepted(orders, rows)
            self._book.add(taken)
            messages.append(taken)
        return messages

    def cancel(self, ids: IntArray) -> list[Message]:
        """Cancels open orders; an id that is not open is passed over, for it may just have filled."""
        book = self._book
        gone = np.isin(book.order_id, ids)
        rows = np.flatnonzero(gone)
        if len(rows) == 0:
            return []
        none = freeze(np.full(len(rows), np.nan))
        reason = freeze(np.full(len(rows), int(Reason.CANCEL_REQUESTED)))
        columns = freeze(book.order_id[rows]), freeze(book.asset[rows]), freeze(book.quantity[rows])
        book.keep(np.flatnonzero(~gone))
        return [OrdersCanceled(*columns, reason, none, none, ("",) * len(rows))]

    def protect(self, levels: ProtectiveLevels) -> None:
        """Replaces all protective levels.

        Raises:
            RequestError: they are not columns of levels.
        """
        self._arrivals.check_levels(levels)
        self._levels = levels

    def has_orders(self) -> bool:
        """Whether any order is open."""
        return bool(self._book.tags)

    def open_bar(self, batch: MarketBatch) -> tuple[list[Message], bool]:
        """Meets a new bar: its open and, unless something filled there, the rest of it.

        Returns:
            What happened, and whether `rest_of_bar` must follow once everyone has seen it.
        """
        self._check(batch)
        messages: list[Message] = [deposit(batch, self._deposited)] if self._batch is None else []
        self._batch = batch
        self._waiting = 0
        reached = self._reached(batch)
        orders_fill = bool(self._book.tags) and self._terms.timing is FillTiming.NEXT_OPEN
        if orders_fill or reached == matching.REACHED_AT_OPEN:
            self._begin()
            exits = self._exit(batch, at_open=True) if reached == matching.REACHED_AT_OPEN else 0
            handled = self._fill(batch, OPEN) if orders_fill else 0
            if self._report(messages, batch, FillPoint.OPEN, handled, exits):
                self._entitled = self._book.order_id
                return messages, True
        if self._book.tags or reached != matching.NOTHING_REACHED:
            self._rest_of_bar(messages, batch, reached)
        return messages, False

    def _check(self, batch: MarketBatch) -> None:
        """Refuses what would fill orders at prices of other assets or of the past.

        Raises:
            DataError: bars of another shape than the universe's, or a time that is not after the last one.
        """
        self._arrivals.check_bars(batch)
        if self._batch is not None and batch.ts_ns <= self._batch.ts_ns:
            raise DataError(
                f"barrier {batch.seq}: the feed's batch at {format_ts(batch.ts_ns)} follows one at"
                f" {format_ts(self._batch.ts_ns)}; timestamps must rise from batch to batch"
            )

    def rest_of_bar(self) -> list[Message]:
        """Tests the protective levels against the bar after its open, then fills orders that wait for its close.

        Orders that answer what happened at the open are for the next bar.
        """
        batch, late = self._current(), self._set_late_aside()
        messages: list[Message] = []
        self._rest_of_bar(messages, batch, self._reached(batch))
        if late is not None:
            self._book.add(late)
        return messages

    def close_bar(self) -> list[Message]:
        """Fills the open orders at the close."""
        messages: list[Message] = []
        self._at_close(messages, self._current())
        return messages

    def mark(self) -> AccountSnapshot:
        """Values the account at the bar's close.

        Raises:
            DataError: the account is worth more than its books can hold.
            KernelBug: equity is not what deposits, closed trades and open positions explain, or cash is negative.
        """
        batch = self._current()
        entered_at_close = self._terms.timing is not FillTiming.NEXT_OPEN
        self._mark_positions(
            batch.seq, entered_at_close, batch.bars, self._books.positions, self._books.basis, self._marked
        )
        totals = self._numbers.tolist()
        marked = totals[ledger.TOTALS_SIZE :]
        cash, equity = totals[ledger.CASH], totals[ledger.CASH] + marked[VALUE]
        if cash + marked[GROSS] >= MICROS_MAX:
            raise DataError(
                f"barrier {batch.seq}: the account is worth {MICROS_MAX / 1e6:.3g} or more, which its books cannot hold"
                " to the micro-unit; look for a wrong price, or begin with less cash"
            )
        if cash < 0 or equity != self._deposited + totals[ledger.REALIZED] + marked[UNREALIZED]:
            raise KernelBug(f"barrier {batch.seq}: cash {cash}, equity {equity}: the books do not close")
        if self._holdings_changed:
            self._quantity = freeze(self._books.positions[ledger.QUANTITY].copy())
            self._cost = freeze(self._books.basis[ledger.COST].copy())
            self._holdings_changed = False
        return AccountSnapshot(
            batch.seq,
            batch.ts_ns,
            cash,
            equity,
            marked[GROSS],
            totals[ledger.REALIZED],
            marked[UNREALIZED],
            totals[ledger.PAID_COMMISSION],
            totals[ledger.PAID_SLIPPAGE],
            marked[STALE],
            self._waiting,
            self._quantity,
            self._pending(),
            batch.bars[CLOSE] if marked[ABSENT] == 0 else freeze(self._books.positions[ledger.MARK].copy()),
            self._cost,
        )

    def expire(self) -> list[Message]:
        """Ends all open orders because no batch will come."""
        book, self._book = self._book, OrderBook()
        if not book.tags:
            return []
        none = freeze(np.full(len(book), np.nan))
        reason = freeze(np.full(len(book), int(Reason.END_OF_DATA)))
        return [OrdersExpired(book.order_id, book.asset, book.quantity, reason, none, none, ("",) * len(book))]

    def _current(self) -> MarketBatch:
        if self._batch is None:
            raise KernelBug("no batch has come yet")
        return self._batch

    def _pending(self) -> FloatArray:
        if not self._book.tags:
            return self._none_pending
        net = np.empty(len(self._sells))
        self._sum_pending(self._book.asset, self._book.quantity, net)
        return freeze(net)

    def _set_late_aside(self) -> OrdersAccepted | None:
        """Takes out of the book what came since the open."""
        book = self._book
        if book.order_id is self._entitled:
            return None
        known = np.isin(book.order_id, self._entitled)
        late = np.flatnonzero(~known)
        if len(late) == 0:
            return None
        taken = accepted(book, late)
        book.keep(np.flatnonzero(known))
        return taken

    def _begin(self) -> None:
        self._outcome.begin(len(self._book), self._books.totals)

    def _reached(self, batch: MarketBatch) -> int:
        levels = self._levels
        if levels is None:
            return matching.NOTHING_REACHED
        return self._levels_reached(batch.bars, levels.stop, levels.take, self._books.positions)

    def _exit(self, batch: MarketBatch, *, at_open: bool) -> int:
        """Closes what has reached its level; returns how many fills that made."""
        levels = self._levels
        if levels is None:
            return 0
        return self._exit_at_levels(
            batch.seq, at_open, batch.bars, levels.stop, levels.take, levels.stop_rule, levels.take_rule,
            self._books, self._outcome.rows,
        )  # fmt: skip

    def _rest_of_bar(self, messages: list[Message], batch: MarketBatch, reached: int) -> None:
        if reached != matching.NOTHING_REACHED:
            self._begin()
            exits = self._exit(batch, at_open=False)
            self._report(messages, batch, FillPoint.BAR, 0, exits)
        if self._book.tags and self._terms.timing is FillTiming.NEXT_CLOSE:
            self._at_close(messages, batch)
        self._waiting = len(self._book)

    def _at_close(self, messages: list[Message], batch: MarketBatch) -> None:
        self._begin()
        self._report(messages, batch, FillPoint.CLOSE, self._fill(batch, CLOSE), exits=0)
        self._waiting = len(self._book)

    def _fill(self, batch: MarketBatch, row: int) -> int:
        """Meets one price row of the batch; returns how many orders are done with."""
        book, terms = self._book, self._terms
        return self._fill_orders(
            batch.seq, batch.bars[row], book.order_id, book.asset, book.quantity, book.priority,
            terms.shortage, terms.fractional, self._outcome.done, self._books, self._outcome.rows,
        )  # fmt: skip

    def _report(self, messages: list[Message], batch: MarketBatch, point: int, handled: int, exits: int) -> bool:
        """Appends what one price point brought, and drops the orders it ended; says whether anything filled."""
        totals, levels, outcome, book = self._books.totals.tolist(), self._levels, self._outcome, self._book
        if totals[ledger.N_CLASHES] and levels is not None:
            asset = freeze(outcome.rows.clashes[: totals[ledger.N_CLASHES]].copy())
            messages.append(AmbiguousBars(batch.seq, asset, freeze(levels.stop[asset]), freeze(levels.take[asset])))
        messages += outcome.messages(batch, point, totals, book, levels.rules if levels is not None else (), exits)
        self._holdings_changed |= outcome.filled
        if handled == len(book):
            book.clear()
        elif handled:
            book.keep(np.flatnonzero(outcome.done[: len(book)] == 0))
        return outcome.filled

    def _rejected(self, orders: OrdersApproved, rows: IntArray, reasons: IntArray) -> OrdersRejected:
        asset = orders.asset[rows]
        return OrdersRejected(
            freeze(orders.order_id[rows]),
            freeze(asset),
            freeze(orders.quantity[rows]),
            freeze(reasons[rows]),
            freeze(-orders.quantity[rows]),
            freeze(self._books.positions[ledger.QUANTITY][asset]),
            ("",) * len(rows),
        )
