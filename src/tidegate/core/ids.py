"""Order numbers: one int64 holds who sent the order and which of theirs it is.

No counter is shared by actors, so a number depends only on its sender's own history.
"""

ORDERS_PER_SENDER = 2**40
"""Room for each sender's own orders."""
PROTECTIVE_SENDER = 0
"""Sender number of exits that the broker makes from a protective level."""
RISK_SENDER = 1
"""Sender number of exits that the risk manager orders; strategies count from 2."""
FIRST_STRATEGY_SENDER = 2


def order_id(sender: int, count: int) -> int:
    """The id of a sender's `count`-th order, from 0."""
    return sender * ORDERS_PER_SENDER + count


def split_order_id(order: int) -> tuple[int, int]:
    """(sender, count) of an order id."""
    return divmod(order, ORDERS_PER_SENDER)


def order_label(order: int) -> str:
    """`2-17` for the eighteenth order of sender 2: how an order is named to a person."""
    sender, count = divmod(order, ORDERS_PER_SENDER)
    return f"{sender}-{count}"
