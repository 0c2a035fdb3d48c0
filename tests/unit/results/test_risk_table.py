"""The table of risk: whose rows come in which order, what they hold, and how they are counted."""

import numpy as np
import pytest
from tests.unit.results.made_messages import (
    equity,
    floats,
    ints,
    orders,
    refusal,
    strategy_order,
    ts_of,
)

from tidegate.core.ids import PROTECTIVE_SENDER, order_id
from tidegate.messages.base import Message
from tidegate.messages.orders import (
    OrdersAccepted,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersRejected,
    OrdersTrimmed,
    SubmitOrders,
)
from tidegate.messages.risk import AmbiguousBars, TradingHalted
from tidegate.results.joined import Moment
from tidegate.results.taped import run_tables

A, B = (strategy_order(count) for count in range(2))
EXIT = order_id(PROTECTIVE_SENDER, 0)
NAN = float("nan")


def test_the_table_of_risk_keeps_the_order_of_its_messages_whatever_their_kind() -> None:
    messages: list[Message] = [
        orders(SubmitOrders, (A, 9.0), (B, 9.0)),
        TradingHalted(0, "loss", "down 5 %"),
        refusal(OrdersTrimmed, (A, 2.0), reason=5, measured=0.3, limit=0.1, asset=3, text="less"),
        orders(OrdersAccepted, (EXIT, -7.0), asset=2, tag="stop_loss"),
        AmbiguousBars(0, ints((1, 4)), floats((95.0, 96.0)), floats((105.0, 106.0))),
        refusal(OrdersExpired, (A, 7.0), (B, 9.0), reason=10, asset=3),
    ]
    table, counts = (made := run_tables([Moment(0, ts_of(0), tuple(messages))], equity(1)))[0]["risk"], made[1]
    columns = ("kind", "asset", "order_id", "quantity", "reason", "measured", "limit", "text")
    np.testing.assert_equal(
        list(zip(*(table[column] for column in columns), strict=True)),
        [
            ("halted", -1, -1, NAN, 7, NAN, NAN, "loss: down 5 %"),
            ("trimmed", 3, A, 2.0, 5, 0.3, 0.1, "less"),
            ("exit", 2, EXIT, -7.0, 0, NAN, NAN, "stop_loss"),
            ("ambiguous", 1, -1, NAN, 0, 95.0, 105.0, ""),
            ("ambiguous", 4, -1, NAN, 0, 96.0, 106.0, ""),
            ("expired", 3, A, 7.0, 10, NAN, NAN, ""),
            ("expired", 4, B, 9.0, 10, NAN, NAN, ""),
        ],
    )
    assert {name: number for name, number in counts.items() if number} == {
        "trading.halted": 1, "orders.trimmed": 1, "exits.protective": 1, "bars.ambiguous": 2, "orders.expired": 2,
    }  # fmt: skip


COUNTED: list[tuple[str, Message, str]] = [
    # message                                                      counted as
    ("denied",    refusal(OrdersDenied, (A, 1.0), (B, 2.0)),       "orders.denied"),
    ("trimmed",   refusal(OrdersTrimmed, (A, 1.0), (B, 2.0)),      "orders.trimmed"),
    ("rejected",  refusal(OrdersRejected, (A, 1.0), (B, 2.0)),     "orders.rejected"),
    ("canceled",  refusal(OrdersCanceled, (A, 1.0), (B, 2.0)),     "orders.canceled"),
    ("expired",   refusal(OrdersExpired, (A, 1.0), (B, 2.0)),      "orders.expired"),
    ("exits",     orders(OrdersAccepted, (EXIT, 1.0), (EXIT + 1, 2.0)), "exits.protective"),
    ("ambiguous", AmbiguousBars(0, ints((0, 1)), floats((1, 2)), floats((3, 4))), "bars.ambiguous"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "name"), [pytest.param(told, name, id=word) for word, told, name in COUNTED])
def test_every_row_of_risk_is_counted_by_its_kind(message: Message, name: str) -> None:
    asked = orders(SubmitOrders, (A, 1.0), (B, 2.0))
    _, counts = run_tables([Moment(0, ts_of(0), (asked, message, message))], equity(1))
    assert counts == dict.fromkeys(counts, 0) | {name: 4}
