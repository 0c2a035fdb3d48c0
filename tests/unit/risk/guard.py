"""A risk manager and its messages, for the tests of its parts."""

from tests.unit.actors.letters import ASSETS, batch, fills, only, phase, quantities, snapshot, told, universe
from tests.unit.actors.mailbox import Mailbox

from tidegate.actors.risk import RiskManager
from tidegate.core.enums import Phase, Reason
from tidegate.kernels.kernel import INTERPRETED
from tidegate.messages.base import Message
from tidegate.messages.market import UniverseDeclared
from tidegate.messages.orders import OrdersApproved, OrdersDenied, OrdersTrimmed, RefusalColumns, SubmitOrders
from tidegate.messages.risk import ProtectiveLevels
from tidegate.risk.book import RiskBook
from tidegate.risk.context import RiskContext
from tidegate.risk.rules import RiskDecision, RiskRule


class Guard(Mailbox):
    """A risk manager that knows its universe."""

    def __init__(
        self,
        *rules: RiskRule,
        fractional: bool = False,
        share: float = 1.0,
        shorts: bool = False,
        declared: UniverseDeclared | None = None,
    ) -> None:
        def book(found: UniverseDeclared) -> RiskBook:
            kind = {"fractional": fractional, "shorts": shorts}
            return RiskBook(rules, found, **kind, share=share, kernels=INTERPRETED)

        super().__init__(RiskManager(rules, book))
        assert self.deliver(declared or universe(ASSETS)) == []

    def at_guard(self, seq: int, *before: Message) -> list[Message]:
        """GUARD of a barrier, after these messages; returns what was sent at GUARD alone."""
        self.deliver(*before)
        return self.deliver(phase(Phase.GUARD, seq))

    def levels(self, *messages: Message) -> tuple[list[float | None], list[float | None], list[str | None]]:
        """(stops, takes, name of each stop's rule) of the one answer to these."""
        said = only(self.deliver(*messages), ProtectiveLevels)
        named = [
            said.rules[rule] if stop == stop else None
            for rule, stop in zip(said.stop_rule.tolist(), said.stop.tolist(), strict=True)
        ]
        return told(said)["stop"], told(said)["take"], named


def let_through(messages: list[Message]) -> dict[int, float]:
    """Approved quantities by order number."""
    approved = [message for message in messages if isinstance(message, OrdersApproved)]
    return quantities(approved[0]) if approved else {}


Refused = tuple[str, int, float, str]


def refusals(messages: list[Message]) -> list[Refused]:
    """(denied or trimmed, order number, quantity, reason) in the order in which they were said."""
    found: list[Refused] = []
    for message in messages:
        if isinstance(message, OrdersDenied | OrdersTrimmed):
            word = "denied" if isinstance(message, OrdersDenied) else "trimmed"
            for (number, quantity), reason in zip(quantities(message).items(), message.reason.tolist(), strict=True):
                found.append((word, number, quantity, Reason(reason).name))
    return found


def bounds(messages: list[Message]) -> list[tuple[float | None, float | None]]:
    """(measured, limit) of every refusal."""
    found = [told(message) for message in messages if isinstance(message, RefusalColumns)]
    return [pair for said in found for pair in zip(said["measured"], said["limit"], strict=True)]


class Says(RiskRule):
    """Gives the decisions that a test prepares, and keeps the contexts that it was given."""

    name = "says"

    def __init__(
        self,
        exits: dict[int, RiskDecision] | None = None,
        allows: RiskDecision | None = None,
        name: str = "says",
    ) -> None:
        self.name = name
        self.exits = exits or {}
        self.allows = allows
        self.asked: list[SubmitOrders] = []
        self.seen: list[RiskContext] = []

    def check_exits(self, ctx: RiskContext) -> RiskDecision | None:
        self.seen.append(ctx)
        return self.exits.get(ctx.barrier)

    def validate(self, ctx: RiskContext, orders: SubmitOrders) -> RiskDecision | None:
        self.seen.append(ctx)
        self.asked.append(orders)
        return self.allows


def quiet(seq: int, price: float = 10.0) -> Message:
    """A batch in which nothing moves."""
    return batch(seq, [price] * len(ASSETS))


def holding(*rules: RiskRule) -> Guard:
    """10 of AA and 5 of BB, marked at 10 and 20 in barrier 0; equity is 1000."""
    guard = Guard(*rules)
    guard.deliver(batch(0, [10.0, 20.0, 40.0]), fills(0, (0, 10.0, 10.0), (1, 5.0, 20.0)))
    guard.deliver(snapshot(cash=800.0, held=(10, 5, 0)))
    return guard
