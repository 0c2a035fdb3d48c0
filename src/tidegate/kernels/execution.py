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
from tidegate.core.errors import KernelBug
from tidegate.kernels import ledger as books
from tidegate.kernels import matching
from tidegate.kernels.book import OrderBook
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.marking import GROSS, MARKED_SIZE, STALE, UNREALIZED, VALUE, mark_positions
from tidegate.kernels.outcome import Outcome, deposit, postings
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
        self._costs = terms.costs()
        self._deposited = cash_micros
        self._book = OrderBook()
        self._levels: ProtectiveLevels | None = None
        self._batch: MarketBatch | None = None
        self._positions = np.zeros((4, n_assets))
        self._positions[books.MARK] = np.nan
        self._basis = np.zeros((3, n_assets), np.int64)
        self._totals = np.zeros(books.TOTALS_SIZE, np.int64)
        self._totals[books.CASH] = cash_micros
        self._marked = np.zeros(MARKED_SIZE, np.int64)
        self._clashes = np.empty(n_assets, np.int64)
        self._outcome = Outcome(n_assets, self._totals)
        self._waiting = 0
        self._none_pending = freeze(np.zeros(n_assets))
        self._holdings_changed = True
        self._quantity: FloatArray = self._none_pending
        self._cost: IntArray = freeze(np.zeros(n_assets, np.int64))
        self._kernel_exit = kernels(matching.exit_at_levels)
        self._kernel_reduce = kernels(matching.fill_reductions)
        self._kernel_enter = kernels(matching.fill_entries)
        self._kernel_check = kernels(matching.check_sells)
        self._kernel_pending = kernels(matching.sum_pending)
        self._kernel_mark = kernels(mark_positions)

    def accept(self, orders: OrdersApproved) -> list[Message]:
        """Takes orders into the book; a sell of more than is held and not yet being sold is rejected."""
        reasons = np.zeros(len(orders.tags), np.int64)
        refused = 0
        if (orders.quantity < 0.0).any():
            _, sells = self._pending()
            asset, quantity = orders.asset.copy(), orders.quantity.copy()
            refused = self._kernel_check(len(reasons), asset, quantity, self._positions, sells, reasons)
        messages: list[Message] = []
        rows = np.flatnonzero(reasons == 0) if refused else np.arange(len(reasons))
        if refused:
            messages.append(self._rejected(orders, np.flatnonzero(reasons), reasons))
        if len(rows):
            accepted = _accepted(orders, rows) if refused else OrdersAccepted(*_columns(orders))
            self._book.add(accepted)
            messages.append(accepted)
        return messages

    def cancel(self, ids: IntArray) -> list[Message]:
        """Cancels open orders; an id that is not open is passed over, for it may just have filled."""
        book = self._book
        gone = np.isin(book.order_id, ids).astype(np.int64)
        rows = np.flatnonzero(gone)
        if len(rows) == 0:
            return []
        none = freeze(np.full(len(rows), np.nan))
        reason = freeze(np.full(len(rows), int(Reason.CANCEL_REQUESTED)))
        canceled = OrdersCanceled(
            freeze(book.order_id[rows]),
            freeze(book.asset[rows]),
            freeze(book.quantity[rows]),
            reason,
            none,
            none,
            ("",) * len(rows),
        )
        book.remove(gone)
        return [canceled]

    def protect(self, levels: ProtectiveLevels) -> None:
        """Replaces all protective levels."""
        self._levels = levels

    def has_orders(self) -> bool:
        """Whether any order is open."""
        return bool(self._book.tags)

    def open_bar(self, batch: MarketBatch) -> tuple[list[Message], bool]:
        """Meets a new bar: its open and, unless something filled there, the rest of it.

        Returns:
            What happened, and whether `rest_of_bar` must follow once everyone has seen it.
        """
        messages: list[Message] = [deposit(batch, self._deposited)] if self._batch is None else []
        self._batch = batch
        self._waiting = 0
        orders_fill = bool(self._book.tags) and self._terms.timing is FillTiming.NEXT_OPEN
        if orders_fill or self._levels is not None:
            self._begin()
            if self._levels is not None:
                self._exit(batch, self._levels, at_open=True)
            done = self._fill(batch, OPEN) if orders_fill else None
            if self._report(messages, batch, FillPoint.OPEN, done):
                return messages, True
        if self._book.tags or self._levels is not None:
            messages += self.rest_of_bar()
        return messages, False

    def rest_of_bar(self) -> list[Message]:
        """Tests the protective levels against the bar after its open, then fills orders that wait for its close."""
        batch = self._current()
        messages: list[Message] = []
        if self._levels is not None:
            self._begin()
            self._exit(batch, self._levels, at_open=False)
            self._report(messages, batch, FillPoint.BAR, None)
        if self._book.tags and self._terms.timing is FillTiming.NEXT_CLOSE:
            messages += self.close_bar()
        self._waiting = len(self._book)
        return messages

    def close_bar(self) -> list[Message]:
        """Fills the open orders at the close."""
        batch = self._current()
        messages: list[Message] = []
        self._begin()
        self._report(messages, batch, FillPoint.CLOSE, self._fill(batch, CLOSE))
        self._waiting = len(self._book)
        return messages

    def mark(self) -> AccountSnapshot:
        """Values the account at the bar's close.

        Raises:
            KernelBug: equity is not what deposits, closed trades and open positions explain, or cash is negative.
        """
        batch = self._current()
        entered_at_close = self._terms.timing is not FillTiming.NEXT_OPEN
        self._kernel_mark(batch.seq, entered_at_close, batch.bars, self._positions, self._basis, self._marked)
        marked, totals = self._marked.tolist(), self._totals.tolist()
        cash, equity = totals[books.CASH], totals[books.CASH] + marked[VALUE]
        if cash < 0 or equity != self._deposited + totals[books.REALIZED] + marked[UNREALIZED]:
            raise KernelBug(f"barrier {batch.seq}: cash {cash}, equity {equity}: the books do not close")
        if self._holdings_changed:
            self._quantity = freeze(self._positions[books.QUANTITY].copy())
            self._cost = freeze(self._basis[books.COST].copy())
            self._holdings_changed = False
        return AccountSnapshot(
            batch.seq,
            batch.ts_ns,
            cash,
            equity,
            marked[GROSS],
            totals[books.REALIZED],
            marked[UNREALIZED],
            totals[books.PAID_COMMISSION],
            totals[books.PAID_SLIPPAGE],
            marked[STALE],
            self._waiting,
            self._quantity,
            freeze(self._pending()[0]) if self._book.tags else self._none_pending,
            freeze(self._positions[books.MARK].copy()),
            self._cost,
        )

    def expire(self) -> list[Message]:
        """Ends all open orders because no batch will come."""
        book, self._book = self._book, OrderBook()
        if not book.tags:
            return []
        none = freeze(np.full(len(book), np.nan))
        reason = freeze(np.full(len(book), int(Reason.END_OF_DATA)))
        columns = freeze(book.order_id), freeze(book.asset), freeze(book.quantity)
        return [OrdersExpired(*columns, reason, none, none, ("",) * len(book))]

    def _current(self) -> MarketBatch:
        if self._batch is None:
            raise KernelBug("no batch has come yet")
        return self._batch

    def _pending(self) -> tuple[FloatArray, FloatArray]:
        net, sells = np.empty(len(self._clashes)), np.empty(len(self._clashes))
        book = self._book
        self._kernel_pending(len(book), book.asset, book.quantity, net, sells)
        return net, sells

    def _begin(self) -> None:
        self._totals[books.N_FILLS : books.N_CLASHES + 1] = 0
        self._outcome.reserve(2 * len(self._book) + len(self._clashes))

    def _exit(self, batch: MarketBatch, levels: ProtectiveLevels, *, at_open: bool) -> None:
        self._kernel_exit(
            batch.seq, at_open, batch.bars, levels.stop, levels.take, levels.stop_rule, levels.take_rule,
            self._costs, self._positions, self._basis, self._totals, *self._outcome.columns, self._clashes,
        )  # fmt: skip

    def _fill(self, batch: MarketBatch, row: int) -> IntArray:
        """Meets one price row of the batch; returns which orders are done with."""
        book, reference = self._book, batch.bars[row]
        done = np.zeros(len(book), np.int64)
        self._kernel_reduce(
            batch.seq, reference, len(book), book.order_id, book.asset, book.quantity, done,
            self._costs, self._positions, self._basis, self._totals, *self._outcome.columns, *self._outcome.cancels,
        )  # fmt: skip
        self._kernel_enter(
            batch.seq, reference, len(book), book.order_id, book.asset, book.quantity, book.priority, done,
            self._terms.shortage, self._terms.fractional,
            self._costs, self._positions, self._basis, self._totals, *self._outcome.columns, *self._outcome.cancels,
        )  # fmt: skip
        return done

    def _report(self, messages: list[Message], batch: MarketBatch, point: int, done: IntArray | None) -> bool:
        """Appends what one price point brought, and drops the orders it ended; says whether anything filled."""
        counts = self._totals[books.N_FILLS : books.N_CLASHES + 1].tolist()
        levels, outcome = self._levels, self._outcome
        if counts[books.N_CLASHES - books.N_FILLS] and levels is not None:
            asset = freeze(self._clashes[: counts[-1]].copy())
            messages.append(AmbiguousBars(batch.seq, asset, freeze(levels.stop[asset]), freeze(levels.take[asset])))
        if counts[0]:
            fills = outcome.fills(batch, point, self._book, levels.rules if levels is not None else ())
            made = (outcome.exits(fills), fills, postings(fills), outcome.trades(fills))
            messages += [message for message in made if message is not None]
            self._holdings_changed = True
        canceled = outcome.canceled(self._book)
        if canceled is not None:
            messages.append(canceled)
        if done is not None:
            self._book.remove(done)
        return bool(counts[0])

    def _rejected(self, orders: OrdersApproved, rows: IntArray, reasons: IntArray) -> OrdersRejected:
        asset = orders.asset[rows]
        return OrdersRejected(
            freeze(orders.order_id[rows]),
            freeze(asset),
            freeze(orders.quantity[rows]),
            freeze(reasons[rows]),
            freeze(-orders.quantity[rows]),
            freeze(self._positions[books.QUANTITY][asset]),
            ("",) * len(rows),
        )


def _columns(orders: OrdersApproved) -> tuple[IntArray, IntArray, FloatArray, FloatArray, tuple[str, ...]]:
    return orders.order_id, orders.asset, orders.quantity, orders.priority, orders.tags


def _accepted(orders: OrdersApproved, rows: IntArray) -> OrdersAccepted:
    return OrdersAccepted(
        freeze(orders.order_id[rows]),
        freeze(orders.asset[rows]),
        freeze(orders.quantity[rows]),
        freeze(orders.priority[rows]),
        tuple(orders.tags[row] for row in rows),
    )
