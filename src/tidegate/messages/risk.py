"""What the risk manager says beside approving and refusing orders (see `orders`)."""

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.base import Message


class ProtectiveLevels(Message, frozen=True):
    """The exit prices of all positions, replacing the levels sent before.

    Sent while a bar is being filled, they hold for the rest of that bar; sent later, from the next bar on.

    Attributes:
        stop, take: (n_assets,) price that closes the position, NaN where there is none.
        stop_rule, take_rule: (n_assets,) int64 rows of `rules`, meaningful where the level is not NaN.
        rules: names of the rules.
    """

    stop: FloatArray
    take: FloatArray
    stop_rule: IntArray
    take_rule: IntArray
    rules: tuple[str, ...]


class TrailingStops(Message, frozen=True):
    """How the stops that were sent just before follow the price inside a bar; sent only where there are finer bars.

    A finer bar that goes beyond the best price of a position makes it the best, and its stop what `pct` leaves of that,
    where this is nearer. Levels that come without this stay where they are.

    Attributes:
        best: (n_assets,) highest price since a long was opened, lowest of a short; NaN while flat.
        pct: fraction of the best price at which the stop lies behind it.
        rule: row of the levels' `rules`.
    """

    best: FloatArray
    pct: float
    rule: int


class AmbiguousBars(Message, frozen=True):
    """Bars in which it mattered which way the price went between its extremes; the path policy decided.

    Attributes:
        asset: int64 columns.
        stop, take: both levels of a position; or the prices at which an order, or one of its group, goes where the
            low, or the high, comes first, NaN for not at all.
        finer_ts_ns: end of the finer bars that these are, ns UTC; -1 for those of the barrier itself.
    """

    seq: int
    asset: IntArray
    stop: FloatArray
    take: FloatArray
    finer_ts_ns: int = -1


class TradingHalted(Message, frozen=True):
    """From here on entries are denied; exits still go through."""

    seq: int
    rule: str
    text: str
