"""An account that is driven bar by bar as the broker drives it, and the messages it is given."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from tests.unit.kernels.desk import ASSETS, NO_BAR, A, Order
from tests.unit.kernels.made import MICRO, NAN, declared, floats, ints

from tidegate.core.arrays import freeze
from tidegate.core.enums import FillTiming
from tidegate.kernels.execution import Execution
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.kernels.shortage import SCALE
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import OrdersApproved
from tidegate.messages.risk import ProtectiveLevels

M = TypeVar("M", bound=Message)
DEPOSIT = 10_000 * MICRO
DAY = 86_400_000_000_000
NEXT_OPEN, NEXT_CLOSE, SAME_CLOSE = FillTiming.NEXT_OPEN, FillTiming.NEXT_CLOSE, FillTiming.SAME_CLOSE
Bar = Sequence[float]


def made_terms(**changed: Any) -> ExecutionTerms:
    usual: dict[str, Any] = {
        "timing": NEXT_OPEN, "commission_bps": 0.0, "per_share": 0.0, "minimum": 0.0, "slippage_bps": 0.0,
        "shortage": SCALE, "fractional": False,
    }  # fmt: skip
    return ExecutionTerms(**(usual | changed))


def flat(price: float) -> Bar:
    return (price, price, price, price, 1.0)


def approved(*orders: Order, tag: str = "") -> OrdersApproved:
    columns = [list(column) for column in zip(*orders, strict=True)]
    parts = freeze(ints(*columns[0])), freeze(ints(*columns[1])), freeze(floats(*columns[2]))
    return OrdersApproved(*parts, freeze(floats(*columns[3])), (tag,) * len(orders), None)


def protection(stop: Sequence[float], take: Sequence[float] = (NAN,) * ASSETS) -> ProtectiveLevels:
    rules = freeze(ints(*[0] * ASSETS)), freeze(ints(*[1] * ASSETS))
    return ProtectiveLevels(freeze(floats(*stop)), freeze(floats(*take)), *rules, ("stop_loss", "take_profit"))


class Desk:
    """An account, and a bar after another for it."""

    def __init__(self, *, cash: int = DEPOSIT, kernels: Kernels = INTERPRETED, **changed: Any) -> None:
        self.execution = Execution(declared(ASSETS), cash, made_terms(**changed), kernels)
        self.seq = -1

    def batch(self, *bars: Bar) -> MarketBatch:
        self.seq += 1
        block = freeze(np.ascontiguousarray(np.array([*bars, *[NO_BAR] * (ASSETS - len(bars))], float).T))
        none = freeze(np.empty((0, ASSETS)))
        return MarketBatch(self.seq, (self.seq + 1) * DAY, block, none, none, freeze(np.empty(0)))

    def open(self, *bars: Bar) -> tuple[list[Message], bool]:
        return self.execution.open_bar(self.batch(*bars))

    def bar(self, *bars: Bar) -> list[Message]:
        """The whole bar with nobody answering the fills at its open."""
        messages, more = self.open(*bars)
        return messages + self.execution.rest_of_bar() if more else messages

    def order(self, *orders: Order, tag: str = "") -> list[Message]:
        return self.execution.accept(approved(*orders, tag=tag))

    def mark(self) -> AccountSnapshot:
        return self.execution.mark()


def holding(quantity: float, **changed: Any) -> Desk:
    """Some of A, bought at 100 at barrier 1."""
    desk = Desk(**changed)
    desk.bar(flat(100.0))
    desk.order(Order(1, A, quantity))
    desk.bar(flat(100.0), flat(100.0))
    if desk.execution.has_orders():
        desk.execution.close_bar()
    desk.mark()
    return desk


def only(kind: type[M], messages: Sequence[Message]) -> M:
    (found,) = [message for message in messages if isinstance(message, kind)]
    return found


def kinds(messages: Sequence[Message]) -> list[type[Message]]:
    return [type(message) for message in messages]
