"""The best columns against a stable sort; weights by asset against a dictionary."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, NAN, UNWRITTEN, assert_forms_agree, floats, ints

from tidegate.kernels.selection import best_columns, spread_weights

# Few different values, so that ties are common.
scores = st.lists(
    st.sampled_from([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 2.5]) | st.floats(width=16, allow_nan=False), max_size=12
)
few = st.integers(0, 14)


def best(score: list[float], wanted: int) -> list[int]:
    found = np.full(wanted, UNWRITTEN)
    count = best_columns(floats(*score), found)
    assert (found[count:] == UNWRITTEN).all()
    return [int(column) for column in found[:count]]


@pytest.mark.parametrize(
    ("score", "wanted", "columns"),
    [
        ([1.0, 3.0, 2.0],             2,  [1, 2]),
        ([1.0, 3.0, 2.0],             3,  [1, 2, 0]),
        ([1.0, 3.0, 2.0],             9,  [1, 2, 0]),     # fewer than wanted
        ([5.0, 5.0, 5.0],             2,  [0, 1]),        # ties by column
        ([1.0, 5.0, 1.0, 5.0],        3,  [1, 3, 0]),
        ([0.0, -0.0],                 1,  [0]),           # the zeros are equal
        ([NAN, 1.0, NAN],             2,  [1]),           # no score takes no part
        ([INF, 1.0, -INF],            2,  [1]),
        ([NAN, NAN],                  2,  []),
        ([-3.0, -1.0, NAN, -2.0],     2,  [1, 3]),
        ([],                          1,  []),
        ([1.0, 3.0],                  0,  []),            # none are wanted
        ([],                          0,  []),
    ],
)  # fmt: skip
def test_the_best_finite_scores_come_first(score: list[float], wanted: int, columns: list[int]) -> None:
    assert best(score, wanted) == columns


@given(scores, few)
def test_the_best_columns_are_those_of_a_stable_sort(score: list[float], wanted: int) -> None:
    finite = [column for column, value in enumerate(score) if math.isfinite(value)]
    assert best(score, wanted) == sorted(finite, key=lambda column: -score[column])[:wanted]


@given(scores, few)
def test_wanting_more_changes_nothing_of_the_best(score: list[float], wanted: int) -> None:
    assert best(score, wanted + 1)[:wanted] == best(score, wanted)


def spread(columns: list[int], values: list[float], assets: int, least: float = 0.0) -> tuple[int, list[float]]:
    weights = np.full(assets, 7.0)
    return spread_weights(ints(*columns), floats(*values), least, weights), weights.tolist()


@pytest.mark.parametrize(
    ("value", "usable"), [(-0.5, True), (-7.0, True), (0.5, True), (-INF, False), (INF, False), (NAN, False)]
)
def test_weights_below_nothing_are_usable_where_that_is_said(value: float, usable: bool) -> None:
    bad, weights = spread([1], [value], 2, -INF)
    assert bad == int(not usable)
    assert weights == pytest.approx([NAN, value if usable else NAN], nan_ok=True)


@pytest.mark.parametrize(
    ("columns", "values", "bad", "weights"),
    [
        ([],          [],               0,  [NAN, NAN, NAN]),
        ([2, 0],      [0.5, 0.25],      0,  [0.25, NAN, 0.5]),
        ([1],         [0.0],            0,  [NAN, 0.0, NAN]),   # named, at zero
        ([1],         [-0.0],           0,  [NAN, 0.0, NAN]),
        ([1],         [3.0],            0,  [NAN, 3.0, NAN]),   # how much is too much is not decided here
        ([1],         [-0.1],           1,  [NAN, NAN, NAN]),
        ([1],         [NAN],            1,  [NAN, NAN, NAN]),
        ([1],         [INF],            1,  [NAN, NAN, NAN]),
        ([3],         [0.5],            1,  [NAN, NAN, NAN]),
        ([-1],        [0.5],            1,  [NAN, NAN, NAN]),   # counting from the end is a mistake
        ([1, 0, 1],   [0.5, 0.2, 0.7],  1,  [0.2, 0.5, NAN]),   # named again
        ([1, 1],      [-0.5, 0.7],      1,  [NAN, 0.7, NAN]),
        ([-1, 3, 0],  [NAN, 0.5, 0.5],  2,  [0.5, NAN, NAN]),
    ],
)  # fmt: skip
def test_weights_go_to_their_columns_and_the_unusable_are_counted(
    columns: list[int], values: list[float], bad: int, weights: list[float]
) -> None:
    counted, spread_out = spread(columns, values, 3)
    assert counted == bad
    assert spread_out == pytest.approx(weights, nan_ok=True)


pairs = st.lists(st.tuples(st.integers(-2, 6), st.floats(-0.5, 2.0) | st.sampled_from([NAN, INF])), max_size=8)


@given(pairs, st.integers(0, 5))
def test_weights_are_those_of_a_dictionary(given_pairs: list[tuple[int, float]], assets: int) -> None:
    bad, weights = spread([column for column, _ in given_pairs], [value for _, value in given_pairs], assets)
    named: dict[int, float] = {}
    for column, value in given_pairs:
        if 0 <= column < assets and 0.0 <= value < INF:
            named.setdefault(column, value)
    assert bad == len(given_pairs) - len(named)
    assert weights == pytest.approx([named.get(column, NAN) for column in range(assets)], nan_ok=True)


@given(scores, few, pairs, st.integers(0, 5), st.sampled_from([0.0, -INF]))
def test_compiled_selection_agrees_bit_for_bit(
    score: list[float], wanted: int, given_pairs: list[tuple[int, float]], assets: int, least: float
) -> None:
    assert_forms_agree(best_columns, floats(*score), np.full(wanted, UNWRITTEN))
    columns, values = ints(*(column for column, _ in given_pairs)), floats(*(value for _, value in given_pairs))
    assert_forms_agree(spread_weights, columns, values, least, np.full(assets, 7.0))
