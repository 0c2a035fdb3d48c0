"""The source that reads long tables: one row for each asset and timestamp."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor  # deterministic: each thread looks at a table of its own
from dataclasses import dataclass

import numpy as np

from tidegate.config.models import ActionSource, DataConfig, FinerSource, PriceSource, ValueSource
from tidegate.config.universe import UniverseConfig
from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.errors import DataError, did_you_mean
from tidegate.core.time import format_ts
from tidegate.core.universe import Universe
from tidegate.data.action_table import open_actions, read_actions
from tidegate.data.actions import Actions
from tidegate.data.bars import BarReader
from tidegate.data.exclusions import read_exclusions
from tidegate.data.finer import FinerReader, finer_edges
from tidegate.data.fingerprints import Begun, begin_fingerprints, fingerprints
from tidegate.data.panel import Columns, FinerRows, Fingerprint, PanelChunk
from tidegate.data.reference import read_reference
from tidegate.data.rows import RowReader
from tidegate.data.sources import FINER, VALUES, Source, find_sources
from tidegate.data.spans import bound_ns, calendar_spans, sized_spans
from tidegate.data.table import Frame, Table
from tidegate.data.timeline import Timeline
from tidegate.data.values import MARKET, ValueJoin
from tidegate.messages.market import BAR_FIELDS


@dataclass(frozen=True, slots=True)
class _Opened:
    """What `open` found.

    Attributes:
        bars: reads the prices.
        prices: their settings.
        excluded: bars to leave out, see `BarReader`.
        finer: reader and settings of finer prices, and where those of each of the prices' timestamps are.
        values: reader and settings of the other sources, by name.
        counts: what was found in the table of what the assets are.
        first, end: positions of the run's timestamps in the prices' timeline.
    """

    columns: Columns
    bars: RowReader
    prices: PriceSource
    excluded: IntArray
    finer: tuple[RowReader, FinerSource, IntArray] | None
    values: dict[str, tuple[RowReader, ValueSource]]
    counts: Counter[str]
    first: int
    end: int


class TableSource:
    """A panel source over Parquet files or Polars frames.

    Barriers are the distinct timestamps of the price table from `data.start` to `data.end`, whichever assets they
    list and whether or not a policy drops their bars. A lazy frame that is not a plain scan is computed once to find
    its timestamps and once for every few million numbers of it; what it gives must be the same each time.

    Args:
        data: where the tables are and how they are read.
        universe: which assets take part, all of the price table by default, and what they are.
        frames: tables by source (`prices finer_prices signals features context reference actions`), as path, glob or
            frame; they go before the paths in `data` and `universe`; None is as good as absent.
        zero_fills: whether orders fill in finer bars in which nothing was traded; else these are left out.
        identified: whether fingerprints will be asked for: files are then digested while tables are first opened.
    """

    def __init__(
        self,
        data: DataConfig,
        universe: UniverseConfig,
        frames: Mapping[str, Frame | None] | None = None,
        *,
        zero_fills: bool = False,
        identified: bool = False,
    ) -> None:
        self._zero_fills, self._identified = zero_fills, identified
        self._data, self._universe = data, universe
        self._frames = {name: frame for name, frame in (frames or {}).items() if frame is not None}
        self._reference = self._frames.pop("reference", None)
        self._given_actions = self._frames.pop("actions", None if data.actions is None else data.actions.path)
        self._opened: _Opened | None = None
        self._tables: dict[str, Table] = {}
        self._counts: Counter[str] = Counter()
        self._begun: Begun = {}
        self._fingerprints: dict[str, list[Fingerprint]] | None = None

    def open(self) -> Columns:
        """Looks at all tables and reads their timestamps and asset names, no numbers yet; anew with every call.

        Raises:
            DataError: what is missing, unreadable, of a wrong type, out of order or empty.
            ConfigError: an age below its lag.
        """
        data, begins = self._data, self._identified and self._opened is None
        self._begun, self._fingerprints = {}, None  # of tables that may be others by now
        problems: list[str] = []
        happened = self._open_actions(problems)
        sources = find_sources(data, self._frames, problems)
        readers: dict[str, RowReader] = {}
        with ThreadPoolExecutor() as threads:
            begun = {name: threads.submit(source.reader) for name, source in sources.items()}
            if begins:
                self._begun = begin_fingerprints({name: source.table for name, source in sources.items()}, threads)
        cause: BaseException | None = None
        for name, reader in begun.items():
            try:
                readers[name] = reader.result()
            except DataError as error:
                problems += error.problems
                cause = cause or error.__cause__
        if problems:
            raise DataError(*problems) from cause
        bars = readers["prices"]
        universe = _choose(self._universe, bars.timeline.assets, bars.table.place)
        first, end = _range(bars.timeline, data, bars.table.place)
        values: dict[str, tuple[RowReader, ValueSource]] = {}
        for name in VALUES:
            config = sources[name].config if name in sources else None
            if isinstance(config, ValueSource):
                values[name] = (readers[name], config)
        signals, features, context = (readers[name].columns if name in readers else () for name in VALUES)
        finer = _finer(sources, readers, data.prices)
        inside = 0 if finer is None else int(finer[2][end] - finer[2][first])
        reference = read_reference(self._universe, self._reference, universe)
        counts = reference.counts
        actions = None if happened is None else self._read_actions(happened, bars, universe, (first, end), counts)
        columns = Columns(universe, signals, features, context, end - first, reference.instruments, inside, actions)
        excluded, table = read_exclusions(data.prices.exclude, bars, universe, counts)
        self._tables = {name: source.table for name, source in sources.items()}
        for name, beside in (("exclude", table), ("reference", reference.table), ("actions", happened)):
            if beside is not None:
                self._tables[name] = beside
        self._opened = _Opened(columns, bars, data.prices, excluded, finer, values, counts, first, end)
        _joins(self._opened, Counter())  # impossible settings are told now
        return columns

    def _open_actions(self, problems: list[str]) -> Table | None:
        config = self._data.actions
        if self._given_actions is None:
            if config is not None:
                problems.append("actions: no table is given; pass actions=... or set data.actions.path")
            return None
        try:
            return open_actions(self._given_actions, config or ActionSource())
        except DataError as error:
            problems += error.problems
            return None

    def _read_actions(
        self, table: Table, bars: RowReader, universe: Universe, run: tuple[int, int], counts: Counter[str]
    ) -> Actions:
        config, ts_ns = self._data.actions or ActionSource(), bars.timeline.ts_ns
        found = read_actions(table, config, bars.stamps, universe, counts)
        return found.within(int(ts_ns[run[0]]), int(ts_ns[run[1] - 1]), counts)

    def chunks(self) -> Iterator[PanelChunk]:
        """The panel by size or calendar periods (`data.chunk`); from the beginning with every call.

        Raises:
            DataError: all that is wrong in a chunk's rows.
        """
        opened = self._settled()
        counts = self._counts = Counter(opened.counts)
        counts["prices.sorted"] += opened.bars.timeline.back
        for name, (reader, _) in opened.values.items():
            counts[f"{name}.sorted"] += reader.timeline.back
        universe, ts_ns = opened.columns.universe, opened.bars.timeline.ts_ns
        joins = _joins(opened, counts)
        for join in joins.values():
            join.start(int(ts_ns[opened.first]))
        bars = BarReader(opened.bars, opened.first, opened.end, universe, opened.prices, opened.excluded, counts)
        finer = None
        if opened.finer is not None:
            counts[f"{FINER}.sorted"] += opened.finer[0].timeline.back
            between = opened.first, opened.end
            finer = FinerReader(*opened.finer, *between, universe, counts, zero_fills=self._zero_fills)
        for begin, after in self._spans(opened):
            first, end = opened.first + begin, opened.first + after
            made = bars.read(first, end)
            inside = None if finer is None else finer.read(first, end, made)
            yield _chunk(ts_ns[first:end], made, inside, joins, len(universe))
        for name, join in joins.items():
            counts[f"{name}.columns_never_known"] += len(join.unseen)

    def _spans(self, opened: _Opened) -> list[tuple[int, int]]:
        """Extents of the chunks, counted from the run's first timestamp."""
        if self._data.chunk != "auto":
            return calendar_spans(opened.bars.timeline.ts_ns[opened.first : opened.end], self._data.chunk)
        columns = opened.columns
        by_asset = len(BAR_FIELDS) + len(columns.signals) + len(columns.features)
        totals = np.arange(columns.barriers + 1) * (by_asset * len(columns.universe) + len(columns.context))
        if opened.finer is not None:
            totals += opened.finer[2][opened.first : opened.end + 1] * (len(BAR_FIELDS) * len(columns.universe))
        return sized_spans(totals)

    def _settled(self) -> _Opened:
        if self._opened is None:
            self.open()
        assert self._opened is not None
        return self._opened

    def counts(self) -> dict[str, int]:
        """What policies and joins did in the chunks read so far.

        Keys are `prices.` dropped_null, dropped_infinite, dropped_nonpositive, dropped_inconsistent,
        dropped_duplicate, dropped_excluded (bars), unknown_excluded (rows of bars to leave out that name no time of the
        prices or no asset of the run) and sorted (rows found out of time order); for `finer_prices.` the same without
        those of excluded bars, and dropped_contradiction and without_bar (finer bars) and absent (bars of assets that
        have no finer ones); and for `signals.`, `features.` and `context.` carried (cells whose value was known before
        the barrier), expired (cells left empty because their value was too old), dropped_infinite, dropped_duplicate,
        unknown_asset (rows), sorted and columns_never_known (after the last chunk); and `reference.` unknown_asset
        (rows), no_row (assets), `actions.` unknown_asset, before_start and after_end (rows).
        """
        return {name: count for name, count in sorted(self._counts.items()) if count}

    def fingerprints(self) -> dict[str, list[Fingerprint]]:
        """Identity of every table; reads all of it once, unless `open` has."""
        self._settled()
        if self._fingerprints is None:
            self._fingerprints = fingerprints(self._tables, self._begun)
            self._begun = {}
        for table in self._tables.values():
            table.check_unchanged()  # as often as somebody asks: they may be those of before
        return self._fingerprints


def _joins(opened: _Opened, counts: Counter[str]) -> dict[str, ValueJoin]:
    names, last_ns = opened.columns.universe.names, int(opened.bars.timeline.ts_ns[opened.end - 1])
    return {
        name: ValueJoin(reader, last_ns, MARKET if name == "context" else names, config, counts)
        for name, (reader, config) in opened.values.items()
    }


def _finer(
    sources: Mapping[str, Source], readers: Mapping[str, RowReader], prices: PriceSource
) -> tuple[RowReader, FinerSource, IntArray] | None:
    config = sources[FINER].config if FINER in sources else None
    if not isinstance(config, FinerSource):
        return None
    return readers[FINER], config, finer_edges(readers["prices"], prices.bar, readers[FINER])


def _chunk(
    ts_ns: IntArray, bars: FloatArray, finer: FinerRows | None, joins: Mapping[str, ValueJoin], assets: int
) -> PanelChunk:
    def block(name: str, width: int) -> FloatArray:
        join = joins.get(name)
        return np.empty((ts_ns.size, 0, width)) if join is None else join.join(ts_ns)

    return PanelChunk(
        ts_ns=freeze(ts_ns.copy()),
        bars=freeze(bars),
        signals=freeze(block("signals", assets)),
        features=freeze(block("features", assets)),
        context=freeze(block("context", 1)[:, :, 0]),
        finer=finer,
    )


def _range(timeline: Timeline, data: DataConfig, place: str) -> tuple[int, int]:
    ts_ns, first, after = timeline.ts_ns, 0, timeline.ts_ns.size
    if data.start is not None:
        first = int(np.searchsorted(ts_ns, bound_ns(data.start, last=False), side="left"))
    if data.end is not None:
        after = int(np.searchsorted(ts_ns, bound_ns(data.end, last=True), side="right"))
    if first >= after:
        there = f"{format_ts(int(ts_ns[0]))} to {format_ts(int(ts_ns[-1]))}"
        raise DataError(f"{place}: no bar lies between data.start and data.end; the table's bars end from {there}")
    return first, after


def _choose(config: UniverseConfig, there: Sequence[str], place: str) -> Universe:
    problems = []
    for key, names in (("assets", config.assets or ()), ("exclude", config.exclude)):
        problems += [
            f"universe.{key}: '{name}' is not among the {len(there)} assets of {place}{did_you_mean(name, there)}"
            for name in names
            if name not in there
        ]
    chosen = there if config.assets is None else config.assets
    problems += [f"universe.assets: '{name}' is named twice" for name, count in Counter(chosen).items() if count > 1]
    left = [name for name in chosen if name not in config.exclude]
    if not left and not problems:
        problems.append(f"universe.exclude: leaves none of the {len(chosen)} assets")
    if problems:
        raise DataError(*problems)
    return Universe(left)
