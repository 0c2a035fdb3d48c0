"""The closed sets of the field, as small integers that travel in array columns.

What decides about fills says four things: when (and what) it is, at what price, in which order of events (within a
barrier: see `kernels`), and where that is unrealistic.
"""

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
    """When an order at the market, accepted at barrier t, fills.

    When: next_open at the open, next_close at the close of its asset's first bar after t; same_close at the close of t
    itself, or where t has no bar of it, at that of the next one.
    Price: that open or close, made worse by slippage.
    Order: next_open after the exits that the open triggers and before the rest of the bar; next_close after all that
    happens inside the bar; same_close in DECIDE, after which positions are marked anew. Orders that wait for a price
    know no timing.
    Unrealistic: same_close trades at the price that it decides by; the two others let any quantity have part in an
    auction, as far as `participation` lets it.
    """

    NEXT_OPEN = "next_open"
    SAME_CLOSE = "same_close"
    NEXT_CLOSE = "next_close"


class ShortageRule(StrEnum):
    """Who gets the cash, or the margin, when a batch of entries needs more than there is.

    scale: every entry is cut by one factor. rank: highest priority first, the one that does not fit is cut to what is
    left. reject: highest priority first, all or nothing each. Equal priorities go by asset name.

    When: at each price point, over all entries that go there; never before they go.
    Price: what is cut fills at the price that the whole order would have had.
    Order: after the reductions of that point, whose cash it shares; what is cut is canceled, and does not wait.
    Unrealistic: a broker serves orders as they come, and tests each against the cash of that moment.
    """

    SCALE = "scale"
    RANK = "rank"
    REJECT = "reject"


class Sizing(StrEnum):
    """When a target becomes so many units.

    When: decision: as the strategy asks for it. fill: at the price point at which the order goes, once.
    Price: decision: last close and marked equity. fill: open or close of that point before slippage, for equity too.
    Order: fill: after the exits at levels of that point, before anything else fills there; an order keeps its side.
    Unrealistic: fill: equity at the open is known to nobody before the open; a quantity must be sent before it.
    """

    DECISION = "decision"
    FILL = "fill"


class FillPoint(IntEnum):
    """The place inside a bar at which a fill happened."""

    OPEN = 0
    BAR = 1
    CLOSE = 2


class OrderKind(IntEnum):
    """What an order waits for, and at what price it goes; see `kernels.paths` for the exact rules.

    All but market orders meet bars from the one after their acceptance on, whatever the fill timing.
    Order of all kinds: a bar has three price points, its open, the way from there to its close, and its close. At each,
    exits at levels go before orders; reductions by place before entries, which share what cash there is. The way of the
    price through a bar says whether and at what price an order goes, and who of a group; not who is served first.
    """

    MARKET = 0
    """When: see `FillTiming`. Price: the open or close that it meets, and slippage. Unrealistic: any quantity finds
    that one price, as far as `participation` lets it."""
    LIMIT = 1
    """At its limit or better. When: at an open within the limit, else where the price comes to it (`limit_fill:
    through`: beyond it). Price: the open or the limit; slippage stops there. Unrealistic: a touch fills all of it, as
    if nobody stood before it in the queue."""
    STOP = 2
    """At the market, once the price reaches the stop. When: at an open beyond the stop, else where the price comes to
    it. Price: the open or the stop, and slippage. Unrealistic: inside a bar it fills at the stop, without a gap."""
    STOP_LIMIT = 3
    """A limit order, once the price reaches the stop. When: then and there if the price is within the limit, else when
    it comes back to that, in this bar or a later one. Price: the open, the stop or the limit; slippage stops at the
    limit. Unrealistic: as limit and stop; and a bar shows no more than one way back."""
    TRAILING_STOP = 4
    """A stop that follows the price at a distance, in the order's favor only. When, price: as a stop, at its level,
    which starts from the last price known at acceptance; an open is met before it moves the level, and inside a bar
    each extreme moves it before the way turns back. Unrealistic: as stop; and the price turns more often than a bar
    shows."""
    TRAILING_STOP_LIMIT = 5
    """A limit order at a distance beyond the trailing stop, once that is reached. When, price: as a stop-limit at the
    level that triggered it, which then stays where it is. Unrealistic: as stop-limit and trailing stop."""


class TimeInForce(IntEnum):
    """How long an order lives. A bar is the unit, whatever the sessions of an exchange are.

    Price: as the order's kind says.
    Order: what is over expires as the last thing in FILL, after the close has been met (`OrdersExpired`), whether its
    asset had a bar or not. What sleeps until another order fills does not grow older.
    Unrealistic: on intraday bars DAY ends with the next bar and not in the evening; GTD does that.
    """

    GTC = 0
    """When: until it fills or is canceled, or the data end."""
    DAY = 1
    """When: the one bar after its acceptance; at the market with `same_close`, the close of the decision alone."""
    GTD = 2
    """When: through the last bar that ends by a given time."""
    IOC = 3
    """When: the first open or close that it meets, which for a limit is the next open; what does not fill there
    ends."""
    FOK = 4
    """When: as IOC, and whole or not at all: cash, position and volume must be there for all of it."""
    ON_OPEN = 5
    """When: the next open alone, whatever the fill timing."""
    ON_CLOSE = 6
    """When: the next close alone (with `same_close`, that of the decision); a limit, if the close is within it. Price:
    the close, for limits too."""


class PathPolicy(StrEnum):
    """Which way the price took through a bar of which only four prices are known.

    high_first: open, high, low, close. low_first: open, low, high, close. nearest_to_open: the extreme nearer to the
    open first. pessimistic, optimistic: for each order that one of the two ways that leaves it worse, or better, off
    at the close.

    When: inside every bar, for each order by itself, or for a group as one. A bar in which the two ways differ is
    counted as ambiguous. Of two exit levels in one bar the stop is taken, unless the policy is optimistic or has the
    profit's extreme first.
    Price: it decides who goes, and at which of the prices that their orders name; it makes none.
    Order: after the open; of a group, who comes first on the way goes.
    Unrealistic: each order is given its own way, so two orders may see two different bars; and the price turns more
    often than twice. Finer bars leave less to assume.
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
    """What happens to an asset beside trading; actions of one date take effect in this order.

    When: at the first barrier of its ex date or after it, before the bar is met, to what was held at the close before.
    Order: after the night's interest and the payments that are due; open orders change or end at once, so they meet the
    bar as they have become. The exact amounts: `kernels.corporate`, `kernels.restating`.
    """

    DIVIDEND = 0
    """Cash for each share; who is short pays. Price: as announced; owed from the ex date, cash on the pay date.
    Unrealistic: nothing is withheld, and only the market lowers the price."""
    SPLIT = 1
    """So many new shares for each old one. Price: fractions of a share at the last close, in new shares. Unrealistic:
    orders are not rounded to ticks or lots."""
    SYMBOL_CHANGE = 2
    """It goes on under another name, with its orders and levels. Price: none."""
    MERGER_STOCK = 3
    """It becomes shares of another, and maybe some cash; its orders are canceled. Price: the other's last close for
    fractions and for what is sold by the cash. Unrealistic: holders have no choice, and no fraction waits."""
    MERGER_CASH = 4
    """It becomes cash, without commission; its orders are canceled. Price: as announced. Unrealistic: cash comes on the
    date itself."""
    DELISTING = 5
    """It trades no more, and is settled without commission; its orders are canceled. Price: as announced, else the last
    close. Unrealistic: cash comes at once, however long a liquidation takes."""
    HALT = 6
    """Nothing of it trades from here on; orders are taken and wait. Price: its last close stays its mark. Unrealistic:
    the time of orders runs on."""
    RESUME = 7
    """It trades again. Price: its bar's; what waited meets the open."""
    PAYMENT = 8
    """The cash of a dividend comes, on its pay date. Price: the amount that was owed, at the ex date's rate."""


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
    DELISTED = 25
    CORPORATE_ACTION = 26
    """A corporate action left nothing to do for it."""
    BELOW_THRESHOLD = 27
    """The change is too small to be worth a trade."""


class RunStatus(StrEnum):
    """How a run stands, as its manifest says it."""

    RUNNING = "running"
    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
