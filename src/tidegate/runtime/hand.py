"""What is being handled right now, and the mailboxes that wait for it."""

import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from tidegate.core.errors import ActorFailed, RequestError
from tidegate.messages.base import Message
from tidegate.messages.clock import RunFinished
from tidegate.runtime.actor import Handler, handler_name


class Hand:
    """What is being handled, for whoever must name it, another thread included.

    Attributes:
        index: the actor's number.
        message: in hand, or a word for what is not a message.
        batch: the superstep's messages, empty where `message` is the only one.
    """

    __slots__ = ("batch", "index", "message")

    def __init__(self) -> None:
        self.index = 0
        self.message: Message | str = "nothing"
        self.batch: Sequence[Message] = ()


class Waiting:
    """An actor whose handler returned an awaitable: what it waits for and what is left in its mailbox."""

    __slots__ = ("awaitable", "done", "handler", "index", "message", "rest")

    def __init__(self, index: int, handler: Handler, message: Message, awaitable: Awaitable[None]) -> None:
        self.index = index
        self.handler = handler
        self.message = message
        self.awaitable = awaitable
        self.rest: deque[tuple[Handler, Message]] = deque()
        self.done = False

    @property
    def depth(self) -> int:
        """Messages not finished, that in hand included."""
        return 1 + len(self.rest)

    async def work(self) -> None:
        """Waits, then handles the rest of the mailbox, waiting wherever a handler asks for it."""
        await checked(self.awaitable, self.handler, self.message)
        while self.rest:
            self.handler, self.message = self.rest.popleft()
            result = self.handler(self.message)
            if result is not None:
                self.awaitable = result
                await checked(result, self.handler, self.message)
        self.done = True


def checked(result: Awaitable[None], handler: Handler, message: Message) -> Awaitable[None]:
    """What a handler returned, if it can be awaited.

    Raises:
        RequestError: it cannot.
    """
    if inspect.isawaitable(result):
        return result
    raise RequestError(
        f"{handler_name(handler)} returned {result!r} for a {type(message).__name__}; it must return None or something"
        " to await"
    )


def label_of(message: Message | str) -> str:
    """What is in hand, in a word."""
    return message if isinstance(message, str) else type(message).__name__


def mail_of(depth: int) -> str:
    """How much waits, in words."""
    return f"{depth:,} message{'s' if depth != 1 else ''} in its mailbox"


def failed_in(name: str, seq: int, ended: RunFinished | None, label: str, error: BaseException) -> ActorFailed:
    """The failure of an actor at a barrier, or once the run has ended, in what is told by a label."""
    if ended is None:
        return ActorFailed(name, seq, label, error)
    # The last barrier is long committed: by its number alone the failure would seem to be one of that barrier.
    failed = ActorFailed(name, ended.seq, label, error)
    when = "before any barrier" if ended.seq < 0 else f"after the last barrier ({ended.seq})"
    what = f"{type(error).__name__}: {error}"
    failed.args = (f"actor '{name}' failed at the end of the run, {when}, handling {label}: {what}",)
    return failed


class Watched(Waiting):
    """An actor that waits, and the message by which it sends what it sends.

    Args:
        note: is told of actor and cause whenever the actor may have sent something.
    """

    __slots__ = ("_note", "cause", "numbers")

    def __init__(
        self,
        note: Callable[[int, int], None],
        index: int,
        handler: Handler,
        message: Message,
        awaitable: Awaitable[None],
        cause: int,
    ) -> None:
        super().__init__(index, handler, message, awaitable)
        self._note = note
        self.cause = cause
        self.numbers: deque[int] = deque()

    async def work(self) -> None:
        """As `Waiting.work`; what was sent is noted whenever a message has been handled."""
        await checked(self.awaitable, self.handler, self.message)
        self.note_sent()
        while self.rest:
            self.handler, self.message = self.rest.popleft()
            self.cause = self.numbers.popleft()
            result = self.handler(self.message)
            if result is not None:
                self.awaitable = result
                await checked(result, self.handler, self.message)
            self.note_sent()
        self.done = True

    def note_sent(self) -> None:
        """Called also whenever the work comes to a wait: others may then run and send in the actor's name."""
        self._note(self.index, self.cause)
