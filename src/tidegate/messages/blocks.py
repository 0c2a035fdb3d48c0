"""Messages with many columns: the columns are rows of two blocks, one of whole numbers and one of real ones.

Kernels write fills and trades into blocks, and a message is a view of some columns of these: two objects for a message
that speaks of fifteen things, where an array each would cost more than the matching that made them.
"""

from collections.abc import Mapping
from typing import Any, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.messages.base import Message


class IntRow:
    """A column of a message, as an attribute: a row of its block `ints`."""

    def __init__(self, row: int) -> None:
        self.row = row

    @overload
    def __get__(self, message: None, kind: type) -> Self: ...
    @overload
    def __get__(self, message: Any, kind: type) -> IntArray: ...
    def __get__(self, message: Any, kind: type) -> Self | IntArray:
        return self if message is None else message.ints[self.row]


class FloatRow:
    """A column of a message, as an attribute: a row of its block `floats`."""

    def __init__(self, row: int) -> None:
        self.row = row

    @overload
    def __get__(self, message: None, kind: type) -> Self: ...
    @overload
    def __get__(self, message: Any, kind: type) -> FloatArray: ...
    def __get__(self, message: Any, kind: type) -> Self | FloatArray:
        return self if message is None else message.floats[self.row]


class IntColumns(Message, frozen=True):
    """What has all its columns in one block.

    Attributes:
        ints: (n_columns, n) int64.
    """

    ints: IntArray

    @classmethod
    def of(cls, columns: Mapping[str, ArrayLike], **fields: Any) -> Self:
        """A message made of separate columns, all of the same length.

        Args:
            columns: every column by name.
            fields: everything else.

        Raises:
            ValueError: a column is missing, unknown or of another length than the others.
        """
        names = {**cls.int_rows(), **cls.float_rows()}
        if columns.keys() != names.keys():
            raise ValueError(f"{cls.__name__} has columns {', '.join(columns)}; want {', '.join(names)}")
        lengths = {name: np.size(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"{cls.__name__} has columns of different lengths: {lengths}")
        blocks: dict[str, Any] = {"ints": freeze(np.array([columns[name] for name in cls.int_rows()], np.int64))}
        if cls.float_rows():
            blocks["floats"] = freeze(np.array([columns[name] for name in cls.float_rows()], np.float64))
        return cls(**blocks, **fields)

    @classmethod
    def int_rows(cls) -> dict[str, int]:
        """Names of the columns of `ints`, in order of their rows."""
        return {name: column.row for name, column in vars(cls).items() if isinstance(column, IntRow)}

    @classmethod
    def float_rows(cls) -> dict[str, int]:
        """Names of the columns of `floats`, in order of their rows."""
        return {name: column.row for name, column in vars(cls).items() if isinstance(column, FloatRow)}


class BlockColumns(IntColumns, frozen=True):
    """What has its columns in two blocks.

    Attributes:
        ints: (n_int_columns, n) int64.
        floats: (n_float_columns, n) float64.
    """

    floats: FloatArray
