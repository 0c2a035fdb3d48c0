"""Records for the tests: a few rows written by hand, and a seeded run whose books close exactly."""

from typing import Any

import numpy as np

from tidegate.core.enums import FillPoint, PostingKind, Reason
from tidegate.core.ids import order_id
from tidegate.core.money import MICROS
from tidegate.results.record import SCHEMA, Column, Kind, RunRecord, Table

DAY_NS = 86_400_000_000_000
FIRST_NS = 18_995 * DAY_NS
"""Monday 2022-01-03."""


def business_days(count: int, first_ns: int = FIRST_NS) -> list[int]:
    """Midnights of weekdays from a Monday on."""
    return [first_ns + (number // 5 * 7 + number % 5) * DAY_NS for number in range(count)]


def table(name: str, rows: int, **columns: Any) -> Table:
    """A raw table with the columns given and zeros or empty text in the others."""
    made: Table = {}
    for column, kind in SCHEMA[name].items():
        values = columns.pop(column, None)
        if kind is Kind.TEXT:
            made[column] = [""] * rows if values is None else list(values)
        else:
            made[column] = np.zeros(rows, kind.value) if values is None else np.asarray(values, kind.value)
    assert not columns, columns
    return made


def record_of(
    equity: list[float] | None = None,
    *,
    initial: float = 100.0,
    ts_ns: list[int] | None = None,
    pnl: list[float] | None = None,
    **fields: Any,
) -> RunRecord:
    """A record with equity and trade profits in currency units, on business days."""
    equity, pnl = equity or [], pnl or []
    times = ts_ns or business_days(len(equity))
    tables = {
        "equity": table(
            "equity",
            len(equity),
            barrier=range(len(equity)),
            ts_ns=times,
            equity_micros=[round(value * MICROS) for value in equity],
        ),
        "trades": table("trades", len(pnl), pnl_micros=[round(value * MICROS) for value in pnl]),
    }
    tables |= fields.pop("tables", {})
    return RunRecord(("A", "B"), round(initial * MICROS), tables=tables, barriers=len(equity), **fields)


class _Rows:
    """Gathers rows of one table."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[dict[str, Any]] = []

    def add(self, **row: Any) -> None:
        self.rows.append(row)

    def table(self) -> Table:
        made: dict[str, Column] = {}
        for column, kind in SCHEMA[self.name].items():
            values = [row.get(column, "" if kind is Kind.TEXT else 0) for row in self.rows]
            made[column] = values if kind is Kind.TEXT else np.array(values, kind.value)
        return made


def seeded_run(
    barriers: int = 60,
    assets: int = 6,
    *,
    seed: int = 1,
    every: int = 5,
    held: int = 3,
    ts_ns: list[int] | None = None,
    **fields: Any,
) -> RunRecord:
    """A rotation among random walks, whole positions bought and sold, cost 2 bps commission and 1 bp slippage."""
    random = np.random.default_rng(seed)
    names = tuple(f"A{number:03d}" for number in range(assets))
    steps = random.normal(0.0004, 0.015, (barriers, assets))
    prices = np.round(50 * np.exp(np.cumsum(steps, axis=0)), 2)
    times = ts_ns or business_days(barriers)
    rows = {name: _Rows(name) for name in SCHEMA}
    cash = initial = 1_000_000 * MICROS
    lots: dict[int, dict[str, Any]] = {}
    totals = {"commission": 0, "slippage": 0, "realized": 0}
    fills = orders = 0
    rows["postings"].add(barrier=0, ts_ns=times[0], kind=PostingKind.DEPOSIT, asset=-1, fill_id=-1, amount_micros=cash)
    for now in range(barriers):
        at = {"barrier": now, "ts_ns": times[now]}
        wanted = set(random.permutation(assets)[:held].tolist()) if now and now % every == 0 else set(lots)
        per_asset = (cash + sum(_micros(lot["quantity"] * prices[now, a]) for a, lot in lots.items())) // (held + 1)
        for asset in [*sorted(set(lots) - wanted), *sorted(wanted - set(lots))]:
            buying = asset not in lots
            reference = float(prices[now, asset])
            price = reference * (1.0001 if buying else 0.9999)
            quantity = float(per_asset // _micros(price)) if buying else -lots[asset]["quantity"]
            value, commission = _micros(abs(quantity) * price), _micros(abs(quantity) * price * 2e-4)
            slippage = _micros(abs(quantity) * abs(price - reference))
            flow = -value if buying else value
            cash += flow - commission
            totals["commission"] += commission
            totals["slippage"] += slippage
            number = order_id(2, orders)
            orders += 1
            tag = "rotation" if now % 2 else ""
            rows["orders"].add(
                **at | {"barrier": now - 1, "ts_ns": times[now - 1]},
                order_id=number,
                asset=asset,
                requested=quantity,
                approved=quantity,
                filled=quantity,
                status="filled",
                measured=np.nan,
                limit=np.nan,
                tag=tag,
            )
            rows["fills"].add(
                **at,
                fill_id=fills,
                order_id=number,
                point=FillPoint.OPEN,
                asset=asset,
                quantity=quantity,
                price=price,
                reference=reference,
                cash_micros=flow,
                commission_micros=commission,
                slippage_micros=slippage,
                tag=tag,
            )
            rows["fill_costs"].add(
                **at, fill_id=fills, asset=asset, spread_micros=slippage // 2, impact_micros=slippage // 3,
                venue_micros=commission // 4, maker=orders % 2, unmeasured=4,
            )  # fmt: skip
            for kind, amount in ((PostingKind.TRADE, flow), (PostingKind.COMMISSION, -commission)):
                rows["postings"].add(**at, kind=kind, asset=asset, fill_id=fills, amount_micros=amount)
            if buying:
                lots[asset] = {"quantity": quantity, "cost": value, "fee": commission, "price": price, "at": now}
            else:
                lot = lots.pop(asset)
                pnl = value - lot["cost"] - commission - lot["fee"]
                totals["realized"] += pnl
                rows["trades"].add(
                    **at,
                    fill_id=fills,
                    asset=asset,
                    quantity=lot["quantity"],
                    entry_barrier=lot["at"],
                    entry_ts_ns=times[lot["at"]],
                    entry_price=lot["price"],
                    exit_price=price,
                    cost_micros=lot["cost"],
                    proceeds_micros=value,
                    commission_micros=commission + lot["fee"],
                    pnl_micros=pnl,
                    mae=-0.01,
                    mfe=0.02,
                    bars_held=now - lot["at"],
                    tag=tag,
                )
            fills += 1
        values = {asset: _micros(lot["quantity"] * prices[now, asset]) for asset, lot in lots.items()}
        gross = sum(values.values())
        for asset, value in values.items():
            lot = lots[asset]
            rows["positions"].add(
                **at,
                asset=asset,
                quantity=lot["quantity"],
                mark=prices[now, asset],
                value_micros=value,
                cost_micros=lot["cost"],
            )
        rows["equity"].add(
            **at,
            cash_micros=cash,
            equity_micros=cash + gross,
            gross_micros=gross,
            realized_micros=totals["realized"],
            unrealized_micros=cash + gross - initial - totals["realized"],
            commission_micros=totals["commission"],
            slippage_micros=totals["slippage"],
            positions=len(lots),
        )
        if now % 7 == 3:
            rows["risk"].add(
                **at,
                kind="trimmed",
                asset=now % assets,
                order_id=order_id(2, orders),
                quantity=5.0,
                reason=Reason.MAX_WEIGHT,
                measured=0.12,
                limit=0.10,
                text="",
            )
    last = {"barrier": barriers - 1, "ts_ns": times[-1]}
    rows["risk"].add(**last, kind="halted", asset=-1, order_id=-1, measured=np.nan, limit=np.nan, text="loss < limit")
    rows["log"].add(**last, source="topn", text="held to the end, naïve & <b>bold</b>")
    facts: dict[str, Any] = {
        "senders": {0: "broker", 1: "risk", 2: "topn"},
        "counts": {"orders.trimmed": len(rows["risk"].rows) - 1, "bars.ambiguous": 0, "prices.dropped_null": 12},
        "timings": {"load": 0.25, "run": 0.5, "results": 0.01},
        "barriers": barriers,
    }
    return RunRecord(names, initial, tables={name: made.table() for name, made in rows.items()}, **facts | fields)


def _micros(amount: float) -> int:
    return round(amount * MICROS)


CONFIG: dict[str, Any] = {
    "run": {"name": "top3", "seed": 7},
    "strategy": {"use": "tidegate.strategy:TopN", "params": {"n": 3, "every": 5}},
    "execution": {
        "fill": "next_open",
        "commission": {"bps": 2.0, "per_share": 0.0, "minimum": 0.0},
        "slippage": {"bps": 1.0},
        "shortage": "scale",
    },
    "account": {"cash": 1_000_000.0, "currency": "USD", "fractional": False},
}
_PRICES = {"path": "/somewhere/else/prices.parquet", "bytes": 123_456, "sha256": "ab" * 32}
DATA: dict[str, Any] = {"prices": [_PRICES, _PRICES | {"path": "more.parquet"}], "context": {"rows": 60}}
