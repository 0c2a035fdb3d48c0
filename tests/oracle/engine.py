"""The engine on the oracle's terms: the same settings, the same decision functions, and what the two disagree on."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from tests.oracle.halting import HaltFrom
from tests.oracle.records import Account, Decision, Floats, Request, Settings, View

from tidegate import Context, Result, Session, Strategy
from tidegate.core.enums import PostingKind, Reason
from tidegate.data.panel import ArraySource

DAY_NS = 86_400_000_000_000
TRADED = (
    PostingKind.DEPOSIT, PostingKind.TRADE, PostingKind.COMMISSION, PostingKind.VARIATION, PostingKind.CONVERSION,
)  # fmt: skip
"""Postings that are no carry."""
REFUSALS = ("denied", "trimmed", "rejected", "canceled", "expired", "skipped")


class Decided(Strategy):
    """A strategy that does what one of the oracle's decision functions says."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision

    def on_batch(self, ctx: Context) -> None:
        for request in self.decision(view_of(ctx)):
            act(ctx, request)


def view_of(ctx: Context) -> View:
    """What the oracle's functions look at, from the engine's context."""
    quantity = {int(asset): float(ctx.positions[asset]) for asset in np.flatnonzero(ctx.positions)}
    pending = {int(asset): float(ctx.pending[asset]) for asset in np.flatnonzero(ctx.pending)}
    mark = np.array([ctx.price(asset) for asset in range(len(ctx.universe))])
    return View(ctx.barrier, quantity, pending, ctx.equity, ctx.cash, mark, ctx.open_orders)


def act(ctx: Context, request: Request) -> None:
    """Asks the engine what the oracle's function asks for."""
    match request:
        case ("cancel", order_id):
            ctx.cancel(order_id)
        case ("cancel_all",):
            ctx.cancel_all()
        case ("order", asset, quantity):
            ctx.order(asset, quantity)
        case ("order", asset, quantity, priority):
            ctx.order(asset, quantity, priority=priority)
        case ("percent", asset, weight):
            ctx.order_target_percent(asset, weight)
        case ("value", asset, value):
            ctx.order_target_value(asset, value)
        case ("weights", weights):
            ctx.target_weights(weights)
        case ("weights", weights, others):
            ctx.target_weights(weights, others=others)
        case _:
            raise ValueError(request)


def config_of(settings: Settings) -> dict[str, Any]:
    """The configuration that means the same."""
    s = settings
    kinds = ("stop_loss", "take_profit", "trailing_stop")
    rules = [{kind: {"pct": getattr(s, kind)}} for kind in kinds if getattr(s, kind) is not None]
    limits = []
    if s.max_weight is not None:
        limits.append({"max_weight": {"pct": s.max_weight, "action": s.max_weight_action}})
    if s.max_gross is not None:
        limits.append({"max_gross": {"pct": s.max_gross, "action": s.max_gross_action}})
    return {
        "execution": {
            "fill": s.fill,
            "commission": {name: getattr(s, name) for name in ("bps", "per_share", "per_trade", "minimum", "cap_bps")},
            "slippage": {"bps": s.slippage_bps, "fixed": s.slippage_fixed},
            "shortage": s.shortage,
            "sizing": s.sizing,
            "min_trade": {"value": s.least_value, "weight": s.least_weight},
            "cash_buffer": {"targets": s.kept_free, "floor": s.floor},
        },
        "account": {"cash": s.cash, "fractional": s.fractional},
        "risk": {"rules": rules, "limits": limits},
        "record": {"positions": "every"},
    }


def source_of(names: Sequence[str], prices: Mapping[str, Floats], **blocks: Any) -> ArraySource:
    """A panel of daily bars; volume is 1 wherever there is a bar."""
    close = prices["close"]
    bars = np.stack([prices["open"], prices["high"], prices["low"], close, np.where(np.isnan(close), np.nan, 1.0)], 1)
    return ArraySource(names, np.arange(1, len(close) + 1) * DAY_NS, bars, **blocks)


def run_engine(
    names: Sequence[str], prices: Mapping[str, Floats], settings: Settings, *decisions: Decision, **options: Any
) -> Result:
    """The engine's run; `options` go to `Session`, those of `run` to the configuration's section of that name."""
    config = config_of(settings) | {"run": {"kernels": "interpreted"} | options.pop("run", {})}
    strategies = [Decided(decision) for decision in decisions]
    if settings.halt_from is not None:
        options["risk"] = [HaltFrom(settings.halt_from)]
    return Session(strategies, source=source_of(names, prices), config=config, progress=False, **options).run()


def differences(result: Result, log: Account) -> list[str]:
    """Where engine and oracle disagree, exactly: fills in order, trades, refusals, every row of the account."""
    trades = engine_trades(result), oracle_trades(log)
    found = [
        *differing("fill", engine_fills(result), [oracle_fill(fill) for fill in log.fills]),
        *differing("trade", *([(*row[:ENTRY], *row[ENTRY + 1 : MAE]) for row in rows] for rows in trades)),
        *differing_ratios(*trades),
        *differing("row", engine_rows(result), [tuple(vars(row).values())[:-1] for row in log.rows]),
        *differing("held", engine_positions(result), oracle_positions(log)),
    ]
    refused = Counter(engine_refusals(result))
    wanted = Counter((r.barrier, r.kind, r.order_id, r.asset, r.quantity, r.reason) for r in log.refusals)
    found += [f"refusal of the engine alone: {row}" for row in (refused - wanted).elements()]
    found += [f"refusal of the oracle alone: {row}" for row in (wanted - refused).elements()]
    ambiguous = [(r[0], r[1]) for r in columns(result, "risk", "barrier asset kind") if r[2] == "ambiguous"]
    found += differing("ambiguous bar", ambiguous, log.ambiguous)
    found += differing("cash by postings", posted_cash(result), [row.cash for row in log.rows])
    return found


def differing(what: str, engine: Iterable[object], oracle: Iterable[object]) -> list[str]:
    """The first place at which two lists differ."""
    engine, oracle = list(engine), list(oracle)
    for place, (left, right) in enumerate(zip(engine, oracle, strict=False)):
        if left != right:
            return [f"{what} {place}: engine {left}, oracle {right}"]
    if len(engine) != len(oracle):
        place = min(len(engine), len(oracle))
        extra = f"engine also {engine[place]}" if len(engine) > place else f"oracle also {oracle[place]}"
        return [f"{what}: engine has {len(engine)}, oracle {len(oracle)}; {extra}"]
    return []


def columns(result: Result, table: str, names: str) -> list[tuple[Any, ...]]:
    """Rows of a raw table as plain Python values."""
    raw = result.record.tables[table]
    return list(zip(*(np.asarray(raw[name]).tolist() for name in names.split()), strict=True))


def engine_fills(result: Result) -> list[tuple[Any, ...]]:
    return columns(
        result,
        "fills",
        "order_id barrier point asset quantity price reference cash_micros commission_micros slippage_micros tag",
    )


def oracle_fill(fill: object) -> tuple[Any, ...]:
    return tuple(vars(fill).values())


def engine_trades(result: Result) -> list[tuple[Any, ...]]:
    return columns(
        result,
        "trades",
        "fill_id barrier asset quantity entry_barrier entry_price exit_price"
        " cost_micros proceeds_micros commission_micros pnl_micros bars_held tag mae mfe",
    )


def oracle_trades(log: Account) -> list[tuple[Any, ...]]:
    return [tuple(vars(trade).values()) for trade in log.trades]


ENTRY, MAE, MFE = 5, 13, 14
"""Places in a trade's row of what is for the reader, cost over quantity and what follows from it, and is in no sum."""


def differing_ratios(engine: list[tuple[Any, ...]], oracle: list[tuple[Any, ...]]) -> list[str]:
    """The first trade whose entry price, worst or best price differ by more than rounding."""
    for place, (e, o) in enumerate(zip(engine, oracle, strict=False)):
        for name, at in (("entry price", ENTRY), ("mae", MAE), ("mfe", MFE)):
            if not math.isclose(e[at], o[at], rel_tol=1e-11, abs_tol=1e-11):
                return [f"{name} of trade {place}: engine {e[at]}, oracle {o[at]}"]
    return []


def engine_rows(result: Result) -> list[tuple[Any, ...]]:
    return columns(
        result,
        "equity",
        "barrier cash_micros equity_micros gross_micros realized_micros unrealized_micros"
        " commission_micros slippage_micros stale waiting",
    )


def engine_positions(result: Result) -> list[tuple[Any, ...]]:
    return columns(result, "positions", "barrier asset quantity")


def oracle_positions(log: Account) -> list[tuple[Any, ...]]:
    return [(row.barrier, asset, quantity) for row in log.rows for asset, quantity in row.positions]


def engine_refusals(result: Result) -> list[tuple[Any, ...]]:
    rows = columns(result, "risk", "barrier kind order_id asset quantity reason")
    return [(*row[:5], Reason(row[5]).name) for row in rows if row[1] in REFUSALS]


def posted_cash(result: Result) -> list[int]:
    """Cash at each barrier, added up from the postings alone; the deposit comes first."""
    posted = np.zeros(result.record.barriers, np.int64)
    for barrier, amount in columns(result, "postings", "barrier amount_micros"):
        posted[max(barrier, 0)] += amount
    return [int(cash) for cash in np.cumsum(posted)]


def check_books(result: Result) -> None:
    """The books close exactly: cash, receivable and positions are equity, postings are cash; trades, holdings and carry
    are the profit."""
    record = result.record
    names = ("cash_micros", "equity_micros", "realized_micros", "carry_micros", "receivable_micros")
    rows = {name: record.ints("equity", name) for name in names}
    held = np.zeros(record.barriers, np.int64)
    np.add.at(held, record.ints("positions", "barrier"), record.ints("positions", "value_micros"))
    assert (rows["cash_micros"] + rows["receivable_micros"] + held == rows["equity_micros"]).all()
    income = rows["carry_micros"] + rows["receivable_micros"]
    profit = rows["realized_micros"] + record.ints("equity", "unrealized_micros") + income
    assert (profit == rows["equity_micros"] - record.initial_cash_micros).all()
    closed = np.zeros(record.barriers, np.int64)
    np.add.at(closed, record.ints("trades", "barrier"), record.ints("trades", "pnl_micros"))
    assert (np.cumsum(closed) == rows["realized_micros"]).all()
    assert posted_cash(result) == rows["cash_micros"].tolist()
    carried = np.zeros(record.barriers, np.int64)
    beside = ~np.isin(record.ints("postings", "kind"), TRADED)
    np.add.at(carried, record.ints("postings", "barrier")[beside], record.ints("postings", "amount_micros")[beside])
    assert (np.cumsum(carried) == rows["carry_micros"]).all()
