"""What the engine is told and what it says, in the words of the naive broker."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.oracle.whole.broker import Account
from tests.oracle.whole.changes import Change
from tests.oracle.whole.estimates import enough
from tests.oracle.whole.markets import World
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import Estimate, Event, Instrument, Models, News

from tidegate.core.arrays import freeze
from tidegate.core.enums import (
    ActionKind,
    FillPoint,
    FillTiming,
    OrderKind,
    PathPolicy,
    PostingKind,
    Reason,
    ShortageRule,
    TimeInForce,
)
from tidegate.kernels import costs, estimates
from tidegate.kernels import terms as terms_of
from tidegate.kernels.execution import Execution
from tidegate.kernels.kernel import Kernels
from tidegate.messages.account import AccountSnapshot, CashPosted, MarginCalled, TradesClosed
from tidegate.messages.actions import ActionsApplied, CorporateActions, OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.instruments import Instruments
from tidegate.messages.market import UniverseDeclared
from tidegate.messages.orders import (
    FillCosts,
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrdersHeldBack,
    OrdersRejected,
    OrdersReplaced,
    OrdersTrimmed,
    OrderTerms,
    RefusalColumns,
    ReplacesApproved,
    ReplacesRejected,
    VolumeUnknown,
)
from tidegate.messages.risk import AmbiguousBars

REFUSALS = {
    OrdersRejected: "rejected", OrdersTrimmed: "trimmed", OrdersHeldBack: "held back", OrdersCanceled: "canceled",
    OrdersExpired: "expired", ReplacesRejected: "not replaced",
}  # fmt: skip
SHORTAGE = [rule.value for rule in ShortageRule]


def estimate_of(estimate: Estimate, *, two: bool) -> terms_of.Estimate:
    """How the engine makes an estimate."""
    how = estimates.DECAY if estimate.decay else estimates.WINDOW
    least = enough(estimate, two=two)
    return terms_of.Estimate(how, estimate.window, estimate.decay, least, estimate.default)


def models_of(models: Models) -> terms_of.CostModels:
    """The same costs for the engine."""
    tiers = tuple(terms_of.Tier(tier.at_least, tier.bps * 1e-4, tier.per_share) for tier in models.tiers)
    by = costs.BY_VALUE if models.tiers_by_value else costs.BY_UNITS
    return terms_of.CostModels(
        half_spread=models.half_spread_bps * 1e-4,
        volume_share=models.volume_share,
        share_cap=models.volume_cap,
        volatility=models.volatility,
        square_root=models.square_root,
        temporary=models.temporary,
        permanent=models.permanent,
        sigma=estimate_of(models.sigma, two=True),
        average_volume=estimate_of(models.volume, two=False),
        maker=models.maker_bps * 1e-4,
        maker_per_share=models.maker_per_share,
        taker=models.taker_bps * 1e-4,
        taker_per_share=models.taker_per_share,
        per_contract=-1.0 if math.isnan(models.per_contract) else models.per_contract,
        tiers=tiers,
        tiers_by=by if tiers else costs.BY_NOTHING,
    )


CURRENCIES = ("", "EUR", "GBP")


def instruments_of(kinds: Sequence[Instrument]) -> Instruments:
    """What the assets are, every number said."""
    numbers = {
        "multiplier": "multiplier", "lot": "lot", "tick": "tick", "minimum": "least", "future": "future",
        "half_spread_bps": "half_spread_bps", "initial": "initial", "maintenance": "maintenance",
        "borrow_rate": "borrow_rate", "borrow_available": "available",
    }  # fmt: skip
    columns = {name: column([getattr(kind, of) for kind in kinds], np.float64) for name, of in numbers.items()}
    currency = tuple(CURRENCIES[kind.currency] for kind in kinds)
    return Instruments(**columns, currency=currency, asset_class=("",) * len(kinds))


def terms_of_account(world: World) -> terms_of.AccountTerms:
    """The kind of account for the engine."""
    chosen, others = world.rules, max(instrument.currency for instrument in world.instruments)
    return terms_of.AccountTerms(
        margin=chosen.margin,
        currency="USD",
        locked=not chosen.credited,
        settlement=chosen.settlement,
        credit=chosen.credit,
        debit=chosen.debit,
        others=CURRENCIES[1 : others + 1],
        rates=tuple(range(others)),
        borrow_rate_row=0,
        borrow_available_row=1,
    )


def universe_of(world: World) -> UniverseDeclared:
    """The assets."""
    names = tuple(f"A{asset}" for asset in range(len(world.instruments)))
    return UniverseDeclared(names, (), (), (), -1, instruments_of(world.instruments))


def engine_of(world: World, kernels: Kernels) -> Execution:
    """The engine in the same world."""
    chosen = world.rules
    terms = terms_of.ExecutionTerms(
        timing=FillTiming(chosen.timing),
        commission_bps=chosen.commission_bps,
        per_trade=chosen.per_trade,
        cap_bps=chosen.cap_bps,
        slippage_fixed=chosen.slippage_fixed,
        per_share=chosen.per_share,
        minimum=chosen.minimum,
        slippage_bps=chosen.slippage_bps,
        shortage=SHORTAGE.index(chosen.shortage),
        fractional=chosen.fractional,
        path=PathPolicy(chosen.path),
        through=chosen.through,
        account=terms_of_account(world),
        models=models_of(chosen.models),
        participation=chosen.participation,
        cancels_rest=chosen.cancels_rest,
        zero_fills=chosen.zero_fills,
        rounds_ticks=chosen.rounds_ticks,
    )
    return Execution(universe_of(world), world.cash * 10**6, terms, kernels)


def column(values: Sequence[Any], kind: type) -> Any:
    """Values as the messages have them."""
    return freeze(np.array(values, kind))


def approved(orders: Sequence[Order]) -> OrdersApproved:
    """The same orders for the engine; without terms where all are plain."""
    whole, real = np.int64, np.float64
    terms = OrderTerms(
        column([OrderKind[order.kind] for order in orders], whole),
        column([TimeInForce[order.tif] for order in orders], whole),
        column([order.limit for order in orders], real),
        column([order.stop for order in orders], real),
        column([order.trail for order in orders], real),
        column([order.trail_pct for order in orders], real),
        column([order.expire_ns for order in orders], whole),
        column([order.group for order in orders], whole),
        column([order.parent for order in orders], whole),
        column([order.reduces_only for order in orders], whole),
    )
    return OrdersApproved(
        column([order.order_id for order in orders], whole),
        column([order.asset for order in orders], whole),
        column([order.quantity for order in orders], real),
        column([order.priority for order in orders], real),
        tuple(order.kind for order in orders),
        None if all(order.is_plain for order in orders) else terms,
    )


def replaces(changes: Sequence[Change]) -> ReplacesApproved:
    """The same changes for the engine."""

    def real(name: str) -> Any:
        return column([getattr(change, name) for change in changes], np.float64)

    return ReplacesApproved(
        column([change.order_id for change in changes], np.int64),
        real("quantity"),
        real("limit"),
        real("stop"),
        real("trail"),
        real("trail_pct"),
        real("limit_offset"),
        column([change.place for change in changes], np.int64),
    )


def rows(*columns: Any) -> list[tuple[Any, ...]]:
    """Columns as rows of plain values, None for NaN."""
    found = zip(*(np.asarray(values).tolist() for values in columns), strict=True)
    return [tuple(None if value != value else value for value in row) for row in found]


def of_orders(m: Message) -> Event | None:
    """What is said of orders."""
    match m:
        case OrdersAccepted():
            return ("accepted", *m.order_id.tolist())
        case Fills():
            money = m.cash_micros, m.commission_micros, m.slippage_micros
            found = rows(m.order_id, m.asset, m.quantity, m.price, m.reference, *money)
            return ("fills", FillPoint(m.point).name, *found)
        case AmbiguousBars():
            return ("ambiguous", *rows(m.asset, m.stop, m.take))
        case OrdersReplaced():
            prices = m.limit, m.stop, m.trail, m.trail_pct, m.limit_offset
            return ("replaced", *rows(m.order_id, m.asset, m.quantity, m.pending, *prices, m.place))
        case OrdersAdjusted():
            names = [ActionKind(kind).name for kind in m.kind.tolist()]
            return ("adjusted", *rows(m.order_id, m.asset, m.quantity, m.limit, m.stop, m.trail, names))
        case VolumeUnknown():
            return ("volume unknown", *m.asset.tolist())
        case RefusalColumns():
            reasons = [Reason(reason).name for reason in m.reason.tolist()]
            return (REFUSALS[type(m)], *rows(m.order_id, m.asset, m.quantity, reasons, m.measured, m.limit))
    return None


def of_books(m: Message) -> Event | None:
    """What is said of money."""
    match m:
        case FillCosts():
            return ("parts", *rows(m.fill_id, m.spread_micros, m.impact_micros, m.venue_micros, m.maker, m.unmeasured))
        case CashPosted():
            names = [PostingKind(kind).name for kind in m.kind.tolist()]
            return ("posted", *rows(names, m.asset, m.fill_id, m.amount_micros, m.currency))
        case TradesClosed():
            sums = m.cost_micros, m.proceeds_micros, m.commission_micros, m.pnl_micros
            prices = m.quantity, m.entry_price, m.exit_price, m.mae, m.mfe
            return ("trades", *rows(m.fill_id, m.asset, m.entry_seq, *sums, m.bars_held, *prices))
        case MarginCalled():
            return ("margin call", m.equity_micros, m.required_micros)
        case AccountSnapshot():
            return ("account", account_of(m))
        case ActionsApplied():
            names = [ActionKind(kind).name for kind in m.kind.tolist()]
            money = m.cash_micros, m.receivable_micros, m.value, m.price, m.divisor
            units = m.quantity_before, m.quantity, m.into_quantity
            return ("actions", *rows(names, m.asset, m.into, m.orders, *money, *units))
    return None


def events_of(messages: Sequence[Message]) -> list[Event]:
    """Those that the naive broker knows too."""
    return [event for message in messages if (event := of_orders(message) or of_books(message)) is not None]


def account_of(snapshot: AccountSnapshot) -> dict[str, Any]:
    """What the naive broker tells of the account; None for NaN."""
    found: dict[str, Any] = {}
    for name in Account.__dataclass_fields__:
        value = getattr(snapshot, name if hasattr(snapshot, name) else f"{name}_micros")
        found[name] = [row[0] for row in rows(value)] if isinstance(value, np.ndarray) else value
    return found


def announced(news: News) -> CorporateActions:
    """The corporate actions of a barrier for the engine."""
    actions = news.actions
    columns: dict[str, Any] = {
        "kind": [ActionKind[action.kind] for action in actions],
        "asset": [action.asset for action in actions],
        "into": [action.into for action in actions],
        "ex_ns": [news.ts_ns] * len(actions),
        "pay_ns": [action.pay_ns for action in actions],
        "value": [action.value for action in actions],
        "price": [action.price for action in actions],
    }
    return CorporateActions.of(columns, seq=news.seq, ts_ns=news.ts_ns)
