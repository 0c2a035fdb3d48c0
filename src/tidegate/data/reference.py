"""The table of what the assets are: one row for an asset."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.config.universe import UniverseConfig
from tidegate.config.values import CURRENCY, PATTERN_WORDS
from tidegate.core.arrays import BoolArray, IntArray
from tidegate.core.errors import DataError, did_you_mean
from tidegate.core.universe import Universe
from tidegate.data.defects import EXAMPLES_MAX, Defects
from tidegate.data.instruments import make_instruments
from tidegate.data.rows import asset_codes
from tidegate.data.table import FILE_COLUMN, Frame, Table, file_name, open_table
from tidegate.data.timeline import ASSET
from tidegate.messages.instruments import NUMBER_FIELDS, Instruments

TEXTS = ("currency", "asset_class")
COLUMNS = (*NUMBER_FIELDS, *TEXTS)
"""What the table may say."""


class Bound(NamedTuple):
    """Which numbers a column may hold, in words and as a test."""

    words: str
    holds: Callable[[NDArray[np.float64]], BoolArray]


_POSITIVE = Bound("more than 0, and finite", lambda values: (values > 0.0) & (values < np.inf))
_NOT_NEGATIVE = Bound("0 or more, and finite", lambda values: (values >= 0.0) & (values < np.inf))
BOUNDS = {
    "multiplier": _POSITIVE,
    "lot": _NOT_NEGATIVE,
    "tick": _NOT_NEGATIVE,
    "minimum": _NOT_NEGATIVE,
    "half_spread_bps": Bound("0 or more, and less than 10000", lambda values: (values >= 0.0) & (values < 10_000.0)),
    "initial": _POSITIVE,
    "maintenance": _POSITIVE,
    "borrow_rate": _NOT_NEGATIVE,
    "borrow_available": Bound("0 or more", lambda values: values >= 0.0),
}
"""By column of numbers."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of the assets.

    Attributes:
        instruments: None where nothing is said.
        table: what was read, None where no table was given.
        counts: rows of assets outside the universe (`reference.unknown_asset`), and assets of the universe without a
            row (`reference.no_row`).
    """

    instruments: Instruments | None
    table: Table | None
    counts: Counter[str]


def read_reference(config: UniverseConfig, frame: Frame | None, universe: Universe) -> Reference:
    """Reads the table, small beside the prices, and puts together what every asset is.

    Args:
        frame: goes before the path in `config`.

    Raises:
        DataError: everything that is wrong in the table.
    """
    given = config.reference if frame is None else frame
    if given is None:
        return Reference(make_instruments(config, universe.names), None, Counter())
    table = open_table("reference", given)
    columns = _columns(table)
    rows = table.collect(table.with_file().select(ASSET, FILE_COLUMN, *(_read(table, name) for name in columns)))
    code = asset_codes(rows[ASSET].fill_null(""), universe.names)
    _check(table, rows, columns)
    row_of = np.full(len(universe), -1)
    row_of[code[code >= 0]] = np.flatnonzero(code >= 0)
    told = {name: _of_assets(rows[name].to_list(), row_of) for name in columns}
    classes = sorted({word for word in rows["asset_class"].to_list() if word}) if "asset_class" in columns else ()
    counts = Counter({
        "reference.unknown_asset": int(np.count_nonzero(code < 0)),
        "reference.no_row": int(np.count_nonzero(row_of < 0)),
    })  # fmt: skip
    return Reference(make_instruments(config, universe.names, told, classes), table, counts)


def _columns(table: Table) -> tuple[str, ...]:
    """The columns that say something, looked at but not read."""
    table.require((ASSET,))
    found = tuple(name for name in COLUMNS if name in table.schema)
    problems = [] if found else [f"{table.place}: has none of the columns {', '.join(COLUMNS)}"]
    for name, dtype in table.schema.items():
        if name in (ASSET, *TEXTS):
            if not isinstance(dtype, pl.String | pl.Categorical | pl.Enum | pl.Null) or (
                name == ASSET and dtype == pl.Null
            ):
                problems.append(f"{table.place}: column '{name}' is {dtype}, want String, Categorical or Enum")
        elif name == "future":
            if dtype not in (pl.Boolean, pl.Null):
                problems.append(f"{table.place}: column '{name}' is {dtype}, want Boolean")
        elif name in COLUMNS:
            if not (dtype.is_numeric() or dtype == pl.Null):
                problems.append(f"{table.place}: column '{name}' is {dtype}, want numbers")
        elif hint := did_you_mean(name, [other for other in COLUMNS if other not in table.schema]):
            problems.append(f"{table.place}: there is no column '{name}'{hint}")
    if problems:
        raise DataError(*problems)
    return found


def _read(table: Table, name: str) -> pl.Expr:
    """A column as float64 or text; NaN says as little as null does."""
    if name in TEXTS:
        return pl.col(name).cast(pl.String)
    return pl.col(name).cast(pl.Float64).fill_nan(None)


def _of_assets(values: Sequence[Any], row_of: IntArray) -> list[Any]:
    return [values[row] if row >= 0 else None for row in row_of.tolist()]


def _check(table: Table, rows: pl.DataFrame, columns: Sequence[str]) -> None:
    """Raises everything that is wrong in the rows, of assets outside the universe too."""
    defects = Defects()
    asset = rows[ASSET].cast(pl.String)
    several = len(table.files) > 1

    def report(what: str, bad: pl.Series, remedy: str, column: str | None = None) -> None:
        at = np.flatnonzero(bad.fill_null(value=False).to_numpy())
        examples = []
        for row in at[:EXAMPLES_MAX].tolist():
            value = "" if column is None else f" {column}={rows[column][row]}"
            place = f" in {file_name(rows[FILE_COLUMN][row])}" if several else ""
            examples.append(" ".join(f"row {row} {asset[row] or ''}{value}{place}".split()))
        if at.size:
            defects.add(table.place, what, count=int(at.size), examples=examples, remedy=remedy)

    report("rows without an asset", asset.is_null() | (asset == ""), "name one")
    report("rows of an asset that has one already", ~asset.is_first_distinct() & asset.is_not_null(), "keep one")
    for name in columns:
        if name in BOUNDS:
            held = pl.Series(BOUNDS[name].holds(rows[name].to_numpy()))
            report(f"values of column '{name}'", rows[name].is_not_null() & ~held, f"want {BOUNDS[name].words}", name)
    if "currency" in columns:
        strange = ~rows["currency"].str.contains(CURRENCY)
        report("values of column 'currency'", strange, f"want {PATTERN_WORDS[CURRENCY]}", "currency")
    defects.throw()
