"""Whether finer bars fit their bars."""

from collections import Counter

import numpy as np
import pytest
from tests.unit.kernels.made import NAN, ints

from tidegate.core.arrays import FloatArray
from tidegate.core.errors import DataError
from tidegate.data.fitting import FinerCheck

BARS = np.array([[[100.0, 50.0], [105.0, 55.0], [95.0, 45.0], [101.0, 51.0], [1.0, NAN]], [[NAN, 50.0]] * 5])
TIMES = ints(0, 60, 120) * 10**9


def fine(*rows: tuple[tuple[float, float], tuple[float, float]]) -> FloatArray:
    """Rows of (low, high) for both assets; NaN for none."""
    made = [[(low, low2), (high, high2), (low, low2), (high, high2), (1, 1)] for (low, high), (low2, high2) in rows]
    return np.array(made, np.float64).reshape(-1, 5, 2)


def settle(made: FloatArray, starts: tuple[int, ...], *, drops: bool = False) -> Counter[str]:
    counts: Counter[str] = Counter()
    FinerCheck("finer_prices", "finer_prices (frame)", ("A", "B"), counts, drops=drops).settle(
        TIMES[: len(made)], made, ints(*starts), BARS
    )
    return +counts


def test_what_fits_stays_and_what_is_absent_is_counted() -> None:
    made = fine(((95.0, 105.0), (45.0, 55.0)), ((NAN, NAN), (50.0, 50.0)))
    before = made.copy()
    assert settle(made, (0, 1, 2)) == {}
    np.testing.assert_array_equal(made, before)
    assert settle(fine(((96.0, 97.0), (NAN, NAN)), ((NAN, NAN), (50.0, 50.0))), (0, 1, 2)) == {"finer_prices.absent": 1}
    assert settle(fine(), (0, 0, 0)) == {"finer_prices.absent": 3}


def test_rounding_is_no_contradiction() -> None:
    assert settle(fine(((94.99995, 105.0001), (45.0, 55.0)), ((NAN, NAN), (50.00004, 50.00004))), (0, 1, 2)) == {}


def test_a_finer_bar_beyond_its_bar_is_refused_with_place() -> None:
    made = fine(((96.0, 97.0), (45.0, 55.0)), ((94.9, 105.0), (46.0, 55.1)), ((NAN, NAN), (50.0, 50.0)))
    with pytest.raises(DataError) as caught:
        settle(made, (0, 2, 3))
    said = str(caught.value)
    assert said.startswith("finer_prices (frame): 2 finer bars beyond the high or low of their bar: ")
    assert "A 1970-01-01T00:01:00Z high=105.0 low=94.9 of a bar with high=105.0 low=95.0" in said
    assert "B 1970-01-01T00:01:00Z high=55.1 low=46.0 of a bar with high=55.0 low=45.0" in said
    assert said.endswith("or set data.finer_prices.on_contradiction to drop")


def test_or_left_out_and_counted() -> None:
    made = fine(((96.0, 97.0), (45.0, 55.0)), ((94.9, 105.0), (46.0, 55.1)), ((NAN, NAN), (50.1, 50.1)))
    expected = {"finer_prices.dropped_contradiction": 3, "finer_prices.absent": 1}
    assert settle(made, (0, 2, 3), drops=True) == expected
    assert np.isnan(made[1]).all()
    assert not np.isnan(made[0]).any()


def test_what_has_no_bar_is_left_out_and_counted() -> None:
    made = fine(((96.0, 97.0), (45.0, 55.0)), ((96.0, 97.0), (50.0, 50.0)))
    assert settle(made, (0, 1, 2)) == {"finer_prices.without_bar": 1}
    assert np.isnan(made[1, :, 0]).all()
    assert not np.isnan(made[1, :, 1]).any()
