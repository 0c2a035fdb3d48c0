"""What the planted faults are planted in: a small sound market, as frames and files, and strategies that misbehave."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import polars as pl

from tidegate import Context, Strategy

ASSETS = ("AAPL", "MSFT", "XOM")
DAYS = 6
FIRST = datetime(2024, 1, 2, tzinfo=UTC)


def market(step: timedelta = timedelta(days=1), *, aware: bool = True) -> pl.DataFrame:
    """Sound bars of three assets at six times, with a datetime at the end of each bar."""
    rows = [
        {
            "timestamp": FIRST + t * step,
            "asset": asset,
            "open": 100.0 + t + 10 * column,
            "high": 102.0 + t + 10 * column,
            "low": 99.0 + t + 10 * column,
            "close": 101.0 + t + 10 * column,
            "volume": 1000.0,
        }
        for t in range(DAYS)
        for column, asset in enumerate(ASSETS)
    ]
    frame = pl.DataFrame(rows).with_columns(pl.col("timestamp").dt.cast_time_unit("us"))
    return frame if aware else frame.with_columns(pl.col("timestamp").dt.replace_time_zone(None))


def daily() -> pl.DataFrame:
    """The same by date, which needs no settings."""
    return market().with_columns(pl.col("timestamp").dt.date())


def scores() -> pl.DataFrame:
    """A score for every bar."""
    return daily().select("timestamp", "asset", pl.col("close").alias("ml_score"))


def spoiled(row: int, **values: Any) -> pl.DataFrame:
    """The daily market with some cells of one row replaced. Row 7 is MSFT on 2024-01-04."""
    frame = daily()
    for column, value in values.items():
        at = pl.int_range(pl.len()) == row
        frame = frame.with_columns(pl.when(at).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))
    return frame


def written(folder: Path, frame: pl.DataFrame, name: str = "prices.parquet") -> str:
    """The path of a frame as a file."""
    frame.write_parquet(folder / name)
    return str(folder / name)


class Idle(Strategy):
    """Does nothing."""


class At(Strategy):
    """Does one thing at barrier 2."""

    def __init__(self, act: Any) -> None:
        self.act = act

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier == 2:
            self.act(ctx)


class Buyer(Strategy):
    """Buys one share at barrier 0, so that there is a fill at barrier 1."""

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier == 0:
            ctx.order("AAPL", 1)


class FailsOnStart(Strategy):
    def on_start(self, ctx: Context) -> None:
        raise KeyError("no model")


class FailsOnBatch(Strategy):
    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier == 3:
            raise ZeroDivisionError("division by zero")


class FailsOnEvent(Strategy):
    def on_event(self, ctx: Context, event: Any) -> None:
        if event.asset == "XOM" and ctx.barrier == 1:
            raise ValueError("bad event")


class FailsOnFill(Buyer):
    def on_fill(self, ctx: Context, fills: Any) -> None:
        raise RuntimeError("fill not expected")


class FailsOnStop(Strategy):
    def on_stop(self, ctx: Context) -> None:
        raise OSError("cannot save")


class ReturnsWeights(Strategy):
    def on_batch(self, ctx: Context) -> Any:
        return {"AAPL": 0.5}


class YieldsOrders(Strategy):
    def on_batch(self, ctx: Context) -> Any:
        yield ctx.order("AAPL", 1)


class ReturnsOfEvents(Strategy):
    def on_event(self, ctx: Context, event: Any) -> Any:
        return 0.5 if event.asset == "MSFT" else None


class ReturnsLater(Strategy):
    async def on_batch(self, ctx: Context) -> Any:
        return {"AAPL": 0.5}


class ReturnsOfFills(Buyer):
    def on_fill(self, ctx: Context, fills: Any) -> Any:
        return True


class BothModes(Strategy):
    def on_batch(self, ctx: Context) -> None: ...

    def on_event(self, ctx: Context, event: Any) -> None: ...


class WantsMoney(Strategy):
    def __init__(self, money: float) -> None:
        self.money = money


class WaitsForever(Strategy):
    async def on_batch(self, ctx: Context) -> None:
        if ctx.barrier == 2:
            await anyio.sleep_forever()


class NeverReturns(Strategy):
    def on_batch(self, ctx: Context) -> None:
        while ctx.barrier == 2:
            pass


class Sleeps(Strategy):
    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier == 2:
            time.sleep(0.3)


def bars(rows: int, assets: int = 2) -> np.ndarray[Any, Any]:
    """(rows, 5, assets) of 100s."""
    return np.full((rows, 5, assets), 100.0)
