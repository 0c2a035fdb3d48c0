"""500 assets, 252 days, 25 names rebalanced every day: the oracle's books, and one digest whatever the schedule."""

import pytest
from tests.oracle.decisions import top_n
from tests.oracle.engine import check_books, columns, differences
from tests.oracle.manual_loop import work_through
from tests.oracle.rotation import DAYS, GROSS, SETTINGS, N, rotation_data, rotation_source, run_rotation

from tidegate import ArraySource, Result

SHUFFLES, PARTS = 200, 4


@pytest.fixture(scope="module")
def source() -> ArraySource:
    return rotation_source(*rotation_data())


@pytest.fixture(scope="module")
def result(source: ArraySource) -> Result:
    return run_rotation(source, kernels="compiled")


def test_it_equals_the_oracle(result: Result) -> None:
    prices, scores = rotation_data()
    log = work_through(prices, SETTINGS, top_n(scores, N, 1, GROSS))
    assert len(log.fills) > 10_000
    assert differences(result, log) == []


def test_books_close_at_every_barrier(result: Result) -> None:
    assert result.record.barriers == DAYS
    check_books(result)


def test_no_more_names_are_bought_at_a_barrier_than_it_targets(result: Result) -> None:
    bought: dict[int, set[int]] = {}
    for barrier, asset, requested in columns(result, "orders", "barrier asset requested"):
        if requested > 0:
            bought.setdefault(barrier, set()).add(asset)
    assert max(map(len, bought.values())) <= N


@pytest.mark.untraced
@pytest.mark.parametrize("part", range(PARTS))
def test_shuffled_schedules_change_nothing(part: int, source: ArraySource, result: Result) -> None:
    seeds = range(part, SHUFFLES, PARTS)
    digests = {run_rotation(source, kernels="compiled", shuffle_seed=seed).digest for seed in seeds}
    assert digests == {result.digest}
