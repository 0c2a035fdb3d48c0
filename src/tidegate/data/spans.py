"""Spans of time: the calendar periods a panel is read in, and the bounds of a run."""

from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np

from tidegate.config.values import parse_moment
from tidegate.core.arrays import IntArray
from tidegate.core.time import NS_PER

CHUNK_VALUES = 1_000_000
"""Values of a chunk whose extent is chosen by size (8 MB): few, so that little waits while little is used."""
FIRST_VALUES = 500_000
"""Values of the first such chunk."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def periods(ts_ns: IntArray, chunk: str) -> IntArray:
    """The number of the calendar period (UTC) each time lies in; only equality and order mean anything.

    Args:
        ts_ns: times.
        chunk: `day`, `week` (from Monday), `month`, `quarter`, `year` or `all`.
    """
    if chunk == "all":
        return np.zeros_like(ts_ns)
    days = ts_ns // NS_PER["d"]
    if chunk == "day":
        return days
    if chunk == "week":
        return (days + 3) // 7  # 1970-01-01 was a Thursday
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months // {"month": 1, "quarter": 3, "year": 12}[chunk]


def calendar_spans(ts_ns: IntArray, chunk: str) -> list[tuple[int, int]]:
    """Ranges (first, end) of positions in increasing times, one for each calendar period that has any."""
    if not ts_ns.size:
        return []
    borders = np.flatnonzero(np.diff(periods(ts_ns, chunk))) + 1
    edges = [0, *map(int, borders), ts_ns.size]
    return list(pairwise(edges))


def sized_spans(totals: IntArray) -> list[tuple[int, int]]:
    """Ranges (first, end) of barriers, of about `CHUNK_VALUES` values each, or of a single barrier.

    The first ranges are smaller, each twice the one before: a run begins as soon as a little is read, and never waits
    for much more than it has had.

    Args:
        totals: (T + 1,) how many values there are before each barrier, and in all.
    """
    spans, first, values = [], 0, FIRST_VALUES
    while first < len(totals) - 1:
        end = max(int(np.searchsorted(totals, totals[first] + values, side="right")) - 1, first + 1)
        spans.append((first, end))
        first, values = end, min(2 * values, CHUNK_VALUES)
    return spans


def row_spans(starts: IntArray, first: int, end: int, rows_max: int) -> list[tuple[int, int]]:
    """Cuts the timestamps [first, end) so that each part has at most `rows_max` rows, or a single timestamp.

    Args:
        starts: (M + 1,) row at which each timestamp begins, and the end of the last.
        first, end: positions of timestamps.
        rows_max: rows to a part.
    """
    spans = []
    while first < end:
        after = int(np.searchsorted(starts, starts[first] + rows_max, side="right")) - 1
        after = min(max(after, first + 1), end)
        spans.append((first, after))
        first = after
    return spans


def whole_groups(borders: IntArray, begin: int, end: int, rows: int, rows_max: int) -> int:
    """Where to cut the rows [begin, end) so that few are decoded twice: the end of the first part.

    Args:
        borders: rows at which groups end, increasing.
        begin, end: rows, of which there are some.
        rows: how many a part should have.
        rows_max: how many it may have, where a group has so many.

    Returns:
        The last border within `rows`, else the first within `rows_max`, else the row after so many; or `end`.
    """
    if begin + rows >= end:
        return end
    first, near, far = np.searchsorted(borders, (begin, begin + rows, begin + rows_max), side="right").tolist()
    if first < near:
        return int(borders[near - 1])
    return min(int(borders[first]) if first < far else begin + rows_max, end)


def bound_ns(text: str, *, last: bool) -> int:
    """Nanoseconds of a run's first or last moment.

    Args:
        text: ISO 8601 date or datetime, as the configuration accepts it.
        last: whether a date means the end of its day rather than the beginning.
    """
    since = parse_moment(text) - _EPOCH
    ns = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
    return ns + NS_PER["d"] - 1 if last and _is_date(text) else ns


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
