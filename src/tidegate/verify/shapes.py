"""Whether a message's columns fit together and its assets are in the universe, so that checks may take them so."""

from collections.abc import Callable
from typing import Any

from tidegate.messages.account import AccountSnapshot
from tidegate.messages.actions import OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.blocks import BlockColumns, IntColumns
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.orders import OrderColumns, OrdersReplaced, OrdersSized, RefusalColumns, ReplacesRejected
from tidegate.messages.risk import ProtectiveLevels, TrailingStops

_NO_ASSET_ALLOWED = ("CashPosted",)
"""What may be of no asset."""


def problem(message: Message, assets: int) -> str | None:
    """What is wrong with a message's columns; None where nothing is.

    Args:
        assets: how many the universe has.
    """
    look = _LOOKS.get(type(message))
    return None if look is None else look(message, assets)


def _blocks(message: Any, assets: int) -> str | None:
    kind = type(message)
    shape = (len(kind.int_rows()), message.ints.shape[-1] if message.ints.ndim else 0)
    if message.ints.shape != shape:
        return f"whole numbers of shape {message.ints.shape}, want {shape}"
    if isinstance(message, BlockColumns) and message.floats.shape != (len(kind.float_rows()), shape[1]):
        return f"numbers of shape {message.floats.shape}, want {(len(kind.float_rows()), shape[1])}"
    none = -1 if kind.__name__ in _NO_ASSET_ALLOWED else 0
    return _within(message.asset, none, assets)


def _within(column: Any, least: int, assets: int) -> str | None:
    if len(column) and not least <= column.min() <= column.max() < assets:
        return f"assets from {column.min()} to {column.max()}, want {least} to {assets - 1}"
    return None


def _columns(message: Any, assets: int) -> str | None:
    n = message.order_id.shape
    names = [name for name in message.__struct_fields__ if hasattr(getattr(message, name), "shape")]
    wrong = [name for name in names if getattr(message, name).shape != n]
    terms = getattr(message, "terms", None)
    if terms is not None:
        wrong += [name for name in terms.__struct_fields__ if getattr(terms, name).shape != n]
    if wrong or len(n) != 1:
        return f"columns of different shapes: {', '.join(wrong)}"
    return _within(message.asset, -1 if isinstance(message, ReplacesRejected) else 0, assets)


def _arrays(*names: str) -> Callable[[Any, int], str | None]:
    """Looks at columns of the universe."""

    def look(message: Any, assets: int) -> str | None:
        wrong = [name for name in names if getattr(message, name).shape != (assets,)]
        return f"other than {assets} assets in {', '.join(wrong)}" if wrong else None

    return look


def _batch(message: Any, assets: int) -> str | None:
    return None if message.bars.shape == (5, assets) else f"bars of shape {message.bars.shape}, want {(5, assets)}"


def _finer(message: Any, assets: int) -> str | None:
    shape = (len(message.ts_ns), 5, assets)
    return None if message.bars.shape == shape else f"finer bars of shape {message.bars.shape}, want {shape}"


_LOOKS: dict[type[Message], Callable[[Any, int], str | None]] = {
    kind: _blocks for kind in MESSAGE_TYPES if issubclass(kind, IntColumns)
}
_LOOKS |= {
    kind: _columns
    for kind in MESSAGE_TYPES
    if issubclass(kind, OrderColumns | RefusalColumns | OrdersReplaced | OrdersSized | OrdersAdjusted)
}
_LOOKS |= {
    AccountSnapshot: _arrays("quantity", "pending", "mark", "cost_micros", "unit"),
    ProtectiveLevels: _arrays("stop", "take", "stop_rule", "take_rule"),
    TrailingStops: _arrays("best"),
    MarketBatch: _batch,
    FinerBars: _finer,
}
