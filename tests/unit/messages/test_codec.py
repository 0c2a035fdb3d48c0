"""Every message survives the codec bit for bit, and nothing but a DecodeError comes of broken bytes."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended
from tidegate.messages.codec import ARRAY_EXT, MESSAGE_TYPES, decode, encode, same
from tidegate.messages.control import LogWritten
from tidegate.messages.instruments import Instruments
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import CancelOrders, OrderTargets, OrderTerms
from tidegate.messages.risk import ProtectiveLevels

MakeAny = Callable[[type[Message]], st.SearchStrategy[Message]]
every_type = pytest.mark.parametrize("kind", MESSAGE_TYPES, ids=lambda kind: kind.__name__)


def bits(value: object) -> object:
    """What must be equal: type, shape and raw bytes of arrays, so that NaN and -0.0 count; other values themselves."""
    if isinstance(value, OrderTerms | OrderTargets | Instruments):
        return [bits(getattr(value, name)) for name in value.__struct_fields__]
    return (value.dtype, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value


@every_type
@given(data=st.data())
def test_every_message_survives_the_round_trip_bit_for_bit(
    make_any: MakeAny, kind: type[Message], data: st.DataObject
) -> None:
    message = data.draw(make_any(kind))
    decoded = decode(encode(message))
    assert type(decoded) is kind
    for name in kind.__struct_fields__:
        assert bits(getattr(decoded, name)) == bits(getattr(message, name)), name
    assert same(message, decoded)


@every_type
@given(data=st.data())
def test_decoded_arrays_are_read_only_for_good(make_any: MakeAny, kind: type[Message], data: st.DataObject) -> None:
    decoded = decode(encode(data.draw(make_any(kind))))
    arrays = [value for name in kind.__struct_fields__ if isinstance(value := getattr(decoded, name), np.ndarray)]
    for array in arrays:
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


@every_type
@given(data=st.data())
def test_flipped_bits_decode_to_some_message_or_raise_a_decode_error(
    make_any: MakeAny, kind: type[Message], data: st.DataObject
) -> None:
    encoded = bytearray(encode(data.draw(make_any(kind))))
    for place in data.draw(st.lists(st.integers(0, len(encoded) * 8 - 1), min_size=1, max_size=4)):
        encoded[place // 8] ^= 1 << place % 8
    try:
        decoded = decode(bytes(encoded))
    except msgspec.DecodeError:
        return
    assert type(decoded) in MESSAGE_TYPES
    assert same(decode(encode(decoded)), decoded)


@every_type
@given(data=st.data())
def test_no_cut_message_decodes(make_any: MakeAny, kind: type[Message], data: st.DataObject) -> None:
    encoded = encode(data.draw(make_any(kind)))
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(msgspec.DecodeError):
        decode(encoded[:cut])


@given(st.binary(max_size=64))
def test_noise_raises_a_decode_error(noise: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(noise)


def test_bytes_after_the_message_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError, match="trailing"):
        decode(encode(PhaseExtended()) + b"\x00")


def array_message(head: object, body: bytes, code: int = ARRAY_EXT, more: tuple[object, ...] = ()) -> bytes:
    encoded = msgspec.msgpack.encode(head)
    value = msgspec.msgpack.Ext(code, bytes((len(encoded),)) + encoded + body)
    return msgspec.msgpack.encode(("CancelOrders", value, *more))


def test_a_hand_made_array_decodes() -> None:
    """The cases below differ from this one in the named respect alone."""
    message = decode(array_message(("i", (2,)), b"\x01" + bytes(15)))
    assert isinstance(message, CancelOrders)
    assert message.order_id.tolist() == [1, 0]


pack = msgspec.msgpack.encode
BROKEN_ARRAYS = [
    # what is wrong                 bytes                                                        said
    ("one byte short",              array_message(("i", (2,)), bytes(15)),                       "does not fit 15"),
    ("one byte more",               array_message(("i", (2,)), bytes(17)),                       "does not fit 17"),
    ("negative length",             array_message(("i", (-1,)), b""),                            "does not fit"),
    ("two negative lengths",        array_message(("i", (-1, -2)), bytes(16)),                   "does not fit"),
    ("huge",                        array_message(("i", (2**62, 2**62)), bytes(16)),             "does not fit"),
    ("nothing, hugely",             array_message(("i", (0, 2**61)), b""),                       "too big"),
    ("a length beyond int64",       array_message(("i", (0, 2**64 - 1)), b""),                   "dimension"),
    ("a hundred dimensions",        array_message(("i", (1,) * 100), bytes(8)),                  "dimension"),
    ("unknown letter",              array_message(("x", (1,)), bytes(8)),                        "type 'x'"),
    ("letter for another type",     array_message(("f", (1,)), bytes(8)),                        "array of int64"),
    ("truth values for integers",   array_message(("b", (1,)), bytes(1)),                        "array of int64"),
    ("a truth value of 2",          array_message(("b", (1,)), b"\x02"),                         "neither 0 nor 1"),
    ("head of another form",        array_message({"i": 1}, bytes(8)),                           "Expected `array`"),
    ("another extension",           array_message(("i", (1,)), bytes(8), code=7),                "unknown extension 7"),
    ("a field too many",            array_message(("i", (1,)), bytes(8), more=(1,)),             "at most length 1"),
    ("field missing",               pack(["CancelOrders"]),                                      "length 2"),
    ("list for an array",           pack(["CancelOrders", [1]]),                                 "want an array"),
    ("null for an array",           pack(["CancelOrders", None]),                                "want an array"),
    ("unknown message",             pack(["CancelAll"]),                                         "CancelAll"),
    ("a base is no message",        pack(["OrderColumns"]),                                      "OrderColumns"),
    ("no type",                     pack([]),                                                    "length 1"),
    ("another type of type",        pack([1, 2]),                                                "Expected `str`"),
    ("not a list",                  pack({"type": "CancelOrders"}),                              "Expected `array`"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "said"), [row[1:] for row in BROKEN_ARRAYS], ids=[row[0] for row in BROKEN_ARRAYS])
def test_what_is_no_message_is_refused_with_the_reason(data: bytes, said: str) -> None:
    with pytest.raises(msgspec.DecodeError, match=said):
        decode(data)


def test_a_phase_that_does_not_exist_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError, match="Invalid enum value 6"):
        decode(pack(["PhaseOpened", 6, 0, 0]))


def test_endless_nesting_is_refused() -> None:
    bomb = b"\x92\xacCancelOrders" + b"\x91" * 100_000 + b"\xc0"
    with pytest.raises(msgspec.DecodeError, match="recursion"):
        decode(bomb)


def test_a_promise_of_four_billion_names_allocates_nothing() -> None:
    bomb = b"\x96\xb0UniverseDeclared\xdd\xff\xff\xff\xff" + b"\xa1a" * 100
    with pytest.raises(msgspec.DecodeError, match="truncated"):
        decode(bomb)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros(2, np.float32), "array of float32"),
        (np.zeros(2, np.int32), "array of int32"),
        (np.array(["a"]), "array of <U1"),
        (np.array([object()]), "array of object"),
        (3.5j, "a complex"),
    ],
)
def test_what_no_message_may_hold_is_not_encoded(array: Any, said: str) -> None:
    with pytest.raises(NotImplementedError, match=said):
        encode(CancelOrders(order_id=array))


def batch(bars: FloatArray) -> MarketBatch:
    empty = np.empty((0, bars.shape[1]))
    return MarketBatch(seq=0, ts_ns=0, bars=bars, signals=empty, features=empty, context=np.empty(0))


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (np.zeros((5, 2)), np.zeros((5, 2)), True),
        (np.full((5, 1), np.nan), np.full((5, 1), np.nan), True),
        (np.zeros((5, 1)), -np.zeros((5, 1)), False),
        (np.zeros((5, 2)), np.zeros((5, 1)), False),
        (np.arange(10.0).reshape(5, 2), np.arange(10.0).reshape(2, 5).T, False),
        (np.arange(10.0).reshape(5, 2), np.asfortranarray(np.arange(10.0).reshape(5, 2)), True),
    ],
)
def test_sameness_is_of_bits_and_not_of_layout(left: FloatArray, right: FloatArray, equal: bool) -> None:
    assert same(batch(left), batch(right)) is equal


def test_big_endian_numbers_are_refused_not_misread() -> None:
    with pytest.raises(NotImplementedError, match="array of >i8"):
        encode(CancelOrders(order_id=np.array([1], dtype=">i8")))


def test_every_message_type_is_listed_once_and_no_base_is() -> None:
    def concrete(kind: type[Message]) -> list[type[Message]]:
        return [kind, *(below for child in kind.__subclasses__() for below in concrete(child))]

    shipped = {kind for kind in concrete(Message) if kind.__module__.startswith("tidegate.messages.")}
    bases = {kind for kind in shipped if kind is Message or kind.__name__.endswith("Columns")}
    assert len(bases) == 6
    assert set(MESSAGE_TYPES) == shipped - bases
    assert len({kind.__name__ for kind in MESSAGE_TYPES}) == len(MESSAGE_TYPES)


PINNED: list[tuple[Message, str]] = [
    (PhaseExtended(), "91ad5068617365457874656e646564"),
    (
        LogWritten(seq=3, source="topn", text="hello"),
        "94aa4c6f675772697474656e03a4746f706ea568656c6c6f",
    ),
    (
        CancelOrders(order_id=np.array([7], dtype=np.int64)),
        "92ac43616e63656c4f7264657273c70e010592a16991010700000000000000",
    ),
]


@pytest.mark.parametrize(("message", "encoded"), PINNED, ids=lambda value: type(value).__name__)
def test_the_bytes_are_pinned_for_journals_hold_them(message: Message, encoded: str) -> None:
    assert encode(message).hex() == encoded


def test_levels_keep_nan_where_there_is_none() -> None:
    none: NDArray[np.int64] = np.zeros(2, np.int64)
    levels = ProtectiveLevels(
        stop=np.array([np.nan, 9.5]),
        take=np.array([np.nan, np.inf]),
        stop_rule=none,
        take_rule=none,
        rules=("stop_loss",),
    )
    decoded = decode(encode(levels))
    assert isinstance(decoded, ProtectiveLevels)
    np.testing.assert_array_equal(decoded.stop, levels.stop)
    np.testing.assert_array_equal(decoded.take, levels.take)
