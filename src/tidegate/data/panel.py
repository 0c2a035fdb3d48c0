"""The panel: bars and values as dense arrays over time and the universe, and who provides it.

A source is opened once, then read chunk by chunk in time order. `chunks` is a plain iterator that may run in a thread
of its own, so that chunks are read while those before them are used.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.errors import DataError
from tidegate.core.time import format_ts
from tidegate.core.universe import Universe
from tidegate.data.defects import Defects, bar_text, bars_are_clean, find_bar_defects
from tidegate.messages.instruments import Instruments

Fingerprint = dict[str, str | int]
"""Identity of one file or frame: its `name` (no folders), `bytes` or `rows`, and `sha256` of the content."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns and rows of a source's arrays stand for.

    Attributes:
        universe: the assets, in the order of the arrays' last axis.
        signals, features, context: names of the values, in the order of their blocks' second axis.
        barriers: how many timestamps there are, or -1 where only reading everything would tell.
        instruments: what the assets are, None where nothing is said of any.
    """

    universe: Universe
    signals: tuple[str, ...]
    features: tuple[str, ...]
    context: tuple[str, ...]
    barriers: int
    instruments: Instruments | None = None


@dataclass(frozen=True, slots=True)
class PanelChunk:
    """Consecutive barriers; arrays are C-contiguous and read-only, N assets in name order.

    Attributes:
        ts_ns: (T,) when the bars closed, ns UTC, strictly increasing.
        bars: (T, 5, N) open, high, low, close, volume; all NaN where the asset has no bar, volume may be NaN alone.
        signals: (T, S, N) as known at `ts_ns`, NaN where absent.
        features: (T, F, N) likewise.
        context: (T, C) likewise.
    """

    ts_ns: IntArray
    bars: FloatArray
    signals: FloatArray
    features: FloatArray
    context: FloatArray

    def __len__(self) -> int:
        return len(self.ts_ns)

    @property
    def nbytes(self) -> int:
        """Size of all arrays together."""
        return sum(array.nbytes for array in (self.ts_ns, self.bars, self.signals, self.features, self.context))


class PanelSource(Protocol):
    """Where a run's data comes from."""

    def open(self) -> Columns:
        """Finds out what there is; may read files.

        Raises:
            DataError: a source is missing, unreadable or not as it must be.
        """
        ...

    def chunks(self) -> Iterator[PanelChunk]:
        """The panel in time order, none of the chunks empty; call `open` first.

        Raises:
            DataError: the rows of a chunk break a rule.
        """
        ...

    def counts(self) -> dict[str, int]:
        """What policies and joins did so far, by `source.what`, such as `prices.dropped_null`; no zeros."""
        ...

    def fingerprints(self) -> dict[str, list[Fingerprint]]:
        """Identity of the files or frames behind each source; reads them, so call it off the event loop."""
        ...


def _block(kind: str, values: Mapping[str, ArrayLike], shape: tuple[int, ...], defects: Defects) -> FloatArray:
    """The named arrays of `shape` as one (T, K, ...) block."""
    block = np.empty((shape[0], len(values), *shape[1:]))
    for row, (name, given) in enumerate(values.items()):
        array = np.asarray(given, dtype=np.float64)
        if array.shape != shape:
            what = f"column {name} has shape {array.shape}, want {shape}"
            defects.add(f"{kind} (arrays)", what, count=0, examples=(), remedy="")
            continue
        block[:, row] = array
        infinite = np.isinf(array)
        defects.add_cells(
            f"{kind} (arrays)",
            f"infinite values in column {name}",
            infinite,
            lambda at: f"row {at}",
            "use NaN for none",
        )
    return block


class ArraySource:
    """A source from ready arrays, for tests and benchmarks.

    Args:
        names: N assets in any order; columns are put in name order.
        ts_ns: (T,) strictly increasing ns UTC, when the bars closed.
        bars: (T, 5, N) open, high, low, close, volume; NaN where there is no bar. Where it is already in name order
            and contiguous it is not copied, so leave it alone until the run is over.
        signals, features: (T, N) arrays by name.
        context: (T,) arrays by name.
        chunk_rows: timestamps to a chunk; all in one by default.

    Raises:
        DataError: shapes do not fit, times do not increase, or values break the rules that tables must keep.
    """

    def __init__(
        self,
        names: Sequence[str],
        ts_ns: ArrayLike,
        bars: ArrayLike,
        *,
        signals: Mapping[str, ArrayLike] | None = None,
        features: Mapping[str, ArrayLike] | None = None,
        context: Mapping[str, ArrayLike] | None = None,
        chunk_rows: int | None = None,
    ) -> None:
        universe = Universe(names)
        self._ts = np.array(ts_ns, dtype=np.int64)
        given = np.asarray(bars, dtype=np.float64)
        rows, assets = self._ts.size, len(universe)
        if self._ts.ndim != 1 or given.shape != (rows, 5, assets):
            raise DataError(
                f"arrays: bars have shape {given.shape} and ts_ns {self._ts.shape}, want (T, 5, {assets}) and (T,)"
            )
        if chunk_rows is not None and chunk_rows < 1:
            raise DataError(f"arrays: chunk_rows is {chunk_rows}, want 1 or more")
        signals, features, context = signals or {}, features or {}, context or {}
        defects = Defects()
        blocks = [
            _block("signals", signals, (rows, assets), defects),
            _block("features", features, (rows, assets), defects),
            _block("context", context, (rows,), defects),
        ]
        self._check(tuple(names), given, defects)
        defects.throw()
        columns = sorted(range(assets), key=lambda column: names[column])
        if columns != list(range(assets)):
            given = given[:, :, columns]
            blocks[:2] = [block[:, :, columns] for block in blocks[:2]]
        # view(): the caller's own array stays as writable as it was.
        self._bars = freeze(np.ascontiguousarray(given).view())
        self._blocks = [freeze(np.ascontiguousarray(block)) for block in blocks]
        self._chunk_rows = chunk_rows or max(rows, 1)
        self._columns = Columns(universe, tuple(signals), tuple(features), tuple(context), rows)
        freeze(self._ts)

    def _check(self, names: tuple[str, ...], bars: FloatArray, defects: Defects) -> None:
        place = "prices (arrays)"
        if not self._ts.size:
            defects.add(place, "there is no timestamp", count=0, examples=(), remedy="give at least one")
        back = np.flatnonzero(np.diff(self._ts) <= 0)
        if back.size:
            examples = [f"row {row + 1} at {format_ts(int(self._ts[row + 1]))}" for row in back[:20]]
            defects.add(place, "timestamps do not increase", count=back.size, examples=examples, remedy="")
        fields = (bars[:, 0], bars[:, 1], bars[:, 2], bars[:, 3], bars[:, 4])
        if bars_are_clean(fields):
            return
        found = find_bar_defects(fields)
        absent = np.isnan(bars).all(axis=1)

        def describe(at: tuple[int, ...]) -> str:
            return f"{names[at[1]]} {format_ts(int(self._ts[at[0]]))} {bar_text(fields, at)}"

        defects.add_cells(place, "bars lack a price", found.null & ~absent, describe, "all five are NaN or none is")
        defects.add_cells(place, "bars with infinite values", found.infinite, describe, "")
        defects.add_cells(place, "bars with a price of 0 or less", found.nonpositive, describe, "")
        defects.add_cells(place, "bars whose high or low contradicts their prices", found.inconsistent, describe, "")
        defects.add_cells(place, "bars with negative volume", found.negative_volume, describe, "")

    def open(self) -> Columns:
        """What the arrays hold."""
        return self._columns

    def chunks(self) -> Iterator[PanelChunk]:
        """Zero-copy slices of `chunk_rows` timestamps."""
        signals, features, context = self._blocks
        for start in range(0, self._ts.size, self._chunk_rows):
            part = slice(start, start + self._chunk_rows)
            yield PanelChunk(self._ts[part], self._bars[part], signals[part], features[part], context[part])

    def counts(self) -> dict[str, int]:
        """Nothing: arrays are taken as they are."""
        return {}

    def fingerprints(self) -> dict[str, list[Fingerprint]]:
        """One digest over all arrays."""
        digest = sha256("\x1f".join(self._columns.universe.names).encode())
        for array in (self._ts, self._bars, *self._blocks):
            digest.update(np.ascontiguousarray(array).data)
        return {"arrays": [{"name": "arrays", "rows": self._ts.size, "sha256": digest.hexdigest()}]}
