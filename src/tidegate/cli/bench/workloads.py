"""What is measured: the shapes, and the rotation that is traded on them."""

from dataclasses import dataclass, replace
from typing import Any

from tidegate.core.errors import UserError, did_you_mean

SIGNAL = "ml_score"
CASH = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A dense panel: every asset has a bar at every timestamp.

    Attributes:
        name: names its files.
        assets, barriers: size.
        minutes: length of a bar, or 0 for daily bars.
        inside: how many bars of a minute each of its bars is made of, which are read beside it; 0 for none.
    """

    name: str
    assets: int
    barriers: int
    minutes: int = 0
    inside: int = 0


@dataclass(frozen=True, slots=True)
class Rotation:
    """Hold the `n` best scores at equal weight, decided at the close and filled at the next open, fractional.

    Attributes:
        every: barriers from one decision to the next.
        gross: the weights' sum; below 1 so that overnight moves leave the cash to trade with.
        fee_bps: commission.
        stop_loss, take_profit, trailing_stop: exit rules, as fractions; 0 for none.
        resting: limit orders that wait beside it all the time, too far from the price to fill.
    """

    n: int = 25
    every: int = 1
    gross: float = 0.95
    fee_bps: float = 1.0
    stop_loss: float = 0.0
    take_profit: float = 0.0
    trailing_stop: float = 0.0
    resting: int = 0

    @property
    def has_exits(self) -> bool:
        """Whether any exit rule is on."""
        return max(self.stop_loss, self.take_profit, self.trailing_stop) > 0

    def plain(self) -> "Rotation":
        """The same trades without exit rules and without orders beside them."""
        return replace(self, stop_loss=0.0, take_profit=0.0, trailing_stop=0.0, resting=0)


@dataclass(frozen=True, slots=True)
class Workload:
    """One line of the benchmark.

    Attributes:
        key: W1, W2...
        title: one line for a person.
        shape: the panel.
        rotation: what is traded, or None for a strategy that does nothing.
        peer: whether vectorbt can state the same problem.
        recorded: whether it is also run with a journal.
    """

    key: str
    title: str
    shape: Shape
    rotation: Rotation | None
    peer: bool = False
    recorded: bool = False

    def config(self) -> dict[str, Any]:
        """The same in the engine's words; kernels are compiled whatever the size."""
        trade = self.rotation or Rotation()
        exits = {
            "stop_loss": trade.stop_loss,
            "take_profit": trade.take_profit,
            "trailing_stop": trade.trailing_stop,
        }
        tables = ("prices", "signals", "finer_prices") if self.shape.inside else ("prices", "signals")
        return {
            "run": {"name": "bench", "kernels": "compiled"},
            "data": {name: {"stamp": "end"} for name in tables},
            "risk": {"rules": [{rule: {"pct": pct}} for rule, pct in exits.items() if pct]},
            "execution": {"fill": "next_open", "commission": {"bps": trade.fee_bps}, "shortage": "scale"},
            "account": {"cash": CASH, "fractional": True},
        }


_DAILY = Shape("daily", 250, 5_040)
_MINUTE = Shape("minute", 250, 19_656, minutes=1)
_YEAR = Shape("year", 500, 252)
_DAYS_OF_MINUTES = Shape("inside", 100, 120, minutes=390, inside=390)
_WEEKLY = Rotation(every=5)

WORKLOADS = (
    Workload("W1", "500 assets x 252 days, rotation every day", _YEAR, Rotation(every=1), peer=True),
    Workload("W1b", "W1 with a book of 10,000 limit orders far from the price", _YEAR, Rotation(resting=10_000)),
    Workload("W2", "250 assets x 5,040 days, rotation every 5 days", _DAILY, _WEEKLY, peer=True, recorded=True),
    Workload(
        "W2r",
        "W2 with stop-loss 5 %, take-profit 15 %, trailing stop 7 %",
        _DAILY,
        replace(_WEEKLY, stop_loss=0.05, take_profit=0.15, trailing_stop=0.07),
    ),
    Workload(
        "W3", "250 assets x 19,656 minutes, rotation every 390", _MINUTE, Rotation(every=390), peer=True, recorded=True
    ),
    Workload("W4d", "an empty strategy on the days of W2", _DAILY, None),
    Workload("W4m", "an empty strategy on the minutes of W3", _MINUTE, None),
    Workload(
        "W5",
        "100 assets x 120 days of 390 minutes, rotation every day, stop-loss 2 %, take-profit 4 %",
        _DAYS_OF_MINUTES,
        Rotation(n=20, stop_loss=0.02, take_profit=0.04),
    ),
)


def select(keys: tuple[str, ...]) -> tuple[Workload, ...]:
    """The workloads by name, in the order of the table; all without names, and W4 names both of its panels.

    Raises:
        UserError: a name that is not in the table.
    """
    known = [workload.key for workload in WORKLOADS]
    wanted: set[str] = set()
    problems = []
    for key in keys:
        found = [name for name in known if name.lower() == key.lower() or name[:-1].lower() == key.lower() == "w4"]
        wanted.update(found)
        if not found:
            problems.append(f"workload '{key}': want one of {', '.join(known)}{did_you_mean(key.upper(), known)}")
    if problems:
        raise UserError(*problems)
    return tuple(workload for workload in WORKLOADS if not keys or workload.key in wanted)


def scaled(workload: Workload, scale: float) -> Workload:
    """The workload on a panel `scale` times as long and as wide, for a quick look; at least 30 assets, 20 barriers."""
    if scale == 1.0:
        return workload
    shape = workload.shape
    assets = min(shape.assets, max(30, round(shape.assets * scale)))
    barriers = min(shape.barriers, max(20, round(shape.barriers * scale)))
    inside = min(shape.inside, max(20, round(shape.inside * scale)))
    return replace(workload, shape=replace(shape, assets=assets, barriers=barriers, inside=inside))
