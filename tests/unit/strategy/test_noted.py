"""Orders that were asked for, and the memory in which a kernel writes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.arrays import freeze
from tidegate.strategy import noted
from tidegate.strategy.noted import Noted, OrderSlab, submission


def asked(first: int, *quantities: float, tag: str = "target") -> Noted:
    """Orders of assets 0, 1... with priorities of their own."""
    n = len(quantities)
    ids, asset = np.arange(first, first + n), np.arange(n)
    quantity = np.array(quantities, np.float64)
    return Noted(freeze(ids), freeze(asset), freeze(quantity), freeze(quantity * 0.5), tag)


def test_one_request_is_submitted_as_it_is() -> None:
    one = asked(7, 1.0, -2.0)
    sent = submission([one])
    assert sent.order_id is one.ids
    assert (sent.asset is one.asset, sent.quantity is one.quantity, sent.priority is one.priority) == (True,) * 3
    assert sent.tags == ("target", "target")


def test_requests_of_one_hook_are_submitted_together_in_their_order() -> None:
    sent = submission([asked(7, 1.0, -2.0), asked(9, 3.0, tag="hedge")])
    assert sent.order_id.tolist() == [7, 8, 9]
    assert sent.asset.tolist() == [0, 1, 0]
    assert sent.quantity.tolist() == [1.0, -2.0, 3.0]
    assert sent.priority.tolist() == [0.5, -1.0, 1.5]
    assert sent.tags == ("target", "target", "hedge")
    assert not any(column.flags.writeable for column in (sent.order_id, sent.asset, sent.quantity, sent.priority))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), max_size=20), st.integers(1, 12))
def test_what_was_noted_never_changes_however_often_a_new_slab_is_begun(
    requests: list[tuple[int, int]], capacity: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noted, "SLAB_ORDERS", capacity)
        slab, made, want = OrderSlab(5), [], []
        for number, (room, count) in enumerate(requests):
            slab = slab.with_room(room)
            assert slab.used + room <= slab.ints.shape[1]
            # A kernel may write in all of the room, whatever it says that it used.
            slab.ints[:, slab.used : slab.used + room] = number
            slab.floats[:, slab.used : slab.used + room] = number + 0.5
            count = min(room, count)
            made.append(slab.noted(count, str(number)))
            want.append(([number] * count, [number + 0.5] * count, str(number)))
        got = [(one.ids.tolist(), one.priority.tolist(), one.tag) for one in made]
        assert got == want
        assert not any(one.asset.flags.writeable or one.quantity.flags.writeable for one in made)
