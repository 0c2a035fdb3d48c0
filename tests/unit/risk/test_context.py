"""What a rule is shown: the book and the market of its barrier, nothing where there is nothing."""

from datetime import UTC, datetime

import pytest
from tests.unit.actors.letters import batch, fills, orders, plain, snapshot, universe
from tests.unit.risk.guard import Guard, Says, quiet

from tidegate.core.errors import RequestError
from tidegate.messages.base import Message
from tidegate.messages.orders import Fills, SubmitOrders
from tidegate.risk.context import RiskContext
from tidegate.risk.rules import RiskRule


def shown(*messages: Message, seq: int = 0) -> RiskContext:
    """The context of the GUARD after these messages."""
    spy = Says()
    guard = Guard(spy, declared=universe(signals=["score"], features=["atr"], context=["vix"]))
    guard.at_guard(seq, *messages)
    return spy.seen[-1]


DATA = batch(3, [10.0, 20.0, 40.0], signals=[[0.1, 0.2, 0.3]], features=[[1.0, 2.0, 4.0]], context=[17.5])


def test_it_shows_the_barrier_and_its_data() -> None:
    ctx = shown(DATA, seq=3)
    assert (ctx.barrier, ctx.time, ctx.names) == (3, datetime(1970, 1, 5, tzinfo=UTC), ("AA", "BB", "CC"))
    assert ctx.batch.close.tolist() == [10.0, 20.0, 40.0]
    assert ctx.batch.signals["score"][1] == 0.2
    assert (ctx.batch.features["atr"][2], ctx.batch.context["vix"]) == (4.0, 17.5)
    with pytest.raises(RequestError, match=r"no feature 'atrr'.*did you mean 'atr'"):
        ctx.batch.features["atrr"]


def test_it_shows_the_account_as_marked() -> None:
    ctx = shown(quiet(0), snapshot(cash=250.5, held=(5, 0, 0)))
    assert (ctx.cash, ctx.equity) == (250.5, 300.5)


def test_before_the_first_mark_there_is_no_money_to_show() -> None:
    assert plain((shown(quiet(0)).cash, shown(quiet(0)).equity)) == [None, None]


def test_it_shows_gain_and_age_of_what_is_held_and_nothing_of_the_rest() -> None:
    ctx = shown(quiet(0), fills(0, (0, 5.0, 8.0)), quiet(4), snapshot(4, held=(5, 0, 0), mark=(10, 20, 40)), seq=4)
    assert ctx.held.tolist() == [True, False, False]
    assert plain(ctx.gain) == [0.25, None, None]
    assert plain(ctx.bars_held) == [4.0, None, None]


def test_before_the_first_mark_gain_is_taken_at_the_close() -> None:
    ctx = shown(batch(0, [12.0, 20.0, 40.0]), fills(0, (0, 5.0, 8.0)))
    assert plain(ctx.gain) == [0.5, None, None]


class Remembers(RiskRule):
    """Counts the barriers at which a position was seen."""

    def __init__(self) -> None:
        self.seen: list[list[float | None]] = []

    def record_fills(self, ctx: RiskContext, fills: Fills) -> None:
        ctx.memory("bars")[ctx.held & (ctx.memory("bars") != ctx.memory("bars"))] = 0.0

    def check_exits(self, ctx: RiskContext) -> None:
        memory = ctx.memory("bars")
        memory += 1.0
        self.seen.append(plain(memory))


def test_a_rule_keeps_what_it_knows_of_positions_in_memories() -> None:
    rule = Remembers()
    guard = Guard(rule)
    for seq, rows in enumerate([[(0, 5.0, 8.0)], [], [(0, -5.0, 8.0), (1, 1.0, 8.0)], [(0, 2.0, 8.0)]]):
        guard.at_guard(seq, quiet(seq), *([fills(seq, *rows)] if rows else []))
    assert rule.seen == [[1.0, None, None], [2.0, None, None], [None, 1.0, None], [1.0, 2.0, None]]


def test_a_rule_that_validates_sees_the_last_mark() -> None:
    spy = Says()
    guard = Guard(spy)
    guard.deliver(quiet(2), snapshot(2, cash=70.0), orders(SubmitOrders, (0, 1.0)))
    assert (spy.seen[-1].barrier, spy.seen[-1].cash) == (2, 70.0)
    assert spy.asked[-1].quantity.tolist() == [1.0]


def test_the_high_water_mark_rises_for_rules_of_the_users_alone() -> None:
    spy = Says()
    guard = Guard(spy)
    guard.at_guard(0, batch(0, [10.0, 20.0, 40.0], high=[13.0, 20.0, 40.0]), fills(0, (0, 5.0, 10.0)))
    assert plain(spy.seen[-1].positions.water_mark) == [13.0, None, None]
