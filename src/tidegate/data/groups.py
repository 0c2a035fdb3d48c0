"""Where the row groups of Parquet files end: what is cut there is decoded once.

Rows within a group can be asked for, but whole pages of it are decoded for them. Polars does not tell where groups
end, so that is read from the footer of each file: structures of Thrift's compact protocol, in which every field has
its number and its type, so that what is of no interest can be passed over.
"""

import os
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tidegate.core.arrays import IntArray

FOOTER_BYTES_MAX = 4_000_000
"""Size up to which a footer is looked at: a second of reading."""
_TAIL = struct.Struct("<I4s")
_ROWS, _GROUPS, _GROUP_ROWS = 3, 4, 3
"""Numbers of fields: two of a file's, one of a group's."""
_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(13)
"""Types of fields."""

Value = int | list["Value"] | dict[int, "Value"]


def group_ends(files: Sequence[Path]) -> IntArray:
    """The rows, counted through all files, at which row groups end; empty where a footer is not understood."""
    sizes: list[int] = []
    for file in files:
        try:
            sizes += _group_sizes(_footer(file))
        except (OSError, ValueError, IndexError, struct.error):  # whoever reads the rows tells what is wrong
            return np.empty(0, np.int64)
    return np.cumsum(np.array(sizes, np.int64))


def _footer(file: Path) -> bytes:
    with file.open("rb") as stream:
        stream.seek(-_TAIL.size, os.SEEK_END)
        size, magic = _TAIL.unpack(stream.read(_TAIL.size))
        if magic != b"PAR1" or size > FOOTER_BYTES_MAX:
            raise ValueError("not one that is looked at")
        stream.seek(-_TAIL.size - size, os.SEEK_END)
        return stream.read(size)


def _group_sizes(footer: bytes) -> list[int]:
    """Rows of each group; all of them have the rows that the file has, or the footer says something else."""
    file = _Reader(footer).structure()
    groups = file.get(_GROUPS)
    sizes = [group[_GROUP_ROWS] for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    whole = [size for size in sizes if isinstance(size, int) and size >= 0]
    if len(whole) < len(sizes) or sum(whole) != file.get(_ROWS):  # deterministic: of integers
        raise ValueError("groups without their rows")
    return whole


class _Reader:
    """Reads values one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def structure(self) -> dict[int, Value]:
        """Fields by number."""
        fields: dict[int, Value] = {}
        number = 0
        while header := self._byte():
            step, kind = header >> 4, header & 15
            number = number + step if step else self._signed()
            fields[number] = kind if kind in (_TRUE, _FALSE) else self._value(kind)
        return fields

    def _value(self, kind: int) -> Value:
        if kind in (_I16, _I32, _I64):
            return self._signed()
        if kind == _BINARY:
            return self._skip(self._varint())
        if kind == _STRUCT:
            return self.structure()
        if kind in (_LIST, _SET):
            header = self._byte()
            size = header >> 4
            size = self._varint() if size == 15 else size
            return [self._value(header & 15) for _ in range(size)]
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind == _DOUBLE:
            return self._skip(8)
        raise ValueError("a type that Parquet does not use")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _skip(self, size: int) -> int:
        self._at += size
        return size

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _signed(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
