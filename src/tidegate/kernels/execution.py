"""The broker without its mailbox: open orders, protective levels and books; commands in, messages out.

    accept, replace, cancel   change what rests; protect sets levels
    open_bar, rest_of_bar     meet a new bar: its open, then what follows (rules: `exits`, `conditions`, `matching`)
    close_bar                 meets the close after the decision, for `same_close`
    mark, mark_and_call       value the account, and take from it what it cannot hold
    expire                    ends what is still open

Nothing here knows phases: the broker actor calls these in the order that its phases give.
"""

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import FillPoint, FillTiming
from tidegate.core.errors import KernelBug
from tidegate.kernels import books, matching
from tidegate.kernels.account import Account
from tidegate.kernels.admission import Admission
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.book import OrderBook
from tidegate.kernels.exits import NOTHING_REACHED, REACHED_AT_OPEN, exit_at_levels, levels_reached
from tidegate.kernels.instruments import check_instruments, currencies, instrument_rows
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.liquidation import Liquidation
from tidegate.kernels.liquidity import Liquidity
from tidegate.kernels.open_orders import OpenOrders
from tidegate.kernels.outcome import Outcome, deposit
from tidegate.kernels.resting import Resting, path_code
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import CLOSE, OPEN, MarketBatch, UniverseDeclared
from tidegate.messages.orders import OrdersApproved, ReplacesApproved
from tidegate.messages.risk import AmbiguousBars, ProtectiveLevels


class Execution:
    """An account, its open orders and its protective levels.

    Args:
        universe: what the assets are.
        cash_micros: first deposit.
        terms: costs and rules.
        kernels: how kernels run.
    """

    def __init__(self, universe: UniverseDeclared, cash_micros: int, terms: ExecutionTerms, kernels: Kernels) -> None:
        n_assets, account = len(universe.assets), terms.account
        known = currencies(n_assets, universe.instruments, account.currency, account.others)
        check_instruments(universe, known, fractional=terms.fractional, margin=account.margin)
        instruments = instrument_rows(n_assets, universe.instruments, account.says)
        self._terms = terms
        self._deposited = cash_micros
        self._closes = terms.timing is not FillTiming.SAME_CLOSE
        self._path = path_code(terms.path)
        self._arrivals, admission = Arrivals(n_assets, kernels), Admission(instruments, rounds=terms.rounds_ticks)
        resting = Resting(self._path, through=terms.through, kernels=kernels, margin=account.margin)
        foreign = bool(known.of_asset.any())
        self._open = OpenOrders(
            n_assets, resting, self._arrivals, admission, kernels, fractional=terms.fractional, margin=account.margin,
            foreign=foreign,
        )  # fmt: skip
        self._book, self._resting = self._open.book, self._open.resting
        self._levels: ProtectiveLevels | None = None
        self._batch: MarketBatch | None = None
        self._account = Account(cash_micros, account, terms.costs(), instruments, known.of_asset, kernels)
        self._books = self._account.books
        self._outcome = Outcome(n_assets, margin=account.margin, foreign=foreign)
        self._liquidity = Liquidity(n_assets, terms, kernels)
        self._limited = False
        self._waiting = 0
        self._marked_at = -1
        self._unseen = np.full(n_assets, -1)
        self._levels_reached = kernels(levels_reached)
        # These look at nothing; what they get is looked at when it comes.
        self._exit_at_levels = kernels.unchecked(exit_at_levels)
        self._fill_orders = kernels.unchecked(matching.fill_orders)
        self._fill_due = kernels.unchecked(matching.fill_due)
        self._margin = account.margin
        self._liquidation = Liquidation(self._account, self._open, kernels, fractional=terms.fractional)

    def accept(self, orders: OrdersApproved) -> list[Message]:
        """Takes orders in, see `OpenOrders.accept`."""
        prices = self._books.positions[books.MARK] if orders.terms is None else self._prices()
        return self._open.accept(orders, self._moment()[0], self._books, prices)

    def replace(self, changes: ReplacesApproved) -> list[Message]:
        """Changes open orders, see `OpenOrders.replace`."""
        seq, ts_ns = self._moment()
        over = ts_ns if self._marked_at < seq else None  # only the rest of a bar is left
        return self._open.replace(changes, seq, over, self._books.positions, self._prices())

    def _moment(self) -> tuple[int, int]:
        """Barrier and time of its bars, -1 before the first."""
        return (-1, -1) if self._batch is None else (self._batch.seq, self._batch.ts_ns)

    def _prices(self) -> FloatArray:
        """(n_assets,) the last known, from which trailing stops start."""
        prices: FloatArray = self._books.positions[books.MARK]
        if self._batch is None or self._marked_at == self._batch.seq:
            return prices
        opened = self._batch.bars[OPEN]  # what answers the open starts from it
        mixed: FloatArray = np.where(np.isnan(opened), prices, opened)
        return mixed

    def cancel(self, ids: IntArray) -> list[Message]:
        """Cancels open orders; an id that is not open is passed over, for it may just have filled."""
        return self._open.cancel(ids)

    def expire(self) -> list[Message]:
        """Ends all open orders because no batch will come."""
        return self._open.expire()

    def protect(self, levels: ProtectiveLevels) -> None:
        """Replaces all protective levels.

        Raises:
            RequestError: they are not columns of levels.
        """
        self._arrivals.check_levels(levels)
        self._levels = levels

    def has_orders(self) -> bool:
        """Whether any order is open that may go at the close."""
        return self._open.await_close(market=self._terms.timing is not FillTiming.NEXT_OPEN)

    @property
    def has_resting(self) -> bool:
        """Whether conditional orders are open, which a strategy may cancel before they meet the rest of a bar."""
        return self._resting.count > 0

    def open_bar(self, batch: MarketBatch) -> tuple[list[Message], bool]:
        """Meets a new bar: its open and, unless something filled there, the rest of it.

        Returns:
            What happened, and whether `rest_of_bar` must follow once everyone has seen it.
        """
        self._arrivals.check_bars(batch, self._batch)
        messages: list[Message] = [deposit(batch, self._deposited)] if self._batch is None else []
        self._batch = batch
        self._waiting = 0
        if self._account.has_nights and (posted := self._account.night(batch)) is not None:
            messages.append(posted)
        if self._terms.account.borrow_available_row >= 0:
            messages += self._liquidation.recall()
        messages += self._open.end_past(batch)
        reached = self._reached(batch)
        at_open = self._terms.timing is FillTiming.NEXT_OPEN
        orders_fill = at_open and bool(self._book.tags)
        going = self._resting.go_at_open(batch, market=at_open) if self._resting.count else 0
        if orders_fill or going or reached == REACHED_AT_OPEN:
            self._begin(going)
            exits = self._exit(batch, at_open=True) if reached == REACHED_AT_OPEN else 0
            if self._meet(messages, batch, FillPoint.OPEN, exits, plain=orders_fill, going=going > 0):
                self._open.entitle()
                return messages, True
        if self._book.tags or reached != NOTHING_REACHED or self._resting.count:
            self._rest_of_bar(messages, batch, reached)
            messages += self._open.end_over(batch)
        return messages, False

    def rest_of_bar(self) -> list[Message]:
        """Tests the protective levels against the bar after its open, then fills orders that wait for its close.

        Orders that answer what happened at the open are for the next bar.
        """
        batch, late = self._current(), self._open.set_late_aside()
        messages: list[Message] = []
        self._rest_of_bar(messages, batch, self._reached(batch))
        if late is not None:
            self._book.add(late)
        return messages + self._open.end_over(batch)

    def close_bar(self) -> list[Message]:
        """Fills the open orders at the close."""
        messages: list[Message] = []
        batch = self._current()
        self._at_close(messages, batch, batch.seq + 1)
        return messages + self._open.end_orphans() if self._resting.count else messages

    def mark(self) -> AccountSnapshot:
        """Values the account at the bar's close, see `Account.mark`."""
        batch = self._current()
        self._marked_at = batch.seq
        return self._account.mark(batch, self._unseen, self._waiting, self._open.pending())

    def mark_and_call(self) -> list[Message]:
        """The same; before the snapshot comes what an account on margin must give up, see `Liquidation`."""
        snapshot = self.mark()
        called = self._liquidation.call(snapshot) if self._margin else []
        return [*called, msgspec.structs.replace(snapshot, pending=self._open.pending())] if called else [snapshot]

    def _current(self) -> MarketBatch:
        if self._batch is None:
            raise KernelBug("no batch has come yet")
        return self._batch

    def _begin(self, going: int) -> None:
        self._limited = self._liquidity.limits(self._current(), self._books)
        self._outcome.begin(len(self._book.tags) + going, self._books.totals)

    def _reached(self, batch: MarketBatch) -> int:
        levels = self._levels
        if levels is None:
            return NOTHING_REACHED
        if self._liquidity.ever and self._books.overdue.any():
            return REACHED_AT_OPEN
        return self._levels_reached(batch.bars, levels.stop, levels.take, self._books.positions)

    def _exit(self, batch: MarketBatch, *, at_open: bool) -> int:
        """Closes what has reached its level; returns how many fills that made."""
        levels = self._levels
        if levels is None:
            return 0
        return self._exit_at_levels(
            batch.seq, at_open, batch.bars, levels.stop, levels.take, levels.stop_rule, levels.take_rule,
            self._path, self._terms.fractional, self._books, self._outcome.rows,
        )  # fmt: skip

    def _rest_of_bar(self, messages: list[Message], batch: MarketBatch, reached: int) -> None:
        if reached != NOTHING_REACHED:
            self._begin(0)
            exits = self._exit(batch, at_open=False)
            if self._report(messages, batch, FillPoint.BAR, self._book, exits) and self._resting.count:
                messages += self._open.end_idle_exits(self._books.positions[books.QUANTITY])
        if self._resting.count:
            self._go_inside(messages, batch)
        if self._closes and (self._book.tags or self._resting.count):
            self._at_close(messages, batch, batch.seq)
        self._waiting = len(self._book.tags)

    def _go_inside(self, messages: list[Message], batch: MarketBatch) -> None:
        going, ambiguous = self._resting.go_inside(batch, self._books.positions[books.QUANTITY])
        messages += ambiguous
        if going:
            self._begin(going)
            self._meet(messages, batch, FillPoint.BAR, exits=0, plain=False, going=True)

    def _at_close(self, messages: list[Message], batch: MarketBatch, before: int) -> None:
        """Fills at the close what was accepted before barrier `before`."""
        market = self._terms.timing is not FillTiming.NEXT_OPEN
        plain = market and bool(self._book.tags)
        going = self._resting.go_at_close(batch, before, market=market) if self._resting.count else 0
        if plain or going:
            self._begin(going)
            self._meet(messages, batch, FillPoint.CLOSE, exits=0, plain=plain, going=going > 0)
        self._waiting = len(self._book)

    def _meet(
        self, messages: list[Message], batch: MarketBatch, point: FillPoint, exits: int, *, plain: bool, going: bool
    ) -> bool:
        """Fills what is due at a price point, exits having been made; says whether anything filled.

        Args:
            exits: how many fills at levels were just made.
            plain: whether plain orders meet this point.
            going: whether any conditional order goes.
        """
        before = int(self._books.totals[books.FILLS_BOOKED])
        filled = self._meet_point(messages, batch, point, exits, plain=plain, going=going)
        if filled and point != FillPoint.OPEN:
            entered = self._outcome.last_assets()
            self._unseen[entered[self._books.basis[books.ENTRY_FILL, entered] >= before]] = batch.seq
        return filled

    def _meet_point(
        self, messages: list[Message], batch: MarketBatch, point: FillPoint, exits: int, *, plain: bool, going: bool
    ) -> bool:
        row = CLOSE if point == FillPoint.CLOSE else OPEN
        if not (going or self._limited):
            handled = self._fill(batch, row) if plain else 0
            filled = self._report(messages, batch, point, self._book, exits)
            self._open.drop_done(handled, self._outcome.done)
            self._follow_up(messages, batch, point)
            return filled
        written = self._outcome.rows
        due = self._resting.due(self._book if plain else None, batch.bars[row], found=going)
        shared = self._liquidity.share(due, self._books, written) if self._limited else None
        due = due if shared is None else shared.due
        self._fill_due(
            batch.seq, due.book.order_id, due.book.place, due.book.asset, due.book.quantity, due.book.priority, due.at,
            due.limit, due.whole, due.reduce_only, self._terms.shortage, self._terms.fractional, self._books, written,
        )  # fmt: skip
        if shared is not None:
            self._liquidity.settle(shared, self._resting.times_in_force(shared.asked.resting), self._books, written)
        filled = self._report(messages, batch, point, due.book, exits)
        messages += self._open.settle(due, self._outcome.filled_sources(), shared)
        self._follow_up(messages, batch, point)
        return filled

    def _follow_up(self, messages: list[Message], batch: MarketBatch, point: FillPoint) -> None:
        """Orders that waited for those that filled live from now on, at the open for the rest of the bar; exits end."""
        if self._resting.count and self._outcome.filled:
            since = batch.seq - 1 if point == FillPoint.OPEN else batch.seq
            held = self._books.positions[books.QUANTITY]
            messages += self._open.follow_up(self._outcome.last_fills(), since, held)

    def _fill(self, batch: MarketBatch, row: int) -> int:
        """Meets one price row of the batch; returns how many plain orders are done with."""
        book, terms = self._book, self._terms
        return self._fill_orders(
            batch.seq, batch.bars[row], book.order_id, book.place, book.asset, book.quantity, book.priority,
            terms.shortage, terms.fractional, self._outcome.done, self._books, self._outcome.rows,
        )  # fmt: skip

    def _report(self, messages: list[Message], batch: MarketBatch, point: int, book: OrderBook, exits: int) -> bool:
        """Appends what one price point brought to orders of a book; says whether anything filled."""
        totals, levels, outcome = self._books.totals.tolist(), self._levels, self._outcome
        if totals[books.N_CLASHES] and levels is not None:
            asset = freeze(outcome.rows.clashes[: totals[books.N_CLASHES]].copy())
            messages.append(AmbiguousBars(batch.seq, asset, freeze(levels.stop[asset]), freeze(levels.take[asset])))
        messages += outcome.messages(batch, point, totals, book, levels.rules if levels is not None else (), exits)
        if outcome.filled:
            self._account.touch()
            if self._liquidity.capped:
                messages += self._liquidity.unknown(batch, outcome.last_assets())
        return outcome.filled
