"""One number for all that a run recorded: equal digests mean equal tables, bit for bit."""

import hashlib

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidegate.results.record import SCHEMA, Column, RunRecord

_HEADER = b"tidegate digest 3"


def digest(record: RunRecord) -> str:
    """SHA-256, in hex, over assets and raw tables in the order of `SCHEMA`.

    Each column goes in as its name, type and length, then its little-endian bytes; text as MessagePack, which is
    length-prefixed utf-8. Every NaN counts as the same. Timings, counts, status and configuration are left out.
    """
    state = hashlib.sha256(_HEADER)
    state.update(msgspec.msgpack.encode(record.assets))
    for table, columns in SCHEMA.items():
        for column, kind in columns.items():
            values = record.tables[table][column]
            state.update(msgspec.msgpack.encode((table, column, kind.value, len(values))))
            state.update(_canonical(values))
    return state.hexdigest()


def _canonical(values: Column) -> bytes | memoryview:
    if isinstance(values, list):
        return msgspec.msgpack.encode(values)
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    if little.dtype.kind == "f":
        little = _one_nan(little)
    return little.data.cast("B") if little.size else b""


def _one_nan(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gives every NaN the same bits: their sign and payload depend on the processor that made them."""
    nan = np.isnan(values)
    return np.where(nan, np.nan, values) if nan.any() else values
