"""Both forms of the kernels agree on any orders and any bar; what the rules are, the tables of scenarios say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import NAN, assert_forms_agree

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.enums import OrderKind, PathPolicy, TimeInForce
from tidegate.kernels import conditions as rows
from tidegate.kernels.paths import WALK_SIZE

ASSETS = 2
price = st.integers(180, 220).map(lambda halves: halves / 2)


@st.composite
def bars(draw: st.DrawFn) -> FloatArray:
    made = np.full((5, ASSETS), NAN)
    for asset in range(ASSETS):
        if draw(st.integers(0, 5)):
            four = draw(st.lists(price, min_size=4, max_size=4))
            made[:, asset] = four[0], max(four), min(four), four[3], 100.0
    return made


@st.composite
def books(draw: st.DrawFn) -> tuple[IntArray, FloatArray]:
    n = draw(st.integers(0, 5))
    ints, floats = np.zeros((rows.INT_ROWS, n), np.int64), np.full((rows.FLOAT_ROWS, n), NAN)
    unit = 0
    for k in range(n):
        kind = draw(st.sampled_from(OrderKind))
        tifs = list(TimeInForce) if kind <= OrderKind.LIMIT else list(TimeInForce)[:3]
        grouped = k > 0 and draw(st.booleans())
        unit += not grouped
        ints[:, k] = (
            k, unit % ASSETS, kind, draw(st.sampled_from(tifs)), draw(st.integers(0, 9)), 0, unit - 1 if n else 0,
            draw(st.integers(0, 2)), draw(st.integers(0, 1)) if kind > OrderKind.LIMIT else 0, 0, k, 0,
                draw(st.sampled_from((0, 0, 3))),
        )  # fmt: skip
        floats[:, k] = (
            draw(st.sampled_from([-5.0, 5.0])), 0.0, draw(price), draw(price), draw(st.sampled_from([1.0, 3.0])), NAN,
            draw(st.sampled_from([0.0, 1.0])), 0.0, 0.0,
        )  # fmt: skip
    return ints, floats


def test_the_numbers_are_those_of_the_enums() -> None:
    assert [tif.value for tif in TimeInForce] == [
        rows.GTC, rows.DAY, rows.GTD, rows.IOC, rows.FOK, rows.ON_OPEN, rows.ON_CLOSE,
    ]  # fmt: skip
    assert [policy.name for policy in PathPolicy] == [
        "PESSIMISTIC", "OPTIMISTIC", "HIGH_FIRST", "LOW_FIRST", "NEAREST_TO_OPEN",
    ]  # fmt: skip


@given(bars(), books(), st.integers(0, 4), st.booleans(), st.booleans())
def test_both_forms_agree(
    made: FloatArray, book: tuple[IntArray, FloatArray], policy: int, market: bool, through: bool
) -> None:
    n = book[0].shape[1]
    at, taken = np.empty(n), np.zeros(n, np.int64)
    some = np.arange(n)[:: 1 + policy % 2].copy()
    all_of = *book, some, len(some)
    assert_forms_agree(rows.meet_open, 2, made, market, through, *all_of, at, taken)
    assert_forms_agree(rows.meet_close, 2, made, market, through, *all_of, at, taken)
    below, above = book[1][rows.LIMIT_PRICE], book[1][rows.LEVEL]
    assert_forms_agree(rows.stir, made, book[0][rows.ASSET], below, above, np.zeros(n, np.int64))
    walks, winners = np.zeros((n, 2 * WALK_SIZE)), np.zeros((3, n), np.int64)
    assert_forms_agree(rows.meet_bar, 2, made, policy, through, *all_of, at, walks, winners, taken)
    assert_forms_agree(rows.time_is_over, 2, 5, book[0], taken)


@given(bars(), books(), st.integers(0, 4), st.booleans())
def test_at_most_one_of_a_unit_goes_and_within_the_bar(
    made: FloatArray, book: tuple[IntArray, FloatArray], policy: int, through: bool
) -> None:
    ints, floats = book
    n = ints.shape[1]
    at, taken = np.empty(n), np.zeros(n, np.int64)
    everybody = np.arange(n)
    rows.meet_open(2, made, True, through, ints, floats, everybody, n, at, taken)
    walks, winners = np.zeros((n, 2 * WALK_SIZE)), np.zeros((3, n), np.int64)
    rows.meet_bar(2, made, policy, through, ints, floats, everybody, n, at, walks, winners, taken)
    going = np.flatnonzero(at == at)
    units = ints[rows.UNIT, going].tolist()
    assert len(units) == len(set(units))
    for k in going.tolist():
        low, high = made[2, ints[rows.ASSET, k]], made[1, ints[rows.ASSET, k]]
        assert low <= at[k] <= high
        assert ints[rows.SINCE, k] < 2


def test_only_what_a_bar_could_move_is_looked_at() -> None:
    made = np.array([[100.0, 50.0], [105.0, 55.0], [95.0, 45.0], [100.0, 50.0], [1.0, 1.0]])
    made[:, 1] = NAN
    asset, found = np.array([0, 0, 0, 0, 1]), np.full(5, -1)
    below, above = np.array([95.0, 94.0, NAN, NAN, np.inf]), np.array([NAN, NAN, 105.0, 106.0, NAN])
    assert rows.stir(made, asset, below, above, found) == 2
    assert found.tolist() == [0, 2, -1, -1, -1]
