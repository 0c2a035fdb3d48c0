"""Spans of time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.data.made import ns

from tidegate.data import spans
from tidegate.data.spans import bound_ns, calendar_spans, periods, row_spans, sized_spans, whole_groups

moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(first=moments, days=st.integers(0, 500))
def test_two_times_share_a_period_where_the_calendar_says_so(first: datetime, days: int) -> None:
    second = first + timedelta(days=days)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    ts_ns = np.array([(moment - epoch) // timedelta(microseconds=1) * 1_000 for moment in (first, second)])
    names: dict[str, list[Any]] = {
        "day": [moment.date() for moment in (first, second)],
        "week": [moment.isocalendar()[:2] for moment in (first, second)],
        "month": [(moment.year, moment.month) for moment in (first, second)],
        "quarter": [(moment.year, (moment.month - 1) // 3) for moment in (first, second)],
        "year": [moment.year for moment in (first, second)],
        "all": [0, 0],
    }
    for chunk, (mine, other) in names.items():
        before, after = periods(ts_ns, chunk).tolist()
        assert (before == after) == (mine == other), chunk
        assert before <= after


def test_spans_cover_all_times_once() -> None:
    ts_ns = np.array([ns(2024, 1, 31), ns(2024, 2, 1), ns(2024, 2, 29), ns(2024, 5, 1)])
    assert calendar_spans(ts_ns, "month") == [(0, 1), (1, 3), (3, 4)]
    assert calendar_spans(ts_ns[:0], "month") == []


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.integers(1, 20))
def test_parts_have_at_most_so_many_rows_or_one_timestamp(sizes: list[int], rows_max: int) -> None:
    starts = np.cumsum([0, *sizes])
    parts = row_spans(starts, 0, len(sizes), rows_max)
    assert [first for first, _ in parts] == [0, *(end for _, end in parts[:-1])]
    assert parts[-1][1] == len(sizes)
    for first, end in parts:
        assert end - first == 1 or sum(sizes[first:end]) <= rows_max
        assert end == len(sizes) or sum(sizes[first : end + 1]) > rows_max


@pytest.mark.parametrize(
    ("borders", "begin", "end", "cut"),
    [
        ([], 0, 100, 40),  # nothing is known
        ([], 0, 10, 10),
        ([4, 8, 12, 100], 0, 100, 8),  # as many whole groups as are wanted
        ([4, 8, 12, 100], 4, 100, 12),
        ([4, 8, 12, 100], 5, 100, 12),
        ([4, 8, 12, 100], 8, 100, 12),
        ([30, 60, 100], 0, 100, 30),  # a group of more than is wanted
        ([30, 60, 100], 7, 100, 30),
        ([30, 60, 100], 30, 50, 50),  # reading ends within it
        ([30, 60, 100], 55, 62, 62),
        ([90, 100], 0, 100, 40),  # a group that is too large
        ([90, 100], 40, 100, 80),
        ([90, 100], 80, 100, 90),
        ([10, 100], 0, 100, 10),
        ([40, 100], 0, 100, 40),
    ],
)
def test_rows_are_cut_where_groups_end(borders: list[int], begin: int, end: int, cut: int) -> None:
    assert whole_groups(np.array(borders, np.int64), begin, end, 10, 40) == cut


@pytest.mark.parametrize(
    ("text", "last", "moment"),
    [
        ("2024-01-31", False, ns(2024, 1, 31)),
        ("2024-01-31", True, ns(2024, 2, 1) - 1),
        ("20240131", True, ns(2024, 2, 1) - 1),
        ("2024-01-31T16:00", True, ns(2024, 1, 31, 16)),
        ("2024-01-31T16:00-05:00", False, ns(2024, 1, 31, 21)),
        ("1969-12-31T23:59:59.999999", False, -1_000),
    ],
)
def test_a_bound_is_a_moment_and_a_last_date_is_all_of_its_day(text: str, last: bool, moment: int) -> None:
    assert bound_ns(text, last=last) == moment


@given(count=st.integers(0, 300), width=st.integers(1, 40))
def test_chunks_by_size_cover_all_and_double_until_they_are_full(count: int, width: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "FIRST_VALUES", 30)
        patch.setattr(spans, "CHUNK_VALUES", 200)
        found = sized_spans(np.arange(count + 1) * width)
    assert [at for first, end in found for at in range(first, end)] == list(range(count))
    limits = [min(30 * 2**number, 200) for number in range(len(found))]
    sizes = [end - first for first, end in found]
    assert all(size * width <= limit or size == 1 for size, limit in zip(sizes, limits, strict=True))
    assert all((size + 1) * width > limit for size, limit in zip(sizes[:-1], limits, strict=False))


def test_what_fits_into_the_first_chunk_is_one_chunk() -> None:
    assert sized_spans(np.arange(161) * 500 * 6) == [(0, 160)]
