"""Awaiting an actor's work so that each stretch of it that runs can be told from the waits between them."""

import math
import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import anyio


@types.coroutine
def stepped(work: Awaitable[Any], enter: Callable[[], None], leave: Callable[[], None]) -> Generator[Any, None, None]:
    """Awaits `work`, calling `enter` before and `leave` after each stretch in which it runs."""
    iterator: Any = work.__await__()
    error: BaseException | None = None
    while True:
        enter()
        try:
            yielded = next(iterator) if error is None else iterator.throw(error)
        except StopIteration:
            return
        finally:
            leave()
        try:
            yield yielded
        except GeneratorExit:
            iterator.close()
            raise
        except BaseException as thrown:
            error = thrown
        else:
            error = None


def is_cancellation(error: BaseException) -> bool:
    """Whether we are being canceled, rather than an actor letting some other cancellation escape."""
    return isinstance(error, anyio.get_cancelled_exc_class()) and anyio.current_effective_deadline() == -math.inf
