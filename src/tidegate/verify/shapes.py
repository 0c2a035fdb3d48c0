"""Whether a message's columns fit together and its assets are in the universe, so that checks may take them so.

Each question is there twice: of one message, to say what is wrong with it, and of many of a type at once, to see that
nothing is.
"""

from collections.abc import Callable
from typing import Any, get_type_hints

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.journal.whole import Alike
from tidegate.messages.account import AccountSnapshot, CashPosted
from tidegate.messages.actions import OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.blocks import IntColumns
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.orders import OrderColumns, OrdersReplaced, OrdersSized, RefusalColumns, ReplacesRejected
from tidegate.messages.risk import ProtectiveLevels, TrailingStops

_LEAST: dict[type[Message], int] = {CashPosted: -1, ReplacesRejected: -1}
"""The least that may stand for an asset, -1 for none."""
_ROWS = {kind: (len(kind.int_rows()), len(kind.float_rows())) for kind in MESSAGE_TYPES if issubclass(kind, IntColumns)}
"""How many rows the blocks of a message have."""


_TAGGED = frozenset(kind for kind in MESSAGE_TYPES if "tags" in kind.__struct_fields__)
"""Messages that have a tag for each column."""


def problem(message: Message, assets: int) -> str | None:
    """What is wrong with a message's columns; None where nothing is.

    Args:
        assets: how many the universe has.
    """
    look = _LOOKS.get(type(message))
    return None if look is None else look(message, assets)


def all_fit(group: Alike, assets: int) -> bool:
    """Whether nothing is wrong with any of the messages of a type, as `problem` has it."""
    look = _OF_MANY.get(group.kind)
    return look is None or look(group, assets)


def _blocks(message: Any, assets: int) -> str | None:
    kind = type(message)
    ints, floats = _ROWS[kind]
    n = message.ints.shape[-1] if message.ints.ndim else 0
    if message.ints.shape != (ints, n):
        return f"whole numbers of shape {message.ints.shape}, want {(ints, n)}"
    if floats and message.floats.shape != (floats, n):
        return f"numbers of shape {message.floats.shape}, want {(floats, n)}"
    if kind in _TAGGED and len(message.tags) != n:
        return f"{len(message.tags)} tags, want {n}"
    return _within(message.asset, _LEAST.get(kind, 0), assets)


def _within(column: Any, least: int, assets: int) -> str | None:
    """Whether assets are in the universe."""
    if len(column) and not least <= column.min() <= column.max() < assets:
        return f"assets from {column.min()} to {column.max()}, want {least} to {assets - 1}"
    return None


def _columns(message: Any, assets: int) -> str | None:
    n = message.order_id.shape
    wrong = [name for name in _COLUMNS[type(message)] if getattr(message, name).shape != n]
    terms = getattr(message, "terms", None)
    if terms is not None:
        wrong += [name for name in terms.__struct_fields__ if getattr(terms, name).shape != n]
    if wrong or len(n) != 1:
        return f"columns of different shapes: {', '.join(wrong)}"
    if type(message) in _TAGGED and len(message.tags) != n[0]:
        return f"{len(message.tags)} tags, want {n[0]}"
    return _within(message.asset, _LEAST.get(type(message), 0), assets)


def _arrays(*names: str) -> Callable[[Any, int], str | None]:
    """Looks at columns of the universe."""

    def look(message: Any, assets: int) -> str | None:
        wrong = [name for name in names if getattr(message, name).shape != (assets,)]
        return f"other than {assets} assets in {', '.join(wrong)}" if wrong else None

    return look


_OF_ACCOUNT = _arrays("quantity", "pending", "mark", "cost_micros", "unit")


def _account(message: Any, assets: int) -> str | None:
    """The same of what comes most often."""
    n = (assets,)
    fits = message.quantity.shape == n == message.mark.shape == message.unit.shape
    return None if fits and message.cost_micros.shape == n == message.pending.shape else _OF_ACCOUNT(message, assets)


def _batch(message: Any, assets: int) -> str | None:
    return None if message.bars.shape == (5, assets) else f"bars of shape {message.bars.shape}, want {(5, assets)}"


def _finer(message: Any, assets: int) -> str | None:
    shape = (len(message.ts_ns), 5, assets)
    return None if message.bars.shape == shape else f"finer bars of shape {message.bars.shape}, want {shape}"


def _all_blocks(group: Alike, assets: int) -> bool:
    kind: Any = group.kind
    ints, floats = _ROWS[kind]
    for shape, *others in group.shapes("ints", *(("floats",) if floats else ())):
        n = shape[-1] if shape else 0
        if shape != (ints, n) or others not in ([], [(floats, n)]):
            return False
    if kind in _TAGGED and any(len(message.tags) != message.ints.shape[1] for message in group.messages):
        return False
    column = np.concatenate([message.ints for message in group.messages], axis=1)[kind.asset.row]
    return _within(column, _LEAST.get(kind, 0), assets) is None


def _all_columns(group: Alike, assets: int) -> bool:
    n, terms = group.numbers["order_id"], group.parts.get("terms")
    fits = all(len(shape) == 1 for (shape,) in group.shapes("order_id"))
    fits = fits and all(np.array_equal(group.numbers[name], n) for name in _COLUMNS[group.kind])
    if fits and terms is not None:
        fits = all(np.array_equal(numbers, n[terms.places]) for numbers in terms.numbers.values())
    if not fits or (group.kind in _TAGGED and any(len(one.tags) != len(one.order_id) for one in group.messages)):
        return False
    column = np.concatenate([message.asset for message in group.messages])
    return _within(column, _LEAST.get(group.kind, 0), assets) is None


def _all_arrays(*names: str) -> Callable[[Alike, int], bool]:
    def look(group: Alike, assets: int) -> bool:
        return all(group.all_of(name, (assets,)) for name in names)

    return look


def _all_batches(group: Alike, assets: int) -> bool:
    return group.all_of("bars", (5, assets))


def _all_finer(group: Alike, assets: int) -> bool:
    return all(len(times) == 1 and bars == (*times, 5, assets) for times, bars in group.shapes("ts_ns", "bars"))


_COLUMNS = {
    kind: tuple(name for name, hint in get_type_hints(kind).items() if hint in (FloatArray, IntArray))
    for kind in MESSAGE_TYPES
    if issubclass(kind, OrderColumns | RefusalColumns | OrdersReplaced | OrdersSized | OrdersAdjusted)
}
"""The columns of messages that have such by name."""
_LOOKS: dict[type[Message], Callable[[Any, int], str | None]] = {
    kind: _blocks for kind in MESSAGE_TYPES if issubclass(kind, IntColumns)
}
_LOOKS |= dict.fromkeys(_COLUMNS, _columns)
_LOOKS |= {
    AccountSnapshot: _account,
    ProtectiveLevels: _arrays("stop", "take", "stop_rule", "take_rule"),
    TrailingStops: _arrays("best"),
    MarketBatch: _batch,
    FinerBars: _finer,
}
_OF_MANY: dict[type, Callable[[Alike, int], bool]] = {
    kind: _all_blocks for kind in MESSAGE_TYPES if issubclass(kind, IntColumns)
}
_OF_MANY |= dict.fromkeys(_COLUMNS, _all_columns)
_OF_MANY |= {
    AccountSnapshot: _all_arrays("quantity", "pending", "mark", "cost_micros", "unit"),
    ProtectiveLevels: _all_arrays("stop", "take", "stop_rule", "take_rule"),
    TrailingStops: _all_arrays("best"),
    MarketBatch: _all_batches,
    FinerBars: _all_finer,
}
