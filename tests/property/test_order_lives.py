# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Every order lives by the table of its life: in whole runs, on a broker alone, and the table itself makes sense."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from tests.oracle.engine import config_of, source_of
from tests.oracle.markets import names_of, seeded_prices, settings_of_all_kinds
from tests.oracle.records import Settings
from tests.property.order_lives import OrderLives
from tests.property.test_conditional_runs import ASSETS, BARRIERS, AnyOrders, seeds
from tests.scenario.account import play
from tests.scenario.test_order_rules import RULES
from tests.unit.results.made_messages import fills, orders, refusal, replaced

from tidegate import Context, Result, Session
from tidegate.messages.base import Message
from tidegate.messages.lifecycle import EVENT_OF, OrderEvent, OrderState, follow
from tidegate.messages.orders import (
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersRejected,
    OrdersTrimmed,
    ReplacesRejected,
    SubmitOrders,
)
from tidegate.runtime.actor import Actor, Handler, RouteKey

A = 2 * 2**40
ASKED = orders(SubmitOrders, (A, 10.0))
LET = orders(OrdersApproved, (A, 10.0))
TAKEN = orders(OrdersAccepted, (A, 10.0))


class Listener(Actor):
    """Hears everything that is said of orders."""

    def __init__(self) -> None:
        super().__init__("listener")
        self.heard: list[Message] = []

    def routes(self) -> dict[RouteKey, Handler]:
        return dict.fromkeys((*EVENT_OF, ReplacesRejected), self.heard.append)


class ChangingOrders(AnyOrders):
    """The same orders, of which some are changed again and again, whatever they are."""

    def on_batch(self, ctx: Context) -> None:
        random = np.random.Generator(np.random.PCG64((self.seed, ctx.barrier, 7)))
        for order in ctx.open_orders:
            draw = random.random(4).tolist()
            if draw[0] < 0.3:
                change: tuple[dict[str, Any], ...] = (
                    {"quantity": float(1 + int(40 * draw[1]))}, {"quantity": -float(1 + int(40 * draw[1]))},
                    {"limit": 80.0 + 40.0 * draw[1]}, {"stop": 80.0 + 40.0 * draw[2]}, {"trail": 1.0 + draw[2]},
                    {"trail_pct": 0.02}, {"limit": 90.0 + 20.0 * draw[2], "quantity": float(1 + int(9 * draw[1]))},
                )  # fmt: skip
                ctx.replace(order, **change[int(7 * draw[3])])
        super().on_batch(ctx)


def run(seed: int, chosen: Settings, **execution: Any) -> tuple[Result, OrderLives]:
    config = config_of(chosen)
    config["execution"] |= {"path": ("pessimistic", "low_first", "high_first")[seed % 3], **execution}
    config["run"] = {"kernels": "interpreted"}
    source = source_of(names_of(ASSETS), seeded_prices(seed, ASSETS, BARRIERS, holes=0.08))
    session, listener = Session(ChangingOrders(seed), config=config, source=source, progress=False), Listener()
    session.add(listener)
    return session.run(), OrderLives().take(listener.heard)


@given(seeds, settings_of_all_kinds())
@settings(max_examples=settings().max_examples // 3)
def test_every_message_of_a_run_follows_the_table(seed: int, chosen: Settings) -> None:
    result, lives = run(seed, chosen)
    assert lives.problems == []
    assert lives.ended()
    assert result.counts["orders.replaced"] + result.counts["orders.change_rejected"] > 0
    status = dict(
        zip(result.record.ints("orders", "order_id").tolist(), result.record.texts("orders", "status"), strict=True)
    )
    told = {order: life.state.value for order, life in lives.lives.items()}
    assert {order: word for order, word in told.items() if status[order] != word} == {}


@pytest.mark.parametrize("name", list(RULES))
def test_the_broker_alone_follows_the_table_in_every_row_of_the_rules(name: str) -> None:
    for rule in RULES[name]:
        for policy in rule.under.policies:
            lives = OrderLives(whole=False).take(play(rule, policy).messages)
            assert (lives.problems, rule.text) == ([], rule.text)
            assert lives.ended(), rule.text


def test_a_run_with_volume_follows_the_table() -> None:
    chosen = Settings(cash=1_000_000)
    for seed in range(6):
        assert run(seed, chosen, participation={"pct": 0.001})[1].problems == []


WRONG: list[tuple[str, list[Message], str]] = [
    # what is wrong                    messages                                                  what is said
    ("approved unasked, by a strategy", [ASKED, LET, LET],                                        "cannot approve when approved"),
    ("filled before it is accepted",   [ASKED, LET, fills((A, 1.0))],                            "cannot fill_part when approved"),
    ("filled after its end",           [ASKED, LET, TAKEN, refusal(OrdersCanceled, (A, 10.0)), fills((A, 1.0))], "cannot fill_part when canceled"),
    ("filled beyond its quantity",     [ASKED, LET, TAKEN, fills((A, 11.0))],                    "filled beyond its quantity"),
    ("filled beyond what was left",    [ASKED, LET, TAKEN, refusal(OrdersTrimmed, (A, 4.0)), fills((A, 7.0))], "filled beyond its quantity"),
    ("filled beyond its replacement",  [ASKED, LET, TAKEN, replaced((A, 4.0)), fills((A, 5.0))], "filled beyond its quantity"),
    ("filled against its side",        [ASKED, LET, TAKEN, fills((A, -1.0))],                    "filled against its side"),
    ("canceled twice",                 [ASKED, LET, TAKEN, refusal(OrdersCanceled, (A, 10.0)), refusal(OrdersCanceled, (A, 10.0))], "cannot cancel when canceled"),
    ("canceled for more than is open", [ASKED, LET, TAKEN, fills((A, 4.0)), refusal(OrdersCanceled, (A, 10.0))], "is open for"),
    ("replaced after it filled",       [ASKED, LET, TAKEN, fills((A, 10.0)), replaced((A, 4.0))], "cannot replace when filled"),
    ("changed sides",                  [ASKED, LET, TAKEN, replaced((A, -4.0))],                 "changed sides"),
    ("expired when it was denied",     [ASKED, refusal(OrdersDenied, (A, 10.0)), refusal(OrdersExpired, (A, 10.0))], "cannot expire when denied"),
    ("rejected when it was open",      [ASKED, LET, TAKEN, refusal(OrdersRejected, (A, 10.0))],  "cannot reject when open"),
    ("a change of nothing refused",    [refusal(ReplacesRejected, (A, 0.0))],                    "was never asked for"),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_the_checker_finds_what_is_wrong(messages: list[Message], said: str) -> None:
    (problem,) = OrderLives().take(messages).problems
    assert said in problem


def test_an_illegal_event_changes_nothing() -> None:
    lives = OrderLives().take([ASKED, LET, TAKEN, fills((A, 10.0)), replaced((A, 4.0)), fills((A, 4.0))])
    assert (lives.lives[A].state, lives.lives[A].filled, len(lives.problems)) == (OrderState.FILLED, 10.0, 2)
    assert follow(OrderState.FILLED, OrderEvent.REPLACE) is None
