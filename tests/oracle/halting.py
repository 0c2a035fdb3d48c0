"""A rule that halts trading, for the engine's side of the tables."""

from tidegate.risk.context import RiskContext
from tidegate.risk.rules import RiskDecision, RiskRule


class HaltFrom(RiskRule):
    """Halts at the GUARD of one barrier."""

    def __init__(self, barrier: int) -> None:
        self.barrier = barrier

    def check_exits(self, ctx: RiskContext) -> RiskDecision | None:
        return RiskDecision(halt="enough") if ctx.barrier == self.barrier else None
