"""Rows of the tables: a whole market and all that is asked in it, with what must come of it, one line each.

Bars and asks are those of `tidegate.testing.market` (a tape) and `testing.script`; what must come of them is told in
the words of `testing.scenarios`. What stands here is that both the oracle and the engine are asked.
"""

from dataclasses import dataclass
from typing import Any

from tests.oracle.records import FIRST_STRATEGY, SENDER, Request, Settings

from tidegate.testing.script import Ask, parse_asks


@dataclass(frozen=True)
class Case:
    """One row of a table; `settings` are the oracle's. What is None is not compared; money is in currency units."""

    name: str
    bars: str
    asks: str
    settings: dict[str, Any]
    fills: str
    cash: float
    equity: str
    refused: str = ""
    trades: str | None = None
    waiting: str | None = None
    stale: str | None = None
    ambiguous: int = 0
    commission: float | None = None
    slippage: float | None = None
    positions: str | None = None

    @property
    def chosen(self) -> Settings:
        """With a cash of 1000 where the row does not say."""
        return Settings(**({"cash": 1000.0} | self.settings))

    @property
    def expected(self) -> dict[str, str]:
        """The cells that are compared."""
        told = {name: getattr(self, name) for name in ("fills", "refused", "trades", "positions", "equity", "waiting")}
        told |= {name: getattr(self, name) for name in ("stale", "cash", "ambiguous", "commission", "slippage")}
        return {name: str(value) for name, value in told.items() if value is not None}


def requests_of(text: str, names: tuple[str, ...]) -> dict[int, list[Request]]:
    """A script in the oracle's words, by barrier."""
    return {barrier: [request_of(ask, names) for ask in asked] for barrier, asked in parse_asks(text).items()}


def request_of(ask: Ask, names: tuple[str, ...]) -> Request:
    """One thing asked for; `names` are those of the columns."""
    match ask.verb:
        case "cancel_all":
            return ("cancel_all",)
        case "cancel":
            return ("cancel", FIRST_STRATEGY * SENDER + int(ask.number))
        case "cancel_open":
            return ("cancel_nth", int(ask.number))
        case "weights":
            weights = {names.index(name): weight for name, weight in ask.weights.items()}
            return ("weights", weights, ask.words["others"]) if ask.words else ("weights", weights)
        case "order" if ask.words:
            assert ask.words.keys() == {"priority"}, f"the oracle has no such order: {ask}"
            return ("order", names.index(ask.asset), ask.number, ask.words["priority"])
    return (ask.verb, names.index(ask.asset), ask.number)
