"""Tidegate: an actor-based asynchronous simulation service for trading strategies.

General layout, from the ground up; imports go one way:

    core        errors, time, money, the universe, closed sets
    messages    what actors say to each other, and the codec
    kernels     pure functions over arrays: matching, ledger, levels, sizing
    runtime     actors, routing, supersteps, the clock; knows no orders
    config      the models of a configuration, and its loader
    data  strategy  risk
                each usable on its own
    actors      the shells that join a kernel to a mailbox
    results     tables, metrics, report, run folder
    assembly    configuration to actors
    session     one run, from data to result
    testing     markets and orders written down, stepped runs, a pytest plugin
    cli         python -m tidegate

Importing this package loads none of it: a name is imported when it is first used, so that Polars and numba are paid
for by those who need them.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.config.loader import load_config
    from tidegate.config.models import Config
    from tidegate.core.enums import Phase
    from tidegate.core.errors import (
        ActorFailed,
        BarrierTimeout,
        ConfigError,
        DataError,
        RequestError,
        RunInterrupted,
        TidegateError,
        UserError,
    )
    from tidegate.data.panel import ArraySource
    from tidegate.messages.base import Message
    from tidegate.results.folder import read
    from tidegate.results.result import Result
    from tidegate.risk.rules import (
        MaxGross,
        MaxWeight,
        RiskDecision,
        RiskRule,
        StopLoss,
        TakeProfit,
        TrailingStop,
    )
    from tidegate.runtime.actor import Actor, handles, on_phase
    from tidegate.session import Session, arun, run
    from tidegate.strategy.context import Context
    from tidegate.strategy.library import BuyAndHold, EqualWeight, LongShort, TopN
    from tidegate.strategy.selection import top
    from tidegate.strategy.strategy import Strategy

_HOMES = {
    "config.loader": ("load_config",),
    "config.models": ("Config",),
    "core.enums": ("Phase",),
    "core.errors": (
        "ActorFailed",
        "BarrierTimeout",
        "ConfigError",
        "DataError",
        "RequestError",
        "RunInterrupted",
        "TidegateError",
        "UserError",
    ),
    "data.panel": ("ArraySource",),
    "messages.base": ("Message",),
    "results.folder": ("read",),
    "results.result": ("Result",),
    "risk.rules": ("MaxGross", "MaxWeight", "RiskDecision", "RiskRule", "StopLoss", "TakeProfit", "TrailingStop"),
    "runtime.actor": ("Actor", "handles", "on_phase"),
    "session": ("Session", "arun", "run"),
    "strategy.context": ("Context",),
    "strategy.library": ("BuyAndHold", "EqualWeight", "LongShort", "TopN"),
    "strategy.selection": ("top",),
    "strategy.strategy": ("Strategy",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = [
    "Actor",
    "ActorFailed",
    "ArraySource",
    "BarrierTimeout",
    "BuyAndHold",
    "Config",
    "ConfigError",
    "Context",
    "DataError",
    "EqualWeight",
    "LongShort",
    "MaxGross",
    "MaxWeight",
    "Message",
    "Phase",
    "RequestError",
    "Result",
    "RiskDecision",
    "RiskRule",
    "RunInterrupted",
    "Session",
    "StopLoss",
    "Strategy",
    "TakeProfit",
    "TidegateError",
    "TopN",
    "TrailingStop",
    "UserError",
    "arun",
    "handles",
    "load_config",
    "on_phase",
    "read",
    "run",
    "top",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'tidegate' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"tidegate.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
