"""What a user writes, and what a strategy sees.

strategy    the base class and its hooks
context     what the hooks are given: data, account and actions
batch       one barrier's data by name
desk        what a strategy's actor knows and what it was asked for; the context looks at it
terms       what it must know of the run
selection   picking the best by score
library     strategies that are ready to use
"""

from tidegate.messages.views import Batch, MarketEvent
from tidegate.strategy.context import Context
from tidegate.strategy.instrument import Instrument
from tidegate.strategy.library import BuyAndHold, EqualWeight, LongShort, TopN
from tidegate.strategy.position import Position
from tidegate.strategy.selection import top
from tidegate.strategy.strategy import Strategy

__all__ = [
    "Batch",
    "BuyAndHold",
    "Context",
    "EqualWeight",
    "Instrument",
    "LongShort",
    "MarketEvent",
    "Position",
    "Strategy",
    "TopN",
    "top",
]
