"""Other settings of the execution from a barrier on: what fills, worked out by hand from bars that can be read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import tidegate as tg
from tidegate.data.actions import Action
from tidegate.data.batches import Batches
from tidegate.data.panel import ArraySource
from tidegate.explain.comparison import compare
from tidegate.explain.opening import Recorded
from tidegate.journal import Journal
from tidegate.messages.orders import Fills, OrdersCanceled, OrdersRejected, ReplacesRejected
from tidegate.replay import Again, Given, record_from, run_again
from tidegate.verify import verify

DAY_NS = 86_400_000_000_000
DAYS = 14
LOWS = {9: 98.0, 11: 97.0}
"""Every bar opens and closes at 100, between 99 and 101, with 1,000 units; but these go lower."""
Asked = dict[int, list[tuple[Any, ...]]]


def market(ex_dividend: int | None) -> ArraySource:
    """One asset; it pays 0.75 for each unit that is held before the bar of a barrier."""
    bars = np.tile(np.array([100.0, 101.0, 99.0, 100.0, 1000.0])[:, None], (DAYS, 1, 1))
    for barrier, low in LOWS.items():
        bars[barrier, 2] = low
    actions = () if ex_dividend is None else (Action("A", (1 + ex_dividend) * DAY_NS, "dividend", 0.75),)
    return ArraySource(("A",), (1 + np.arange(DAYS)) * DAY_NS, bars, actions=actions)


class Asks(tg.Strategy):
    """Asks for what it is told: ("order", quantity, terms), ("percent", weight), ("limit", new limit of the first)."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.first = -1

    def on_batch(self, ctx: tg.Context) -> None:
        """Asks."""
        for what, amount, *terms in self.asked.get(ctx.barrier, ()):
            if what == "percent":
                ctx.order_target_percent("A", amount)
            elif what == "limit":
                ctx.replace(self.first, limit=amount)
            else:
                order = ctx.order("A", amount, **terms[0] if terms else {})
                self.first = order if self.first < 0 else self.first


@dataclass(frozen=True)
class Case:
    """A recorded run, what is another from a barrier on, and all that fills and is refused then.

    Attributes:
        fills: barrier, quantity and price of each.
        refused: barrier, kind of message and quantity.
        tick: of the asset, 0 for none.
    """

    execution: dict[str, Any]
    swap: dict[str, str]
    first: int
    asked: Asked
    fills: list[tuple[int, float, float]]
    refused: list[tuple[int, str, float]] = field(default_factory=list)
    tick: float = 0.0
    ex_dividend: int | None = None

    def given(self) -> Given:
        frames = {"reference": self.reference()} if self.tick else {}
        return Given(strategy=Asks(self.asked), source=market(self.ex_dividend), frames=frames)

    def reference(self) -> pl.DataFrame:
        return pl.DataFrame({"asset": ["A"], "tick": [self.tick]})

    def record(self, path: Path) -> None:
        given = self.given()
        config = {
            "execution": self.execution, "account": {"cash": 100_000}, "run": {"kernels": "interpreted"},
            "journal": {"mode": "batch", "snapshots": 3},
        }  # fmt: skip
        reference = self.reference() if self.tick else None
        tg.Session(
            given.strategy, config=config, source=given.source, journal=path, progress=False, reference=reference
        ).run()


def limit(quantity: float, price: float, **terms: Any) -> tuple[Any, ...]:
    return "order", quantity, {"limit": price} | terms


TOUCH, THROUGH = {"execution.limit_fill": "touch"}, {"execution.limit_fill": "through"}
ROUND, REFUSE = {"execution.tick": "round"}, {"execution.tick": "refuse"}
LOWERS, STAYS = {"execution.dividends_lower_limits": "true"}, {"execution.dividends_lower_limits": "false"}
OPEN, CANCEL = {"execution.participation.remainder": "open"}, {"execution.participation.remainder": "cancel"}
TENTH = {"participation": {"pct": 0.1}}
BUFFER = "execution.cash_buffer"
EARLY, LATE = {2: [("order", 250.0)]}, {4: [("order", 250.0)]}
CASES = {
    # A limit at 99 is touched by every bar, and first gone through by that of barrier 9.
    "touch, an open order": Case({"limit_fill": "through"}, TOUCH, 6, {2: [limit(5.0, 99.0)]}, [(6, 5.0, 99.0)]),
    "touch, a new order": Case({"limit_fill": "through"}, TOUCH, 6, {6: [limit(5.0, 99.0)]}, [(7, 5.0, 99.0)]),
    "touch, a stop reached before": Case(
        {"limit_fill": "through"}, TOUCH, 6, {2: [limit(5.0, 99.0, stop=101.0)]}, [(6, 5.0, 99.0)]
    ),
    "through, an open order": Case({}, THROUGH, 6, {5: [limit(5.0, 99.0)]}, [(9, 5.0, 99.0)]),
    "through, after fills by touch": Case(
        {}, THROUGH, 6, {2: [limit(5.0, 99.0)], 7: [limit(4.0, 99.0)]}, [(3, 5.0, 99.0), (9, 4.0, 99.0)]
    ),
    # A limit at 98.7 lies between ticks of a half.
    "ticks rounded": Case(
        {}, ROUND, 6, {5: [limit(5.0, 98.7)], 6: [limit(4.0, 98.7)]}, [(9, 4.0, 98.5)],
        [(5, "OrdersRejected", 5.0)], tick=0.5,
    ),
    "ticks refused": Case(
        {"tick": "round"}, REFUSE, 6, {5: [limit(5.0, 98.7)], 6: [limit(4.0, 98.7)]}, [(9, 5.0, 98.5)],
        [(6, "OrdersRejected", 4.0)], tick=0.5,
    ),
    "ticks of a change rounded": Case(
        {}, ROUND, 6, {3: [limit(5.0, 98.5)], 5: [("limit", 98.2)], 6: [("limit", 97.3)]}, [(11, 5.0, 97.0)],
        [(5, "ReplacesRejected", 0.0)], tick=0.5,
    ),
    "ticks of a change refused": Case(
        {"tick": "round"}, REFUSE, 6, {3: [limit(5.0, 97.5)], 5: [("limit", 98.2)], 6: [("limit", 97.3)]},
        [(9, 5.0, 98.0)], [(6, "ReplacesRejected", 0.0)], tick=0.5,
    ),
    # A limit at 98.5 is reached at barrier 9; lowered by a dividend of 0.75, at barrier 11.
    "lowered at the barrier itself": Case({}, LOWERS, 6, {2: [limit(5.0, 98.5)]}, [(11, 5.0, 97.75)], ex_dividend=6),
    "lowered later": Case({}, LOWERS, 5, {2: [limit(5.0, 98.5)]}, [(11, 5.0, 97.75)], ex_dividend=8),
    "too late to be lowered": Case({}, LOWERS, 7, {2: [limit(5.0, 98.5)]}, [(9, 5.0, 98.5)], ex_dividend=6),
    "not lowered any more": Case(
        {"dividends_lower_limits": True}, STAYS, 6, {2: [limit(5.0, 98.5)]}, [(9, 5.0, 98.5)], ex_dividend=6
    ),
    "lowered before": Case(
        {"dividends_lower_limits": True}, STAYS, 7, {2: [limit(5.0, 98.5)]}, [(11, 5.0, 97.75)], ex_dividend=6
    ),
    # All of the equity is 1,000 units at 100.
    "a buffer of targets": Case({}, {f"{BUFFER}.targets": "0.2"}, 6, {6: [("percent", 1.0)]}, [(7, 800.0, 100.0)]),
    "a buffer of targets, too late": Case(
        {}, {f"{BUFFER}.targets": "0.2"}, 6, {5: [("percent", 0.5)], 8: [("percent", 0.5)]},
        [(6, 500.0, 100.0), (9, -100.0, 100.0)],
    ),
    "no buffer of targets any more": Case(
        {"cash_buffer": {"targets": 0.2}}, {f"{BUFFER}.targets": "0"}, 6,
        {2: [("percent", 1.0)], 6: [("percent", 1.0)]}, [(3, 800.0, 100.0), (7, 200.0, 100.0)],
    ),
    "a buffer of targets that wait to be sized": Case(
        {"sizing": "fill"}, {f"{BUFFER}.targets": "0.2"}, 6, {5: [("percent", 1.0)]}, [(6, 800.0, 100.0)]
    ),
    "a floor, for what waits": Case(
        {}, {f"{BUFFER}.floor": "0.5"}, 6, {5: [("order", 900.0)]}, [(6, 500.0, 100.0)], [(6, "OrdersCanceled", 400.0)]
    ),
    "a floor, for what comes": Case(
        {}, {f"{BUFFER}.floor": "0.5"}, 6, {6: [("order", 900.0)]}, [(7, 500.0, 100.0)], [(7, "OrdersCanceled", 400.0)]
    ),
    "a floor of what is held": Case(
        {}, {f"{BUFFER}.floor": "0.5"}, 6, {2: [("order", 300.0)], 5: [("order", 600.0)]},
        [(3, 300.0, 100.0), (6, 200.0, 100.0)], [(6, "OrdersCanceled", 400.0)],
    ),
    "no floor for what waits": Case(
        {"cash_buffer": {"floor": 0.5}}, {f"{BUFFER}.floor": "0"}, 6, {5: [("order", 900.0)]}, [(6, 900.0, 100.0)]
    ),
    "no floor for what comes": Case(
        {"cash_buffer": {"floor": 0.5}}, {f"{BUFFER}.floor": "0"}, 6, {8: [("order", 900.0)]}, [(9, 900.0, 100.0)]
    ),
    "a lower floor": Case(
        {"cash_buffer": {"floor": 0.5}}, {f"{BUFFER}.floor": "0.2"}, 6, {5: [("order", 900.0)]}, [(6, 800.0, 100.0)],
        [(6, "OrdersCanceled", 100.0)],
    ),
    # A tenth of a bar is 100 units.
    "a rest that is canceled": Case(
        TENTH, CANCEL, 4, EARLY, [(3, 100.0, 100.0), (4, 100.0, 100.0)], [(4, "OrdersCanceled", 50.0)]
    ),
    "a rest that stays": Case(
        {"participation": {"pct": 0.1, "remainder": "cancel"}}, OPEN, 5, EARLY | LATE,
        [(3, 100.0, 100.0), (5, 100.0, 100.0), (6, 100.0, 100.0), (7, 50.0, 100.0)], [(3, "OrdersCanceled", 150.0)],
    ),
    "a part of what is traded": Case(
        {}, {"execution.participation.pct": "0.1"}, 5, EARLY | LATE,
        [(3, 250.0, 100.0), (5, 100.0, 100.0), (6, 100.0, 100.0), (7, 50.0, 100.0)],
    ),
    "all of what is traded": Case(
        TENTH, {"execution.participation.pct": "null"}, 4, EARLY, [(3, 100.0, 100.0), (4, 150.0, 100.0)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
def test_what_fills_is_what_the_settings_of_its_barrier_say(tmp_path: Path, name: str) -> None:
    case, path, target = CASES[name], tmp_path / "a.tgj", tmp_path / "b.tgj"
    case.record(path)
    outcome = record_from(path, target, Again(case.given(), case.swap), first=case.first)
    assert (outcome.difference, outcome.restored) == (None, case.first - 1)
    fills, refused = told(target, case)
    assert fills == case.fills
    assert refused == case.refused
    with Recorded(path) as a, Recorded(target) as b:
        found = compare(a, b)
    assert found.shared == case.first
    assert found.first is None or found.first.barrier >= case.first
    report = verify(target, source=case.given().source)
    assert [str(one) for one in report.findings.found] == []
    same = run_again(target, Again(case.given()))
    assert (same.difference, same.restored) == (None, case.first - 1)


def told(path: Path, case: Case) -> tuple[list[tuple[int, float, float]], list[tuple[int, str, float]]]:
    """What a journal says of fills, and of what was refused while there were bars."""
    fills, refused = list[tuple[int, float, float]](), list[tuple[int, str, float]]()
    with Journal.open(path, closes=Batches(market(case.ex_dividend)).closes) as journal:
        for frame in journal.frames():
            message = frame.message
            if isinstance(message, Fills):
                pairs = zip(message.quantity.tolist(), message.price.tolist(), strict=True)
                fills += [(frame.barrier, quantity, price) for quantity, price in pairs]
            elif isinstance(message, (OrdersCanceled, OrdersRejected, ReplacesRejected)):
                refused += [(frame.barrier, frame.type, quantity) for quantity in message.quantity.tolist()]
    return fills, refused
