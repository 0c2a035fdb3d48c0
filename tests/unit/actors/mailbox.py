"""An actor without a scheduler: what is delivered goes to its handlers, what it sends is caught."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.runtime.actor import Actor, RouteKey


class Mailbox:
    """The other end of an actor.

    Args:
        handled: what some actor of the run handles; by default what this one does.
    """

    def __init__(self, actor: Actor, handled: Iterable[RouteKey] | None = None) -> None:
        self._sent: list[Message] = []
        self._routes = actor.routes()
        actor.wire(self._sent.append, _no_tasks)
        actor.wired(frozenset(self._routes if handled is None else handled))

    def handles(self, key: RouteKey) -> bool:
        return key in self._routes

    def deliver(self, *messages: Message) -> list[Message]:
        """Hands it these, one after the other, and returns what it sent; what nobody handles is passed over."""
        for message in messages:
            work = self.begin(message)
            if work is not None:
                asyncio.run(_finish(work))
        return self.sent()

    def begin(self, message: Message) -> Awaitable[None] | None:
        """Calls the handler; what it returns is still to be awaited."""
        handler: Any = self._routes.get(message.phase if isinstance(message, PhaseOpened) else type(message))
        return None if handler is None else handler(message)

    def sent(self) -> list[Message]:
        """What was sent since the last look."""
        sent = self._sent.copy()
        self._sent.clear()
        return sent


async def _finish(work: Awaitable[None]) -> None:
    await work


def _no_tasks(*_: Any) -> None:
    raise AssertionError("this actor should not spawn tasks")
