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


class Sizing(StrEnum):
    """When a target becomes so many units.

    decision: at the decision, at its prices. fill: when the order goes, at the prices at which it does.
    """

    DECISION = "decision"
    FILL = "fill"


class FillPoint(IntEnum):
    """The place inside a bar at which a fill happened."""

    OPEN = 0
    BAR = 1
    CLOSE = 2


class OrderKind(IntEnum):
    """What an order waits for, and at what price it goes; see `kernels.paths` for the exact rules."""

    MARKET = 0
    LIMIT = 1
    """At its limit or better."""
    STOP = 2
    """At the market, once the price reaches the stop."""
    STOP_LIMIT = 3
    """A limit order, once the price reaches the stop."""
    TRAILING_STOP = 4
    """A stop that follows the price at a distance, in the order's favor only."""
    TRAILING_STOP_LIMIT = 5
    """A limit order at a distance beyond the trailing stop, once that is reached."""


class TimeInForce(IntEnum):
    """How long an order lives; where there are no sessions, one bar is a day."""

    GTC = 0
    """Until it fills or is canceled."""
    DAY = 1
    """One bar."""
    GTD = 2
    """Through the last bar that ends by a given time."""
    IOC = 3
    """It goes at the open or close that it meets in the next bar, or not at all."""
    FOK = 4
    """As IOC, and whole or not at all."""
    ON_OPEN = 5
    """It meets the next open alone."""
    ON_CLOSE = 6
    """It meets the next close alone."""


class PathPolicy(StrEnum):
    """Which way the price took through a bar of which only four prices are known.

    high_first: open, high, low, close. low_first: open, low, high, close. nearest_to_open: the extreme nearer to the
    open first. pessimistic, optimistic: for each order that one of the two ways that leaves it worse, or better, off
    at the close.
    """

    PESSIMISTIC = "pessimistic"
    OPTIMISTIC = "optimistic"
    HIGH_FIRST = "high_first"
    LOW_FIRST = "low_first"
    NEAREST_TO_OPEN = "nearest_to_open"


class PostingKind(IntEnum):
    """Why cash changed."""

    DEPOSIT = 0
    TRADE = 1
    COMMISSION = 2
    DIVIDEND = 3
    INTEREST = 4
    """On cash, to the account."""
    FINANCING = 5
    """On borrowed cash, by the account."""
    BORROW = 6
    """On shares that were borrowed to be sold."""
    VARIATION = 7
    """The day's profit or loss of a future."""
    CASH_IN_LIEU = 8
    """For the part of a share that a corporate action leaves."""
    CONVERSION = 9
    """From one currency to another."""


class ActionKind(IntEnum):
    """What happens to an asset beside trading; actions of one date take effect in this order."""

    DIVIDEND = 0
    """Cash for each share, to who held it at the close before."""
    SPLIT = 1
    """So many new shares for each old one."""
    SYMBOL_CHANGE = 2
    """It goes on under another name."""
    MERGER_STOCK = 3
    """It becomes shares of another, and maybe some cash."""
    MERGER_CASH = 4
    """It becomes cash."""
    DELISTING = 5
    """It trades no more, and is settled."""
    HALT = 6
    """Nothing of it trades from here on."""
    RESUME = 7
    """It trades again."""
    PAYMENT = 8
    """The cash of a dividend comes, on its pay date."""


class Reason(IntEnum):
    """Why an order, or a part of it, did not go through as asked."""

    NONE = 0
    NO_PRICE = 1
    """The asset has not traded yet, or its currency has no rate yet, so nothing can be valued."""
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
    TIME_IN_FORCE = 11
    """Its time was over."""
    ONE_CANCELS_OTHER = 12
    """Another order of its group filled."""
    PARENT_ENDED = 13
    """The order that had to fill first has ended unfilled."""
    REDUCE_ONLY = 14
    """It may only reduce a position, and there is none, or less than it asked."""
    REPLACED = 15
    """Its owner has changed it."""
    CANNOT_REPLACE = 16
    """It has ended, or what it is to become makes no sense."""
    VOLUME_LIMIT = 17
    """Its share of the bar's volume is used up."""
    MINIMUM_SIZE = 18
    """It is smaller than the smallest order of its asset."""
    LOT_SIZE = 19
    """It is no multiple of its asset's lot."""
    TICK_SIZE = 20
    """Its price is no multiple of its asset's tick."""
    MARGIN_SHORTAGE = 21
    MARGIN_CALL = 22
    """The account has less than its maintenance margin."""
    NEGATIVE_EQUITY = 23
    BORROW_UNAVAILABLE = 24
    """There is not so much to borrow."""
    BORROW_RECALLED = 25
    """The lender wants it back."""
    DELISTED = 26
    ASSET_HALTED = 27
    CORPORATE_ACTION = 28
    """A corporate action left nothing to do for it."""
    BELOW_THRESHOLD = 29
    """The change is too small to be worth a trade."""


class RunStatus(StrEnum):
    """How a run stands, as its manifest says it."""

    RUNNING = "running"
    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
