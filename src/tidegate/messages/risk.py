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


class AmbiguousBars(Message, frozen=True):
    """Bars that touched both levels of a position; the pessimistic one was taken.

    Attributes:
        asset: int64 columns.
        stop, take: the two levels.
    """

    seq: int
    asset: IntArray
    stop: FloatArray
    take: FloatArray


class TradingHalted(Message, frozen=True):
    """From here on entries are denied; exits still go through."""

    seq: int
    rule: str
    text: str
