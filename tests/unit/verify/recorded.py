"""Runs of many kinds, recorded, as lists of messages that can be altered and written anew."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tests.unit.journal.made import Memory

from tidegate import Context, Session, Strategy
from tidegate.core.enums import Phase
from tidegate.data.actions import Action
from tidegate.data.panel import ArraySource
from tidegate.journal import Commit, Frame, Header, Journal, JournalWriter
from tidegate.journal.writer import BLOCK_BYTES
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.orders import Fills
from tidegate.runtime.log import COMMIT, Told
from tidegate.verify import Referred, Report, check

DAY_NS, MINUTE_NS = 86_400_000_000_000, 60_000_000_000
NAMES = ("A", "B", "C", "D", "E")
BARRIERS = 40


class Trader(Strategy):
    """Orders of every kind, weights, brackets, cancellations and changes, drawn for each barrier."""

    def __init__(self, seed: int, *, shorts: bool, weights: bool = True) -> None:
        self.seed, self.shorts, self.weights = seed, shorts, weights

    def on_batch(self, ctx: Context) -> None:
        random = np.random.Generator(np.random.PCG64((self.seed, ctx.barrier)))
        if self.weights and ctx.barrier % 7 == 2:
            signs = (1, -1) if self.shorts else (1, 1)
            ctx.target_weights({name: signs[k % 2] * 0.15 for k, name in enumerate(ctx.universe.names) if k < 4})
        for order in ctx.open_orders:
            draw = random.random(2).tolist()
            if draw[0] < 0.15:
                ctx.cancel(order)
            elif draw[0] < 0.4:
                ctx.replace(
                    order,
                    **({"quantity": float(1 + int(30 * draw[1]))}, {"limit": 95.0 + 10.0 * draw[1]})[int(2 * draw[1])],
                )
        for name in ctx.universe.names:
            draw, price = random.random(4).tolist(), ctx.price(name)
            if draw[0] < 0.35 and price == price and price > 1.0:
                self.ask(ctx, name, draw, price)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        """Some answers to fills."""
        for asset, quantity, price in zip(
            fills.asset.tolist(), fills.quantity.tolist(), fills.price.tolist(), strict=True
        ):
            if quantity > 20.0 and ctx.barrier % 3 == 0:
                ctx.order(asset, -5.0, stop=0.97 * price, tif="day", reduce_only=True)

    def ask(self, ctx: Context, name: str, draw: list[float], price: float) -> None:
        near = round(price * (0.98 + 0.04 * draw[1]), 2)
        quantity = float(1 + int(40 * draw[2])) * (-1.0 if draw[3] < 0.4 else 1.0)
        kinds: tuple[dict[str, Any], ...] = (
            {}, {"limit": near}, {"limit": near, "tif": "day"}, {"stop": near}, {"stop": near, "limit": price},
            {"trail_pct": 0.02}, {"trail": 1.5, "limit_offset": 0.5}, {"tif": "on_open"}, {"tif": "on_close"},
            {"limit": near, "tif": "ioc"}, {"limit": near, "tif": "on_close"}, {},
        )  # fmt: skip
        if draw[1] > 0.85:
            ctx.bracket(name, abs(quantity), limit=near, stop_loss=0.96 * near, take_profit=1.03 * near)
        else:
            asked = [
                ctx.order(name, quantity, **kinds[(int(12 * draw[1]) + k) % 12]) for k in range(1 + (draw[3] > 0.8))
            ]
            if len(asked) > 1:
                ctx.one_cancels_other(*asked)


def bars(seed: int, *, holes: float = 0.06, swing: float = 0.02, quiet: float = 0.0) -> NDArray[np.float64]:
    """(BARRIERS, 5, assets) bars that wander about 100; some are not there, some have no volume."""
    random = np.random.Generator(np.random.PCG64(seed))
    n = len(NAMES)
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, swing, (BARRIERS, n)), axis=0))
    first = np.vstack((close[:1], close[:-1])) * np.exp(random.normal(0.0, swing / 3, (BARRIERS, n)))
    high = np.maximum(first, close) * (1.0 + swing * random.random((BARRIERS, n)))
    low = np.minimum(first, close) * (1.0 - swing * random.random((BARRIERS, n)))
    volume = np.where(random.random((BARRIERS, n)) < quiet, 0.0, np.floor(300.0 * (1.0 + random.random((BARRIERS, n)))))
    made = np.round(np.stack((first, high, low, close, volume), axis=1), 2)
    made[np.broadcast_to(random.random((BARRIERS, 1, n)) < holes, made.shape)] = np.nan
    return made


def finer(days: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Three finer bars a day: to one extreme, to the other, to the close."""
    first, high, low, last, volume = (days[:, k] for k in range(5))
    up = (np.arange(BARRIERS) % 2 == 0)[:, None]
    turn, back = np.where(up, high, low), np.where(up, low, high)
    legs = [(first, turn), (turn, back), (back, last)]
    made = np.stack([np.stack((a, np.maximum(a, b), np.minimum(a, b), b, volume / 3), axis=1) for a, b in legs], axis=1)
    times = (np.arange(BARRIERS)[:, None] * DAY_NS + np.array((1, 2, 3)) * MINUTE_NS * 60).reshape(-1)
    return times, made.reshape(-1, 5, len(NAMES))


COSTS = {"bps": 5.0, "per_share": 0.01, "minimum": 1.0, "cap_bps": 80.0}
EXITS = {"rules": [{"stop_loss": {"pct": 0.03}}, {"take_profit": {"pct": 0.05}}, {"trailing_stop": {"pct": 0.04}}]}
MARGIN = {
    "kind": "margin", "cash": 50_000, "margin": {"initial": 0.3, "maintenance": 0.25}, "borrow": {"rate": 0.05},
    "interest": {"credit": 0.02, "debit": 0.08},
}  # fmt: skip
REFERENCE = pl.DataFrame({
    "asset": list(NAMES), "multiplier": [1.0, 5.0, 1.0, 2.0, 1.0], "future": [False, True, False, True, False],
    "currency": ["USD", "USD", "EUR", "EUR", "USD"], "lot": [1.0, 1.0, 5.0, 1.0, 1.0],
})  # fmt: skip


def day(barrier: int) -> int:
    return (barrier + 1) * DAY_NS


ACTIONS = (
    Action("A", day(5), "dividend", 0.75, pay_ns=day(9)), Action("A", day(12), "split", 3.0),
    Action("B", day(14), "split", 0.4), Action("C", day(16), "halt"), Action("C", day(19), "resume"),
    Action("D", day(20), "merger_stock", 0.5, into="E", price=4.0), Action("B", day(24), "delisting", price=41.0),
    Action("A", day(27), "dividend", 0.2), Action("C", day(30), "merger_cash", price=99.0),
)  # fmt: skip
WIDE = {"account": {"cash": 60_000}, "risk": EXITS, "execution": {"commission": COSTS, "slippage": {"bps": 4.0}}}


@dataclass(frozen=True)
class Run:
    """A run before it is run."""

    config: dict[str, Any]
    seed: int = 1
    shorts: bool = False
    weights: bool = True
    swing: float = 0.02
    quiet: float = 0.0
    with_finer: bool = False
    per_day: int = 1
    actions: tuple[Action, ...] = ()
    reference: bool = False

    def source(self) -> ArraySource:
        made = bars(self.seed, swing=self.swing, quiet=self.quiet)
        rates = 1.1 + 0.01 * np.sin(np.arange(BARRIERS))
        features = {"lendable": np.full((BARRIERS, len(NAMES)), 60.0)}
        inside = finer(made) if self.with_finer else None
        times = np.array([day(barrier) // self.per_day for barrier in range(BARRIERS)])
        return ArraySource(
            NAMES, times, made, features=features, context={"eur": rates}, finer=inside, actions=self.actions
        )

    def session(self, journal: Path, market: str = "value") -> Session:
        config = self.config | {"run": {"kernels": "interpreted"}, "journal": {"mode": "batch", "market": market}}
        reference = REFERENCE if self.reference else None
        trader = Trader(self.seed, shorts=self.shorts, weights=self.weights)
        return Session(
            trader, config=config, source=self.source(), journal=journal, progress=False, reference=reference
        )


def _and(config: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {name: config.get(name, {}) | sections.get(name, {}) for name in {**config, **sections}}


MODELS = {
    "slippage": {
        "half_spread": {"bps": 2.0}, "square_root": {"coefficient": 0.5}, "average_volume": {"window": 5},
        "sigma": {"window": 5, "default": 0.02},
    },
    "commission": {"tiers": {"steps": [{"at_least": 1_000, "bps": 2.0}]}, "maker_taker": {"maker_bps": -0.2}},
}  # fmt: skip
CALLED = MARGIN | {"cash": 3_000, "margin": {"initial": 0.5, "maintenance": 0.5}}

RUNS: dict[str, Run] = {
    "cash": Run(WIDE),
    "next_close": Run(_and(WIDE, execution={"fill": "next_close"}), seed=2),
    "same_close": Run(_and(WIDE, execution={"fill": "same_close"}), seed=3),
    "sized": Run(_and(WIDE, execution={"sizing": "fill", "shortage": "rank", "min_trade": {"value": 50.0}}), seed=4),
    "settling": Run(_and(WIDE, account={"settlement": 2}, execution={"shortage": "reject"}), seed=5),
    "settling_hours": Run(_and(WIDE, account={"settlement": 1}), seed=18, per_day=3),
    "settling_actions": Run(_and(WIDE, account={"settlement": 3}), seed=19, actions=ACTIONS),
    "fractional": Run(_and(WIDE, account={"cash": 900.0, "fractional": True}), seed=6),
    "volume": Run(_and(WIDE, execution={"participation": {"pct": 0.05}}), seed=7, quiet=0.1),
    "finer": Run(_and(WIDE, execution={"path": "optimistic"}), seed=8, with_finer=True),
    "finer_volume": Run(_and(WIDE, execution={"participation": {"pct": 0.1}}), seed=9, with_finer=True, quiet=0.1),
    "margin": Run(_and(WIDE, account=MARGIN), seed=10, shorts=True, swing=0.05),
    "recalls": Run(
        _and(WIDE, account=MARGIN | {"borrow": {"rate": 0.05, "available_feature": "lendable"}}), seed=11, shorts=True
    ),
    "called": Run(_and(WIDE, account=CALLED), seed=12, shorts=True, swing=0.09),
    "called_same_close": Run(
        _and(WIDE, account=CALLED, execution={"fill": "same_close"}), seed=13, shorts=True, swing=0.09
    ),
    "futures": Run(
        _and(WIDE, account=MARGIN | {"rates": {"EUR": "eur"}}, execution={"commission": COSTS | {"per_contract": 0.8}}),
        seed=14, shorts=True, reference=True,
    ),
    "actions": Run(WIDE, seed=15, actions=ACTIONS),
    "actions_margin": Run(_and(WIDE, account=MARGIN), seed=16, shorts=True, actions=ACTIONS),
    "models": Run(_and(WIDE, execution=MODELS), seed=17),
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A message with all that its record says."""

    message: Any
    barrier: int
    phase: Phase | None
    superstep: int
    sender: int
    sender_seq: int
    causes: tuple[int, ...]

    @property
    def place(self) -> tuple[int, Phase | None, int, int, int, tuple[int, ...]]:
        return self.barrier, self.phase, self.superstep, self.sender, self.sender_seq, self.causes


Steps = tuple[Sent | int, ...]
"""Messages, and the barriers of commits; a step's place is its record's number."""


@cache
def recorded(name: str, market: str = "value") -> tuple[Header, Steps]:
    """What one of the runs has recorded."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.tgj"
        RUNS[name].session(path, market).run()
        with Journal.open(path) as journal:
            return journal.header, tuple(step_of(record) for record in journal.records() if counts(record))


def counts(record: object) -> bool:
    return isinstance(record, Frame | Commit)


def step_of(record: Any) -> Sent | int:
    if isinstance(record, Commit):
        return record.barrier
    place = record.barrier, record.phase, record.superstep, record.sender, record.sender_seq, record.causes
    return Sent(record.message, *place)


def written(
    header: Header,
    steps: Iterable[Sent | int],
    *,
    sealed: bool = True,
    block_bytes: int | None = None,
    referred: Referred | None = None,
) -> Journal:
    """A journal of these steps; with a size of blocks they are told as a run tells them, where they can be.

    Args:
        referred: batches are recorded by reference, and this will know them.
    """
    storage = Memory()
    writer = JournalWriter(storage, header, feeds=(1,) if referred else (), block_bytes=block_bytes or BLOCK_BYTES)
    before: tuple[int, Phase | None, dict[int, int]] = (-1, None, {})
    for number, step in enumerate(steps):
        told = None if block_bytes is None else plainly(step, number, *before)
        if told is not None:
            writer.take([told])
        elif isinstance(step, int):
            writer.commit(step)
        else:
            writer.append(step.message, *step.place)
        if isinstance(step, Sent):
            before = step.barrier, step.phase, before[2] | {step.sender: step.sender_seq + 1}
    if sealed:
        writer.close("completed")
    else:
        writer.abandon()
    return Journal(io.BytesIO(bytes(storage.data)), closes=referred.closes if referred else None)


def plainly(step: Sent | int, number: int, barrier: int, phase: Phase | None, sent: dict[int, int]) -> Told | None:
    """What a run tells its log of a step that follows on this barrier and phase; None where it must say more."""
    if isinstance(step, int):
        return COMMIT if step == barrier else None
    message, follows = step.message, sent.get(step.sender, 0) == step.sender_seq and len(step.causes) < 2
    back = number - step.causes[0] if step.causes else 0
    if not follows or (step.causes and back <= 0):
        return None
    if type(message) is PhaseOpened and (step.sender, step.superstep, back, message.step) == (0, 0, 0, 0):
        opens = step.barrier == message.seq == barrier + (message.phase is Phase.ADVANCE)
        return message.phase if opens and step.phase == message.phase else None
    same = (step.barrier, step.phase) == (barrier, phase)
    return (step.sender, step.superstep, back, message) if same else None


def checked(header: Header, steps: Iterable[Sent | int], block_bytes: int | None = None) -> Report:
    return check(written(header, steps, block_bytes=block_bytes), Referred())
