"""States are told as plain values and taken over exactly; what does not fit is refused."""

from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import CancelOrders, OrderColumns
from tidegate.messages.state import (
    ARRAY,
    ARRAYS,
    BATCH,
    BATCH_EXT,
    PART,
    Place,
    Stateful,
    declares,
    decode_state,
    encode_state,
    keeps,
    made,
    places_in,
    put,
    told,
    typed,
)

NO_BARS = freeze(np.full((5, 2), 1.0))
BATCH_7 = MarketBatch(7, 70, NO_BARS, np.empty((0, 2)), np.empty((0, 2)), np.empty(0))


class Pair(NamedTuple):
    """Arrays that kernels write."""

    left: FloatArray
    right: IntArray


class Inner(Stateful):
    """A part."""

    KEEPS = keeps(ids=set[int], wanted=dict[int, tuple[int, float]])

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.wanted: dict[int, tuple[int, float]] = {}


class Outer(Stateful):
    """All kinds of attributes."""

    KEEPS = keeps(
        column=ARRAY, pair=ARRAYS, none=ARRAYS, inner=PART, batch=BATCH, orders=OrderColumns | None,
        count=int, **made("view scratch"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.column = np.zeros(3)
        self.view = self.column[:2]
        self.pair, self.none = Pair(np.zeros(2), np.zeros(2, np.int64)), None
        self.inner = Inner()
        self.batch: MarketBatch | None = None
        self.orders: OrderColumns | None = None
        self.count, self.scratch = 0, np.empty(0)


def carried(value: object) -> Any:
    """As it comes out of a journal."""
    return decode_state(encode_state(value), {(BATCH_EXT, 7): BATCH_7}.__getitem__)


def changed() -> Outer:
    """Everything other than it was made."""
    one = Outer()
    one.column[:] = 1.0, np.nan, -0.0
    one.pair.left[:], one.pair.right[:] = 2.0, 3
    one.inner.ids, one.inner.wanted = {9, 2}, {5: (1, 0.5), 3: (2, -1.0)}
    one.batch, one.count = BATCH_7, 4
    ids = freeze(np.arange(2))
    one.orders = OrderColumns(ids, ids, freeze(np.ones(2)), freeze(np.zeros(2)), ("a", "b"), None)
    return one


def test_all_kinds_of_attributes_are_taken_over() -> None:
    one, other = changed(), Outer()
    column, pair, inner = other.column, other.pair, other.inner
    other.restore(carried(one.kept()))
    assert (other.column is column, other.pair is pair, other.inner is inner) == (True, True, True)
    assert other.view.tobytes() == one.column[:2].tobytes()  # who looks into it sees it
    assert other.column.tobytes() == one.column.tobytes()
    assert [array.tolist() for array in other.pair] == [[2.0, 2.0], [3, 3]]
    assert other.inner.ids == {2, 9}
    assert list(other.inner.wanted.items()) == [(5, (1, 0.5)), (3, (2, -1.0))]
    assert (other.batch, other.count) == (BATCH_7, 4)
    assert other.orders is not None
    assert other.orders.tags == ("a", "b")
    assert encode_state(other.kept()) == encode_state(one.kept())


def test_batches_are_told_by_number_and_found_again() -> None:
    data = encode_state([told(BATCH_7), told(None)])
    assert len(data) < 50
    assert places_in(data) == [(BATCH_EXT, 7)]
    other = MarketBatch(7, 71, *(getattr(BATCH_7, name) for name in ("bars", "signals", "features", "context")))
    with pytest.raises(ValueError, match="the data of barrier 7 is of another time"):
        decode_state(data, {(BATCH_EXT, 7): other}.__getitem__)


@given(st.sets(st.integers(0, 2**60)))
def test_the_same_set_is_told_in_the_same_order(ids: set[int]) -> None:
    one, other = Inner(), Inner()
    one.ids, other.ids = ids, set(ids)
    assert encode_state(one.kept()) == encode_state(other.kept())


WRONG: list[tuple[Any, str]] = [
    # state                                     said
    ({},                                        "this is no state of a Outer"),
    ([1, 2],                                    "this is no state of a Outer"),
    ([np.zeros(2), *[None] * 6],                r"an array of float64 and shape \(3,\) is wanted"),
    ([np.zeros(3, np.int64), *[None] * 6],      r"an array of float64 and shape \(3,\) is wanted"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "said"), WRONG)
def test_what_is_no_state_is_refused(state: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Outer().restore(state)


def test_a_value_of_another_type_is_refused() -> None:
    state = carried(changed().kept())
    state[-1] = "four"
    with pytest.raises(ValueError, match="a state does not fit: Expected `int`, got `str`"):
        Outer().restore(state)


def test_what_never_changes_must_be_what_it_was() -> None:
    constant: NDArray[np.float64] = freeze(np.ones(2))
    put(constant, np.ones(2))
    with pytest.raises(ValueError, match="something that never changes was another"):
        put(constant, np.zeros(2))


@given(st.binary(max_size=60))
def test_bytes_that_are_no_state_are_refused_in_order(data: bytes) -> None:
    def nobody(place: Place) -> object:
        raise ValueError(f"there is nothing at {place}")

    with suppress(ValueError):
        decode_state(data, nobody)


def test_a_state_holds_what_messages_hold() -> None:
    cancel = CancelOrders(freeze(np.arange(3)))
    (found,) = carried([cancel])
    assert typed(CancelOrders, found).order_id.tolist() == [0, 1, 2]
    with pytest.raises(NotImplementedError, match="a message cannot hold a complex"):
        encode_state([1j])


class Heir(Inner):
    """May keep more than it says."""


class Saying:
    """Says so itself."""

    def state(self) -> object:
        """Nothing."""
        return {}


class Silent(Saying):
    """Does not."""


def test_only_a_class_that_says_so_itself_tells_its_state() -> None:
    assert declares(Saying())
    assert not declares(Silent())
    assert not declares(Heir())
