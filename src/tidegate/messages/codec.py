"""Every message to and from MessagePack.

Arrays travel as one extension: a letter for the type, the shape, the raw little-endian bytes. What is decoded is
read-only, bounded by the bytes at hand, and equal bit for bit to what was encoded (NaN and signed zero included).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Union

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.messages import account, actions, clock, control, market, orders, risk
from tidegate.messages.base import Message

Buffer = bytes | bytearray | memoryview | msgspec.Raw
ARRAY_EXT = 1
_LETTERS = {"f": np.dtype("<f8"), "i": np.dtype("<i8"), "b": np.dtype("?")}
_TRUTH = _LETTERS["b"]
_LETTER_OF = {dtype: letter for letter, dtype in _LETTERS.items()}
_HEADS: dict[tuple[np.dtype[Any], tuple[int, ...]], bytes] = {}  # what arrays of these types and shapes open with
_TOLD: dict[bytes, tuple[np.dtype[Any], tuple[int, ...], int]] = {}  # and the other way round, with their bytes
_HEADS_MAX = 4096
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


def array_bytes(value: object) -> bytes:
    """An array as bytes: a byte with the length of what follows, letter and shape, the raw values.

    Raises:
        NotImplementedError: no message can hold the value.
    """
    if not isinstance(value, np.ndarray):
        raise NotImplementedError(f"a message cannot hold a {type(value).__name__}")
    key = value.dtype, value.shape
    head = _HEADS.get(key)
    if head is None:
        letter = _LETTER_OF.get(value.dtype)
        if letter is None:
            raise NotImplementedError(f"a message cannot hold an array of {value.dtype}")
        told = msgspec.msgpack.encode((letter, value.shape))
        head = bytes((len(told),)) + told
        if len(_HEADS) < _HEADS_MAX:
            _HEADS[key] = head
    return head + value.tobytes()


def encode_array(value: object) -> msgspec.msgpack.Ext:
    """An array inside a message, for an encoder of whatever holds messages (its `enc_hook`).

    Raises:
        NotImplementedError: no message can hold the value.
    """
    return msgspec.msgpack.Ext(ARRAY_EXT, array_bytes(value))


def decode_array(data: bytes | memoryview) -> NDArray[Any]:
    """The array in such bytes, read-only.

    Raises:
        ValueError: they hold none.
    """
    if len(data) < 1:
        raise ValueError("an array of no bytes")
    start = data[0] + 1
    head = bytes(data[1:start])
    dtype, shape, size = array_type(head)
    if size != len(data) - start:
        raise ValueError(f"array of {dtype} and shape {shape} does not fit {len(data) - start} bytes")
    body = bytes(data[start:])
    if dtype is _TRUTH and max(body, default=0) > 1:
        raise ValueError("an array of truth values holds a byte that is neither 0 nor 1")
    array: NDArray[Any] = np.frombuffer(body, dtype)  # read-only, as bytes are
    return array if len(shape) == 1 else array.reshape(shape)


def array_type(head: bytes) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """What arrays are that open so, after the first byte: type, shape and bytes of the values.

    Raises:
        ValueError: no array opens so.
    """
    return _TOLD.get(head) or _told(head)


def _told(head: bytes) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    letter, shape = msgspec.msgpack.decode(head, type=tuple[str, tuple[int, ...]])
    dtype = _LETTERS.get(letter)
    if dtype is None or min(shape, default=0) < 0:
        raise ValueError(f"array of type '{letter}' and shape {shape} does not fit any bytes")
    told = dtype, shape, math.prod(shape) * dtype.itemsize
    if len(_TOLD) < _HEADS_MAX:
        _TOLD[head] = told
    return told


def decode_extension(code: int, data: memoryview) -> NDArray[Any]:
    """The array of a message, for whatever decodes it (its `ext_hook`).

    Raises:
        ValueError: it is none.
    """
    if code != ARRAY_EXT or len(data) < 1:
        raise ValueError(f"unknown extension {code}")
    return decode_array(data)


def accept_array(kind: Any, value: object) -> object:
    """An array that is of a type as messages declare it, for whatever decodes or converts (its `dec_hook`).

    Raises:
        ValueError: it is none of that type.
    """
    want = _DTYPE_OF.get(kind)
    if isinstance(value, np.ndarray) and value.dtype == want:
        return value
    raise ValueError(f"want an array of {want}")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=encode_array)
_DECODER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    Union[MESSAGE_TYPES],  # noqa: UP007 - the members are known at run time only
    dec_hook=accept_array,
    ext_hook=decode_extension,
)


def make_decode(
    arrays: Callable[[int, memoryview], object], more: Sequence[type[Message]] = ()
) -> Callable[[Buffer], Message]:
    """A decoder for messages whose arrays are extensions of another kind.

    Args:
        arrays: the array that an extension's code and bytes stand for; raises ValueError where there is none.
        more: types of messages beside those of every run.
    """
    decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
        Union[(*MESSAGE_TYPES, *more)],
        dec_hook=accept_array,
        ext_hook=arrays,
    )
    return partial(_decode_with, decoder)


def encode(message: Message) -> bytes:
    """The MessagePack bytes of a message; the same message always gives the same bytes."""
    return _ENCODER.encode(message)


def decode(data: bytes) -> Message:
    """The message in `data`, with read-only arrays.

    Raises:
        msgspec.DecodeError: not exactly one message of a known type with the fields it must have.
    """
    return _decode_with(_DECODER, data)


def _decode_with(decoder: msgspec.msgpack.Decoder[Any], data: Buffer) -> Message:
    try:
        message: Message = decoder.decode(data)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        if isinstance(error, msgspec.DecodeError):
            raise
        raise msgspec.DecodeError(str(error)) from error
    return message


def same(left: Message, right: Message) -> bool:
    """Whether two messages are equal bit for bit."""
    return encode(left) == encode(right)
