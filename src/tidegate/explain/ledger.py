"""The messages of a journal that speak of one order or fill, and what whoever decided had seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np

from tidegate.core.errors import UserError
from tidegate.core.ids import order_label, split_order_id
from tidegate.explain.opening import Recorded
from tidegate.journal.records import Frame
from tidegate.messages.base import Message
from tidegate.messages.blocks import IntColumns
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.messages.orders import Fills

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Event:
    """What one message says of an order.

    Attributes:
        frame: where it stands.
        message: itself.
        row: which of its columns' entries speaks of the order.
    """

    frame: Frame
    message: Any
    row: int


@cache
def speaking() -> frozenset[str]:
    """Names of the message types that speak of orders by id."""
    return frozenset(
        kind.__name__
        for kind in MESSAGE_TYPES
        if "order_id" in kind.__struct_fields__ or (issubclass(kind, IntColumns) and "order_id" in kind.int_rows())
    )


def find_fill(recorded: Recorded, fill_id: int) -> Event:
    """The fill of an id.

    Raises:
        UserError: there is none.
    """
    last = -1
    for frame in _of_type(recorded, Fills.__name__):
        fills: Any = frame.message
        if len(fills.fill_id):
            last = int(fills.fill_id[-1])
            rows = np.flatnonzero(fills.fill_id == fill_id)
            if len(rows):
                return Event(frame, fills, int(rows[0]))
    there = f"fills 0 to {last:,}" if last >= 0 else "no fill"
    raise UserError(f"--fill {fill_id}: {recorded.name} has {there}")


def life(recorded: Recorded, order_id: int, until: int | None = None) -> list[Event]:
    """All that was said of an order, in order of delivery.

    Args:
        recorded: the run.
        order_id: see `core.ids`.
        until: the last barrier to look at; by default all.

    Raises:
        UserError: nothing was.
    """
    found: list[Event] = []
    last: dict[int, int] = {}
    for frame in recorded.journal.frames(last=until):
        if frame.type in speaking():
            message: Any = frame.message
            orders = message.order_id
            found += [Event(frame, message, row) for row in np.flatnonzero(orders == order_id).tolist()]
            for sender, count in map(split_order_id, orders.tolist()):
                last[sender] = max(last.get(sender, 0), count)
    if not found:
        there = ", ".join(f"{sender}-0 to {sender}-{count}" for sender, count in sorted(last.items()))
        raise UserError(f"--order {order_label(order_id)}: {recorded.name} has {there or 'no order'}")
    return found


def last_before(recorded: Recorded, kind: type[M], record: int, barrier: int) -> tuple[Frame, M] | None:
    """The last message of a type that was delivered before a record of a barrier; None where there was none."""
    for first in (barrier - 1, -1):  # nearly always it is near; what is rare is found by reading from the beginning
        found = None
        for frame in recorded.journal.frames(max(first, -1), barrier):
            if frame.number >= record:
                break
            if frame.type == kind.__name__:
                found = frame
        if found is not None:
            message = found.message
            assert isinstance(message, kind)
            return found, message
    return None


def in_barrier(recorded: Recorded, kind: type[M], barrier: int) -> Iterator[tuple[Frame, M]]:
    """The messages of a type in a barrier."""
    for frame in recorded.journal.frames(barrier, barrier):
        if frame.type == kind.__name__:
            message = frame.message
            assert isinstance(message, kind)
            yield frame, message


def fills_of_asset(recorded: Recorded, asset: int, first: int, last: int) -> Iterator[Event]:
    """Fills of an asset in some barriers, in order."""
    for frame in recorded.journal.frames(first, last):
        if frame.type == Fills.__name__:
            fills: Any = frame.message
            yield from (Event(frame, fills, row) for row in np.flatnonzero(fills.asset == asset).tolist())


def cause_of(frame: Frame) -> int:
    """The record that the sender was handling: what was delivered before it, the sender knew."""
    return max(frame.causes, default=frame.number)


def _of_type(recorded: Recorded, name: str) -> Iterator[Frame]:
    return (frame for frame in recorded.journal.frames() if frame.type == name)
