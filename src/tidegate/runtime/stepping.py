"""Awaiting an actor's work so that each stretch of it that runs can be told from the waits between them."""

import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any


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
