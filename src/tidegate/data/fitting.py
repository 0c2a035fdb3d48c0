"""Whether finer bars fit the bars that came of them."""

from collections import Counter

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.time import format_ts
from tidegate.data.defects import EXAMPLES_MAX, Defects
from tidegate.messages.market import CLOSE, HIGH, LOW, VOLUME

ROUNDING = 1e-6
"""By what part of its price a finer bar may go beyond its bar: vendors round the two differently."""


class FinerCheck:
    """Sees that finer bars fit the bars that came of them.

    Args:
        source: name of the table in the configuration.
        place: how messages name it.
        names: of the assets.
        counts: where what is left out or absent is counted.
        drops: whether finer bars that contradict theirs are left out rather than refused.
        zero_fills: whether orders fill in finer bars in which nothing was traded; else these are left out, too.
    """

    def __init__(
        self,
        source: str,
        place: str,
        names: tuple[str, ...],
        counts: Counter[str],
        *,
        drops: bool,
        zero_fills: bool = False,
    ) -> None:
        self._source, self._place, self._names, self._counts = source, place, names, counts
        self._drops, self._zero_fills = drops, zero_fills

    def settle(self, ts_ns: IntArray, finer: FloatArray, starts: IntArray, bars: FloatArray) -> None:
        """Leaves out, in place, finer bars without a bar or a trade, and those that contradict it where so set.

        Args:
            ts_ns, finer, starts: see `FinerRows`.
            bars: (T, 5, N) the bars that came of them.

        Raises:
            DataError: a finer bar contradicts its bar.
        """
        owner = np.repeat(np.arange(len(bars)), np.diff(starts))
        there = ~np.isnan(finer[:, CLOSE])
        no_bar = np.isnan(bars[:, CLOSE])
        if no_bar.any():
            self._leave_out("without_bar", there & no_bar[owner], finer, there)
        most, least = bars[:, HIGH] * (1.0 + ROUNDING), bars[:, LOW] * (1.0 - ROUNDING)
        wrong = (finer[:, HIGH] > most[owner]) | (finer[:, LOW] < least[owner])
        if wrong.any():
            if not self._drops:
                self._refuse(wrong, ts_ns, finer, bars[owner[wrong.any(axis=1)]])
            self._leave_out("dropped_contradiction", wrong, finer, there)
        untraded = there & (finer[:, VOLUME] == 0.0)
        if untraded.any() and not self._zero_fills:
            self._leave_out("untraded", untraded, finer, there)
        some = np.flatnonzero(np.diff(starts))
        has = np.zeros(no_bar.shape, np.bool_)
        if some.size:
            has[some] = np.logical_or.reduceat(there, starts[some], axis=0)
        self._counts[f"{self._source}.absent"] += int(np.count_nonzero(~(has | no_bar)))

    def _leave_out(self, what: str, cells: BoolArray, finer: FloatArray, there: BoolArray) -> None:
        self._counts[f"{self._source}.{what}"] += int(np.count_nonzero(cells))
        finer.transpose(0, 2, 1)[cells] = np.nan
        there &= ~cells

    def _refuse(self, wrong: BoolArray, ts_ns: IntArray, finer: FloatArray, bars: FloatArray) -> None:
        """Tells of finer bars beyond theirs; `bars` are those of the rows that have any."""
        rows = np.flatnonzero(wrong.any(axis=1))
        examples = []
        for row, column in np.argwhere(wrong)[:EXAMPLES_MAX].tolist():
            bar = bars[np.searchsorted(rows, row)][:, column]
            values = f"high={finer[row, HIGH, column]} low={finer[row, LOW, column]}"
            within = f"of a bar with high={bar[HIGH]} low={bar[LOW]}"
            examples.append(f"{self._names[column]} {format_ts(int(ts_ns[row]))} {values} {within}")
        defects = Defects()
        defects.add(
            self._place,
            "finer bars beyond the high or low of their bar",
            count=int(np.count_nonzero(wrong)),
            examples=examples,
            remedy=f"see that both tables are adjusted alike and that stamp, bar and timezone of both are right, or set"
            f" data.{self._source}.on_contradiction to drop",
        )
        defects.throw()
