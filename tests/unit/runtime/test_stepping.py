"""Stretches of awaited work, told apart from the waits between them."""

import types
from collections.abc import Generator

import pytest

from tidegate.runtime.stepping import stepped


class Script:
    """Work that yields twice, and notes what happens to it among the calls of `enter` and `leave`."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    @types.coroutine
    def give_way(self) -> Generator[str, None, None]:
        yield "waiting"

    async def work(self) -> None:
        try:
            self.notes.append("one")
            await self.give_way()
            self.notes.append("two")
            await self.give_way()
            self.notes.append("three")
        except KeyError:
            self.notes.append("caught")
            await self.give_way()
        finally:
            self.notes.append("cleaned up")

    def begin(self) -> Generator[str, None, None]:
        async def outer() -> None:
            await stepped(self.work(), lambda: self.notes.append("<"), lambda: self.notes.append(">"))

        return outer().__await__()


def test_every_stretch_lies_between_enter_and_leave() -> None:
    script = Script()
    assert list(script.begin()) == ["waiting", "waiting"]
    assert script.notes == ["<", "one", ">", "<", "two", ">", "<", "three", "cleaned up", ">"]


def test_what_is_thrown_into_a_wait_reaches_the_work() -> None:
    script = Script()
    steps = script.begin()
    next(steps)
    assert steps.throw(KeyError()) == "waiting"
    with pytest.raises(StopIteration):
        next(steps)
    assert script.notes == ["<", "one", ">", "<", "caught", ">", "<", "cleaned up", ">"]


def test_closing_a_wait_closes_the_work() -> None:
    script = Script()
    steps = script.begin()
    next(steps)
    steps.close()
    assert script.notes == ["<", "one", ">", "cleaned up"]
