"""The life of an order, as a table: which event may follow which state, and what state that makes.

UNKNOWN     nobody has spoken of it
REQUESTED   a strategy has asked for it; the risk manager has not answered
APPROVED    the risk manager lets it through; the broker has not answered
OPEN        the broker holds it, alive or asleep until another fills, and nothing of it has filled
PARTLY      the broker holds the rest of it
FILLED, DENIED, REJECTED, CANCELED, EXPIRED, SKIPPED
            it has ended, and stays so

A strategy's order begins with SUBMIT; one of the risk manager's with APPROVE, for nobody asks; an exit of the broker's
with ACCEPT; a target that could not be made into an order with DENY, and one that was not worth an order with SKIP.
Whether a fill is the last is known from the quantity that is open: what was accepted, less what filled and what was cut
off, or what it was last replaced by. SIZE says of how many units a target is from then on, where that is worked out
when it goes. TRIM takes a part away, before it is approved or while it waits, or rounds its prices; HOLD_BACK says what
a bar's volume left open of it. To be refused a change is no event of the order's life: it changes nothing, and may come
when the order has ended.

An event that the table does not have in a state is illegal there, and changes nothing.
"""

from enum import StrEnum

from tidegate.messages.base import Message
from tidegate.messages.orders import (
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersHeldBack,
    OrdersRejected,
    OrdersReplaced,
    OrdersSized,
    OrdersTrimmed,
    SubmitOrders,
    TargetsSkipped,
)


class OrderState(StrEnum):
    """Where an order stands."""

    UNKNOWN = "unknown"
    REQUESTED = "requested"
    APPROVED = "approved"
    OPEN = "open"
    PARTLY = "partly"
    FILLED = "filled"
    DENIED = "denied"
    REJECTED = "rejected"
    CANCELED = "canceled"
    EXPIRED = "expired"
    SKIPPED = "skipped"


class OrderEvent(StrEnum):
    """What can happen to an order."""

    SUBMIT = "submit"
    TRIM = "trim"
    DENY = "deny"
    APPROVE = "approve"
    REJECT = "reject"
    ACCEPT = "accept"
    HOLD_BACK = "hold_back"
    REPLACE = "replace"
    SIZE = "size"
    FILL_PART = "fill_part"
    FILL_REST = "fill_rest"
    CANCEL = "cancel"
    EXPIRE = "expire"
    SKIP = "skip"


S, E = OrderState, OrderEvent
TRANSITIONS: dict[tuple[OrderState, OrderEvent], OrderState] = {
    (S.UNKNOWN, E.SUBMIT):      S.REQUESTED,
    (S.UNKNOWN, E.DENY):        S.DENIED,
    (S.UNKNOWN, E.SKIP):        S.SKIPPED,
    (S.UNKNOWN, E.APPROVE):     S.APPROVED,
    (S.UNKNOWN, E.ACCEPT):      S.OPEN,
    (S.REQUESTED, E.TRIM):      S.REQUESTED,
    (S.REQUESTED, E.DENY):      S.DENIED,
    (S.REQUESTED, E.APPROVE):   S.APPROVED,
    (S.APPROVED, E.TRIM):       S.APPROVED,
    (S.APPROVED, E.REJECT):     S.REJECTED,
    (S.APPROVED, E.ACCEPT):     S.OPEN,
    (S.OPEN, E.TRIM):           S.OPEN,
    (S.OPEN, E.HOLD_BACK):      S.OPEN,
    (S.OPEN, E.REPLACE):        S.OPEN,
    (S.OPEN, E.SIZE):           S.OPEN,
    (S.OPEN, E.FILL_PART):      S.PARTLY,
    (S.OPEN, E.FILL_REST):      S.FILLED,
    (S.OPEN, E.CANCEL):         S.CANCELED,
    (S.OPEN, E.EXPIRE):         S.EXPIRED,
    (S.PARTLY, E.TRIM):         S.PARTLY,
    (S.PARTLY, E.HOLD_BACK):    S.PARTLY,
    (S.PARTLY, E.REPLACE):      S.PARTLY,
    (S.PARTLY, E.FILL_PART):    S.PARTLY,
    (S.PARTLY, E.FILL_REST):    S.FILLED,
    (S.PARTLY, E.CANCEL):       S.CANCELED,
    (S.PARTLY, E.EXPIRE):       S.EXPIRED,
}  # fmt: skip
"""The whole table."""
ENDS = frozenset(state for state in OrderState if not any(state is before for before, _ in TRANSITIONS))
"""The states that nothing follows."""
EVENT_OF: dict[type[Message], OrderEvent] = {
    SubmitOrders: E.SUBMIT,
    OrdersTrimmed: E.TRIM,
    OrdersDenied: E.DENY,
    OrdersApproved: E.APPROVE,
    OrdersRejected: E.REJECT,
    OrdersAccepted: E.ACCEPT,
    OrdersHeldBack: E.HOLD_BACK,
    OrdersReplaced: E.REPLACE,
    Fills: E.FILL_PART,
    OrdersCanceled: E.CANCEL,
    OrdersExpired: E.EXPIRE,
    OrdersSized: E.SIZE,
    TargetsSkipped: E.SKIP,
}
"""What each message says of the orders it speaks of; a fill is FILL_REST where nothing is left open."""


def follow(state: OrderState, event: OrderEvent) -> OrderState | None:
    """The state after an event; None where it is illegal, and the state stays."""
    return TRANSITIONS.get((state, event))


def end_by(kind: type[Message]) -> OrderState | None:
    """The state in which a message of this type leaves orders for good; None where it does not end them."""
    after = {state for (_, event), state in TRANSITIONS.items() if event is EVENT_OF[kind]}
    return after.pop() if len(after) == 1 and after <= ENDS else None  # deterministic: one element
