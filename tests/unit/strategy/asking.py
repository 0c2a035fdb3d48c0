"""Orders of a hook as short rows, actions that are refused, and orders that wait."""

import numpy as np
import pytest
from tests.unit.actors.letters import only, orders, row
from tests.unit.strategy.hooked import Action, Hooked

from tidegate.core.errors import RequestError
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersAccepted, SubmitOrders
from tidegate.strategy.context import Context

Order = tuple[int, float, float]
"""(asset, quantity, priority)."""
REDUCTION = -np.inf


def asked(messages: list[Message]) -> list[Order]:
    """The orders in a hook's messages, in their order."""
    if not messages:
        return []
    sent = only(messages, SubmitOrders)
    return list(zip(sent.asset.tolist(), sent.quantity.tolist(), sent.priority.tolist(), strict=True))


def refuses(actor: Hooked, action: Action, said: str) -> None:
    """In a hook, the action raises with these words, and leaves nothing behind that is sent."""

    def tried(ctx: Context) -> None:
        with pytest.raises(RequestError, match=said):
            action(ctx)

    assert actor.decide(tried) == []


def waiting(*rows: tuple[int, float], held: tuple[float, ...] = (0, 0, 0)) -> Hooked:
    """Orders that were accepted at barrier 0 and still wait at barrier 1."""
    actor = Hooked()
    actor.see()
    submitted = only(actor.decide(lambda ctx: [ctx.order(asset, quantity) for asset, quantity in rows]), SubmitOrders)
    actor.deliver(orders(OrdersAccepted, *rows))
    assert len(submitted.tags) == len(rows)
    pending = row({})
    for asset, quantity in rows:
        pending[asset] += quantity
    actor.see(1, held=held, pending=pending.tolist())
    return actor
