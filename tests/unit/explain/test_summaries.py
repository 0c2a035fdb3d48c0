"""Messages in a line, and as plain values."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.explain.recorded_runs import crafted
from tests.unit.messages.conftest import any_of

from tidegate.core.arrays import freeze
from tidegate.core.enums import Phase, Reason
from tidegate.explain.chain import Chain, Link
from tidegate.explain.content import plain, plain_fields
from tidegate.explain.effect import Effect, EffectDifference
from tidegate.explain.opening import Recorded
from tidegate.explain.overview import Overview
from tidegate.explain.receivers import receivers
from tidegate.explain.summaries import summary
from tidegate.explain.wording import figure, listed, member, reason_text, side, terms_text
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, RunFinished
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.messages.control import LogWritten
from tidegate.messages.market import MarketBatchReference
from tidegate.messages.orders import CancelOrders, Fills, OrderTerms

NAMES = ("AAA", "BBB")


def filled(barrier: int, quantity: float, price: float, asset: int = 0) -> Fills:
    names = "fill_id", "order_id", "cash_micros", "commission_micros", "slippage_micros"
    ints: dict[str, Any] = {name: [0] for name in names}
    columns = ints | {"asset": [asset], "quantity": [quantity], "price": [price], "reference": [price]}
    return Fills.of(columns, seq=barrier, ts_ns=barrier, point=0, tags=("x",))


SAID = [
    (PhaseOpened(Phase.FILL, 3, 0),                         "FILL opens"),
    (PhaseOpened(Phase.FILL, 3, 2),                         "FILL opens, step 2"),
    (MarketBatchReference(0, 86_400_000_000_000),           "1970-01-02, by reference"),
    (filled(0, -1200.0, 99.25, 1),                          "open: sell 1,200 BBB at 99.25"),
    (CancelOrders(freeze(np.array([2**41 + 5, 7], np.int64))), "order 2-5, order 0-7"),
    (LogWritten(0, "me", "a remark"),                       "a remark"),
    (RunFinished(3, ""),                                    "no barrier follows"),
    (filled(0, 1.0, 1.0, 9),                                "open: buy 1 asset 9 at 1"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "said"), SAID)
def test_a_message_is_told_in_a_line(message: Message, said: str) -> None:
    assert summary(message, NAMES) == said


@cache
def drawn(kind: type[Message]) -> st.SearchStrategy[Message]:
    return any_of(kind)


@pytest.mark.parametrize("kind", MESSAGE_TYPES)
@given(data=st.data())
@settings(max_examples=4)
def test_whatever_a_journal_holds_can_be_told_and_written_as_json(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(drawn(kind))
    assert isinstance(summary(message, NAMES), str)
    json.dumps(plain(message), allow_nan=False)


def test_columns_of_blocks_have_their_names_and_nan_is_none() -> None:
    told = plain_fields(filled(0, 1.0, float("nan")))
    assert told["price"] == [None]
    assert told["order_id"] == [0]
    assert not {"ints", "floats"} & told.keys()


WORDS = [
    (figure(1234.5),                      "1,234.5"),
    (figure(float("nan")),                "-"),
    (figure(1e-9),                        "1e-09"),
    (figure(-0.1 - 0.2),                  "-0.3"),
    (side(-3.0),                          "sell 3"),
    (listed(["a", "b", "c", "d"]),        "a, b, c and 1 more"),
    (member(Reason, 5),                   "max_weight"),
    (member(Reason, 9999),                "9999"),
    (reason_text(5, 0.3, 0.2, "why"),     "max_weight: measured 0.3, limit 0.2 (why)"),
    (terms_text(OrderTerms.plain(1), 0),  ""),
]  # fmt: skip


@pytest.mark.parametrize(("told", "text"), WORDS)
def test_numbers_and_reasons_are_told_as_people_read_them(told: str, text: str) -> None:
    assert told == text


def test_fills_are_matched_by_barrier_and_asset_the_first_with_the_first() -> None:
    a, b = Effect(NAMES), Effect(NAMES)
    for one in (filled(0, 1.0, 10.0), filled(0, 2.0, 10.0), filled(1, 3.0, 11.0), filled(2, 4.0, 12.0)):
        a.take(one)
    for one in (filled(0, 1.0, 10.0), filled(0, 2.5, 10.0), filled(1, 3.0, 11.0, 1), filled(2, 4.0, 12.0)):
        b.take(one)
    difference = EffectDifference.of(a, b)
    assert difference.equal == 2
    assert [(one.quantity, other.quantity) for one, other in difference.changed] == [(2.0, 2.5)]
    assert [(fill.barrier, fill.asset) for fill in difference.only_a] == [(1, "AAA")]
    assert [(fill.barrier, fill.asset) for fill in difference.only_b] == [(1, "BBB")]
    assert (difference.gap, difference.final_a, difference.positions) == (None, None, {})


def test_a_chain_keeps_to_its_width_and_leaves_out_what_has_no_record() -> None:
    chain = Chain("A title", {"fill": 1}, (Link("fill", ("word " * 40,), 7, 3, 0), Link("bar", ("short",))))
    lines = list(chain.lines(80))
    assert lines[0] == "A title"
    assert max(map(len, lines)) <= 80
    assert lines[-1].split() == ["bar", "short"]
    assert chain.as_json()["links"][1]["record"] is None


def test_an_overview_counts_what_was_recorded(recorded: Recorded) -> None:
    overview = Overview(recorded)
    frames = list(recorded.journal.frames())
    assert overview.messages == len(frames)
    assert overview.types["PhaseOpened"].messages == sum(frame.type == "PhaseOpened" for frame in frames)
    facts = dict(overview.facts())
    assert facts["Barriers"] == "30 committed, 2024-01-01 to 2024-01-30"
    assert facts["Rules"] == "StopLoss, TakeProfit, MaxWeight"
    json.dumps(overview.as_json(), allow_nan=False)


def test_who_got_a_message_is_known_of_classes_of_tidegate_alone(recorded: Recorded) -> None:
    who = receivers(recorded.header)
    assert who.unknown == ()
    assert [recorded.actors[one] for one in who.of(PhaseOpened(Phase.GUARD, 0, 0))] == ["risk"]
    actors, classes = (*recorded.actors[:-1], "spy", "scheduler"), (*recorded.header.classes[:-1], "spies:Spy", "x:S")
    stranger = msgspec.structs.replace(recorded.header, actors=actors, classes=classes)
    assert receivers(stranger).unknown == ("spy", "scheduler")


def test_a_journal_without_a_universe_or_classes_can_be_looked_at(tmp_path: Path) -> None:
    path = crafted(tmp_path / "bare.tgj", [(0, filled(0, 1.0, 2.0))], universe=())
    with Recorded(path) as bare:
        assert bare.universe == ()
        assert bare.when(0) == "barrier 0"
        assert dict(Overview(bare).facts())["Barriers"] == "1 committed"
