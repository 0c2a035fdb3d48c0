"""Small actors and messages that the runtime's tests put on stage."""

from collections.abc import Callable
from typing import Any, ClassVar

import anyio

from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import EndOfData
from tidegate.runtime.actor import Actor, Handler, RouteKey, on_phase
from tidegate.runtime.clock import Clock
from tidegate.runtime.entry import run_anywhere
from tidegate.runtime.limits import Limits
from tidegate.runtime.log import DeliveryLog
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.shuffle import Shuffle


class Ping(Message, frozen=True):
    """Says a word."""

    word: str = ""


class Pong(Message, frozen=True):
    """Says a word back."""

    word: str = ""


class Urgent(Message, frozen=True):
    """Goes before others."""

    precedence: ClassVar[int] = 0

    word: str = ""


class Late(Message, frozen=True):
    """Goes after others."""

    precedence: ClassVar[int] = 2

    word: str = ""


class Feed(Actor):
    """Ends the data after a number of barriers; None never does."""

    sends = (EndOfData,)

    def __init__(self, barriers: int | None) -> None:
        super().__init__("feed")
        self.barriers = barriers

    @on_phase(Phase.ADVANCE)
    def on_advance(self, message: PhaseOpened) -> None:
        if message.seq == self.barriers:
            self.send(EndOfData())


class Player(Actor):
    """Does what the test says: handlers given as functions of (player, message)."""

    def __init__(self, name: str, parts: dict[RouteKey, Callable[["Player", Any], Any]] | None = None) -> None:
        super().__init__(name)
        self.parts = parts or {}
        self.seen: list[str] = []
        self.events: list[str] = []

    def routes(self) -> dict[RouteKey, Handler]:
        return {key: self._bound(part) for key, part in self.parts.items()}

    def _bound(self, part: Callable[["Player", Any], Any]) -> Handler:
        return lambda message: part(self, message)

    async def started(self) -> None:
        self.events.append("started")

    async def stopped(self) -> None:
        self.events.append("stopped")


def unheard(_: str) -> None:
    """Where the watchdog's report goes when the test does not want it."""


def stage(
    *actors: Actor,
    barriers: int | None = 1,
    limits: Limits | None = None,
    order: Shuffle | None = None,
    log: DeliveryLog | None = None,
    report: Callable[[str], None] = unheard,
) -> Scheduler:
    """A scheduler of a clock, a feed and these actors."""
    return Scheduler([Clock(), Feed(barriers), *actors], limits=limits, order=order, log=log, report=report)


def play(
    *actors: Actor,
    barriers: int | None = 1,
    limits: Limits | None = None,
    order: Shuffle | None = None,
    log: DeliveryLog | None = None,
    report: Callable[[str], None] = unheard,
) -> Scheduler:
    """Runs them to the end."""
    scheduler = stage(*actors, barriers=barriers, limits=limits, order=order, log=log, report=report)
    run_anywhere(scheduler.run, scheduler.stop)
    return scheduler


def sends(*messages: Message) -> Callable[[Player, Any], None]:
    """A part that sends these."""

    def part(player: Player, _: Message) -> None:
        for message in messages:
            player.send(message)

    return part


def hears(player: Player, message: Any) -> None:
    """A part that notes the message."""
    player.seen.append(f"{type(message).__name__}({getattr(message, 'word', '')})")


async def sleeps(_: Player, __: Any) -> None:
    """A part that waits longer than any test."""
    await anyio.sleep(60)


def at(seq: int, part: Callable[[Player, Any], Any]) -> Callable[[Player, PhaseOpened], Any]:
    """The part, at one barrier alone."""
    return lambda player, message: part(player, message) if message.seq == seq else None
