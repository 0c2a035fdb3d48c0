"""The table of bars that a run treats as absent."""

from collections import Counter

import numpy as np

from tidegate.core.arrays import IntArray
from tidegate.core.errors import DataError
from tidegate.core.universe import Universe
from tidegate.data.rows import RowReader, asset_codes
from tidegate.data.stamps import TIME
from tidegate.data.table import Table, open_table
from tidegate.data.timeline import ASSET


def read_exclusions(
    path: str | None, bars: RowReader, universe: Universe, counts: Counter[str]
) -> tuple[IntArray, Table | None]:
    """Reads the table; it is small beside the prices, so all at once.

    Args:
        path: of the table with `timestamp` (labeled like the prices) and `asset`; None for none.
        bars: of the prices.
        universe: the run's assets.
        counts: where rows are counted that name none of these, or no time of the prices.

    Returns:
        Increasing timeline position * N + asset column of bars to leave out, and the table.

    Raises:
        DataError: the table is unreadable, or its timestamps are of another type than the prices'.
    """
    if path is None:
        return np.empty(0, np.int64), None
    table = open_table("prices.exclude", path)
    table.require((TIME, ASSET))
    mine, theirs = table.schema[TIME], bars.stamps.dtype
    if mine != theirs:
        raise DataError(
            f"{table.place}: column '{TIME}' is {mine} but {theirs} in {bars.table.place}; make them the same"
        )
    named = table.collect(table.frame.select(bars.stamps.label().alias(TIME), ASSET))
    rows = named.drop_nulls()
    label, code = rows[TIME].to_numpy(), asset_codes(rows[ASSET], universe.names)
    labels = bars.timeline.labels
    at = np.minimum(np.searchsorted(labels, label), labels.size - 1)
    hit = (labels[at] == label) & (code >= 0)
    counts["prices.unknown_excluded"] += named.height - int(np.count_nonzero(hit))
    return np.unique(at[hit] * len(universe) + code[hit]), table
