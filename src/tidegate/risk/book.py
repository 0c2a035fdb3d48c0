"""The risk manager without its mailbox.

Three moments matter: fills are recorded into the trade state (FILL), exits are checked on the marked book (GUARD),
requests are validated (DECIDE). Protective levels of the built-in rules are sent to the broker whenever they change;
it tests them inside the next bar, or in the rest of this one when they come while it is being filled.
"""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import FillPoint, Reason
from tidegate.core.errors import RequestError
from tidegate.core.ids import RISK_SENDER, order_id
from tidegate.core.universe import Universe
from tidegate.kernels import levels, limits
from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.kernel import Kernels
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.actions import ActionsApplied, CorporateActions, OrdersAdjusted, closed_by
from tidegate.messages.base import Message
from tidegate.messages.instruments import plain_lots
from tidegate.messages.market import FinerBars, MarketBatch, UniverseDeclared
from tidegate.messages.orders import (
    CancelOrders,
    Fills,
    OrdersApproved,
    OrdersHeldBack,
    OrdersReplaced,
    OrdersSized,
    OrdersTrimmed,
    RefusalColumns,
    ReplaceOrders,
    ReplacesDenied,
    ReplacesTrimmed,
    SubmitOrders,
)
from tidegate.messages.risk import ProtectiveLevels, TradingHalted, TrailingStops
from tidegate.messages.views import Labels
from tidegate.risk.approved import ApprovedOrders, approved_changes
from tidegate.risk.context import RiskContext
from tidegate.risk.keeping import KeepsRiskBook
from tidegate.risk.projection import Projection
from tidegate.risk.rules import (
    LEVEL_NAMES,
    MaxGross,
    MaxWeight,
    RiskDecision,
    RiskRule,
    custom_rules,
    decided,
    filled,
    level_pcts,
    rule_name,
)
from tidegate.risk.state import PositionTradeState, restate_levels
from tidegate.risk.validation import Limits, Request, unchanged


class RiskBook(KeepsRiskBook):
    """Trade state, levels and limits of one account.

    Args:
        rules: built-in and the user's; of several level rules of one kind the tightest holds.
        universe: of the run.
        fractional: whether a trimmed quantity may have a fraction.
        share: of equity, of which the weights of targets are fractions.
        shorts: whether the account may sell what it does not hold.
        kernels: how kernels run.
    """

    def __init__(
        self,
        rules: tuple[RiskRule, ...],
        universe: UniverseDeclared,
        *,
        fractional: bool,
        share: float = 1.0,
        shorts: bool = False,
        kernels: Kernels,
    ) -> None:
        n = len(universe.assets)
        self.state = PositionTradeState(n, kernels)
        self._labels = Labels(Universe(universe.assets), universe.signals, universe.features, universe.context)
        self._custom = custom_rules(rules)
        self._fractional, self._shorts = fractional, shorts
        self._sizes = plain_lots(n, universe.instruments), share, fractional
        self._part_orders = kernels(limits.part_orders)
        self._limits = Limits(
            tuple(rule for rule in rules if isinstance(rule, MaxWeight)),
            tuple(rule for rule in rules if isinstance(rule, MaxGross)),
            plain_lots(n, universe.instruments),
            fractional=fractional,
            kernels=kernels,
        )
        self._pcts = level_pcts(rules)
        self._has_levels = bool(np.isfinite(self._pcts).any())
        self._stop, self._take = np.full(n, np.nan), np.full(n, np.nan)
        self._stop_rule = np.zeros(n, np.int64)
        self._take_rule = freeze(np.full(n, levels.TAKE_PROFIT))
        self._closed, self._any_closed = np.zeros(n, np.bool_), False
        self._batch: MarketBatch | None = None
        self._finer: FinerBars | None = None
        self._snapshot: AccountSnapshot | None = None
        self._projected = Projection(n, shorts=shorts)
        self._orders = ApprovedOrders()
        self._changing: dict[int, float] = {}
        self._halts: dict[int, str] = {}
        self._exits_sent = 0

    def take_actions(self, actions: CorporateActions) -> None:
        """Corporate actions: the bars of what does not trade are not looked at."""
        self._closed = closed_by(actions, self._closed)
        self._any_closed = bool(self._closed.any())

    def take_finer(self, finer: FinerBars) -> None:
        """How the bars of the next batch came about."""
        self._finer = finer

    def take_batch(self, batch: MarketBatch) -> None:
        """A new barrier's data."""
        if self._finer is not None:
            finer = self._finer.without(self._closed) if self._any_closed else self._finer
            self.state.begin_finer(finer)
        self._batch = batch.without(self._closed) if self._any_closed else batch

    def take_applied(self, applied: ActionsApplied) -> None:
        """What corporate actions made of positions; the broker has restated its levels likewise."""
        held = self.state.quantity.copy()
        self.state.follow(applied)
        restate_levels(applied, held, self._stop, self._take, self._stop_rule)

    def take_adjusted(self, adjusted: OrdersAdjusted) -> None:
        """Open orders that mean something else after a corporate action."""
        self._projected.adjust(adjusted)

    def take_snapshot(self, snapshot: AccountSnapshot) -> None:
        """The account as marked; what was approved since the last mark is in it."""
        self._snapshot = snapshot
        if self._limits or self._custom:
            self._projected.restart(snapshot)

    def take_refused(self, refused: RefusalColumns) -> None:
        """What the broker did not take is not expected any more."""
        for order in refused.order_id.tolist():
            self._projected.forget(order)

    def take_cancels(self, orders: IntArray) -> None:
        """Requests to cancel: what they take back makes room for orders of the same decision."""
        for order in orders.tolist():
            self._forget(order)

    def take_trimmed(self, trimmed: OrdersTrimmed) -> None:
        """Orders of which the broker keeps no more than their parents have filled."""
        if int(trimmed.reason[0]) == Reason.PARENT_ENDED:  # others are our own
            for order, quantity in self._orders.cut(trimmed):
                self._projected.change(order, quantity)

    def take_sized(self, sized: OrdersSized) -> None:
        """Targets that became of another quantity than was let through as an estimate."""
        for order, quantity in zip(sized.order_id.tolist(), sized.quantity.tolist(), strict=True):
            self._projected.change(order, quantity)

    def take_replaced(self, replaced: OrdersReplaced) -> None:
        """Orders that are others now, as they were let through."""
        self._orders.replace(replaced)
        for order in replaced.order_id.tolist():
            self._changing.pop(order, None)

    def take_unreplaced(self, refused: RefusalColumns) -> None:
        """Changes that the broker did not make."""
        for order in refused.order_id.tolist():
            before = self._changing.pop(order, None)
            if before is not None:
                self._projected.change(order, before)

    def _forget(self, order: int) -> None:
        self._orders.forget(order)
        self._projected.forget(order)

    def forget_filled(self, fills: Fills) -> None:
        """Orders that filled are not open any more."""
        if self._limits or self._custom:  # otherwise none were expected
            self._projected.forget_filled(fills.order_id)
            self._orders.forget_filled(fills.order_id)

    def take_held_back(self, held_back: OrdersHeldBack) -> None:
        """What volume left of orders is open still."""
        self._projected.hold_back(held_back)
        self._orders.hold_back(held_back)

    def record_fills(self, fills: Fills) -> list[Message]:
        """Takes fills into the trade state; answers entries with their levels.

        After the open these hold for the rest of the bar, after a finer bar for those that follow, after the close from
        the next bar on.
        """
        entered = self.state.take_fills(fills)
        if self._custom and self._batch is not None:
            context = self._context(self._batch)
            for rule in self._custom:
                filled(rule, context, fills)
        if entered and self._has_levels and (fills.point != FillPoint.BAR or fills.finer_ts_ns >= 0):
            return self._levels_if_changed(None)
        return []

    def check_exits(self) -> list[Message]:
        """On the marked book: moves the water marks, asks the rules, and answers with levels, exits and halts."""
        if self._batch is None:
            return []
        messages = self._levels_if_changed(self._batch)
        if self._custom:
            context = self._context(self._batch)
            for rule in self._custom:
                decision = decided(rule, "check_exits", rule.check_exits(context))
                if decision is not None:
                    messages += self._carry_out(rule, decision)
        return messages

    def validate(self, orders: SubmitOrders) -> list[Message]:
        """Lets a batch of orders through, as far as halts, limits and rules allow."""
        if not (self._limits or self._custom or self._halts):
            return [unchanged(orders)]
        request = Request(orders)
        halts = self._check(request)
        approved = request.approved(self._snapshot, *self._sizes)
        if approved is None:
            return [*halts, *request.refusals]
        self.expect(approved)
        return [*halts, *request.refusals, approved]

    def _check(self, request: Request) -> list[Message]:
        """Cuts a request to what halts, limits and rules allow; returns the halts that rules demand."""
        book = self._part(request)
        if self._halts:
            self._deny_entries(request)
        if self._limits and self._snapshot is not None:
            snapshot = self._snapshot
            self._limits.check(request, book, snapshot.mark, snapshot.unit, snapshot.equity_micros / 1e6)
        return [message for rule in self._custom for message in self._ask(rule, request)]

    def validate_changes(self, changes: ReplaceOrders) -> list[Message]:
        """Lets changes of orders through; more of an order is validated like a new one for the difference.

        A change of which the difference is refused whole is refused whole itself.
        """
        if not (self._limits or self._custom or self._halts):
            return [approved_changes(changes, changes.quantity)]
        rows, more = self._orders.differences(changes)
        messages: list[Message] = []
        quantity = changes.quantity.copy()
        if more is not None:
            request = Request(more, ReplacesDenied, ReplacesTrimmed)
            messages = [*self._check(request), *request.refusals]
            asked_before = np.isin(changes.order_id, more.order_id)
            asked_before[rows] = False
            quantity[asked_before] = np.nan
            quantity[rows] -= more.quantity - request.quantity
            kept = np.flatnonzero(~np.isin(changes.order_id, more.order_id[request.quantity == 0.0]))
            changes, quantity = changes.rows(kept), quantity[kept]
        self.expect_changes(changes.order_id, quantity)
        return [*messages, approved_changes(changes, quantity)] if len(quantity) else messages

    def expect(self, orders: OrdersApproved) -> None:
        """Orders that were let through."""
        if self._limits or self._custom:
            self._projected.expect(orders)
            self._orders.add(orders)

    def _part(self, request: Request) -> FloatArray:
        """Tells a request's entries from its reductions; returns the book projected with these."""
        book, sellable = self._projected.rows.copy(), self._projected.sellable(self._snapshot)
        self._part_orders(
            len(request.asset), request.asset, request.quantity, request.nature, self._shorts, sellable, book,
            request.parts,
        )  # fmt: skip
        return book

    def _levels_if_changed(self, ended: MarketBatch | None) -> list[Message]:
        """The levels, after the bar that has ended; nothing where they are as sent before, and nobody moves them."""
        pct = float(self._pcts[levels.TRAILING])
        trails = self._finer is not None and pct > 0.0
        if not (self.state.write_levels(ended, self._pcts, self._stop, self._take, self._stop_rule) or trails):
            return []
        stop, take, rule = freeze(self._stop.copy()), freeze(self._take.copy()), freeze(self._stop_rule.copy())
        said: list[Message] = [ProtectiveLevels(stop, take, rule, self._take_rule, LEVEL_NAMES)]
        if trails:
            said.append(TrailingStops(freeze(self.state.water_mark.copy()), pct, levels.TRAILING))
        return said

    def _context(self, batch: MarketBatch) -> RiskContext:
        return RiskContext(self._labels, batch, self._snapshot, self.state)

    def _carry_out(self, rule: RiskRule, decision: RiskDecision) -> list[Message]:
        if decision.allowed is not None:
            raise RequestError(f"rule {rule_name(rule)}: check_exits gives `allowed`, which is for validate")
        messages: list[Message] = []
        assets = np.array(sorted({self._labels.universe.index(asset) for asset in decision.exits}), np.int64)
        held = self._projected.unreduced(self.state.quantity)[assets]
        assets, held = assets[abs(held) > DUST], held[abs(held) > DUST]
        if len(assets):
            messages.append(self._exit(rule, assets, held))
        return messages + self._halt(rule, decision)

    def _halt(self, rule: RiskRule, decision: RiskDecision) -> list[Message]:
        """Trading stops here where the rule says so, once; entries that wait for a price are canceled."""
        if not decision.halt or self._batch is None or not self.note_halt(rule, f"{rule_name(rule)}: {decision.halt}"):
            return []
        halted: list[Message] = [TradingHalted(self._batch.seq, rule_name(rule), decision.halt)]
        if self._projected.conditional:
            halted.append(CancelOrders(freeze(np.array(list(self._projected.conditional), np.int64))))
        return halted

    def _deny_entries(self, request: Request) -> None:
        before, none = request.parts[limits.ENTRY].copy(), np.full(len(request.asset), np.nan)
        request.parts[limits.ENTRY] = 0.0
        request.cut_entries(before, Reason.TRADING_HALTED, none, np.nan, self.halted)

    def _exit(self, rule: RiskRule, assets: IntArray, held: FloatArray) -> OrdersApproved:
        first = order_id(RISK_SENDER, self._exits_sent)
        self._exits_sent += len(assets)
        ids = freeze(np.arange(first, first + len(assets)))
        priority = freeze(np.full(len(assets), -np.inf))
        tags = (rule_name(rule),) * len(assets)
        approved = OrdersApproved(ids, freeze(assets), freeze(-held), priority, tags, None)
        self.expect(approved)
        return approved

    def _ask(self, rule: RiskRule, request: Request) -> list[Message]:
        """Lets a rule of the user's look at what is left of a request; a halt holds for this request already.

        Raises:
            RequestError: it wants exits, or allows more than was asked, another sign, another shape, a part of a unit,
                or something not finite.
        """
        if self._batch is None:
            return []
        name, asked = rule_name(rule), rule.validate(self._context(self._batch), request.remaining())
        decision = decided(rule, "validate", asked)
        if decision is None:
            return []
        if decision.exits:
            raise RequestError(f"rule {name}: validate gives `exits`, which are for check_exits")
        if decision.allowed is not None:
            request.allow(name, decision.text, decision.allowed, fractional=self._fractional)
        halts = self._halt(rule, decision)
        if halts:
            self._deny_entries(request)
        return halts
