"""A checker of message streams: every order lives by the table, fills no more than it is for, and stays ended.

Give it all messages of a run in the order of delivery, or those of a broker alone; `problems` must then be empty.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.messages.base import Message
from tidegate.messages.lifecycle import ENDS, EVENT_OF, OrderEvent, OrderState, follow
from tidegate.messages.orders import (
    OrdersReplaced,
    OrdersSized,
    ReplacesDenied,
    ReplacesRejected,
    ReplacesTrimmed,
)

DUST = 1e-9
SPEAKING: tuple[type[Message], ...] = (*EVENT_OF, ReplacesDenied, ReplacesTrimmed, ReplacesRejected)


@dataclass
class Life:
    """What is known of one order; `open` is signed."""

    state: OrderState = OrderState.UNKNOWN
    open: float = 0.0
    filled: float = 0.0


class OrderLives:
    """The lives of all orders.

    Args:
        whole: whether requests and approvals are among the messages; a broker's own begin with ACCEPT.
    """

    def __init__(self, *, whole: bool = True) -> None:
        self.lives: dict[int, Life] = {}
        self.problems: list[str] = []
        self._whole = whole

    def take(self, messages: Iterable[Message]) -> "OrderLives":
        for message in messages:
            if isinstance(message, SPEAKING):
                columns: Any = message
                for order, quantity in zip(columns.order_id.tolist(), columns.quantity.tolist(), strict=True):
                    self._take(message, order, quantity)
        return self

    def _take(self, message: Message, order: int, quantity: float) -> None:
        life = self.lives.setdefault(order, Life())
        if isinstance(message, ReplacesDenied | ReplacesTrimmed | ReplacesRejected):
            self._expect(message, order, life.state is not OrderState.UNKNOWN or not self._whole, "was never asked for")
            return
        event = EVENT_OF[type(message)]
        if event is OrderEvent.FILL_PART and abs(life.open - quantity) < DUST:
            event = OrderEvent.FILL_REST
        state = life.state
        if not self._whole and state is OrderState.UNKNOWN and event is OrderEvent.REJECT:
            state = OrderState.APPROVED
        if not self._whole and state is OrderState.UNKNOWN and event is OrderEvent.TRIM:
            return  # a price moved to a tick, before the order is accepted
        after = follow(state, event)
        self._expect(message, order, after is not None, f"cannot {event.value} when {state.value}")
        if after is None:
            return
        life.state = after
        self._count(message, order, life, quantity, event)

    def _count(self, message: Message, order: int, life: Life, quantity: float, event: OrderEvent) -> None:
        match event:
            case OrderEvent.SUBMIT | OrderEvent.APPROVE | OrderEvent.ACCEPT | OrderEvent.REPLACE | OrderEvent.SIZE:
                if isinstance(message, OrdersReplaced | OrdersSized) and life.open:
                    self._expect(message, order, life.open * quantity > 0, "changed sides")
                life.open = quantity
            case OrderEvent.FILL_PART | OrderEvent.FILL_REST:
                self._expect(message, order, quantity * life.open > 0, "filled against its side")
                self._expect(message, order, abs(quantity) <= abs(life.open) + DUST, "filled beyond its quantity")
                life.open -= quantity
                life.filled += quantity
            case OrderEvent.TRIM:
                life.open -= quantity
            case OrderEvent.HOLD_BACK:
                self._expect(message, order, abs(life.open - quantity) < DUST, f"is open for {life.open}")
            case OrderEvent.CANCEL | OrderEvent.EXPIRE:
                self._expect(message, order, abs(quantity) <= abs(life.open) + DUST, f"is open for {life.open}")
            case _:
                pass

    def _expect(self, message: Message, order: int, holds: bool, problem: str) -> None:
        if not holds:
            sender, count = divmod(order, ORDERS_PER_SENDER)
            self.problems.append(f"{type(message).__name__}: order {sender}-{count} {problem}")

    def ended(self) -> bool:
        """Whether every order that the broker held has ended."""
        held = (OrderState.OPEN, OrderState.PARTLY)
        return all(life.state in ENDS or life.state not in held for life in self.lives.values())
