"""Who got a message: not recorded, but known from the routes of the actors that took part.

Actors are made anew from the header, with stand-ins for strategies and rules, and asked for their routes; no code that
the journal names is loaded. What a class outside of Tidegate handles is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.assembly import HISTORY, NamedStrategy, Parts
from tidegate.config.loader import load_config
from tidegate.core.errors import UserError
from tidegate.journal.header import Header
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch, MarketBatchReference
from tidegate.results.tape import Tape
from tidegate.risk.rules import LEVEL_RULES, MaxGross, MaxWeight, RiskRule
from tidegate.runtime.actor import Actor, key_name
from tidegate.strategy.strategy import Strategy

_RULES: dict[str, RiskRule] = {
    f"{kind.__module__}:{kind.__name__}": kind(0.5) for kind in (*LEVEL_RULES, MaxWeight, MaxGross)
}
_MEANT = {MarketBatchReference.__name__: MarketBatch.__name__, FinerBarsReference.__name__: FinerBars.__name__}
"""What references stand for is what was delivered."""


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who handles what in a recorded run.

    Attributes:
        by_key: numbers of the actors that handle a key, by its name.
        unknown: names of actors of which nobody here knows what they handle.
    """

    by_key: dict[str, tuple[int, ...]]
    unknown: tuple[str, ...]

    def of(self, message: Message) -> tuple[int, ...]:
        """Numbers of the actors that got a message, as far as they are known."""
        name = type(message).__name__
        if isinstance(message, PhaseOpened):
            name = message.phase.name
        return self.by_key.get(_MEANT.get(name, name), ())


def receivers(header: Header) -> Receivers:
    """Who handles what among the actors of a header."""
    made = {(actor.name, _path(actor)): actor for actor in _made(header)}
    by_key: dict[str, tuple[int, ...]] = {}
    unknown: list[str] = []
    for number, actor in enumerate(zip(header.actors, header.classes, strict=False)):
        if actor[1].startswith("tidegate.runtime.scheduler:"):
            continue
        if actor not in made:
            unknown.append(actor[0])
            continue
        for key in made[actor].routes():
            by_key[key_name(key)] = (*by_key.get(key_name(key), ()), number)
    return Receivers(by_key, tuple(unknown))


def _made(header: Header) -> Sequence[Actor]:
    """Actors as a session would make them for such a header; none where its configuration is not one of today."""
    strategies = tuple(NamedStrategy(str(one["name"]), Strategy(), HISTORY) for one in header.strategies)
    rules = tuple(_RULES.get(path) or RiskRule() for path in header.rules)
    try:
        return Parts(load_config(header.config), strategies, rules, Tape("off")).actors()
    except UserError:
        return ()


def _path(actor: Actor) -> str:
    return f"{type(actor).__module__}:{type(actor).__qualname__}"
