"""What may go wrong, and what is done about it.

rules      exit rules over positions and limits on orders, built-in ones and the base of the user's own
state      the trade state of each position, kept for all rules in one place
context    what a rule of the user's is given
projection positions once everything that was approved has been done
book       the risk manager without its mailbox: fills, batches and requests in, verdicts and levels out
"""

from tidegate.risk.rules import (
    MaxGross,
    MaxWeight,
    RiskDecision,
    RiskRule,
    StopLoss,
    TakeProfit,
    TrailingStop,
)

__all__ = ["MaxGross", "MaxWeight", "RiskDecision", "RiskRule", "StopLoss", "TakeProfit", "TrailingStop"]
