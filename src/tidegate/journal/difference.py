"""Two messages that should be equal, field by field: where they first differ, and what each says there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.blocks import IntColumns
from tidegate.messages.market import MarketBatch
from tidegate.messages.risk import ProtectiveLevels, TrailingStops

_BY_ASSET = (AccountSnapshot, ProtectiveLevels, TrailingStops, MarketBatch)
"""Messages whose arrays have an entry for each asset of the universe, along their last axis."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """Where two messages differ.

    Attributes:
        field: name of the field, such as `quantity` or `terms.limit`; of a column in a block the column's name;
            `type` where the messages are of different types, `quantity.shape` where arrays differ in length.
        index: inside an array or a list, one number for each axis; () where it is neither.
        expected, found: what stands there, as plain values of Python.
        entries: how many entries of the field differ.
        asset: column of the universe that the entry speaks of, -1 where it speaks of none.
    """

    field: str
    index: tuple[int, ...]
    expected: object
    found: object
    entries: int = 1
    asset: int = -1

    @property
    def place(self) -> str:
        """`quantity[3]`: the field with its index."""
        return self.field + (f"[{', '.join(map(str, self.index))}]" if self.index else "")

    def text(self, universe: Sequence[str] = ()) -> str:
        """`quantity[3] (A07): expected 100.0, found 90.0`, and how many more entries differ.

        Args:
            universe: names of the assets, by column.
        """
        named = f" ({universe[self.asset]})" if 0 <= self.asset < len(universe) else ""
        more = f"; {self.entries - 1:,} more entries differ" if self.entries > 1 else ""
        return f"{self.place}{named}: expected {_told(self.expected)}, found {_told(self.found)}{more}"


def first_difference(expected: Message, found: Message) -> FieldDifference | None:
    """The first field, in order of declaration, in which two messages differ; None where they are equal bit for bit."""
    return next(differences(expected, found), None)


def differences(expected: Message, found: Message) -> Iterator[FieldDifference]:
    """All fields in which two messages differ, bit for bit, each with the first of its entries."""
    if type(expected) is not type(found):
        yield FieldDifference("type", (), type(expected).__name__, type(found).__name__)
        return
    for difference in _of_structs("", expected, found):
        yield _with_asset(difference, expected)


def _of_structs(prefix: str, expected: msgspec.Struct, found: msgspec.Struct) -> Iterator[FieldDifference]:
    for name in expected.__struct_fields__:
        left, right = getattr(expected, name), getattr(found, name)
        if isinstance(expected, IntColumns) and name in ("ints", "floats"):
            yield from _of_blocks(expected, name, left, right)
        else:
            yield from _of_values(prefix + name, left, right)


def _of_values(field: str, left: Any, right: Any) -> Iterator[FieldDifference]:
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        yield from _of_arrays(field, left, right)
    elif isinstance(left, msgspec.Struct) and type(left) is type(right):
        yield from _of_structs(f"{field}.", left, right)
    elif isinstance(left, tuple | list) and isinstance(right, tuple | list):
        yield from _of_lists(field, left, right)
    elif _bits(left) != _bits(right):
        yield FieldDifference(field, (), _plain(left), _plain(right))


def _of_lists(field: str, left: Sequence[Any], right: Sequence[Any]) -> Iterator[FieldDifference]:
    if len(left) != len(right):
        yield FieldDifference(f"{field}.length", (), len(left), len(right))
        return
    found = [place for place, pair in enumerate(zip(left, right, strict=True)) if any(_of_values("", *pair))]
    if found:
        first = next(_of_values("", left[found[0]], right[found[0]]))
        yield FieldDifference(field + first.field, (found[0], *first.index), first.expected, first.found, len(found))


def _of_blocks(message: IntColumns, block: str, left: NDArray[Any], right: NDArray[Any]) -> Iterator[FieldDifference]:
    """Column by column, by the names that the columns have."""
    rows = message.int_rows() if block == "ints" else message.float_rows()
    if left.shape != right.shape or left.ndim != 2 or len(left) != len(rows):
        yield from _of_arrays(block, left, right)
        return
    for name, row in rows.items():
        yield from _of_arrays(name, left[row], right[row])


def _of_arrays(field: str, left: NDArray[Any], right: NDArray[Any]) -> Iterator[FieldDifference]:
    if left.shape != right.shape or left.dtype != right.dtype:
        yield FieldDifference(f"{field}.shape", (), _shape(left), _shape(right))
        return
    differ = _as_bits(left) != _as_bits(right)
    if differ.any():
        index = tuple(np.argwhere(differ)[0].tolist())
        told = left[index].item(), right[index].item()
        if repr(told[0]) == repr(told[1]):  # NaN is told from NaN by its bits alone
            told = f"bits {_as_bits(left)[index]:#x}", f"bits {_as_bits(right)[index]:#x}"
        yield FieldDifference(field, index, *told, int(np.count_nonzero(differ)))


def _with_asset(difference: FieldDifference, message: Message) -> FieldDifference:
    if not difference.index:
        return difference
    last, asset = difference.index[-1], -1
    columns = getattr(message, "asset", None)
    if isinstance(message, _BY_ASSET):
        by_market = isinstance(message, MarketBatch) and difference.field == "context"
        asset = last if not by_market and difference.field != "rules" else -1
    elif isinstance(columns, np.ndarray) and columns.ndim == 1 and last < len(columns):
        asset = int(columns[last])
    return FieldDifference(
        difference.field, difference.index, difference.expected, difference.found, difference.entries, asset
    )


def _as_bits(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}").reshape(array.shape)


def _bits(value: object) -> object:
    """Numbers by their bits, so that zeros of two signs differ and NaN equals itself."""
    return (type(value), value.hex()) if isinstance(value, float) else value


def _shape(array: NDArray[Any]) -> str:
    return f"{array.dtype} {array.shape}"


def _plain(value: object) -> object:
    """What can be told of a value in a line."""
    return type(value).__name__ if isinstance(value, msgspec.Struct | np.ndarray) else value


def _told(value: object) -> str:
    return repr(value) if isinstance(value, str) else f"{value}"
