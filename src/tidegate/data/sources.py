"""Settling a source before its numbers are read: which table, which columns, which times."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from tidegate.config.models import BarSource, DataConfig, FinerSource, ValueSource
from tidegate.core.errors import DataError, did_you_mean
from tidegate.data.rows import RowReader
from tidegate.data.stamps import TIME, Stamps, read_stamps
from tidegate.data.table import Frame, Table, open_table
from tidegate.data.timeline import ASSET, read_timeline
from tidegate.messages.market import BAR_FIELDS

VALUES = ("signals", "features", "context")
"""Sources of values, in the order of a chunk's blocks."""
FINER = "finer_prices"
SOURCES = ("prices", FINER, *VALUES)
_DEFAULTS: dict[str, type[FinerSource | ValueSource]] = {FINER: FinerSource}
FRAMES = (*SOURCES, "reference")
"""Names of all tables that can be given."""


@dataclass(frozen=True, slots=True)
class Source:
    """A table with the columns to read from it and the meaning of its times.

    Attributes:
        config: its settings.
        table, stamps, columns: see `RowReader`.
    """

    config: BarSource | ValueSource
    table: Table
    stamps: Stamps
    columns: tuple[str, ...]

    def reader(self) -> RowReader:
        """Reads the timeline.

        Raises:
            DataError: see `read_timeline`.
        """
        name = self.table.source
        timeline = read_timeline(
            self.table,
            self.stamps,
            by_asset=name != "context",
            names=name == "prices",
            sort=self.config.on_disorder == "sort",
        )
        return RowReader(self.table, self.stamps, timeline, self.columns)


def find_sources(data: DataConfig, frames: Mapping[str, Frame]) -> dict[str, Source]:
    """The sources that are given, by name, each looked at but not read.

    Raises:
        DataError: everything that is missing, of the wrong type, or at odds between them.
    """
    problems = [
        f"frames: there is no source '{name}'{did_you_mean(name, FRAMES)}; want {', '.join(FRAMES)}"
        for name in frames
        if name not in SOURCES
    ]
    found: dict[str, Source] = {}
    for name in SOURCES:
        config = getattr(data, name)
        given = frames.get(name)
        given = config.path if given is None and config is not None else given
        if given is None and config is None:
            continue
        try:
            if given is None:
                raise DataError(f"{name}: no table is given; pass {name}=... or set data.{name}.path")
            found[name] = _look(name, given, config or _DEFAULTS.get(name, ValueSource)())
        except DataError as error:
            problems += error.problems
    problems += _at_odds(found)
    if problems:
        raise DataError(*problems)
    return found


def _look(name: str, given: Frame, config: BarSource | ValueSource) -> Source:
    table = open_table(name, given)
    keys = (TIME,) if name == "context" else (TIME, ASSET)
    columns: tuple[str, ...]
    if isinstance(config, BarSource):
        columns = BAR_FIELDS if "volume" in table.schema else BAR_FIELDS[:4]
        table.require((*keys, *columns))
    else:
        table.require((*keys, *(config.columns or ())))
        columns = config.columns or _numbers(table, keys)
    problems = [
        f"{table.place}: column '{column}' is {table.schema[column]}, want numbers"
        for column in columns
        if not table.schema[column].is_numeric()
    ]
    problems += _key_problems(table, name)
    try:
        stamps = read_stamps(table, config, default="end" if isinstance(config, ValueSource) else None)
    except DataError as error:
        raise DataError(*problems, *error.problems) from error
    if problems:
        raise DataError(*problems)
    return Source(config, table, stamps, tuple(columns))


def _numbers(table: Table, keys: tuple[str, ...]) -> tuple[str, ...]:
    columns = tuple(name for name, dtype in table.schema.items() if name not in keys and dtype.is_numeric())
    if not columns:
        raise DataError(f"{table.place}: there is no column of numbers beside {', '.join(keys)}")
    return columns


def _key_problems(table: Table, name: str) -> list[str]:
    if name == "context":
        remedy = "pass it as signals or features, or drop the column"
        text = f"{table.place}: has a column '{ASSET}', but context is market-wide; {remedy}"
        return [text] if ASSET in table.schema else []
    dtype = table.schema[ASSET]
    if not isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return [f"{table.place}: column '{ASSET}' is {dtype}, want String, Categorical or Enum"]
    return []


def _at_odds(found: Mapping[str, Source]) -> list[str]:
    """What is wrong between sources: mixed kinds of time, one name for two columns."""
    problems = []
    prices = found.get("prices")
    owners: dict[str, str] = {}
    finer = found.get(FINER)
    if prices is not None and finer is not None and finer.stamps.is_date and not prices.stamps.is_date:
        kinds = f"{finer.stamps.dtype} but {prices.stamps.dtype} in {prices.table.place}"
        problems.append(f"{finer.table.place}: '{TIME}' is {kinds}; a day cannot say how a shorter bar came about")
    for name in VALUES:
        source = found.get(name)
        if source is None:
            continue
        for column in source.columns:
            if column in owners:
                where = f"{name} and {owners[column]}" if owners[column] != name else f"{name} twice"
                problems.append(f"{source.table.place}: column '{column}' is in {where}; rename one of them")
            owners[column] = name
        if prices is not None and prices.stamps.is_date != source.stamps.is_date:
            kinds = f"{source.stamps.dtype} but {prices.stamps.dtype} in {prices.table.place}"
            problems.append(
                f"{source.table.place}: '{TIME}' is {kinds}; "
                "give all sources dates, or all of them datetimes that say when in the day a value was known"
            )
    return problems
