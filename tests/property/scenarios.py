"""Twelve small runs of all kinds, each with one result and one journal whatever it is run in, on and with.

They are told by name. Each makes a session anew, from data that a seed makes or from files; what it is given besides,
such as where its journal is to be, goes to the session. Nothing here needs more than the package itself, so that every
Python in which that is installed can run them.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from tests.property.company import Chase, Clerk, Dips, Scout, Slow, Weary, fail
from tests.property.from_tables import from_files
from tests.property.mixed_orders import MixedOrders, Plan

from tidegate import EqualWeight, LongShort, Session, TopN
from tidegate.core.arrays import FloatArray
from tidegate.core.seeds import generator
from tidegate.data.actions import Action
from tidegate.data.panel import ArraySource

Make = Callable[..., Session]
DAY_NS, HOUR_NS = 86_400_000_000_000, 3_600_000_000_000
NAMES = ("A", "B", "C", "D")
DAYS = 24
TICK = 0.25


def noise(seed: int, what: str, low: float, high: float, *, assets: int | None = len(NAMES)) -> FloatArray:
    """Numbers by day, and asset unless there is none, to two digits."""
    shape = DAYS if assets is None else (DAYS, assets)
    return np.round(generator(seed, what).uniform(low, high, shape), 2)


@cache
def bars(seed: int, *, step: float = 0.02, volume: tuple[float, ...] = (1e6,)) -> FloatArray:
    """(DAYS, 5, assets): whole ticks near 100, with a few holes, and one asset that lists late."""
    random = generator(seed, "bars")
    close = 100.0 * np.cumprod(1.0 + random.uniform(-step, step, (DAYS, len(NAMES))), axis=0)
    first = close * (1.0 + random.uniform(-step, step, close.shape) / 2)
    high, low = np.maximum(first, close) * (1.0 + step / 3), np.minimum(first, close) * (1.0 - step / 3)
    prices = np.round(np.array([first, high, low, close]) / TICK) * TICK
    made = np.concatenate([prices, random.choice(volume, (1, *close.shape))]).transpose(1, 0, 2)
    absent = random.random(close.shape) < 0.05
    absent[:4, 1] = True
    made[np.repeat(absent[:, None], 5, axis=1)] = np.nan
    return np.ascontiguousarray(made)


def panel(seed: int, *, given: FloatArray | None = None, **more: Any) -> ArraySource:
    """A market with a score that has ties."""
    signals = {"ml_score": np.round(noise(seed, "score", -2.0, 2.0), 1)}
    times = np.arange(1, DAYS + 1) * DAY_NS
    return ArraySource(NAMES, times, bars(seed) if given is None else given, signals=signals, **more)


def mixed(seed: int, *, lot: float = 1.0) -> MixedOrders:
    """Orders of every kind, for some of the assets."""
    return MixedOrders(Plan(seed, NAMES[::2], TICK, lot, rebalances=(4, 15)))


def day(barrier: int) -> int:
    """When a barrier is."""
    return (barrier + 1) * DAY_NS


def session(
    strategy: Any, source: ArraySource, config: Mapping[str, Any], *, kernels: str = "interpreted", **given: Any
) -> Session:
    """One run; interpreted where nobody says otherwise, for that is there at once."""
    settings = {"run": {"kernels": kernels}, "record": {"positions": "every"}} | dict(config)
    return Session(strategy, source=source, config=settings, progress=False, **given)


def same_close(_: Path, **given: Any) -> Session:
    """A rotation at the close of the decision, with scarce cash and limits."""
    execution = {"fill": "same_close", "shortage": "rank", "commission": {"bps": 5.0, "minimum": 1.0}}
    execution |= {"cash_buffer": {"targets": 0.01, "floor": 0.02}, "min_trade": {"weight": 0.01}}
    risk = {"limits": [{"max_weight": {"pct": 0.4}}, {"max_gross": {"pct": 0.9, "action": "deny"}}]}
    source = panel(1, chunk_rows=7)
    return session([TopN(3, 1, 1.0), EqualWeight(7, 0.9)], source, {"execution": execution, "risk": risk}, **given)


def conditional(_: Path, **given: Any) -> Session:
    """Brackets, one order instead of another, trailing stops, changes of open orders."""
    execution = {"path": "nearest_to_open", "limit_fill": "through", "slippage": {"bps": 2.0}}
    return session([mixed(42), Chase()], panel(2), {"execution": execution}, **given)


def events(_: Path, **given: Any) -> Session:
    """A strategy that is called for each asset, and waits."""
    return session(Dips(), panel(3), {"execution": {"path": "low_first"}}, **given)


def exits(_: Path, **given: Any) -> Session:
    """Exit rules, one of them a user's, over positions that are entered at the next close."""
    rules = [{"stop_loss": {"pct": 0.02}}, {"take_profit": {"pct": 0.035}}, {"trailing_stop": {"pct": 0.03}}]
    config = {"execution": {"fill": "next_close", "path": "optimistic"}, "risk": {"rules": rules}}
    return session(EqualWeight(3, 0.9), panel(4), config, risk=[Weary()], **given)


def margin(_: Path, **given: Any) -> Session:
    """Shorts, nights that cost, recalls and margin calls."""
    account = {
        "kind": "margin", "cash": 100_000, "margin": {"initial": 0.5, "maintenance": 0.5},
        "interest": {"credit": 0.02, "debit": 0.07},
        "borrow": {"rate_feature": "fee", "available_feature": "lendable"},
    }  # fmt: skip
    features = {"fee": noise(5, "fee", 0.0, 0.3), "lendable": np.floor(noise(5, "lendable", 100.0, 900.0))}
    source = panel(5, given=bars(5, step=0.08), features=features)
    return session([LongShort(2, 3, 2.0), mixed(5)], source, {"account": account}, **given)


def futures(_: Path, **given: Any) -> Session:
    """Contracts with variation overnight, prices between ticks rounded."""
    contract = {"future": True, "multiplier": 50.0, "tick": TICK, "initial": 0.1, "maintenance": 0.06}
    config = {
        "account": {"kind": "margin", "cash": 200_000}, "universe": {"defaults": contract},
        "execution": {"tick": "round", "commission": {"per_contract": 2.1}, "slippage": {"fixed": 0.25}},
    }  # fmt: skip
    return session([mixed(6), LongShort(2, 4, 0.8)], panel(6), config, **given)


def currencies(_: Path, **given: Any) -> Session:
    """Prices in three currencies, one of whose rates is not known at first."""
    there = pl.DataFrame({"asset": NAMES, "currency": ["USD", "EUR", "JPY", "EUR"]})
    rates = {"eur": noise(7, "eur", 1.0, 1.2, assets=None), "jpy": noise(7, "jpy", 0.6, 0.7, assets=None) / 100.0}
    rates["jpy"][:3] = np.nan
    config = {"account": {"cash": 50_000, "rates": {"EUR": "eur", "JPY": "jpy"}}, "execution": {"sizing": "fill"}}
    return session([mixed(7), EqualWeight(5, 0.5)], panel(7, context=rates), config, reference=there, **given)


def actions(_: Path, **given: Any) -> Session:
    """Whatever can happen to an asset beside trading, in an account whose sales settle two sessions later."""
    happens = (
        Action("A", day(6), "split", 2.0), Action("B", day(8), "dividend", 0.75, pay_ns=day(13)),
        Action("A", day(8), "dividend", 0.5, pay_ns=day(12)), Action("C", day(11), "halt"),
        Action("C", day(14), "resume"), Action("D", day(16), "merger_stock", 0.5, into="A", price=3.0),
        Action("C", day(19), "delisting", price=90.0), Action("B", day(20), "merger_cash", price=101.0),
    )  # fmt: skip
    traded = bars(8).copy()
    traded[6:, :4, 0] /= 2.0
    for asset, begin, end in ((2, 11, 14), (3, 16, DAYS), (2, 19, DAYS), (1, 20, DAYS)):
        traded[begin:end, :, asset] = np.nan
    config = {
        "account": {"cash": 30_000, "settlement": 2}, "execution": {"dividends_lower_limits": True},
        "risk": {"rules": [{"trailing_stop": {"pct": 0.05}}]},
    }  # fmt: skip
    return session([mixed(8), EqualWeight(3, 0.8)], panel(8, given=traded, actions=happens), config, **given)


def liquidity(_: Path, **given: Any) -> Session:
    """Bars of which a part is ours, lots, ticks, costs that are estimated and tiers of them."""
    slippage = {
        "half_spread": {"bps": 1.5}, "square_root": {"coefficient": 0.8}, "almgren_chriss": {"permanent": 0.2},
        "sigma": {"decay": 0.94, "default": 0.02}, "average_volume": {"window": 5},
    }  # fmt: skip
    tiers = {"steps": [{"at_least": 0.0, "bps": 2.0}, {"at_least": 50_000.0, "bps": 1.0}]}
    execution = {
        "participation": {"pct": 0.1}, "slippage": slippage, "sizing": "fill",
        "commission": {"tiers": tiers, "maker_taker": {"maker_bps": -0.2, "taker_bps": 0.3}},
    }  # fmt: skip
    terms = {"defaults": {"lot": 10.0, "tick": TICK, "minimum": 20.0}}
    source = panel(9, given=bars(9, volume=(0.0, 400.0, 1000.0, 5000.0)))
    return session([mixed(9, lot=10.0), TopN(2, 4, 0.6)], source, {"execution": execution, "universe": terms}, **given)


def failing(_: Path, **given: Any) -> Session:
    """Finer bars under the days, and a strategy that fails with orders open."""
    days = bars(10)
    times = (np.arange(1, DAYS + 1) * DAY_NS)[:, None] - np.array([3, 0]) * HOUR_NS
    inside = np.repeat(days, 2, axis=0)
    inside[::2, 3], inside[1::2, 0] = days[:, 2], days[:, 2]  # down first
    source = panel(10, finer=(times.ravel(), inside), chunk_rows=4)
    rules = {"risk": {"rules": [{"trailing_stop": {"pct": 0.02}}, {"take_profit": {"pct": 0.04}}]}}
    return session([mixed(10), Slow(TopN(2, 2, 0.5), 2, 20, fail)], source, rules, **given)


def company(_: Path, **given: Any) -> Session:
    """Three strategies and four actors that wait for one another, with messages of their own; stopped by one."""
    tired = Slow(EqualWeight(4, 0.3), 3, 19, lambda: made.stop("enough"))
    made = session([Slow(TopN(2, 2, 0.4), 2), mixed(11), tired], panel(11), {}, **given)
    for actor in (Scout("scout"), Clerk("clerk"), Scout("second scout"), Clerk("second clerk")):
        made.add(actor)
    return made


SCENARIOS: dict[str, Make] = {
    "from files": from_files,
    "at the same close": same_close,
    "conditional orders": conditional,
    "by event": events,
    "exit rules": exits,
    "margin": margin,
    "futures": futures,
    "currencies": currencies,
    "corporate actions": actions,
    "liquidity": liquidity,
    "finer bars, failing": failing,
    "company, stopped": company,
}
"""All, by name."""
