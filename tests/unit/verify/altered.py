"""Recorded steps with one thing in them altered."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from tests.unit.verify.recorded import Sent, Steps

from tidegate.core.arrays import freeze
from tidegate.messages.base import Message


def places(steps: Sequence[Sent | int], kind: type[Message], where: Callable[[Any], bool] = bool) -> list[int]:
    """The numbers of the messages of a type of which something is true."""
    return [
        number
        for number, step in enumerate(steps)
        if isinstance(step, Sent) and type(step.message) is kind and (where is bool or where(step.message))
    ]


def with_message(steps: Steps, number: int, change: Callable[[Any], Message]) -> Steps:
    """The same steps with one message altered."""
    step = steps[number]
    assert isinstance(step, Sent)
    return (*steps[:number], replace(step, message=change(step.message)), *steps[number + 1 :])


def with_place(steps: Steps, number: int, **changes: Any) -> Steps:
    """The same steps with one message said to stand elsewhere."""
    step = steps[number]
    assert isinstance(step, Sent)
    return (*steps[:number], replace(step, **changes), *steps[number + 1 :])


def column(name: str, change: Callable[[Any], Any], at: int = 0) -> Callable[[Any], Message]:
    """Alters one entry of a column."""

    def altered(message: Any) -> Message:
        row = vars(type(message)).get(name)
        if hasattr(row, "row"):
            block = "floats" if type(row).__name__ == "FloatRow" else "ints"
            values = getattr(message, block).copy()
            values[row.row, at] = change(values[row.row, at])
            return replaced(message, **{block: freeze(values)})
        values = getattr(message, name).copy()
        values[at] = change(values[at])
        return replaced(message, **{name: freeze(values)})

    return altered


def field(name: str, change: Callable[[Any], Any]) -> Callable[[Any], Message]:
    """Alters a field."""
    return lambda message: replaced(message, **{name: change(getattr(message, name))})


def replaced(message: Message, **fields: Any) -> Message:
    """The same message with other fields."""
    return msgspec.structs.replace(message, **fields)
