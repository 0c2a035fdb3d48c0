"""Changes of open orders that are to be such as their assets are traded in, or whose assets have ended."""

from typing import Any

import pytest
from tests.unit.actors.letters import kinds, only
from tests.unit.kernels.bar_by_bar import approved, flat
from tests.unit.kernels.desk import A, B
from tests.unit.kernels.desk import Order as Plain
from tests.unit.kernels.made import NAN, books, floats, instruments, ints
from tests.unit.kernels.resting_orders import Asked, message, positions
from tests.unit.kernels.test_events import actions
from tests.unit.kernels.test_events import holding as account

from tidegate.core.arrays import freeze
from tidegate.core.enums import ActionKind, OrderKind, Reason
from tidegate.kernels.admission import Admission
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.instruments import instrument_rows
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.open_orders import OpenOrders
from tidegate.kernels.resting import Resting
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersCanceled, OrdersReplaced, OrdersTrimmed, ReplacesApproved, ReplacesRejected

LIMIT, STOP, STOP_LIMIT = OrderKind.LIMIT, OrderKind.STOP, OrderKind.STOP_LIMIT
LOT, LEAST, TICK = Reason.LOT_SIZE, Reason.MINIMUM_SIZE, Reason.TICK_SIZE
HELD = positions(45.0)


def changes(*rows: dict[str, Any]) -> ReplacesApproved:
    """Changes of orders: what is not mentioned stays; places are 101, 102..."""
    names = ("quantity", "limit", "stop", "trail", "trail_pct", "limit_offset")
    columns = {name: freeze(floats(*(row.get(name, NAN) for row in rows))) for name in names}
    order, place = ints(*(row.get("order", 1) for row in rows)), ints(*(101 + k for k in range(len(rows))))
    return ReplacesApproved(order_id=freeze(order), place=freeze(place), **columns)


def opened(*orders: Asked, rounds: bool = False, fractional: bool = True, **said: float) -> OpenOrders:
    """The orders, open, whatever their assets are."""
    admission = Admission(instrument_rows(1, instruments(1, **said)), rounds=rounds)
    resting, arrivals = Resting(0, through=False, kernels=INTERPRETED), Arrivals(1, INTERPRETED)
    found = OpenOrders(1, resting, arrivals, admission, INTERPRETED, fractional=fractional)
    found._take(message(*orders), 0, books(0, 1)._replace(positions=HELD), HELD[3])
    return found


def replaced(found: OpenOrders, *rows: dict[str, Any]) -> list[Message]:
    return found.replace(changes(*rows), 1, None, HELD, HELD[3])


BUY = Asked(1, 0, 30.0, LIMIT, limit=9.75)
ODD = Asked(1, 0, 33.0, LIMIT, limit=9.77)
SELL = Asked(1, 0, -30.0, LIMIT, limit=10.5)
OPENS = Asked(1, 0, -30.0, STOP, stop=9.75)
BOTH = Asked(1, 0, 30.0, STOP_LIMIT, limit=10.5, stop=9.75)

REFUSED: list[tuple[Asked, dict[str, Any], tuple[Reason, float, float] | None]] = [
    # order   change                            lots of 10, at least 20, ticks of 0.25
    (BUY,     {"quantity": 40.0},               None),
    (BUY,     {"quantity": 35.0},               (LOT, 35.0, 10.0)),
    (BUY,     {"quantity": 10.0},               (LEAST, 10.0, 20.0)),
    (BUY,     {"quantity": 5.0},                (LOT, 5.0, 10.0)),
    (ODD,     {"limit": 9.5},                   None),                     # what is left of it may stay odd
    (ODD,     {"quantity": 33.0, "limit": 9.5}, None),
    (ODD,     {"quantity": 33.0, "limit": 9.77}, None),
    (ODD,     {"quantity": 30.0},               None),                     # and its price between ticks
    (ODD,     {"quantity": 23.0},               (LOT, 23.0, 10.0)),
    (SELL,    {"quantity": -45.0},              None),                     # all that is held
    (SELL,    {"quantity": -44.0},              (LOT, 44.0, 10.0)),
    (BUY,     {"limit": 9.77},                  (TICK, 9.77, 0.25)),
    (OPENS,   {"stop": 9.8},                    (TICK, 9.8, 0.25)),
    (BOTH,    {"stop": 9.8, "limit": 10.6},     (TICK, 10.6, 0.25)),       # of two prices the limit is told
    (BOTH,    {"stop": 9.8, "limit": 10.5},     (TICK, 9.8, 0.25)),
    (BUY,     {"quantity": 35.0, "limit": 9.77}, (LOT, 35.0, 10.0)),       # size before price
]  # fmt: skip


@pytest.mark.parametrize(("order", "change", "why"), REFUSED)
def test_a_change_is_held_to_lots_least_size_and_ticks(
    order: Asked, change: dict[str, Any], why: tuple[Reason, float, float] | None
) -> None:
    messages = replaced(opened(order, lot=10, minimum=20, tick=0.25), change)
    if why is None:
        assert kinds(messages) == ["OrdersReplaced"]
        return
    told = only(messages, ReplacesRejected)
    assert (told.reason[0], told.measured[0], told.limit[0]) == why
    assert (told.asset[0], told.quantity[0]) == (0, change.get("quantity", order.quantity) - order.quantity)


def test_where_nothing_is_said_of_an_asset_any_size_and_price_will_do() -> None:
    assert kinds(replaced(opened(ODD), {"quantity": 0.37, "limit": 9.7777})) == ["OrdersReplaced"]


def test_what_others_sell_already_counts_and_the_order_itself_does_not() -> None:
    other, mine = Asked(2, 0, -20.0), Asked(1, 0, -20.0)
    assert kinds(replaced(opened(mine, other, lot=10), {"quantity": -25.0})) == ["OrdersReplaced"]
    assert only(replaced(opened(mine, lot=10), {"quantity": -25.0}), ReplacesRejected).reason[0] == LOT
    # A row meets what the rows before it have left.
    both = {"order": 2, "quantity": -10.0}, {"order": 1, "quantity": -25.0}
    assert only(replaced(opened(mine, other, lot=5), *both), OrdersReplaced).order_id.tolist() == [2, 1]
    messages = replaced(opened(mine, other, lot=10), *both)
    assert only(messages, ReplacesRejected).order_id.tolist() == [1]


ROUNDED = [
    # order  change                           limit stop   who is told
    (BUY,    {"limit": 9.6},                  9.5,  NAN,   [(9.6, 9.5)]),
    (SELL,   {"limit": 10.6},                 10.75, NAN,  [(10.6, 10.75)]),
    (OPENS,  {"stop": 9.4},                   NAN,  9.25,  [(9.4, 9.25)]),
    (BOTH,   {"stop": 9.4, "limit": 10.6},    10.5, 9.5,   [(10.6, 10.5), (9.4, 9.5)]),
    (BUY,    {"limit": 9.5},                  9.5,  NAN,   []),
    (ODD,    {"limit": 9.77},                 9.77, NAN,   []),            # as it was
]  # fmt: skip


@pytest.mark.parametrize(("order", "change", "limit", "stop", "told"), ROUNDED)
def test_prices_are_rounded_to_the_side_that_serves_the_owner_and_told(
    order: Asked, change: dict[str, Any], limit: float, stop: float, told: list[tuple[float, float]]
) -> None:
    messages = replaced(opened(order, rounds=True, tick=0.25), change)
    assert kinds(messages) == ["OrdersTrimmed", "OrdersReplaced"][not told :]
    after = only(messages, OrdersReplaced)
    assert [after.limit[0], after.stop[0]] == pytest.approx([limit, stop], nan_ok=True)
    if told:
        trimmed = only(messages, OrdersTrimmed)
        assert list(zip(trimmed.measured.tolist(), trimmed.limit.tolist(), strict=True)) == told
        assert (set(trimmed.reason.tolist()), set(trimmed.quantity.tolist())) == ({TICK}, {0.0})


def test_a_price_that_rounds_to_the_orders_own_costs_it_no_place() -> None:
    found = opened(BUY, rounds=True, tick=0.25)
    assert only(replaced(found, {"limit": 9.8}), OrdersReplaced).place.tolist() == [1]
    assert only(replaced(found, {"limit": 9.6}), OrdersReplaced).place.tolist() == [101]


def test_a_price_that_would_round_to_nothing_is_refused() -> None:
    told = only(replaced(opened(BUY, rounds=True, tick=0.25), {"limit": 0.2}), ReplacesRejected)
    assert (told.reason[0], told.measured[0], told.limit[0]) == (TICK, 0.2, 0.25)


def test_refusals_come_first_then_what_was_rounded_then_what_was_done() -> None:
    orders = BUY, Asked(2, 0, 30.0, LIMIT, limit=9.5)
    found = opened(*orders, rounds=True, tick=0.25, lot=10)
    rows = {"order": 2, "limit": 9.6}, {"order": 1, "quantity": 5.0}, {"order": 1, "limit": 9.3}
    messages = replaced(found, *rows)
    assert kinds(messages) == ["ReplacesRejected", "OrdersTrimmed", "OrdersReplaced"]
    assert only(messages, OrdersTrimmed).order_id.tolist() == [2, 1]


def ended(*actions_: Any) -> Any:
    """An account with an open order for each of A and B, at a barrier with these actions."""
    desk = account()
    desk.execution.accept(message(Asked(3, A, 5.0, LIMIT, limit=1.0), Asked(4, B, 5.0, LIMIT, limit=1.0)))
    for seq, action in enumerate(actions_, start=2):
        desk.execution.events.announce(action(seq))
        desk.open(flat(20.0), flat(8.0))
        desk.execution.mark()
    return desk


@pytest.mark.parametrize(
    ("kind", "price", "word"),
    [(ActionKind.DELISTING, NAN, "delisted"), (ActionKind.MERGER_CASH, 21.0, "merged")],
)
def test_a_change_of_what_ended_with_its_asset_is_refused_as_a_new_order_would_be(
    kind: ActionKind, price: float, word: str
) -> None:
    desk = ended(lambda seq: actions(seq, (kind, A, NAN), price=price))
    messages = desk.execution.replace(changes({"order": 3, "quantity": 2.0}, {"order": 4, "quantity": 2.0}))
    refused = only(messages, ReplacesRejected)
    assert (refused.order_id.tolist(), refused.reason.tolist()) == ([3], [Reason.DELISTED])
    assert (refused.asset.tolist(), refused.quantity.tolist()) == ([A], [0.0])
    assert refused.texts == (f"the asset was {word}",)
    assert only(messages, OrdersReplaced).order_id.tolist() == [4]
    rejected = desk.execution.accept(approved(Plain(9, A, 1.0)))[0]
    assert rejected.texts == refused.texts


def test_once_the_asset_is_back_its_orders_are_only_gone() -> None:
    def resumed(seq: int) -> Any:
        return actions(seq, (ActionKind.RESUME, A, NAN))

    desk = ended(lambda seq: actions(seq, (ActionKind.DELISTING, A, NAN)), resumed)
    refused = only(desk.execution.replace(changes({"order": 3, "quantity": 2.0})), ReplacesRejected)
    assert (refused.reason.tolist(), refused.asset.tolist()) == ([Reason.CANNOT_REPLACE], [-1])
    assert refused.texts == ("the order is not open",)


def test_an_order_goes_on_under_a_new_name_and_ends_with_that() -> None:
    def renamed(seq: int) -> Any:
        return actions(seq, (ActionKind.SYMBOL_CHANGE, A, NAN), into=2)

    desk = ended(renamed)
    assert kinds(desk.execution.replace(changes({"order": 3, "quantity": 2.0}))) == ["OrdersReplaced"]
    desk.execution.events.announce(actions(3, (ActionKind.DELISTING, 2, NAN)))
    assert only(desk.open(flat(20.0), flat(8.0))[0], OrdersCanceled).order_id.tolist() == [3]
    refused = only(desk.execution.replace(changes({"order": 3, "quantity": 1.0})), ReplacesRejected)
    assert (refused.reason.tolist(), refused.asset.tolist()) == ([Reason.DELISTED], [2])


def test_an_open_order_whose_asset_has_ended_is_refused_its_change() -> None:
    """A feed of one's own may rename an asset into one that has ended."""
    desk = ended(
        lambda seq: actions(seq, (ActionKind.DELISTING, 2, NAN)),
        lambda seq: actions(seq, (ActionKind.SYMBOL_CHANGE, A, NAN), into=2),
    )
    refused = only(desk.execution.replace(changes({"order": 3, "quantity": 2.0})), ReplacesRejected)
    assert (refused.reason.tolist(), refused.asset.tolist()) == ([Reason.DELISTED], [2])
    assert refused.quantity.tolist() == [-3.0]
