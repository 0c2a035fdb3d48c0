"""The broker without its mailbox: open orders, protective levels and books; commands in, messages out.

    accept, replace, cancel   change what rests
    protection, events        levels of positions; corporate actions that take effect before the next bar
    open_bar, rest_of_bar     meet a new bar: its open, then what follows (rules: `exits`, `conditions`, `matching`);
                              along its finer bars where there are any (`take_finer`; rules: `finer`)
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
from tidegate.kernels.aftermath import end_idle_exits
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.book import OrderBook
from tidegate.kernels.charges import Charges
from tidegate.kernels.events import Events
from tidegate.kernels.exits import NOTHING_REACHED, REACHED_AT_OPEN
from tidegate.kernels.instruments import check_instruments, currencies, instrument_rows
from tidegate.kernels.keeping import KeepsExecution
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.liquidation import Liquidation
from tidegate.kernels.liquidity import Liquidity
from tidegate.kernels.mornings import Mornings
from tidegate.kernels.open_orders import OpenOrders
from tidegate.kernels.outcome import Outcome, deposit
from tidegate.kernels.protection import Protection
from tidegate.kernels.resting import Resting
from tidegate.kernels.targets import Targets
from tidegate.kernels.terms import Clashes, ExecutionTerms, path_code
from tidegate.kernels.walk import FinerWalk
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import CLOSE, OPEN, FinerBars, MarketBatch, UniverseDeclared
from tidegate.messages.orders import OrdersApproved, ReplacesApproved
from tidegate.messages.risk import AmbiguousBars


class Execution(KeepsExecution):
    """An account, its open orders and its protective levels.

    Args:
        universe: what the assets are.
        cash_micros: first deposit.
        terms: costs and rules.
        kernels: how kernels run.

    Attributes:
        events: corporate actions.
        protection: protective levels.
        stopped: whether a finer bar filled something and others are left, so that everyone may see it in time.
    """

    def __init__(self, universe: UniverseDeclared, cash_micros: int, terms: ExecutionTerms, kernels: Kernels) -> None:
        n_assets, account = len(universe.assets), terms.account
        known = currencies(n_assets, universe.instruments, account.currency, account.others)
        check_instruments(universe, known, fractional=terms.fractional, margin=account.margin)
        instruments = instrument_rows(n_assets, universe.instruments, account.says)
        self._terms, self._deposited = terms, cash_micros
        self._closes, self._on_margin = terms.timing is not FillTiming.SAME_CLOSE, account.margin
        self._arrivals, path = Arrivals(n_assets, kernels), path_code(terms.path)
        admission, foreign = Admission(instruments, rounds=terms.rounds_ticks), bool(known.of_asset.any())
        resting = Resting(path, through=terms.through, kernels=kernels, margin=account.margin)
        self._open = OpenOrders(
            n_assets, resting, self._arrivals, admission, kernels, fractional=terms.fractional, margin=account.margin,
            foreign=foreign,
        )  # fmt: skip
        self._book, self._resting = self._open.book, self._open.resting
        self.protection = Protection(path, self._arrivals, kernels)
        self._walk = FinerWalk(n_assets, self._arrivals, kernels)
        self._has_finer = self.stopped = self._limited = False
        self._batch: MarketBatch | None = None
        charges = Charges(terms, instruments, kernels)
        self._account = Account(cash_micros, account, charges.costs, instruments, known.of_asset, kernels)
        self._books = self._account.books
        self._held, self._marks = self._books.positions[books.QUANTITY], self._books.positions[books.MARK]
        self.events = Events(self._account, self._open, self.protection, charges, terms, kernels)
        self._outcome = Outcome(n_assets, margin=account.margin, foreign=foreign, in_parts=charges.in_parts)
        self._liquidity = Liquidity(n_assets, terms, kernels)
        self._targets = Targets(n_assets, terms, self._books, kernels)
        self._waiting, self._marked_at, self._unseen = 0, -1, np.full(n_assets, -1)
        # These look at nothing; what they get is looked at when it comes.
        self._fill_orders = kernels.unchecked(matching.fill_orders)
        self._fill_due = kernels.unchecked(matching.fill_due)
        self._liquidation = Liquidation(self._account, self._open, kernels, fractional=terms.fractional)
        self._mornings = Mornings(self._account, charges, self._liquidation, self.events, self._walk)

    def accept(self, orders: OrdersApproved) -> list[Message]:
        """Takes orders in, see `OpenOrders.accept`."""
        prices = self._marks if orders.terms is None else self._prices()
        return self._open.accept(orders, -1 if self._batch is None else self._batch.seq, self._books, prices)

    def replace(self, changes: ReplacesApproved) -> list[Message]:
        """Changes open orders, see `OpenOrders.replace`."""
        seq = -1 if self._batch is None else self._batch.seq
        over = self._batch.ts_ns if self._batch is not None and self._marked_at < seq else None
        return self._open.replace(changes, seq, over, self._books.positions, self._prices())

    def _prices(self) -> FloatArray:
        """(n_assets,) the last known, from which trailing stops start."""
        prices: FloatArray = self._marks
        if self._batch is not None and self._marked_at < self._batch.seq:
            seen = self._walk.seen(self._batch) if self._has_finer else self._batch.bars[OPEN]
            prices = np.where(np.isnan(seen), prices, seen)  # what answers the open starts from it
        return prices

    def cancel(self, ids: IntArray) -> list[Message]:
        """Cancels open orders; an id that is not open is passed over, for it may just have filled."""
        return self._open.cancel(ids)

    def expire(self) -> list[Message]:
        """Ends all open orders because no batch will come."""
        return self._open.expire()

    def take_finer(self, finer: FinerBars) -> None:
        """Takes the finer bars of the batch that comes next, see `FinerWalk.take`."""
        self._walk.take(finer)
        self._has_finer = True

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
        self._waiting = 0
        if self._mornings.always or batch.ts_ns >= self.events.due_ns or self.events.any_closed:
            before, batch = self._mornings.begin(batch, self._batch, self._unseen)
            messages += before
        self._batch = batch
        if self._resting.count:
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
        if self._book.tags or reached != NOTHING_REACHED or self._resting.count or self._has_finer:
            self._rest_of_bar(messages, batch, reached)
            if self.stopped:
                self._open.entitle()
            else:
                messages += self._open.end_over(batch)
        return messages, self.stopped

    def rest_of_bar(self) -> list[Message]:
        """Tests the protective levels against the bar after its open, then fills orders that wait for its close.

        Orders that answer what happened before are for the next bar. It must follow again while it `stopped` early.
        """
        batch, messages = self._current(), list[Message]()
        guarded = self.protection.levels is not None or self._liquidity.ever
        if not (guarded or self._book.tags or self._resting.count or self._has_finer):
            return messages
        late = self._open.set_late_aside()
        self._rest_of_bar(messages, batch, self._reached(batch))
        if late is not None:
            self._book.add(late)
        return messages if self.stopped else messages + self._open.end_over(batch)

    def close_bar(self) -> list[Message]:
        """Fills the open orders at the close."""
        messages: list[Message] = []
        batch = self._current()
        self._at_close(messages, batch, batch.seq + 1)
        return messages + self._open.end_orphans() if self._resting.count else messages

    def mark(self) -> AccountSnapshot:
        """Values the account at the bar's close, see `Account.value`."""
        batch, account = self._current(), self._account
        self._marked_at = batch.seq
        if account.follows:
            account.take_features(batch)
        snapshot = account.value(batch, self._unseen, self._waiting, self._open.pending())
        if self._targets.keeps_floor:
            self._targets.take_mark(snapshot)
        return snapshot

    def mark_and_call(self) -> list[Message]:
        """The same; before the snapshot comes what an account on margin must give up, see `Liquidation`."""
        snapshot = self.mark()
        if self._on_margin and (called := self._liquidation.call(snapshot)):
            return [*called, msgspec.structs.replace(snapshot, pending=self._open.pending())]
        return [snapshot]

    def _current(self) -> MarketBatch:
        if self._batch is None:
            raise KernelBug("no batch has come yet")
        return self._batch

    def _begin(self, going: int) -> None:
        self._limited = self._liquidity.limits(self._current(), self._books)
        self._outcome.begin(len(self._book.tags) + going, self._books.totals)

    def _reached(self, batch: MarketBatch) -> int:
        if self._liquidity.ever and self._books.overdue.any():
            return REACHED_AT_OPEN
        return self.protection.reached(batch, self._books.positions)

    def _exit(self, bars: MarketBatch, *, at_open: bool) -> int:
        """Closes what has reached its level; returns how many fills that made."""
        parts, rows = self._terms.fractional, self._outcome.rows
        made = self.protection.exit(bars, self._books, rows, at_open=at_open, fractional=parts)
        if made and self._targets.notes_exits:
            self._targets.note_exits(bars.seq, made, rows)
        return made

    def _rest_of_bar(self, messages: list[Message], batch: MarketBatch, reached: int) -> None:
        """Meets what comes after the open, at most up to a finer bar that filled something."""
        coarse: MarketBatch | None = batch
        if self._has_finer:
            self.stopped = self._meet_finer(messages, batch)
            if self.stopped:
                return
            coarse = self._walk.others(batch)
            reached = NOTHING_REACHED if coarse is None else self._reached(coarse)
        if coarse is not None and reached != NOTHING_REACHED:
            self._exit_inside(messages, coarse)
            if self._resting.count:
                messages += end_idle_exits(self._resting, self._held)
        if coarse is not None and self._resting.count:
            self._go_inside(messages, coarse, *self._resting.go_inside(batch, self._held, coarse.bars))
        if self._closes and (self._book.tags or self._resting.count):
            self._at_close(messages, batch, batch.seq)
        self._waiting = len(self._book.tags)

    def _meet_finer(self, messages: list[Message], batch: MarketBatch) -> bool:
        """Meets the finer bars that are left, at most up to one that fills something; whether there are more then."""
        walk, outcome, positions = self._walk, self._outcome, self._books.positions
        while (step := walk.step(batch, self.protection, self._resting, positions, outcome.stuck)) is not None:
            outcome.finer_ts_ns = step.ts_ns
            filled = step.exits and self._exit_inside(messages, step.bars, step.gaps)
            clashes = self._resting.clashes(step.ambiguous, batch.seq, self._held)
            filled |= self._go_inside(messages, step.bars, step.going, clashes)
            outcome.finer_ts_ns = -1
            if step.exits:
                messages += end_idle_exits(self._resting, self._held)
            if filled and walk.left:
                return True
        return False

    def _exit_inside(self, messages: list[Message], bars: MarketBatch, gaps: MarketBatch | None = None) -> bool:
        """Closes what reaches its level inside bars, or by the gap before them; whether anything filled."""
        self._begin(0)
        exits = 0 if gaps is None else self._exit(gaps, at_open=True)
        if self._has_finer and self._outcome.in_finer:
            self.protection.jump(bars, self._books.positions)
        return self._report(messages, bars, FillPoint.BAR, self._book, exits + self._exit(bars, at_open=False))

    def _go_inside(self, messages: list[Message], bars: MarketBatch, going: int, clashes: Clashes) -> bool:
        """Fills those who were found to go inside bars; whether anything filled."""
        if clashes:
            asset, low, high = (freeze(np.array(column)) for column in zip(*clashes, strict=True))
            messages.append(AmbiguousBars(bars.seq, asset, low, high, self._outcome.finer_ts_ns))
        if not going:
            return False
        self._begin(going)
        return self._meet(messages, bars, FillPoint.BAR, exits=0, plain=False, going=True)

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
        """Fills what is due at a price point, so many exits having been made; says whether anything filled."""
        row = CLOSE if point == FillPoint.CLOSE else OPEN
        if plain and self._book.targets is not None:
            messages += self._targets.size(self._open, batch, point)
        if not (going or self._limited):
            handled, book, terms = 0, self._book, self._terms
            if plain:
                handled = self._fill_orders(
                    batch.seq, batch.bars[row], book.order_id, book.place, book.asset, book.quantity, book.priority,
                    terms.shortage, terms.fractional, self._outcome.done, self._books, self._outcome.rows,
                )  # fmt: skip
            filled = self._report(messages, batch, point, self._book, exits)
            self._open.drop_done(handled, self._outcome.done)
        else:
            written, finer = self._outcome.rows, self._outcome.in_finer
            due = self._resting.due(self._book if plain else None, batch.bars[row], found=going)
            shared = self._liquidity.share(due, self._books, written, finer=finer) if self._limited else None
            due = due if shared is None else shared.due
            self._fill_due(
                batch.seq, due.book.order_id, due.book.place, due.book.asset, due.book.quantity, due.book.priority,
                due.at, due.limit, due.whole, due.reduce_only, point == FillPoint.BAR, self._terms.shortage,
                self._terms.fractional, self._books, written,
            )  # fmt: skip
            if shared is not None:
                self._liquidity.settle(shared, self._resting.times_in_force(shared.asked.resting), self._books, written)
            filled = self._report(messages, batch, point, due.book, exits)
            messages += self._open.settle(due, self._outcome.filled_sources(), shared, self._outcome.last_fills)
        if filled and self._resting.count:  # orders that waited for these live now, for the rest of the bar if known
            since = batch.seq - 1 if point == FillPoint.OPEN else batch.seq
            goes_on = self._walk.goes_on(self._outcome.last_assets()) if self._outcome.in_finer else None
            messages += self._open.follow_up(self._outcome.last_fills(), since, goes_on, self._held)
        return filled

    def _report(self, messages: list[Message], batch: MarketBatch, point: int, book: OrderBook, exits: int) -> bool:
        """Appends what one price point brought to orders of a book; says whether anything filled."""
        totals, outcome = self._books.totals.tolist(), self._outcome
        if totals[books.N_CLASHES]:
            assets = outcome.rows.clashes[: totals[books.N_CLASHES]].copy()
            messages.append(self.protection.clashes(batch.seq, assets, outcome.finer_ts_ns))
        messages += outcome.messages(batch, point, totals, book, self.protection.rules, exits)
        filled = outcome.filled
        if filled:
            self._account.touch()
            if filled > exits and point != FillPoint.OPEN:  # an exit opens nothing
                opened = outcome.opened(self._books.basis[books.ENTRY_FILL])
                self._unseen[opened] = batch.seq
                if self._has_finer:
                    self._walk.enter(opened)
            if self._liquidity.capped:
                messages += self._liquidity.unknown(self._current(), outcome.last_assets())
        return filled > 0
