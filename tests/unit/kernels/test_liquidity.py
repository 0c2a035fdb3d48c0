"""What volume lets through: by hand, against rules that always hold, and the same in both forms."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, NAN, assert_forms_agree, books, floats, ints, rows

from tidegate.core.arrays import freeze
from tidegate.kernels import books as ledger
from tidegate.kernels.entries import CANCEL_QUANTITY, CANCEL_REASON, note_cancel
from tidegate.kernels.instruments import LOT
from tidegate.kernels.liquidity import count_untraded, end_rests, let_through, open_room

A, B = 0, 1
ASSETS = 3


def bars(*volume: float) -> Any:
    return np.array([[1.0] * len(volume)] * 4 + [list(volume)])


@pytest.mark.parametrize(
    ("volume", "pct",  "zero_fills", "room"),
    [
        (80.0,  0.025, False, 2.0),
        (80.0,  NAN,   False, INF),
        (100.0, 0.29,  False, 29.0),   # 28.999999999999996 in floats
        (7.0,   0.5,   False, 3.5),
        (0.0,   0.5,   False, 0.0),
        (0.0,   NAN,   False, 0.0),
        (0.0,   0.5,   True,  INF),
        (0.0,   NAN,   True,  INF),
        (NAN,   0.5,   False, INF),
        (NAN,   NAN,   False, INF),
    ],
)  # fmt: skip
def test_the_room_of_a_bar(volume: float, pct: float, zero_fills: bool, room: float) -> None:
    found = floats(-1.0)
    assert open_room(bars(volume), pct, zero_fills, found) == int(room < INF)
    assert found.tolist() == [room]
    assert_forms_agree(open_room, bars(volume), pct, zero_fills, floats(-1.0))


Asked = tuple[int, int, float, float, int, int]
"""Id, asset, quantity, priority, whole, closing."""


def arguments(
    asked: Sequence[Asked], room: Sequence[float], held: Sequence[float], lot: float = 0.0, fractional: bool = False
) -> tuple[Any, ...]:
    account, columns = books(0, ASSETS), list(zip(*asked, strict=True))
    account.room[:] = room
    account.positions[ledger.QUANTITY] = held
    account.instruments[LOT] = lot
    n = len(asked)
    whole = [freeze(np.array(columns[k], float if k in (2, 3) else np.int64)) for k in range(6)]
    scratch = np.zeros(n, np.int64), np.zeros(ASSETS), np.zeros(ASSETS), np.zeros(n)
    ids, *others = whole
    return ids, ids, *others, fractional, *scratch, account, rows(ASSETS, n)


def let(asked: Sequence[Asked], room: Sequence[float], held: Sequence[float], **rest: Any) -> list[float]:
    called = arguments(asked, room, held, **rest)
    let_through(*called)
    granted: list[float] = called[11].tolist()
    return granted


def test_bars_that_nobody_traded_are_counted() -> None:
    block = np.ones((5, 4))
    block[4] = 0.0, NAN, 3.0, 0.0
    assert count_untraded(block) == 2
    assert_forms_agree(count_untraded, block)


@pytest.mark.parametrize(
    # id asset quantity priority whole closing
    ("asked", "room", "held", "granted"),
    [
        ([(1, A, 5, 0, 0, 0)],                        9.0, 0.0, [5]),
        ([(1, A, 5, 0, 0, 0)],                        2.0, 0.0, [2]),
        ([(1, A, 5, 0, 0, 0)],                        2.7, 0.0, [2]),
        ([(1, A, 5, 0, 0, 0)],                        0.0, 0.0, [0]),
        ([(1, A, 5, 0, 0, 0), (2, A, 5, 0, 0, 0)],    7.0, 0.0, [5, 2]),   # by id
        ([(1, A, 5, 0, 0, 0), (2, A, 5, 1, 0, 0)],    7.0, 0.0, [2, 5]),   # by priority
        ([(1, A, 5, 9, 0, 0), (2, A, -5, 0, 0, 1)],   7.0, 5.0, [2, 5]),   # reductions first
        ([(1, A, -5, 0, 0, 1), (2, A, 5, 9, 0, 0)],   7.0, 2.0, [5, 5]),   # takes what is held
        ([(1, A, -5, 0, 0, 1), (2, A, -5, 0, 0, 1)],  9.0, 5.0, [5, 5]),   # nothing left to close for the second
        ([(1, A, -5, 0, 0, 1), (2, A, -5, 0, 0, 1)],  4.0, 5.0, [4, 0]),
        ([(1, A, 5, 0, 1, 0), (2, A, 2, 0, 0, 0)],    4.0, 0.0, [0, 2]),   # all or nothing
        ([(1, A, 5, 0, 0, 0), (2, B, 5, 0, 0, 0)],    5.0, 0.0, [5, 5]),   # each asset has its own
    ],
)  # fmt: skip
def test_volume_goes_by_serving_order(asked: Any, room: float, held: float, granted: list[float]) -> None:
    assert let(asked, [room] * ASSETS, [held] * ASSETS) == granted


def test_parts_are_whole_lots() -> None:
    assert let([(1, A, 50, 0, 0, 0)], [29.0] * 3, [0.0] * 3, lot=10.0) == [20.0]
    assert let([(1, A, 5, 0, 0, 0)], [2.5] * 3, [0.0] * 3, fractional=True) == [2.5]


orders = st.lists(
    st.tuples(
        st.integers(0, ASSETS - 1), st.integers(-6, 6).filter(bool), st.sampled_from([0.0, 1.0]), st.booleans()
    ),
    min_size=1, max_size=8,
).map(
    lambda found: [
        (k + 1, asset, float(size), priority, int(whole), int(size < 0))
        for k, (asset, size, priority, whole) in enumerate(found)
    ]
)  # fmt: skip
amounts = st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0, INF]), min_size=ASSETS, max_size=ASSETS)
holdings = st.lists(st.integers(0, 6).map(float), min_size=ASSETS, max_size=ASSETS)


@given(orders, amounts, holdings, st.sampled_from([0.0, 2.0]), st.booleans())
def test_no_more_goes_than_there_is_and_both_forms_agree(
    asked: list[Asked], room: list[float], held: list[float], lot: float, fractional: bool
) -> None:
    called = arguments(asked, room, held, lot, fractional)
    held_back = let_through(*called)
    granted = called[11]
    for a in range(ASSETS):
        used, left = 0.0, held[a]
        for (_, asset, size, *_), part in zip(asked, granted.tolist(), strict=True):
            if asset != a:
                continue
            assert 0.0 <= part <= abs(size)
            takes = min(part, left) if size < 0 else part  # a sell takes what is held, whatever it asks
            left -= takes if size < 0 else 0.0
            used += takes
        assert used <= room[a]
    whole = [part == abs(one[2]) for one, part in zip(asked, granted.tolist(), strict=True)]
    assert held_back == whole.count(False)
    assert all(full or part == 0.0 for full, part, one in zip(whole, granted.tolist(), asked, strict=True) if one[4])
    assert_forms_agree(let_through, *arguments(asked, room, held, lot, fractional))


@given(orders, amounts, holdings)
def test_the_order_of_assets_and_rows_does_not_matter(asked: list[Asked], room: list[float], held: list[float]) -> None:
    turned = [(one[0], ASSETS - 1 - one[1], *one[2:]) for one in asked]
    assert let(asked, room, held) == let(turned, room[::-1], held[::-1])


def ends(at_once: bool) -> tuple[list[float], list[tuple[float, int]], int]:
    """Four orders: held back in part; so, and cut by cash; killed; held back whole."""
    account, written = books(0, ASSETS), rows(ASSETS, 8)
    note_cancel(9, -1, A, 17, -1.0, 1.0, 0.0, account, written)  # an exit at a level
    first = int(account.totals[ledger.N_CANCELS])
    note_cancel(3, 2, A, 17, 5.0, 5.0, 2.0, account, written)
    known = int(account.totals[ledger.N_CANCELS])
    note_cancel(2, 1, A, 4, 1.0, 9.0, 8.0, account, written)  # the second of those that went
    rest, n = np.zeros(4), 4
    stay = end_rests(
        freeze(ints(0, 1)), freeze(ints(1, 2, 3, 4)), freeze(ints(*[A] * n)), freeze(floats(5, 5, 5, -5)),
        freeze(floats(3, 3, 0, 0)), freeze(ints(*[int(at_once)] * n)), first, known, rest, account, written,
    )  # fmt: skip
    count = int(account.totals[ledger.N_CANCELS])
    canceled = written.cancels_f[CANCEL_QUANTITY, :count].tolist(), written.cancels_i[CANCEL_REASON, :count].tolist()
    return rest.tolist(), list(zip(*canceled, strict=True)), stay


def test_a_rest_stays_open_unless_its_order_was_cut_or_killed() -> None:
    rest, canceled, stay = ends(at_once=False)
    assert rest == [2.0, 0.0, 0.0, -5.0]
    assert stay == 2
    assert canceled == [(-1.0, 17), (5.0, 17), (1.0 + 2.0, 4)]


def test_a_rest_that_cannot_stay_is_canceled_for_volume() -> None:
    rest, canceled, stay = ends(at_once=True)
    assert rest == [0.0] * 4
    assert stay == 0
    assert canceled[3:] == [(2.0, 17), (-5.0, 17)]


def test_both_forms_end_rests_alike() -> None:
    account, written = books(0, ASSETS), rows(ASSETS, 8)
    note_cancel(2, 1, A, 4, 1.0, 9.0, 8.0, account, written)
    assert_forms_agree(
        end_rests, ints(0, 1), ints(1, 2), ints(A, A), floats(5, 5), floats(3, 3), ints(0, 0), 0, 0, np.zeros(2),
        account, written,
    )  # fmt: skip
