"""A broker and its mail: phases, orders, and protective levels."""

from typing import Any

import numpy as np
from tests.unit.actors.letters import ASSETS, NAN, Row, batch, kinds, only, orders, phase, universe
from tests.unit.actors.mailbox import Mailbox

from tidegate.actors.broker import Broker
from tidegate.core.arrays import freeze
from tidegate.core.enums import FillTiming, Phase
from tidegate.kernels.execution import Execution
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.shortage import SCALE
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import UniverseDeclared
from tidegate.messages.orders import OrdersApproved
from tidegate.messages.risk import ProtectiveLevels

NEXT_OPEN, SAME_CLOSE, NEXT_CLOSE = FillTiming.NEXT_OPEN, FillTiming.SAME_CLOSE, FillTiming.NEXT_CLOSE
FLAT: Row = (10, 20, 40)


class Brokerage(Mailbox):
    """A broker with 1000 of cash and no costs."""

    def __init__(self, timing: FillTiming = NEXT_OPEN, *, guarded: bool = True, declare: bool = True) -> None:
        terms = ExecutionTerms(timing, 0.0, 0.0, 0.0, 0.0, SCALE, fractional=False)

        def execution(declared: UniverseDeclared) -> Execution:
            return Execution(declared, 1_000_000_000, terms, INTERPRETED)

        super().__init__(Broker(timing, execution, guarded=guarded))
        if declare:
            assert self.deliver(universe(ASSETS)) == []

    def fill(self, seq: int, close: Row = FLAT, **prices: Any) -> list[Message]:
        """The first step of FILL."""
        return self.deliver(batch(seq, close, **prices), phase(Phase.FILL, seq))

    def more(self, seq: int, name: Phase = Phase.FILL) -> list[Message]:
        """The second step of a phase."""
        return self.deliver(phase(name, seq, 1))

    def mark(self, seq: int) -> AccountSnapshot:
        return only(self.deliver(phase(Phase.MARK, seq)), AccountSnapshot)

    def decide(self, seq: int, *messages: Message) -> list[Message]:
        """DECIDE up to what these messages bring; returns what was sent."""
        return self.deliver(phase(Phase.DECIDE, seq), *messages)


def approved(*rows: tuple[int, float], first: int = 0) -> OrdersApproved:
    return orders(OrdersApproved, *rows, first=first)


def levels(*, stop: dict[int, float] | None = None, take: dict[int, float] | None = None) -> ProtectiveLevels:
    n = len(ASSETS)
    stops, takes = [
        freeze(np.array([found.get(asset, NAN) for asset in range(n)])) for found in (stop or {}, take or {})
    ]
    rules = freeze(np.zeros(n, np.int64)), freeze(np.ones(n, np.int64))
    return ProtectiveLevels(stops, takes, *rules, ("stop_loss", "take_profit"))


def holding(timing: FillTiming = NEXT_OPEN, *, guarded: bool = True, **exits: dict[int, float]) -> Brokerage:
    """10 of AA, bought at 10 before barrier 2, with these levels."""
    broker = Brokerage(timing, guarded=guarded)
    broker.fill(0)
    broker.mark(0)
    broker.decide(0, approved((0, 10.0)))
    if timing is SAME_CLOSE:
        broker.more(0, Phase.DECIDE)
    if "PhaseExtended" in kinds(broker.fill(1)):
        broker.more(1)
    broker.deliver(levels(**exits))
    assert broker.mark(1).quantity.tolist() == [10.0, 0.0, 0.0]
    return broker
