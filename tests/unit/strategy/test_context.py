"""What hooks see, and what they send: orders, cancels, remarks."""

import weakref
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from tests.unit.actors.letters import DAY_NS, NAN, batch, cancels, kinds, only, phase, plain, snapshot, told
from tests.unit.strategy.asking import asked, refuses, waiting
from tests.unit.strategy.hooked import Hooked

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import Phase
from tidegate.core.ids import order_id
from tidegate.messages.orders import SubmitOrders
from tidegate.strategy.context import Context

# --- what there is to see --------------------------------------------------------------------------------------


def test_the_barrier_its_time_and_its_data() -> None:
    actor = Hooked(signals=["score"], features=["atr"], context=["vix"])
    actor.see(4, signals=[[0.1, 0.2, 0.3]], features=[[1.0, 2.0, 4.0]], context=[17.5])

    def view(ctx: Context) -> list[Any]:
        vix = ctx.batch.context["vix"]
        return [ctx.barrier, ctx.ts, ctx.time, ctx.batch.signals["score"][2], ctx.batch.event("BB").close, vix]

    assert actor.look(view) == [4, 5 * DAY_NS, datetime(1970, 1, 6, tzinfo=UTC), 0.3, 20.0, 17.5]


def test_the_account_as_marked() -> None:
    actor = Hooked()
    actor.see(cash=250.5, held=(5, 0, 0), mark=(10, NAN, 40), pending=(0, 7, -2))
    assert actor.look(lambda ctx: (ctx.cash, ctx.buying_power, ctx.equity)) == (250.5, 250.5, 300.5)
    assert actor.look(lambda ctx: ctx.positions).tolist() == [5.0, 0.0, 0.0]
    assert actor.look(lambda ctx: ctx.pending).tolist() == [0.0, 7.0, -2.0]
    assert plain(actor.look(lambda ctx: tuple(ctx.price(asset) for asset in ("AA", 1, "CC")))) == [10.0, None, 40.0]
    assert actor.look(lambda ctx: ctx.universe.names) == ("AA", "BB", "CC")


def test_a_position_in_detail() -> None:
    actor = Hooked()
    actor.deliver(batch(0, [10.0, 20.0, 40.0]), snapshot(held=(5, 0, 0), mark=(10, NAN, 40), cost=(40.0, 0.0, 0.0)))
    held = actor.look(lambda ctx: ctx.position("AA"))
    assert (held.asset, held.quantity, held.price, held.value, held.cost) == ("AA", 5.0, 10.0, 50.0, 40.0)
    assert (held.average_price, held.unrealized) == (8.0, 10.0)
    flat = actor.look(lambda ctx: ctx.position(1))
    assert plain((flat.asset, flat.quantity, flat.price, flat.value, flat.average_price, flat.unrealized)) == [
        "BB", 0.0, None, 0.0, None, 0.0,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["positions", "pending"])
def test_what_is_shown_cannot_be_changed(name: str) -> None:
    actor = Hooked()
    actor.see()
    with pytest.raises(ValueError, match="read-only"):
        actor.look(lambda ctx: getattr(ctx, name))[0] = 1.0
    actor.decide(lambda ctx: ctx.order("AA", 3.0))
    with pytest.raises(ValueError, match="read-only"):
        actor.look(lambda ctx: getattr(ctx, name))[0] = 1.0


# --- history ---------------------------------------------------------------------------------------------------


def past(barriers: int, history: int = 256) -> Hooked:
    """At barrier k the close of AA is 10 + k, its score k, and BB has a bar at even barriers only."""
    actor = Hooked(assets=["AA", "BB"], signals=["score"], features=["atr"], history=history)
    for seq in range(barriers):
        bars = (10.0 + seq, 20.0 if seq % 2 == 0 else NAN)
        actor.see(seq, held=(0, 0), mark=(10, 20), bars=bars, signals=[[seq, 0.0]], features=[[0.5 * seq, 0.0]])
    return actor


WINDOWS: list[tuple[str, str, int, int, int, list[list[float | None]]]] = [
    # what                field   barriers kept asked  rows
    ("the last so many",  "close",  5, 256, 2, [[13.0, None], [14.0, 20.0]]),
    ("this one alone",    "close",  5, 256, 1, [[14.0, 20.0]]),
    ("fewer so far",      "close",  2, 256, 9, [[10.0, 20.0], [11.0, None]]),
    ("all that are kept", "close",  5, 3,   3, [[12.0, 20.0], [13.0, None], [14.0, 20.0]]),
    ("not what is older", "close",  5, 2,   1, [[14.0, 20.0]]),
    ("volume",            "volume", 1, 256, 1, [[100.0, 100.0]]),
    ("a signal",          "score",  5, 256, 2, [[3.0, 0.0], [4.0, 0.0]]),
    ("a feature",         "atr",    5, 256, 2, [[1.5, 0.0], [2.0, 0.0]]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "barriers", "kept", "n", "want"), [case[1:] for case in WINDOWS], ids=[case[0] for case in WINDOWS]
)
def test_history_is_the_window_that_ends_now(
    name: str, barriers: int, kept: int, n: int, want: list[list[float | None]]
) -> None:
    window = past(barriers, kept).look(lambda ctx: ctx.history(name, n))
    assert [plain(values) for values in window] == want
    assert not window.flags.writeable


def test_batches_that_are_too_old_to_be_asked_for_are_let_go() -> None:
    actor = Hooked(history=2)
    seen = []
    for seq in range(5):
        message = batch(seq, [10.0, 20.0, 40.0])
        seen.append(weakref.ref(message.bars))
        actor.deliver(message)
        del message
    assert [kept() is not None for kept in seen] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("name", "n", "said"),
    [
        ("close", 0, r"history of 0 barriers: want 1\.\.3; raise strategy\.history"),
        ("close", -1, r"history of -1 barriers: want 1\.\.3"),
        ("close", 4, r"history of 4 barriers: want 1\.\.3"),
        ("scores", 2, r"no field 'scores'; there are \['open', .*'score', 'atr'\]; did you mean 'score'"),
        ("vwap", 2, r"no field 'vwap'; there are \['open', 'high', 'low', 'close', 'volume', 'score', 'atr'\]$"),
    ],
)
def test_a_window_that_is_not_there_is_refused(name: str, n: int, said: str) -> None:
    refuses(past(5, 3), lambda ctx: ctx.history(name, n), said)


# --- before the first batch ------------------------------------------------------------------------------------


def test_on_start_knows_the_universe_and_that_no_barrier_has_come() -> None:
    actor = Hooked(declare=False)
    actor.hooks.start = lambda ctx: (ctx.barrier, ctx.universe.index("CC"), ctx.open_orders)
    assert actor.deliver(actor.declared) == []
    assert actor.hooks.found == (-1, 2, ())


def test_before_the_first_batch_a_window_has_no_rows_but_its_columns() -> None:
    actor = Hooked(declare=False)
    actor.hooks.start = lambda ctx: ctx.history("close", 5)
    actor.deliver(actor.declared)
    assert actor.hooks.found.shape == (0, 3)


# --- orders ----------------------------------------------------------------------------------------------------


def test_the_orders_of_one_hook_are_one_message_in_the_order_of_asking() -> None:
    actor = Hooked()
    actor.see(held=(5, 0, 0))
    ids: list[int | None] = []

    def several(ctx: Context) -> None:
        ids.append(ctx.order("CC", 2, priority=0.5, tag="first"))
        ids.append(ctx.order(0, -1))
        ctx.target_weights({"BB": 0.1}, others="keep", tag="third")
        ids.append(ctx.close("AA"))

    sent = actor.decide(several)
    assert kinds(sent) == ["SubmitOrders"]
    assert told(sent[0]) == {
        "order_id": [order_id(2, number) for number in range(4)],
        "asset": [2, 0, 1, 0],
        "quantity": [2.0, -1.0, 5.0, -4.0],
        "priority": [0.5, 0.0, 0.1, 0.0],
        "tags": ["first", "order", "third", "close"],
        "terms": None,
        "targets": None,
    }
    assert ids == [order_id(2, number) for number in (0, 1, 3)]


def test_numbers_count_on_from_hook_to_hook_and_belong_to_the_sender() -> None:
    actor = Hooked(sender=5)
    actor.see()
    for number in range(3):
        sent = only(actor.decide(lambda ctx: ctx.order("AA", 1)), SubmitOrders)
        assert sent.order_id.tolist() == [order_id(5, number)]


@pytest.mark.parametrize("quantity", [1, -3, 2.0, 1e12, np.int64(4), np.float64(5.0)])
def test_any_whole_number_of_units_can_be_ordered(quantity: float) -> None:
    actor = Hooked()
    actor.see()
    assert asked(actor.decide(lambda ctx: ctx.order("BB", quantity))) == [(1, float(quantity), 0.0)]


def test_a_part_of_a_unit_can_be_ordered_where_the_account_takes_it() -> None:
    actor = Hooked(fractional=True)
    actor.see(held=(0.75, 0, 0))
    assert asked(actor.decide(lambda ctx: (ctx.order("BB", 0.5), ctx.close("AA")))) == [(1, 0.5, 0.0), (0, -0.75, 0.0)]


def test_actions_say_what_they_have_asked_for() -> None:
    actor = Hooked()
    actor.see(held=(10, 0, 0))

    def several(ctx: Context) -> list[int | None]:
        return [
            ctx.order_target("AA", 10),
            ctx.order_target("AA", 12),
            ctx.close("BB"),
            ctx.target_weights({"BB": 0.1, "CC": 0.1}),
            ctx.target_weights({"BB": 0.1, "CC": 0.1}),
        ]

    actor.decide(several)
    # the second target finds AA held and bought, so three orders: AA is closed, BB and CC are bought
    assert actor.hooks.found == [None, order_id(2, 0), None, 3, 0]


def test_an_order_that_is_canceled_in_its_own_hook_is_not_sent() -> None:
    actor = Hooked()
    actor.see()

    def change_of_mind(ctx: Context) -> list[float]:
        ctx.cancel(ctx.order("AA", 10))
        ctx.order("BB", 5)
        ctx.cancel_all()
        ctx.order("CC", 1)
        found: list[float] = ctx.pending.tolist()
        return found

    assert asked(actor.decide(change_of_mind)) == [(2, 1.0, 0.0)]
    assert actor.hooks.found == [0.0, 0.0, 1.0]


# --- cancels and remarks ---------------------------------------------------------------------------------------


def test_an_open_order_is_canceled_once() -> None:
    actor = waiting((0, 10.0), (1, 5.0))

    def twice(ctx: Context) -> FloatArray:
        ctx.cancel(order_id(2, 1))
        ctx.cancel(order_id(2, 1))
        return ctx.pending

    sent = actor.decide(twice, seq=1)
    assert [told(message) for message in sent] == [told(cancels(1))]
    assert actor.hooks.found.tolist() == [10.0, 0.0, 0.0]
    assert actor.look(lambda ctx: ctx.open_orders) == (order_id(2, 0),)


def test_all_open_orders_are_canceled_in_their_order() -> None:
    sent = waiting((1, 5.0), (0, 10.0)).decide(lambda ctx: ctx.cancel_all(), seq=1)
    assert [told(message) for message in sent] == [told(cancels(0, 1))]


def test_without_open_orders_there_is_nothing_to_cancel() -> None:
    actor = Hooked()
    actor.see()
    assert actor.decide(lambda ctx: ctx.cancel_all()) == []


def test_a_cancel_makes_way_for_a_new_order_of_the_same_hook() -> None:
    actor = waiting((0, 10.0))

    def replace(ctx: Context) -> None:
        ctx.cancel_all()
        ctx.order_target("AA", 3)

    sent = actor.decide(replace, seq=1)
    assert kinds(sent) == ["CancelOrders", "SubmitOrders"]
    assert sent[0].precedence < sent[1].precedence
    assert asked(sent[1:]) == [(0, 3.0, 0.0)]


def test_remarks_carry_the_barrier_and_who_made_them() -> None:
    actor = Hooked()
    actor.see(3)

    def remark(ctx: Context) -> None:
        ctx.log("one")
        ctx.log(2)  # type: ignore[arg-type] # taken as text

    assert [told(message) for message in actor.decide(remark, seq=3)] == [
        {"seq": 3, "source": "mine", "text": "one"},
        {"seq": 3, "source": "mine", "text": "2"},
    ]


def test_what_a_hook_asked_for_is_sent_once() -> None:
    actor = Hooked()
    actor.see()

    def once(ctx: Context) -> None:
        ctx.order("AA", 1)
        ctx.log("once")

    assert kinds(actor.decide(once)) == ["LogWritten", "SubmitOrders"]
    assert actor.decide() == []
    assert actor.deliver(phase(Phase.DECIDE, 0, 0)) == []
