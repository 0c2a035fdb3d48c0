"""Picking the best by score: ties by column, nothing that is not finite."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.arrays import freeze
from tidegate.core.errors import RequestError
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.selection import best_columns
from tidegate.strategy.selection import top

NAN, INF = float("nan"), float("inf")
CASES: list[tuple[str, list[float], int, list[int]]] = [
    ("best first",               [1.0, 3.0, 2.0],            2, [1, 2]),
    ("all of them",              [1.0, 3.0, 2.0],            3, [1, 2, 0]),
    ("fewer than asked",         [1.0, 3.0],                 5, [1, 0]),
    ("none",                     [1.0, 3.0],                 0, []),
    ("ties go by column",        [2.0, 1.0, 2.0, 2.0],       2, [0, 2]),
    ("a tie at the edge",        [1.0, 2.0, 1.0, 1.0],       3, [1, 0, 2]),
    ("negative scores count",    [-3.0, -1.0, -2.0],         2, [1, 2]),
    ("both zeros are equal",     [-0.0, 0.0, -1.0],          2, [0, 1]),
    ("NaN takes no part",        [NAN, 1.0, NAN, 2.0],       3, [3, 1]),
    ("infinities take no part",  [INF, 1.0, -INF, 2.0],      4, [3, 1]),
    ("infinity is not the best", [INF, 1.0, 2.0],            1, [2]),
    ("nothing is finite",        [NAN, INF, -INF],           2, []),
    ("nothing at all",           [],                         2, []),
]  # fmt: skip


@pytest.fixture(params=["interpreted", "compiled"])
def kernel_is_loaded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any session has compiled the kernel, and after: the answer must not depend on it."""
    if request.param == "compiled":
        Kernels(compiled=True)(best_columns)
    else:
        monkeypatch.setattr("tidegate.strategy.selection.loaded", lambda function: None)


@pytest.mark.usefixtures("kernel_is_loaded")
@pytest.mark.parametrize(("score", "n", "want"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_best_columns_are_picked(score: list[float], n: int, want: list[int]) -> None:
    best = top(np.array(score, np.float64), n)
    assert best.dtype == np.int64
    assert best.tolist() == want


@pytest.mark.usefixtures("kernel_is_loaded")
def test_a_signal_as_it_comes_in_a_batch_will_do() -> None:
    block = freeze(np.array([[0.0, 0.0, 0.0], [1.0, 3.0, 2.0]]))
    assert top(block[1], 2).tolist() == [1, 2]


@pytest.mark.usefixtures("kernel_is_loaded")
@pytest.mark.parametrize(
    "score", [np.array([1.0, 0, 3.0, 0, 2.0, 0])[::2], np.array([1, 3, 2]), np.array([1.0, 3.0, 2.0], np.float32)]
)
def test_a_score_of_another_layout_or_type_gives_the_same(score: np.ndarray) -> None:
    assert top(score, 2).tolist() == [1, 2]


def test_the_score_is_left_as_it_was() -> None:
    score = np.array([1.0, NAN, 2.0])
    top(score, 2)
    assert score.flags.writeable
    assert score.tolist()[::2] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("score", "n", "said"),
    [
        (np.ones((2, 2)), 1, r"score of shape \(n_assets,\) and n >= 0, got \(2, 2\) and 1"),
        (np.ones(3), -1, r"got \(3,\) and -1"),
        (np.array(1.0), 1, r"got \(\) and 1"),
    ],
)
def test_what_is_no_score_or_no_count_is_refused(score: np.ndarray, n: int, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        top(score, n)


scores = st.lists(st.one_of(st.sampled_from([0.0, -0.0, 1.0, NAN, INF, -INF]), st.floats()), max_size=12)


@given(scores, st.integers(0, 14))
def test_it_is_what_sorting_would_give_compiled_or_not(score: list[float], n: int) -> None:
    finite = [column for column, value in enumerate(score) if np.isfinite(value)]
    want = sorted(finite, key=lambda column: (-score[column], column))[:n]
    values = np.array(score, np.float64)
    best = np.empty(min(n, len(score)), np.int64)
    assert best[: best_columns(values, best)].tolist() == want
    assert top(values, n).tolist() == want
    assert top(values[::-1][::-1], n).tolist() == want
