"""Messages as the tests write and read them: what a test does not mention has a plain default."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.enums import FillPoint, Phase, Reason
from tidegate.core.ids import order_id
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.blocks import IntColumns
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import MarketBatch, UniverseDeclared
from tidegate.messages.orders import CancelOrders, Fills, OrderColumns, RefusalColumns

DAY_NS = 86_400_000_000_000
NAN = float("nan")
ASSETS = ("AA", "BB", "CC")
STRATEGY = 2
"""Sender number of the first strategy."""
Row = Sequence[float]
Orders = TypeVar("Orders", bound=OrderColumns)
Refusals = TypeVar("Refusals", bound=RefusalColumns)
Kind = TypeVar("Kind", bound=Message)


def universe(
    assets: Sequence[str] = ASSETS,
    *,
    signals: Sequence[str] = (),
    features: Sequence[str] = (),
    context: Sequence[str] = (),
) -> UniverseDeclared:
    return UniverseDeclared(tuple(assets), tuple(signals), tuple(features), tuple(context), -1)


def batch(
    seq: int,
    close: Row,
    *,
    open: Row | None = None,  # noqa: A002 - the bar's field
    high: Row | None = None,
    low: Row | None = None,
    signals: Sequence[Row] = (),
    features: Sequence[Row] = (),
    context: Row = (),
) -> MarketBatch:
    """A barrier's data; prices that are left out are the close, volume is 100."""
    n = len(close)
    rows = [row if row is not None else close for row in (open, high, low)]
    return MarketBatch(
        seq,
        (seq + 1) * DAY_NS,
        freeze(np.array([*rows, close, [100.0] * n])),
        freeze(np.array(signals, np.float64).reshape(len(signals), n)),
        freeze(np.array(features, np.float64).reshape(len(features), n)),
        freeze(np.array(context, np.float64)),
    )


def snapshot(
    seq: int = 0,
    *,
    cash: float = 1000.0,
    held: Row = (0, 0, 0),
    mark: Row = (10, 20, 40),
    pending: Row | None = None,
    cost: Row | None = None,
) -> AccountSnapshot:
    """A marked account whose equity is cash plus what is held."""
    values = [round(units * price * 1e6) for units, price in zip(held, mark, strict=True) if units]
    value, micros = sum(values), round(cash * 1e6)
    marks = freeze(np.array(mark, np.float64))
    return AccountSnapshot(
        seq, (seq + 1) * DAY_NS, micros, micros + value, sum(map(abs, values)), 0, 0, 0, micros,
        0, 0, micros, 0, 0, 0, 0,
        freeze(np.array(held, np.float64)),
        freeze(np.array(pending if pending is not None else np.zeros(len(held)), np.float64)),
        marks,
        freeze(np.array([round(paid * 1e6) for paid in cost or np.zeros(len(held))], np.int64)),
        freeze(np.ones(len(held))),
    )  # fmt: skip


def orders(
    kind: type[Orders],
    *rows: tuple[int, float] | tuple[int, float, float],
    first: int = 0,
    sender: int = STRATEGY,
    tag: str = "order",
) -> Orders:
    """Orders as (asset, quantity) or (asset, quantity, priority); ids count up from the sender's `first`."""
    ids = [order_id(sender, first + place) for place in range(len(rows))]
    return kind(
        freeze(np.array(ids, np.int64)),
        freeze(np.array([row[0] for row in rows], np.int64)),
        freeze(np.array([row[1] for row in rows], np.float64)),
        freeze(np.array([row[2] if len(row) == 3 else 0.0 for row in rows])),
        (tag,) * len(rows),
        None,
    )


def refused(
    kind: type[Refusals],
    *rows: tuple[int, int, float],
    reason: Reason = Reason.RULE,
    sender: int = STRATEGY,
) -> Refusals:
    """Refusals as (number of the sender's order, asset, quantity)."""
    none = freeze(np.full(len(rows), np.nan))
    return kind(
        freeze(np.array([order_id(sender, row[0]) for row in rows], np.int64)),
        freeze(np.array([row[1] for row in rows], np.int64)),
        freeze(np.array([row[2] for row in rows], np.float64)),
        freeze(np.full(len(rows), int(reason))),
        none,
        none,
        ("",) * len(rows),
    )


def cancels(*numbers: int, sender: int = STRATEGY) -> CancelOrders:
    return CancelOrders(freeze(np.array([order_id(sender, number) for number in numbers], np.int64)))


def fills(
    seq: int,
    *rows: tuple[int, float, float],
    point: FillPoint = FillPoint.OPEN,
    first: int = 0,
    sender: int = STRATEGY,
) -> Fills:
    """Fills as (asset, quantity, price), of the sender's orders from `first` on."""
    n = len(rows)
    price = [row[2] for row in rows]
    columns = {
        "fill_id": range(n),
        "order_id": [order_id(sender, first + place) for place in range(n)],
        "asset": [row[0] for row in rows],
        "cash_micros": [-round(row[1] * row[2] * 1e6) for row in rows],
        "commission_micros": [0] * n,
        "slippage_micros": [0] * n,
        "quantity": [row[1] for row in rows],
        "price": price,
        "reference": price,
    }
    return Fills.of(columns, seq=seq, ts_ns=(seq + 1) * DAY_NS, point=int(point), tags=("order",) * n)


def phase(name: Phase, seq: int = 0, step: int = 0) -> PhaseOpened:
    return PhaseOpened(name, seq, step)


def row(values: dict[int, float], n: int = len(ASSETS)) -> FloatArray:
    """(n,) zeros but for these columns."""
    found = np.zeros(n)
    for column, value in values.items():
        found[column] = value
    return found


def plain(value: Any) -> Any:
    """Arrays and tuples as lists, NaN as None: what `==` can compare."""
    if isinstance(value, np.ndarray | tuple):
        return [plain(each) for each in (value.tolist() if isinstance(value, np.ndarray) else value)]
    return None if isinstance(value, float) and value != value else value


def told(message: Message) -> dict[str, Any]:
    """The fields of a message, and the columns in its blocks, plain."""
    names = [field.name for field in msgspec.structs.fields(type(message))]
    if isinstance(message, IntColumns):
        names += [*message.int_rows(), *message.float_rows()]
    return {name: plain(getattr(message, name)) for name in names}


def kinds(messages: Iterable[Message]) -> list[str]:
    return [type(message).__name__ for message in messages]


def only(messages: Iterable[Message], kind: type[Kind]) -> Kind:
    """The one message of this kind among them."""
    found = [message for message in messages if isinstance(message, kind)]
    assert len(found) == 1, kinds(messages)
    return found[0]


def quantities(message: OrderColumns | RefusalColumns | Fills) -> dict[int, float]:
    """Quantity by the number of the sender's order."""
    ids = (message.order_id % order_id(1, 0)).tolist()
    return dict(zip(ids, message.quantity.tolist(), strict=True))
