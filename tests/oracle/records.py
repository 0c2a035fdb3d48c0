"""What the oracle is told and what it tells: settings, requests, fills, trades, refusals, rows of the account.

Assets are columns in name order; money is whole micro-units of the account currency, quantities and prices are floats.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MICROS = 1_000_000
SENDER = 2**40
"""Order ids: number of the sender times this, plus the sender's own count. 0 protective exits, 2 the first strategy."""
FIRST_STRATEGY = 2
OPEN, BAR, CLOSE = 0, 1, 2


@dataclass(frozen=True)
class Settings:
    """What the loop is told; fractions are fractions (0.05), not percent."""

    cash: float = 1_000_000.0
    fill: str = "next_open"
    bps: float = 0.0
    per_share: float = 0.0
    minimum: float = 0.0
    per_trade: float = 0.0
    cap_bps: float | None = None
    slippage_bps: float = 0.0
    slippage_fixed: float = 0.0
    shortage: str = "scale"
    fractional: bool = False
    stop_loss: float | None = None
    take_profit: float | None = None
    trailing_stop: float | None = None
    max_weight: float | None = None
    max_weight_action: str = "trim"
    max_gross: float | None = None
    max_gross_action: str = "trim"
    sizing: str = "decision"
    least_value: float = 0.0
    least_weight: float = 0.0
    kept_free: float = 0.0
    floor: float = 0.0
    """`min_trade.value` and `weight`, `cash_buffer.targets` and `floor`."""
    halt_from: int | None = None
    """First barrier at whose GUARD trading is halted: from its DECIDE on, entries are denied."""


@dataclass
class Order:
    """One market order. `reduces` is not kept: it is what the sign says beside the holding, at each look."""

    order_id: int
    asset: int
    quantity: float
    priority: float
    tag: str
    weight: float | None = None
    value: float | None = None
    """What it is to reach, where that is worked out when it goes."""


@dataclass
class Position:
    """What is held of one asset.

    `basis` and `fees` are micro-units: what the units cost and the entry commissions still attached to them.
    """

    quantity: float = 0.0
    basis: int = 0
    fees: int = 0
    average: float = 0.0
    high_water: float = 0.0
    entry_barrier: int = -1
    opened_at_close_of: int = -1
    worst: float = math.inf
    best: float = -math.inf
    """Lowest and highest price seen while held, those of its executions among them."""


@dataclass(frozen=True)
class Fill:
    """One execution."""

    order_id: int
    barrier: int
    point: int
    asset: int
    quantity: float
    price: float
    reference: float
    cash: int
    commission: int
    slippage: int
    tag: str


@dataclass(frozen=True)
class Trade:
    """One closed part of a position; money in micro-units."""

    fill: int
    barrier: int
    asset: int
    quantity: float
    entry_barrier: int
    entry_price: float
    exit_price: float
    cost: int
    proceeds: int
    commission: int
    pnl: int
    bars_held: int
    tag: str
    mae: float
    mfe: float


@dataclass(frozen=True)
class Refusal:
    """An order, or a part of one, that did not go through. kind: denied trimmed rejected canceled expired skipped."""

    barrier: int
    kind: str
    order_id: int
    asset: int
    quantity: float
    reason: str


@dataclass(frozen=True)
class Row:
    """The account at the end of one barrier; money in micro-units."""

    barrier: int
    cash: int
    equity: int
    gross: int
    realized: int
    unrealized: int
    commission: int
    slippage: int
    stale: int
    waiting: int
    positions: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class View:
    """What a decision may look at. Dicts hold only what is not 0; `mark` is NaN for what never traded."""

    barrier: int
    quantity: Mapping[int, float]
    pending: Mapping[int, float]
    equity: float
    cash: float
    mark: Floats
    open_orders: tuple[int, ...]


Request = tuple[Any, ...]
"""("order", asset, quantity[, priority]), ("weights", {asset: weight}[, others]), ("percent", asset, weight),
("value", asset, value), ("cancel", order_id) or ("cancel_all",)."""
Decision = Callable[[View], Iterable[Request]]


@dataclass
class Account:
    """Everything that happened, in the order in which it did."""

    fills: list[Fill] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    ambiguous: list[tuple[int, int]] = field(default_factory=list)
    """(barrier, asset) of bars that touched both levels."""
