"""The closed sets of the field, as small integers that travel in array columns."""

from enum import IntEnum, StrEnum


class Phase(IntEnum):
    """The parts of a barrier, in order; each ends by quiescence."""

    ADVANCE = 0
    FILL = 1
    MARK = 2
    GUARD = 3
    DECIDE = 4
    RECORD = 5


class FillTiming(StrEnum):
    """When an order accepted at barrier t fills."""

    NEXT_OPEN = "next_open"
    SAME_CLOSE = "same_close"
    NEXT_CLOSE = "next_close"


class ShortageRule(StrEnum):
    """Who gets the cash when a batch of entries needs more than there is.

    scale: every entry is cut by one factor. rank: highest priority first, the one that does not fit is cut to what is
    left. reject: highest priority first, all or nothing each. Equal priorities go by asset name.
    """

    SCALE = "scale"
    RANK = "rank"
    REJECT = "reject"


class FillPoint(IntEnum):
    """The place inside a bar at which a fill happened."""

    OPEN = 0
    BAR = 1
    CLOSE = 2


class PostingKind(IntEnum):
    """Why cash changed."""

    DEPOSIT = 0
    TRADE = 1
    COMMISSION = 2


class Reason(IntEnum):
    """Why an order, or a part of it, did not go through as asked."""

    NONE = 0
    NO_PRICE = 1
    """The asset has not traded yet, so nothing can be valued."""
    SHORT_NOT_ALLOWED = 2
    """A sell exceeds the position less the sells already pending, in a cash account."""
    NO_POSITION = 3
    """A reduction found less to reduce than it asked: another exit came first."""
    CASH_SHORTAGE = 4
    MAX_WEIGHT = 5
    MAX_GROSS = 6
    TRADING_HALTED = 7
    RULE = 8
    """A rule of the user's; the text is with the event."""
    CANCEL_REQUESTED = 9
    END_OF_DATA = 10


class RunStatus(StrEnum):
    """How a run stands, as its manifest says it."""

    RUNNING = "running"
    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
