"""Any message of any type, built from the fields' own type hints."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any, get_type_hints

import msgspec
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.instruments import Instruments
from tidegate.messages.orders import OrderTargets, OrderTerms

MakeAny = Callable[[type[Message]], st.SearchStrategy[Message]]

# Sizes 0 and 1 are where shapes go wrong; three dimensions are more than any message has.
shapes = st.lists(st.integers(0, 4), min_size=0, max_size=3).map(tuple)
int64 = st.integers(-(2**63), 2**63 - 1)
_SPECIAL_BITS = (0x7FF8000000000001, 0x7FF0000000000000, 0xFFF0000000000000, 0x8000000000000000, 0x0000000000000001)


@st.composite
def arrays(draw: st.DrawFn, dtype: Any, elements: st.SearchStrategy[Any]) -> NDArray[Any]:
    """An array of any small shape; now and then a transposed view, as a panel's column is."""
    shape = draw(shapes)
    array = np.array(draw(exactly(math.prod(shape), elements)), dtype=dtype).reshape(shape)
    return array.T if draw(st.booleans()) else array


@cache
def exactly(size: int, elements: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Lists of so many."""
    return st.lists(elements, min_size=size, max_size=size)


# Drawn as bits, so that every NaN, both zeros, infinities and subnormals come up.
_float_bits = st.one_of(st.sampled_from(_SPECIAL_BITS), st.integers(0, 2**64 - 1))
BY_HINT: dict[Any, st.SearchStrategy[Any]] = {
    int: int64,
    float: st.floats(allow_nan=False),
    str: st.text(max_size=8),
    Phase: st.sampled_from(Phase),
    tuple[str, ...]: st.lists(st.text(max_size=5), max_size=4).map(tuple),
    FloatArray: arrays(np.uint64, _float_bits).map(lambda bits: bits.view(np.float64)),
    IntArray: arrays(np.int64, int64),
    BoolArray: arrays(np.bool_, st.booleans()),
}

for part in (OrderTerms, OrderTargets, Instruments):
    BY_HINT[part | None] = st.none() | st.builds(
        part, **{field.name: BY_HINT[field.type] for field in msgspec.structs.fields(part)}
    )


@cache
def any_of(kind: type[Message]) -> st.SearchStrategy[Message]:
    hints = get_type_hints(kind)
    fields = {field.name: BY_HINT[hints[field.name]] for field in msgspec.structs.fields(kind)}
    return st.builds(kind, **fields)


@pytest.fixture(scope="session")
def make_any() -> MakeAny:
    """Gives the Hypothesis strategy for a message type."""
    return any_of
