"""The panel: bars and values as dense arrays over time and the universe, and who provides it.

A source is opened once, then read chunk by chunk in time order. `chunks` is a plain iterator that may run in a thread
of its own, so that chunks are read while those before them are used.
"""

from collections import Counter
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
from tidegate.data.actions import Action, Actions, settle_actions
from tidegate.data.defects import Defects, bar_text, bars_are_clean, find_bar_defects
from tidegate.data.fitting import FinerCheck
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
        finer: how many timestamps finer bars have, as far as that is known.
        actions: corporate actions of the time; None where there are none.
    """

    universe: Universe
    signals: tuple[str, ...]
    features: tuple[str, ...]
    context: tuple[str, ...]
    barriers: int
    instruments: Instruments | None = None
    finer: int = 0
    actions: Actions | None = None


@dataclass(frozen=True, slots=True)
class FinerRows:
    """How the bars of some barriers came about; arrays are C-contiguous and read-only.

    Attributes:
        ts_ns: (F,) when the finer bars closed, ns UTC, strictly increasing.
        bars: (F, 5, N) open, high, low, close, volume; all NaN where the asset has no finer bar.
        starts: (T + 1,) row at which those of each barrier begin, and the end of the last's.
    """

    ts_ns: IntArray
    bars: FloatArray
    starts: IntArray

    def part(self, barriers: slice) -> "FinerRows":
        """Those of some of the barriers."""
        starts = self.starts[barriers.start : barriers.stop + 1]
        inside = slice(int(starts[0]), int(starts[-1]))
        return FinerRows(self.ts_ns[inside], self.bars[inside], freeze(starts - starts[0]))


@dataclass(frozen=True, slots=True)
class PanelChunk:
    """Consecutive barriers; arrays are C-contiguous and read-only, N assets in name order.

    Attributes:
        ts_ns: (T,) when the bars closed, ns UTC, strictly increasing.
        bars: (T, 5, N) open, high, low, close, volume; all NaN where the asset has no bar, volume may be NaN alone.
        signals: (T, S, N) as known at `ts_ns`, NaN where absent.
        features: (T, F, N) likewise.
        context: (T, C) likewise.
        finer: None where the source has no finer prices.
    """

    ts_ns: IntArray
    bars: FloatArray
    signals: FloatArray
    features: FloatArray
    context: FloatArray
    finer: FinerRows | None = None

    def __len__(self) -> int:
        return len(self.ts_ns)

    @property
    def nbytes(self) -> int:
        """Size of all arrays together."""
        size = sum(
            array.nbytes for array in (self.ts_ns, self.bars, self.signals, self.features, self.context)
        )  # deterministic: of integers
        return size if self.finer is None else size + self.finer.ts_ns.nbytes + self.finer.bars.nbytes


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
        finer: times (F,) and bars (F, 5, N) of finer bars; those after one timestamp, up to the next, belong to the
            latter, and those up to the first are passed over.
        actions: corporate actions, in any order.
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
        finer: tuple[ArrayLike, ArrayLike] | None = None,
        actions: Sequence[Action] = (),
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
        self._counts: Counter[str] = Counter()
        self._finer = None if finer is None else self._fitted(universe.names, columns, *finer)
        inside = 0 if self._finer is None else self._finer.ts_ns.size
        happened = self._settled(actions, universe) if actions else None
        self._columns = Columns(
            universe, tuple(signals), tuple(features), tuple(context), rows, finer=inside, actions=happened
        )
        freeze(self._ts)
        self._fingerprint: str | None = None

    def _fitted(self, names: tuple[str, ...], columns: Sequence[int], times: ArrayLike, bars: ArrayLike) -> FinerRows:
        ts_ns, given = np.asarray(times, np.int64), np.asarray(bars, np.float64)
        if ts_ns.ndim != 1 or given.shape != (ts_ns.size, 5, len(names)) or bool((np.diff(ts_ns) <= 0).any()):
            raise DataError(
                f"arrays: finer bars have shape {given.shape} and times {ts_ns.shape},"
                f" want (F, 5, {len(names)}) and (F,), the times increasing"
            )
        edges = np.searchsorted(ts_ns, self._ts, side="right")
        inside = slice(int(edges[0]), int(edges[-1]))
        ts_ns, taken = ts_ns[inside].copy(), given[inside][:, :, columns].copy()
        fields = (taken[:, 0], taken[:, 1], taken[:, 2], taken[:, 3], taken[:, 4])
        if not bars_are_clean(fields):
            found, defects = find_bar_defects(fields), Defects()
            bad = (found.null & ~np.isnan(taken).all(axis=1)) | found.infinite | found.nonpositive
            bad |= found.inconsistent | found.negative_volume
            text = "finer bars without sense"
            defects.add_cells("arrays", text, bad, lambda at: f"{names[at[1]]} {bar_text(fields, at)}", "")
            defects.throw()
        starts = np.concatenate((edges[:1], edges)) - inside.start
        FinerCheck("finer_prices", "arrays", names, self._counts, drops=False).settle(ts_ns, taken, starts, self._bars)
        return FinerRows(freeze(ts_ns), freeze(taken), freeze(starts))

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

    def _settled(self, actions: Sequence[Action], universe: Universe) -> Actions:
        found = settle_actions(actions, universe, "actions (rows)", lambda row: f"row {row}", self._counts, Defects())
        return found.within(int(self._ts[0]), int(self._ts[-1]), self._counts)

    def open(self) -> Columns:
        """What the arrays hold."""
        return self._columns

    def chunks(self) -> Iterator[PanelChunk]:
        """Zero-copy slices of `chunk_rows` timestamps."""
        signals, features, context = self._blocks
        for start in range(0, self._ts.size, self._chunk_rows):
            part = slice(start, start + self._chunk_rows)
            finer = None if self._finer is None else self._finer.part(part)
            yield PanelChunk(self._ts[part], self._bars[part], signals[part], features[part], context[part], finer)

    def counts(self) -> dict[str, int]:
        """Actions left out, bars without finer ones and finer ones of no bar; arrays are taken as they are."""
        return {name: count for name, count in sorted(self._counts.items()) if count}

    def fingerprints(self) -> dict[str, list[Fingerprint]]:
        """One digest over all arrays, computed once."""
        if self._fingerprint is None:
            self._fingerprint = self._digest()
        return {"arrays": [{"name": "arrays", "rows": self._ts.size, "sha256": self._fingerprint}]}

    def _digest(self) -> str:
        digest = sha256("\x1f".join(self._columns.universe.names).encode())
        finer = () if self._finer is None else (self._finer.ts_ns, self._finer.bars)
        for array in (self._ts, self._bars, *self._blocks, *finer):
            digest.update(np.ascontiguousarray(array).data)
        if self._columns.actions is not None:
            digest.update(self._columns.actions.ints.tobytes() + self._columns.actions.floats.tobytes())
        return digest.hexdigest()
