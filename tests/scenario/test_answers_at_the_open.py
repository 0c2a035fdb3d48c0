"""What a strategy asks for when it is told of a fill at the open, with conditional orders about."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from tests.oracle.engine import DAY_NS

from tidegate import Actor, Context, Result, Session, Strategy
from tidegate.data.panel import ArraySource
from tidegate.messages.orders import Fills
from tidegate.risk.rules import RiskRule, StopLoss

FLAT = (100.0, 100.0, 100.0, 100.0)
FAR = [None, [StopLoss(0.9)]]
"""No rule, and one that never acts: it must change nothing."""
Bars = Sequence[Mapping[str, tuple[float, ...]]]


def run(
    strategy: Strategy, bars: Bars, risk: Any = None, *actors: Actor, fill: str = "next_open", account: Any = None
) -> Result:
    names = sorted(bars[0])
    made = np.array([[[*bar[name], 1.0] for name in names] for bar in bars]).transpose(0, 2, 1)
    source = ArraySource(names, np.arange(1, len(bars) + 1) * DAY_NS, np.ascontiguousarray(made))
    config = {"run": {"kernels": "interpreted"}, "execution": {"fill": fill}, "account": account or {}}
    session = Session(strategy, source=source, risk=risk, progress=False, config=config)
    for actor in actors:
        session.add(actor)
    return session.run()


class BracketsItsFill(Strategy):
    """Buys one unit, and answers its fill with a bracket for more."""

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier == 0:
            ctx.order("A", 1)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        if ctx.barrier == 1 and fills.quantity[0] == 1.0:
            ctx.bracket("A", 10, stop_loss=90.0)


@pytest.mark.parametrize("risk", FAR, ids=["no rule", "a rule that never acts"])
def test_a_bracket_that_answers_a_fill_keeps_its_exit(risk: list[RiskRule] | None) -> None:
    low = (100.0, 100.0, 85.0, 95.0)
    result = run(BracketsItsFill(), [{"A": FLAT}, {"A": FLAT}, {"A": FLAT}, {"A": low}], risk)
    assert result.fills.select("barrier", "quantity", "price").rows() == [
        (1, 1.0, 100.0), (2, 10.0, 100.0), (3, -10.0, 90.0),
    ]  # fmt: skip


class CancelsAtTheOpen(Strategy):
    """Bids for B until A has filled."""

    bid = 0

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier == 0:
            ctx.order("A", 1)
            self.bid = ctx.order("B", 10, limit=95.0)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        ctx.cancel(self.bid)


class Bystander(Actor):
    """Does nothing."""


def test_neither_a_bystander_nor_a_rule_that_never_acts_changes_what_fills() -> None:
    bars = [{"A": FLAT, "B": FLAT}, {"A": FLAT, "B": (100.0, 100.0, 90.0, 97.0)}, {"A": FLAT, "B": FLAT}]
    plain = run(CancelsAtTheOpen(), bars)
    assert plain.fills["asset"].to_list() == ["A"]
    assert run(CancelsAtTheOpen(), bars, None, Bystander("idle")).digest == plain.digest
    assert run(CancelsAtTheOpen(), bars, FAR[1]).digest == plain.digest


class TrailsItsFill(Strategy):
    """Buys, and answers the fill with a trailing stop."""

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier == 0:
            ctx.order("A", 10)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        if fills.quantity[0] > 0:
            ctx.order("A", -10, trail_pct=0.05)


def test_a_trailing_stop_that_answers_the_open_starts_from_it() -> None:
    gapped = (90.0, 90.0, 89.0, 89.0)
    result = run(TrailsItsFill(), [{"A": FLAT}, {"A": gapped}, {"A": (89.0, 89.0, 80.0, 80.0)}])
    assert result.fills["price"].to_list() == [90.0, 85.5]
