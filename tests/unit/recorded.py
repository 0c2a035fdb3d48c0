"""Small runs that are recorded: a market with holes, a strategy that asks for all sorts of orders, and an ear."""

from pathlib import Path
from typing import Any

import anyio.lowlevel
import numpy as np

import tidegate as tg
from tidegate.core.enums import Phase
from tidegate.data.batches import Batches
from tidegate.data.panel import ArraySource
from tidegate.journal import Frame, Journal
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseQuiesced
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch, MarketBatchReference
from tidegate.runtime.actor import Handler, RouteKey
from tidegate.session import Session

ASSETS = ("A", "B", "C", "D", "E")
DAYS = 30
DAY_NS = 86_400_000_000_000


def market(*, chunk_rows: int | None = None, finer: bool = False, seed: int = 5) -> ArraySource:
    """Thirty days of five assets: one begins late, one ends early, one has a hole."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, (DAYS, len(ASSETS))), axis=0))
    opened = close * (1.0 + rng.normal(0.0, 0.005, close.shape))
    high, low = np.maximum(opened, close) * 1.01, np.minimum(opened, close) * 0.99
    bars = np.stack([opened, high, low, close, np.full(close.shape, 1e6)], axis=1)
    bars[:6, :, 1] = bars[20:, :, 2] = bars[10:13, :, 3] = np.nan
    ts_ns = (1 + np.arange(DAYS)) * DAY_NS
    inside = None
    if finer:
        times = np.sort(np.concatenate([ts_ns - DAY_NS // 2, ts_ns]))
        inside = times, np.repeat(bars, 2, axis=0)
    return ArraySource(
        ASSETS, ts_ns, bars, signals={"score": rng.normal(size=close.shape)}, finer=inside, chunk_rows=chunk_rows
    )


class Busy(tg.Strategy):
    """Targets on some days, orders at levels on others, a change now and then."""

    def on_batch(self, ctx: tg.Context) -> None:
        """Asks."""
        if ctx.barrier % 4 == 0:
            ctx.target_weights({0: 0.3, 3: 0.2} if ctx.barrier % 8 else {1: 0.2, 4: 0.4})
        elif ctx.barrier % 4 == 1 and ctx.price("E") > 0:
            ctx.bracket("E", 3, limit=0.999 * ctx.price("E"), stop_loss=0.9 * ctx.price("E"), tif="day")
        if ctx.barrier == 7:
            ctx.log("a week")


class Idle(tg.Strategy):
    """Asks for nothing."""

    def on_batch(self, ctx: tg.Context) -> None:
        """Nothing."""


class Patient(Busy):
    """The same, after a while."""

    async def on_batch(self, ctx: tg.Context) -> None:  # type: ignore[override] # a hook may wait
        """Waits first."""
        await anyio.lowlevel.checkpoint()
        super().on_batch(ctx)


class Ear(tg.Actor):
    """Hears everything that can be heard."""

    def __init__(self) -> None:
        super().__init__("ear")
        self.heard: list[Message] = []

    def routes(self) -> dict[RouteKey, Handler]:
        kinds = [kind for kind in MESSAGE_TYPES if kind is not PhaseQuiesced and kind.__name__ != "PhaseOpened"]
        return dict.fromkeys((*kinds, *Phase), self.heard.append)


CONFIG: dict[str, Any] = {
    "run": {"kernels": "interpreted"},
    "risk": {
        "rules": [{"stop_loss": {"pct": 0.04}}, {"trailing_stop": {"pct": 0.05}}],
        "limits": [{"max_weight": {"pct": 0.35}}],
    },
    "account": {"cash": 100_000},
}


def session(path: Path | None, source: ArraySource | None = None, strategy: Any = None, **other: Any) -> Session:
    """A session that records into `path`; `journal` is the section of the configuration."""
    config = CONFIG | {"journal": other.pop("section", {"mode": "batch"})} | other.pop("config", {})
    if path is None and "out" not in other:
        config = config | {"journal": {"mode": "off"}}
    return Session(strategy or Busy(), source=source or market(), config=config, journal=path, progress=False, **other)


def record(path: Path, source: ArraySource | None = None, strategy: Any = None, **other: Any) -> tg.Result:
    """Its result."""
    return session(path, source, strategy, **other).run()


def frames(path: Path, source: ArraySource | None = None) -> list[Frame]:
    """The messages of a journal, by its number of senders."""
    with Journal.open(path, closes=Batches(source or market()).closes) as journal:
        return list(journal.frames())


def digest(path: Path) -> str:
    """The digest of a journal."""
    with Journal.open(path) as journal:
        return journal.digest()


def restored(message: Message, batches: Batches) -> Message:
    """A message, or what it refers to."""
    if isinstance(message, MarketBatchReference):
        found: MarketBatch | FinerBars = batches.market(message.seq)
        assert found.ts_ns == message.ts_ns
        return found
    if isinstance(message, FinerBarsReference):
        found = batches.finer(message.seq)
        assert len(found.ts_ns) == message.count
        return found
    return message
