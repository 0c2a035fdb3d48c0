"""The policies for price rows: what is refused, what is dropped and counted."""

from collections import Counter
from collections.abc import Callable

import numpy as np

from tidegate.config.models import BarSource
from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.data.defects import EXAMPLES_MAX, Defects, bar_text, bars_are_clean, find_bar_defects
from tidegate.data.rows import any_repeats, repeats

BarFields = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]
"""Open, high, low, close and volume, one shape."""
Describe = Callable[[IntArray, list[str]], list[str]]
"""Words rows, given what to say of each one's values."""
_WORDS = {
    "null": "rows without a price (null or NaN)",
    "infinite": "rows with infinite values",
    "nonpositive": "rows with a price of 0 or less",
    "inconsistent": "rows whose high or low contradicts their prices",
    "duplicate": "rows that repeat the timestamp and asset of another",
}


class BarJudge:
    """Applies the policies to rows.

    A row counts under the first of its faults: excluded, null, infinite, nonpositive, inconsistent, and among those
    left, duplicate.

    Args:
        source: name of the table in the configuration.
        place: how messages name it.
        config: the policies.
        counts: where what was dropped is counted.
    """

    def __init__(self, source: str, place: str, config: BarSource, counts: Counter[str]) -> None:
        self._source, self._place, self._config, self._counts = source, place, config, counts

    def usable(
        self,
        key: IntArray,
        span: int,
        excluded: IntArray,
        fields: BarFields,
        describe: Describe,
        defects: Defects,
        *,
        clean: bool,
    ) -> IntArray:
        """The rows to use, in order.

        Args:
            key: of every row, in [0, span), the same for rows of one timestamp and asset; negative: of no interest.
            span: one more than the largest key.
            excluded: keys of bars to leave out, whatever they hold.
            fields: the rows' values.
            describe: words rows for messages.
            defects: where what policies refuse is added.
            clean: whether it is known that only repeated rows can be at fault.
        """
        rows = np.flatnonzero(key >= 0)
        if excluded.size:
            rows = self._drop("excluded", rows, np.isin(key[rows], excluded))
        if not clean:
            rows = self._whole(rows, fields, describe, defects)
        if any_repeats(key[rows], span):
            policy = self._config.on_duplicate
            hit = np.zeros(rows.size, np.bool_)
            hit[repeats(key[rows], "first" if policy == "error" else policy)] = True
            rows = self._apply("duplicate", policy, rows, hit, fields, describe, defects)
        return rows

    def _whole(self, rows: IntArray, fields: BarFields, describe: Describe, defects: Defects) -> IntArray:
        chosen = _cut(fields, rows)
        if bars_are_clean(chosen):
            return rows
        found, config = find_bar_defects(chosen), self._config
        kinds = (
            ("null", config.on_null, found.null),
            ("infinite", config.on_infinite, found.infinite),
            ("nonpositive", config.on_nonpositive, found.nonpositive),
            ("inconsistent", config.on_inconsistent, found.inconsistent),
        )
        left = np.ones(rows.size, np.bool_)
        for kind, policy, bad in kinds:
            self._apply(kind, policy, rows, bad & left, fields, describe, defects)
            left &= ~bad
        negative = rows[found.negative_volume & left]
        self._report("rows with negative volume", negative, "correct the table", fields, describe, defects)
        return rows[left]

    def _apply(
        self,
        kind: str,
        policy: str,
        rows: IntArray,
        hit: BoolArray,
        fields: BarFields,
        describe: Describe,
        defects: Defects,
    ) -> IntArray:
        if policy != "error":
            return self._drop(kind, rows, hit)
        choice = "first or last" if kind == "duplicate" else "drop"
        remedy = f"correct the table, or set data.{self._source}.on_{kind} to {choice}"
        self._report(_WORDS[kind], rows[hit], remedy, fields, describe, defects)
        return rows[~hit]

    def _drop(self, kind: str, rows: IntArray, hit: BoolArray) -> IntArray:
        self._counts[f"{self._source}.dropped_{kind}"] += int(np.count_nonzero(hit))
        return rows[~hit]

    def _report(
        self, what: str, rows: IntArray, remedy: str, fields: BarFields, describe: Describe, defects: Defects
    ) -> None:
        if rows.size:
            first = rows[:EXAMPLES_MAX]
            examples = describe(first, [bar_text(fields, (row,)) for row in first.tolist()])
            defects.add(self._place, what, count=int(rows.size), examples=examples, remedy=remedy)


def _cut(fields: BarFields, part: slice | IntArray) -> BarFields:
    open_, high, low, close, volume = fields
    return open_[part], high[part], low[part], close[part], volume[part]
