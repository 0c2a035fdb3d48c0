"""Runs of a plan on tapes whose volume matters: each tape in a few lines, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

import tidegate as tg

DAY = date(2024, 1, 1)
NAN = float("nan")
COLUMNS = "timestamp", "asset", "open", "high", "low", "close", "volume"
Hook = Callable[[tg.Context], object]
Bar = tuple[float, float, float, float, float]


class Plan(tg.Strategy):
    """Calls a function at some barriers."""

    def __init__(self, plan: dict[int, Hook]) -> None:
        self.plan = plan

    def on_batch(self, ctx: tg.Context) -> None:
        self.plan.get(ctx.barrier, bool)(ctx)


def bars(*volumes: float, at: float = 10.0) -> list[Bar]:
    """Bars of one price."""
    return [(at, at, at, at, volume) for volume in volumes]


def play(
    plan: dict[int, Hook],
    tapes: Mapping[str, Sequence[Bar]],
    *,
    cap: float | None = 1.0,
    participation: Any = None,
    execution: Any = None,
    universe: Any = None,
    risk: Any = None,
    cash: float = 10_000.0,
    fractional: bool = False,
) -> tg.Result:
    rows = [
        dict(zip(COLUMNS, (DAY + timedelta(day), name, *bar), strict=True))
        for day in range(max(map(len, tapes.values())))
        for name, tape in sorted(tapes.items())
        for bar in tape[day : day + 1]
    ]
    limit = {} if cap is None else {"pct": cap}
    config = {
        "execution": {"participation": limit | (participation or {})} | (execution or {}),
        "account": {"cash": cash, "fractional": fractional}, "universe": universe or {}, "risk": risk or {},
    }  # fmt: skip
    return tg.run(Plan(plan), prices=pl.DataFrame(rows), config=config)


def fills(result: tg.Result, *columns: str) -> list[Any]:
    return result.fills.select(columns or ("barrier", "quantity")).rows()


def orders(result: tg.Result, *columns: str) -> list[Any]:
    return result.orders.select(columns or ("requested", "filled", "status", "reason")).rows()


def buy(quantity: float, asset: str = "A", **terms: Any) -> Hook:
    def hook(ctx: tg.Context) -> None:
        ctx.order(asset, quantity, **terms)

    return hook


def both(*hooks: Hook) -> Hook:
    def hook(ctx: tg.Context) -> None:
        for one in hooks:
            one(ctx)

    return hook
