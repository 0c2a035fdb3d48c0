"""An actor that waits: what is left in its mailbox, how it works that off. Steps are made by hand, without a loop."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from tests.unit.runtime.troupe import Ping, Pong

from tidegate.core.errors import RequestError
from tidegate.messages.base import Message
from tidegate.runtime.hand import Hand, Waiting


class Notes:
    """Handlers that write down what reaches them."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def at_once(self, message: Message) -> None:
        self.words.append(f"at once {word(message)}")

    async def later(self, message: Message) -> None:
        self.words.append(f"begins {word(message)}")
        await asyncio.sleep(0)
        self.words.append(f"ends {word(message)}")


def word(message: Message | str) -> str:
    assert isinstance(message, Ping)
    return message.word


def waiting(notes: Notes, *rest: tuple[Callable[[Any], Awaitable[None] | None], str]) -> Waiting:
    """Waits for its first message; the rest of the mailbox is given."""
    first = Ping("one")
    work = Waiting(4, notes.later, first, notes.later(first))
    work.rest.extend((handler, Ping(word)) for handler, word in rest)
    return work


def finish(steps: Coroutine[Any, Any, None]) -> None:
    with pytest.raises(StopIteration):
        steps.send(None)


def test_before_the_first_message_nothing_is_in_hand() -> None:
    hand = Hand()
    assert (hand.index, hand.message, hand.batch) == (0, "nothing", ())


def test_the_rest_of_the_mailbox_is_handled_in_order_once_the_wait_is_over() -> None:
    notes = Notes()
    work = waiting(notes, (notes.at_once, "two"), (notes.later, "three"), (notes.at_once, "four"))
    steps = work.work()
    steps.send(None)
    assert notes.words == ["begins one"]
    assert (work.index, work.depth, word(work.message), work.done) == (4, 4, "one", False)
    steps.send(None)
    assert notes.words == ["begins one", "ends one", "at once two", "begins three"]
    assert (work.index, work.depth, word(work.message), work.done) == (4, 2, "three", False)
    finish(steps)
    assert notes.words[4:] == ["ends three", "at once four"]
    assert (work.depth, work.done) == (1, True)


def test_the_wait_that_is_on_can_be_looked_into() -> None:
    notes = Notes()
    work = waiting(notes, (notes.later, "two"))
    first = work.awaitable
    steps = work.work()
    steps.send(None)
    assert work.awaitable is first
    steps.send(None)
    assert work.awaitable is not first
    finish(steps)


@pytest.mark.parametrize("answer", [0, "done", [1]])
def test_a_handler_that_returns_what_cannot_be_awaited_is_told_so(answer: Any) -> None:
    class Answers:
        def on_pong(self, message: Message) -> Any:
            return answer

    work = Waiting(0, Notes().later, Ping("one"), asyncio.sleep(0))
    work.rest.append((Answers().on_pong, Pong("two")))
    steps = work.work()
    steps.send(None)
    said = f"Answers.on_pong returned {answer!r} for a Pong; it must return None or something to await"
    with pytest.raises(RequestError, match=f"{re.escape(said)}$"):
        steps.send(None)
    assert not work.done


def test_a_first_answer_that_cannot_be_awaited_is_told_so_too() -> None:
    wrong: Any = 7
    with pytest.raises(RequestError, match=r"^Notes\.later returned 7 for a Ping;"):
        Waiting(0, Notes().later, Ping("one"), wrong).work().send(None)


def test_a_failure_leaves_the_message_at_fault_in_hand() -> None:
    async def fails(message: Message) -> None:
        raise ValueError("no such price")

    notes = Notes()
    work = waiting(notes, (fails, "two"), (notes.at_once, "three"))
    steps = work.work()
    steps.send(None)
    with pytest.raises(ValueError, match="no such price"):
        steps.send(None)
    assert (word(work.message), work.depth, work.done) == ("two", 2, False)
