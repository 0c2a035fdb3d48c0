"""Every message to and from MessagePack.

Arrays travel as one extension: a letter for the type, the shape, the raw little-endian bytes. What is decoded is
read-only, bounded by the bytes at hand, and equal bit for bit to what was encoded (NaN and signed zero included).
"""

import math
from collections.abc import Iterator
from typing import Any, Union

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.messages import account, actions, clock, control, market, orders, risk
from tidegate.messages.base import Message

ARRAY_EXT = 1
_LETTERS = {"f": np.dtype("<f8"), "i": np.dtype("<i8"), "b": np.dtype("?")}
_LETTER_OF = {dtype: letter for letter, dtype in _LETTERS.items()}
_DTYPE_OF = {FloatArray: _LETTERS["f"], IntArray: _LETTERS["i"], BoolArray: _LETTERS["b"]}


def _concrete(module: Any) -> Iterator[type[Message]]:
    for value in vars(module).values():
        declared = isinstance(value, type) and issubclass(value, Message) and value.__module__ == module.__name__
        if declared and not value.__name__.endswith("Columns"):
            yield value


MESSAGE_TYPES: tuple[type[Message], ...] = tuple(
    kind for module in (clock, market, actions, orders, account, risk, control) for kind in _concrete(module)
)
"""Every message type, by conversation."""


def encode_array(value: object) -> msgspec.msgpack.Ext:
    """An array inside a message, for an encoder of whatever holds messages (its `enc_hook`).

    Raises:
        NotImplementedError: no message can hold the value.
    """
    if not isinstance(value, np.ndarray):
        raise NotImplementedError(f"a message cannot hold a {type(value).__name__}")
    letter = _LETTER_OF.get(value.dtype)
    if letter is None:
        raise NotImplementedError(f"a message cannot hold an array of {value.dtype}")
    head = msgspec.msgpack.encode((letter, value.shape))
    return msgspec.msgpack.Ext(ARRAY_EXT, bytes((len(head),)) + head + value.tobytes())


def _decode_array(code: int, data: memoryview) -> NDArray[Any]:
    if code != ARRAY_EXT or len(data) < 1:
        raise ValueError(f"unknown extension {code}")
    head_size = data[0]
    letter, shape = msgspec.msgpack.decode(data[1 : 1 + head_size], type=tuple[str, tuple[int, ...]])
    dtype = _LETTERS.get(letter)
    body = data[1 + head_size :]
    if dtype is None or min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError(f"array of type '{letter}' and shape {shape} does not fit {len(body)} bytes")
    if letter == "b" and max(body, default=0) > 1:
        raise ValueError("an array of truth values holds a byte that is neither 0 nor 1")
    return freeze(np.frombuffer(bytes(body), dtype=dtype).reshape(shape))


def _accept_array(kind: Any, value: object) -> object:
    want = _DTYPE_OF.get(kind)
    if isinstance(value, np.ndarray) and value.dtype == want:
        return value
    raise ValueError(f"want an array of {want}")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=encode_array)
_DECODER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    Union[MESSAGE_TYPES],  # noqa: UP007 - the members are known at run time only
    dec_hook=_accept_array,
    ext_hook=_decode_array,
)


def encode(message: Message) -> bytes:
    """The MessagePack bytes of a message; the same message always gives the same bytes."""
    return _ENCODER.encode(message)


def decode(data: bytes) -> Message:
    """The message in `data`, with read-only arrays.

    Raises:
        msgspec.DecodeError: not exactly one message of a known type with the fields it must have.
    """
    try:
        message: Message = _DECODER.decode(data)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        if isinstance(error, msgspec.DecodeError):
            raise
        raise msgspec.DecodeError(str(error)) from error
    return message


def same(left: Message, right: Message) -> bool:
    """Whether two messages are equal bit for bit."""
    return encode(left) == encode(right)
