"""Messages as plain values, for JSON."""

import math
from typing import Any

import msgspec
import numpy as np

from tidegate.messages.base import Message
from tidegate.messages.blocks import IntColumns


def plain_fields(message: Message) -> dict[str, Any]:
    """A message's fields by name; arrays as lists, columns of blocks by their names, None for NaN and infinity."""
    fields = _fields(message)
    if isinstance(message, IntColumns):
        for block, rows in (("ints", message.int_rows()), ("floats", message.float_rows())):
            if block in fields:
                values = fields.pop(block)
                fields |= {name: values[row] for name, row in rows.items()}
    return fields


def plain(value: object) -> Any:
    """A value of a message as JSON has it."""
    if isinstance(value, msgspec.Struct):
        return _fields(value)
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    return {name: plain(getattr(struct, name)) for name in struct.__struct_fields__}
