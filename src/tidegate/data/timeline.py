"""The timeline of a table: one pass over its timestamps (and asset names) before any number is read.

The pass costs little (both columns compress to almost nothing), holds one batch at a time, and settles what later
reads rely on: that rows are in time order, where each timestamp begins, and whether every timestamp lists the same
assets in the same order. Such a dense table becomes a panel by reshaping, without looking at the names again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from tidegate.core.arrays import IntArray
from tidegate.core.errors import DataError
from tidegate.core.time import format_ts
from tidegate.data.defects import EXAMPLES_MAX, Defects
from tidegate.data.spans import whole_groups
from tidegate.data.stamps import TIME, Stamps
from tidegate.data.table import Table

ASSET = "asset"
_BATCH_ROWS = 1_000_000
_LABEL = "__label__"
_NS_MAX = 2**62  # year 2116; leaves room to add a lag to a moment


@dataclass(frozen=True, slots=True)
class Timeline:
    """When a table has rows.

    Attributes:
        labels: (M,) distinct labels, increasing, in the table's own steps.
        ts_ns: (M,) when what they describe was over, ns UTC.
        starts: (M + 1,) first row of each label, in time order, and the number of rows.
        back: rows that come after a row of a later time; 0 where the table is in order.
        assets: names in the table, in name order; empty for a table without assets or where they were not asked for.
        layout: the asset names that every timestamp lists, in that order; None where timestamps differ.
    """

    labels: IntArray
    ts_ns: IntArray
    starts: IntArray
    back: int
    assets: tuple[str, ...]
    layout: tuple[str, ...] | None


def read_timeline(table: Table, stamps: Stamps, *, by_asset: bool, names: bool, sort: bool) -> Timeline:
    """Makes the pass.

    Args:
        table: with the columns `timestamp` and, where `by_asset`, `asset`.
        stamps: how to read its timestamps.
        by_asset: whether rows belong to assets.
        names: whether the distinct names are wanted.
        sort: whether rows may be in any order.

    Raises:
        DataError: no rows, null or impossible timestamps, null assets, rows out of order without leave.
    """
    walk = _Pass(table, stamps, by_asset=by_asset, names=names)
    for batch in _batches(table, stamps, by_asset=by_asset):
        walk.take(batch)
    return walk.timeline(sort=sort)


def _batches(table: Table, stamps: Stamps, *, by_asset: bool) -> Iterator[pl.DataFrame]:
    columns = [stamps.label().alias(_LABEL)]
    if stamps.zone:
        columns.append(pl.col(TIME))
    if by_asset:
        columns.append(pl.col(ASSET))
    query = table.frame.select(columns)
    if not table.seekable:
        yield from table.batches(query, _BATCH_ROWS)
        return
    # One query after the other: Polars would decode far ahead of a single one.
    rows, first = table.collect(table.frame.select(pl.len())).item(), 0
    while first < rows:
        end = whole_groups(table.borders, first, rows, _BATCH_ROWS // 2, _BATCH_ROWS)
        yield from table.batches(query.slice(first, end - first))
        first = end


class _Pass:
    """What has been learned from the batches so far."""

    def __init__(self, table: Table, stamps: Stamps, *, by_asset: bool, names: bool) -> None:
        self._table, self._stamps, self._by_asset, self._names_wanted = table, stamps, by_asset, names
        self._rows = 0
        self._labels: list[IntArray] = []
        self._starts: list[IntArray] = []
        self._bad_stamps: list[str] = []
        self._bad_stamps_count = 0
        self._null_assets: list[int] = []
        self._null_assets_count = 0
        self._layout = _Layout() if by_asset else None
        self._names: set[str] = set()

    def take(self, batch: pl.DataFrame) -> None:
        """Learns from the next rows."""
        label = batch[_LABEL]
        if self._by_asset:
            self._take_assets(batch[ASSET])
        if label.null_count():
            self._take_nulls(batch)
            label = label.fill_null(0)
        steps = label.to_numpy()
        if steps.size:
            first = np.flatnonzero(steps[1:] != steps[:-1]) + 1
            first = np.concatenate((np.zeros(1, np.int64), first))
            self._labels.append(steps[first])
            self._starts.append(first + self._rows)
        self._rows += batch.height

    def _take_nulls(self, batch: pl.DataFrame) -> None:
        rows = np.flatnonzero(batch[_LABEL].is_null().to_numpy())
        self._bad_stamps_count += rows.size
        for row in rows[: EXAMPLES_MAX - len(self._bad_stamps)].tolist():
            local = batch[TIME][row] if self._stamps.zone else None
            self._bad_stamps.append(f"row {self._rows + row}" + (f" at {local}" if local else " is null"))

    def _take_assets(self, asset: pl.Series) -> None:
        if asset.null_count():
            rows = np.flatnonzero(asset.is_null().to_numpy())
            self._null_assets_count += rows.size
            self._null_assets += [self._rows + row for row in rows[:EXAMPLES_MAX].tolist()]
            self._layout = None
            return
        if self._layout is not None and not self._layout.holds(asset):
            self._names.update(self._layout.names)
            self._layout = None
        if self._layout is None and self._names_wanted:
            self._names.update(asset.unique().cast(pl.String))  # deterministic: into a set, which is sorted at the end

    def timeline(self, *, sort: bool) -> Timeline:
        """The result of the pass.

        Raises:
            DataError: see `read_timeline`.
        """
        defects, place = Defects(), self._table.place
        if not self._rows:
            raise DataError(f"{place}: the table is empty")
        self._report_nulls(defects)
        labels, starts = np.concatenate(self._labels), np.concatenate(self._starts)
        again = np.flatnonzero(labels[1:] == labels[:-1]) + 1  # a timestamp that two batches share
        labels, starts = np.delete(labels, again), np.delete(starts, again)
        back = np.flatnonzero(labels[1:] < labels[:-1]) + 1
        if back.size and not sort and not self._bad_stamps_count:
            self._report_disorder(defects, labels, starts, back)
        defects.throw()
        sizes = np.diff(starts, append=self._rows)
        if back.size:
            labels, sizes = _merge(labels, sizes)
        ts_ns = self._to_ns(labels)
        layout = self._layout.names if self._layout and not back.size and self._layout.fits(sizes) else None
        names = self._names | set(self._layout.names if self._layout else ())
        return Timeline(
            labels=labels,
            ts_ns=ts_ns,
            starts=np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes))),
            back=int(back.size),
            assets=tuple(sorted(names)),
            layout=layout,
        )

    def _to_ns(self, labels: IntArray) -> IntArray:
        unit, shift = self._stamps.unit_ns, self._stamps.shift_ns
        bounds = [int(steps) * unit for steps in (labels[0], labels[-1])]
        if max(map(abs, bounds)) > _NS_MAX:
            raise DataError(f"{self._table.place}: column '{TIME}' holds a time outside the years 1823 to 2116")
        return labels * unit + shift

    def _report_nulls(self, defects: Defects) -> None:
        if self._bad_stamps_count:
            what = "null timestamps"
            remedy = "remove these rows where the table is made"
            if self._stamps.zone:
                what = f"timestamps that are null, or do not exist or exist twice in {self._stamps.zone}"
                remedy = "store aware timestamps"
            defects.add(self._table.place, what, count=self._bad_stamps_count, examples=self._bad_stamps, remedy=remedy)
        if self._null_assets_count:
            rows = [f"row {row}" for row in self._null_assets]
            remedy = "remove these rows where the table is made"
            defects.add(self._table.place, "null assets", count=self._null_assets_count, examples=rows, remedy=remedy)

    def _report_disorder(self, defects: Defects, labels: IntArray, starts: IntArray, back: IntArray) -> None:
        unit = self._stamps.unit_ns
        examples = []
        for at in back[:EXAMPLES_MAX].tolist():
            row = int(starts[at])
            text = f"row {row} at {format_ts(int(labels[at]) * unit)} after {format_ts(int(labels[at - 1]) * unit)}"
            if len(self._table.files) > 1:
                text += f" in {self._table.file_of(row)}"
            examples.append(text)
        remedy = f"sort the table by {TIME}, or set data.{self._table.source}.on_disorder to sort"
        defects.add(self._table.place, "rows out of time order", count=int(back.size), examples=examples, remedy=remedy)


class _Layout:
    """Whether the asset column repeats itself; rows are compared as they come, against those one period earlier."""

    def __init__(self) -> None:
        self._tail: pl.Series | None = None
        self._period = 0
        self.names: tuple[str, ...] = ()

    def holds(self, asset: pl.Series) -> bool:
        """Whether the column so far repeats the names up to the first repeated one."""
        if self._tail is None:
            self._period = _period(asset)
            if not self._period:
                return False
            self.names = tuple(asset.slice(0, self._period).cast(pl.String))
            joined = asset
        else:
            joined = pl.concat([self._tail, asset], rechunk=False)
        size = joined.len() - self._period
        if size > 0 and not (joined.slice(self._period) == joined.slice(0, size)).all():
            return False
        self._tail = joined.slice(max(size, 0))
        return True

    def fits(self, sizes: IntArray) -> bool:
        """Whether every timestamp has one whole period."""
        return bool((sizes == self._period).all())


def _period(asset: pl.Series) -> int:
    """Rows before the first name comes again; 0 where another name comes twice before that."""
    again = np.flatnonzero((asset == asset[0]).to_numpy())
    size = int(again[1]) if again.size > 1 else asset.len()
    return size if asset.slice(0, size).n_unique() == size else 0


def _merge(labels: IntArray, sizes: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct labels in order, with the sizes of equal ones added."""
    order = np.argsort(labels, kind="stable")
    labels, sizes = labels[order], sizes[order]
    first = np.concatenate((np.ones(1, np.bool_), labels[1:] != labels[:-1]))
    return labels[first], np.add.reduceat(sizes, np.flatnonzero(first))
