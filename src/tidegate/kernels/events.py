"""Corporate actions on one account: positions, cash, open orders, protective levels, and what trades at all.

What an action does to a position is in `corporate`, what it does to open orders in `restating`; here each is carried
out in its turn, and told. First come payments that are due, then the actions in the order in which they take effect.

Nothing of an asset trades while it is halted, nor once it has ended (delisted, merged or renamed): it is as if it had
no bar. Orders for what is halted are accepted and wait; those for what has ended are rejected. An asset that resumes
trades again, also under a name that was given up.

All of it happens before the open of the first bar of its date is met, at the marks and rates of the barrier before, and
after the night's interest; so open orders meet that bar with the new quantities and prices.

Where this is unrealistic: nobody can trade on the news of it between the close before and that open.
"""

from bisect import insort
from collections.abc import Callable
from typing import Any

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.enums import ActionKind, Reason
from tidegate.kernels import books as ledger
from tidegate.kernels import conditions as columns
from tidegate.kernels import corporate, restating
from tidegate.kernels.account import Account
from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.book import OrderBook
from tidegate.kernels.charges import Charges
from tidegate.kernels.instruments import FUTURE
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.measuring import Measuring
from tidegate.kernels.open_orders import OpenOrders
from tidegate.kernels.outcome import rows_for
from tidegate.kernels.protection import Protection
from tidegate.kernels.resting import Resting
from tidegate.kernels.sheet import Action, Effect, Sheet, each
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.actions import AT_ONCE_NS, CorporateActions
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.state import ARRAY, PART, Stateful, keeps, made

NEVER_NS = 2**63 - 1
Change = Callable[[IntArray, FloatArray, IntArray, FloatArray], int]
"""Restates orders; see `restating` for the arrays."""
REVALUED = frozenset({
    ActionKind.SPLIT, ActionKind.SYMBOL_CHANGE, ActionKind.MERGER_STOCK, ActionKind.MERGER_CASH, ActionKind.DELISTING,
})  # fmt: skip
"""Actions after which holdings, orders or marks are other ones."""


class Events(Stateful):
    """The corporate actions of one account.

    Args:
        account: whose positions and cash they change.
        orders: its open orders.
        protection: its protective levels.
        charges: what its fills cost.
        terms: of the account.
        kernels: how kernels run.

    Attributes:
        closed: (n_assets,) what does not trade, being halted or ended.
        any_closed: whether there is any.
        due_ns: from when on there is something to do: a payment, or what was announced.
    """

    KEEPS = keeps(
        closed=ARRAY, any_closed=bool, due_ns=int, _receivable=list[tuple[int, int, int, int]],
        _arisen=int, _charges=PART,
        **made("_announced _account _books _orders _protection _fractional _lowers_limits _carry_out"),
        **made("_owe _receive _settle _move _split_position _split_orders _rename_orders _lower_orders"),
    )  # fmt: skip

    def __init__(
        self,
        account: Account,
        orders: OpenOrders,
        protection: Protection,
        charges: Charges,
        terms: ExecutionTerms,
        kernels: Kernels,
    ) -> None:
        self._account, self._books, self._orders = account, account.books, orders
        self._protection, self._charges = protection, charges
        self._fractional, self._lowers_limits = terms.fractional, terms.dividends_lower_limits
        self._announced: CorporateActions | None = None
        self.closed: BoolArray = np.zeros(self._books.positions.shape[1], np.bool_)
        self.any_closed = False
        self.due_ns = NEVER_NS
        self._receivable: list[tuple[int, int, int, int]] = []
        self._arisen = 0
        # What they get is the package's own; see `Kernels.unchecked`.
        self._owe, self._receive = kernels.unchecked(corporate.owe), kernels.unchecked(corporate.receive)
        self._settle, self._move = kernels.unchecked(corporate.settle), kernels.unchecked(corporate.move)
        self._split_position = kernels.unchecked(corporate.split)
        self._split_orders, self._rename_orders = kernels(restating.split_orders), kernels(restating.rename_orders)
        self._lower_orders = kernels(restating.lower_orders)
        self._carry_out: dict[ActionKind, Callable[[Sheet, Action], Effect]] = {
            ActionKind.DIVIDEND: self._dividend, ActionKind.SPLIT: self._split,
            ActionKind.SYMBOL_CHANGE: self._rename, ActionKind.MERGER_STOCK: self._merge,
            ActionKind.MERGER_CASH: self._settle_whole, ActionKind.DELISTING: self._settle_whole,
            ActionKind.HALT: self._halt, ActionKind.RESUME: self._resume,
        }  # fmt: skip

    def charge_anew(self, *, measured: bool) -> None:
        """As `Charges.charge_anew`."""
        self._charges.charge_anew(measured=measured)

    def measured_in(self, state: Any) -> bool:
        """As `Charges.measured_in`, of a state of these."""
        return self._charges.measured_in(self.part_of(state, "_charges"))

    def measuring(self) -> Measuring:
        """Shows the costs bars that were met before."""
        return Measuring(self._account, self._charges)

    def announce(self, actions: CorporateActions) -> None:
        """Takes what takes effect before the next bar."""
        self._announced, self.due_ns = actions, AT_ONCE_NS

    def take_effect(self, batch: MarketBatch, unseen: IntArray) -> list[Message]:
        """Pays what is due and carries out what was announced, before a bar is looked at.

        Args:
            unseen: see `marking.mark_account`.

        Returns:
            what happened; after what changes what things are worth, the account as it is then, too.
        """
        actions, self._announced = self._announced, None
        rows = [] if actions is None else list(each(actions))
        levels, trailing = self._protection.levels, self._protection.trailing
        written = rows_for(2 * (len(rows) + len(self._receivable)))
        sheet = Sheet(batch.seq, batch.ts_ns, written, levels, trailing)
        totals = self._books.totals
        kept = totals[ledger.N_FILLS : ledger.N_CANCELS].copy()  # what is written here has rows of its own
        totals[ledger.N_FILLS : ledger.N_CANCELS] = 0
        self._pay_due(sheet)
        for action in rows:
            before = float(self._books.positions[ledger.QUANTITY, action.asset])
            effect = self._carry_out[action.kind](sheet, action)
            self._note(sheet, action, effect, before)
        messages = list(sheet.messages(totals, self._orders))
        totals[ledger.N_FILLS : ledger.N_CANCELS] = kept
        self.any_closed = bool(self.closed.any())
        self._protection.levels, self._protection.trailing = sheet.levels, sheet.trailing
        if any(action.kind in REVALUED for action in rows):
            self._account.touch()
            none = batch.without(np.ones(len(self.closed), np.bool_))
            messages.append(self._account.value(none, unseen, 0, self._orders.pending()))
        return messages

    def _note(self, sheet: Sheet, action: Action, effect: Effect, before: float) -> None:
        after = float(self._books.positions[ledger.QUANTITY, action.asset])
        sheet.effects.append((action, effect, before, after))

    def _pay_due(self, sheet: Sheet) -> None:
        while self._receivable and self._receivable[0][0] <= sheet.ts_ns:
            _, _, asset, amount = self._receivable.pop(0)
            self._receive(asset, amount, self._books, sheet.rows)
            paid = Action(ActionKind.PAYMENT, asset, -1, 0, np.nan, np.nan)
            held = float(self._books.positions[ledger.QUANTITY, asset])
            self._note(sheet, paid, Effect(cash=amount, receivable=-amount), held)
        self._set_due()

    def _set_due(self) -> None:
        self.due_ns = self._receivable[0][0] if self._receivable else NEVER_NS

    def _dividend(self, sheet: Sheet, action: Action) -> Effect:
        later = action.pay_ns > sheet.ts_ns
        amount = self._owe(action.asset, action.value, later, self._books, sheet.rows)
        effect = Effect(receivable=amount) if later else Effect(cash=amount)
        if later and amount:
            insort(self._receivable, (action.pay_ns, self._arisen, action.asset, amount))
            self._arisen += 1
            self._set_due()
        if self._lowers_limits:
            effect.orders = self._restate(
                sheet, action.kind, 0.0,
                lambda ints, floats, became, wanted: self._lower_orders(
                    action.asset, action.value, ints, floats, became, wanted
                ),
            )  # fmt: skip
        return effect

    def _split(self, sheet: Sheet, action: Action) -> Effect:
        asset, ratio = action.asset, action.value
        came = self._split_position(sheet.seq, asset, ratio, self._fractional, self._books, sheet.rows)
        self._tag_trades(sheet, "cash in lieu")
        orders = self._restate(
            sheet, action.kind, 1.0,
            lambda ints, floats, became, wanted: self._split_orders(
                asset, ratio, self._fractional, ints, floats, became, wanted
            ),
        )  # fmt: skip
        sheet.divide_levels(asset, asset, ratio)
        self._charges.rescale(asset, ratio)
        for open_orders in (self._orders.book, self._orders.resting):
            self._orders.partly.split(open_orders.order_id[_of(open_orders, asset)], ratio)
        price = float(self._books.positions[ledger.MARK, asset]) if came else np.nan
        return Effect(cash=came, orders=orders, price=price, divisor=ratio)

    def _rename(self, sheet: Sheet, action: Action) -> Effect:
        effect = self._move_position(sheet, action, 1.0, 0.0, "symbol change")
        rate = corporate.rate_between(action.asset, action.into, self._books)
        self._charges.hand_on(action.asset, action.into, rate)
        effect.orders = self._restate(
            sheet, action.kind, 0.0,
            lambda ints, floats, became, _: self._rename_orders(action.asset, action.into, ints, floats, became),
        )  # fmt: skip
        self._end(action.asset, "goes by another name")
        return effect

    def _merge(self, sheet: Sheet, action: Action) -> Effect:
        cash = 0.0 if np.isnan(action.price) else action.price
        effect = self._move_position(sheet, action, action.value, cash, "merger")
        effect.orders = self._cancel(sheet, action.asset, Reason.CORPORATE_ACTION)
        self._end(action.asset, "was merged")
        return effect

    def _move_position(self, sheet: Sheet, action: Action, ratio: float, cash: float, tag: str) -> Effect:
        positions, asset, into = self._books.positions, action.asset, action.into
        held, other = positions[ledger.QUANTITY, [asset, into]].tolist()
        price = corporate.price_after(asset, into, ratio, cash, self._books)
        rate = corporate.rate_between(asset, into, self._books)
        divisor = corporate.move_divisor(ratio, cash, price, rate)
        worth = cash + ratio * (price * rate)
        settled_at = worth if worth == worth else float(positions[ledger.MARK, asset])
        parts = self._fractional or self._books.instruments[FUTURE, asset] != 0.0
        whole = corporate.units_for(abs(held), ratio, parts)
        came = self._move(sheet.seq, asset, into, ratio, cash, price, self._fractional, self._books, sheet.rows)
        moved = float(np.copysign(whole, held)) if positions[ledger.QUANTITY, into] != other else 0.0
        self._tag_trades(sheet, "cash in lieu" if whole == 0.0 else tag)
        if held != 0.0 and moved == 0.0:
            return Effect(cash=came, price=settled_at)
        if moved and other == 0.0:
            sheet.divide_levels(asset, into, divisor)
        in_lieu = abs(held) * ratio - whole >= DUST
        return Effect(
            cash=came, price=price if in_lieu else np.nan, divisor=divisor if moved else np.nan, into_quantity=moved
        )

    def _settle_whole(self, sheet: Sheet, action: Action) -> Effect:
        """Delistings, and mergers for cash."""
        delisted, asset = action.kind is ActionKind.DELISTING, action.asset
        price = float(self._books.positions[ledger.MARK, asset]) if np.isnan(action.price) else action.price
        held = self._books.positions[ledger.QUANTITY, asset] != 0.0
        came = self._settle(sheet.seq, asset, price, self._books, sheet.rows)
        self._tag_trades(sheet, "delisting" if delisted else "merger")
        orders = self._cancel(sheet, asset, Reason.DELISTED if delisted else Reason.CORPORATE_ACTION)
        self._end(asset, "was delisted" if delisted else "was merged")
        return Effect(cash=came, orders=orders, price=price if held else np.nan)

    def _halt(self, _: Sheet, action: Action) -> Effect:
        self.closed[action.asset] = True
        return Effect()

    def _resume(self, _: Sheet, action: Action) -> Effect:
        self.closed[action.asset] = False
        self._orders.gone.resume(action.asset)
        return Effect()

    def _end(self, asset: int, why: str) -> None:
        self.closed[asset] = True
        self._orders.gone.end(asset, why)

    def _tag_trades(self, sheet: Sheet, tag: str) -> None:
        sheet.trades += [tag] * (int(self._books.totals[ledger.N_TRADES]) - len(sheet.trades))

    def _restate(self, sheet: Sheet, kind: ActionKind, limit: float, change: Change) -> int:
        """Has open orders changed, and ends those for which nothing is left; returns how many it concerns.

        Args:
            limit: what an order would have had to reach.
        """
        touched = 0
        for orders in (self._orders.book, self._orders.resting):
            ints, floats = orders.table()
            became, wanted = np.zeros(ints.shape[1], np.int64), np.full(ints.shape[1], np.nan)
            found = change(ints, floats, became, wanted)
            if found == 0:
                continue
            touched += found
            orders.restate(ints, floats)
            changed = ints[columns.ORDER, became == restating.CHANGED]
            sheet.adjusted.update(dict.fromkeys(changed.tolist(), kind))
            at = np.flatnonzero(became == restating.EMPTY)
            if len(at):
                sheet.end(orders, at, Reason.CORPORATE_ACTION, wanted[at], limit)
        return touched

    def _cancel(self, sheet: Sheet, asset: int, reason: Reason) -> int:
        """Ends the open orders of an asset; returns how many there were."""
        count = 0
        for orders in (self._orders.book, self._orders.resting):
            at = _of(orders, asset)
            if len(at):
                self._orders.gone.take_along(asset, orders.order_id[at])
                sheet.end(orders, at, reason, np.full(len(at), np.nan), np.nan)
            count += len(at)
        return count


def _of(orders: OrderBook | Resting, asset: int) -> IntArray:
    """The rows of an asset's orders."""
    return np.flatnonzero((orders.asset == asset) & (orders.order_id >= 0))
