"""The raw tables as Polars frames for people, and back.

Rules: `ts_ns` becomes `timestamp` (Datetime ns, UTC); an asset its name; an enum its lower-case name; `x_micros` stays
and is joined by the float column `x` in currency units; an order id is joined by `sender`; -1 and NaN, which mean
"none", become null; a trade has a `side`. Fills have columns from `fill_costs` beside their own.
"""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np
import polars as pl

from tidegate.core.enums import ActionKind, FillPoint, OrderKind, PostingKind, Reason, TimeInForce
from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.core.money import MICROS
from tidegate.results.record import SCHEMA, Column, Kind, RunRecord, Table

_TIME = pl.Datetime("ns", "UTC")
_ENUMS: dict[tuple[str, str], type[IntEnum]] = {
    ("fills", "point"): FillPoint,
    ("postings", "kind"): PostingKind,
    ("actions", "kind"): ActionKind,
    ("orders", "type"): OrderKind,
    ("orders", "tif"): TimeInForce,
    ("orders", "reason"): Reason,
    ("risk", "reason"): Reason,
}
_ASSETS = ("asset", "into")
_NUMBERED = ("order_id", "fill_id", "group", "parent")
"""Numbers whose -1 means none."""
_MOMENTS = ("finer_ts_ns",)
"""Times whose -1 means none."""


def frame(record: RunRecord, table: str) -> pl.DataFrame:
    """The table called `table`, one of `SCHEMA`; a table without rows keeps its columns and types."""
    columns: list[pl.Series] = []
    for name, kind in SCHEMA[table].items():
        columns += _series(record, table, name, kind)
    return pl.DataFrame(columns + _parts(record) if table == "fills" else columns)


def raw_table(table: str, made: pl.DataFrame, assets: tuple[str, ...]) -> Table:
    """The raw columns from which `frame` made `made`.

    Raises:
        polars.exceptions.PolarsError: the frame lacks a column or has one of another type.
        KeyError: it names an asset or an enum's member that there is not.
    """
    return {name: _raw_column(table, made, name, kind, assets) for name, kind in SCHEMA[table].items()}


def _parts(record: RunRecord) -> list[pl.Series]:
    """What the costs of fills are made of, as columns beside the fills; zeros where nothing was told of it."""
    rows = np.searchsorted(record.ints("fills", "fill_id"), record.ints("fill_costs", "fill_id"))
    columns = []
    for name in ("spread_micros", "impact_micros", "venue_micros", "maker", "unmeasured"):
        values = np.zeros(record.rows("fills"), np.int64)
        values[rows] = record.ints("fill_costs", name)
        columns.append(pl.Series(name, values, pl.Int64))
        if name.endswith("_micros"):
            columns.append(pl.Series(name.removesuffix("_micros"), values / MICROS))
    return columns


def _series(record: RunRecord, table: str, name: str, kind: Kind) -> list[pl.Series]:
    values = record.tables[table][name]
    if kind is Kind.TEXT:
        return [pl.Series(name, values, pl.String)]
    if kind is Kind.FLOAT:
        floats = pl.Series(name, values, pl.Float64).fill_nan(None)
        return [floats, _sides(floats)] if (table, name) == ("trades", "quantity") else [floats]
    ints = pl.Series(name, values, pl.Int64)
    if (table, name) in _ENUMS:
        return [_names(name, ints, _members(_ENUMS[table, name]))]
    if name in _ASSETS:
        return [_names(name, ints, dict(enumerate(record.assets)))]
    if name == "order_id":
        known = _none_below_zero(ints)
        return [known, _names("sender", known // ORDERS_PER_SENDER, record.senders)]
    if name in _NUMBERED:
        return [_none_below_zero(ints)]
    if name in _MOMENTS:
        return [_none_below_zero(ints).cast(_TIME).alias(_time_name(name))]
    if name.endswith("ts_ns"):
        return [ints.cast(_TIME).alias(_time_name(name))]
    if name.endswith("_micros"):
        return [ints, pl.Series(name.removesuffix("_micros"), np.asarray(values) / MICROS)]
    return [ints]


def _sides(quantity: pl.Series) -> pl.Series:
    """`long` or `short`."""
    return (quantity < 0).cast(pl.Int8).replace_strict({0: "long", 1: "short"}, return_dtype=pl.String).alias("side")


def _names(name: str, numbers: pl.Series, words: Mapping[int, str]) -> pl.Series:
    """The words for numbers; null for a number without one."""
    return numbers.replace_strict(words or {-1: ""}, default=None, return_dtype=pl.String).alias(name)


def _members(enum: type[IntEnum]) -> dict[int, str]:
    return {member.value: member.name.lower() for member in enum}


def _none_below_zero(numbers: pl.Series) -> pl.Series:
    return numbers.set(numbers < 0, None)


def _time_name(name: str) -> str:
    return name.replace("ts_ns", "timestamp")


def _raw_column(table: str, made: pl.DataFrame, name: str, kind: Kind, assets: tuple[str, ...]) -> Column:
    if kind is Kind.TEXT:
        return made[name].cast(pl.String).to_list()
    if kind is Kind.FLOAT:
        return made[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if (table, name) in _ENUMS:
        return _numbers(made[name], {word: number for number, word in _members(_ENUMS[table, name]).items()})
    if name in _ASSETS:
        return _numbers(made[name], {word: number for number, word in enumerate(assets)})
    if name.endswith("ts_ns"):
        return made[_time_name(name)].cast(_TIME).cast(pl.Int64).fill_null(-1).to_numpy()
    return made[name].cast(pl.Int64).fill_null(-1).to_numpy()


def _numbers(words: pl.Series, number_of: dict[str, int]) -> Column:
    numbers = words.cast(pl.String).replace_strict(number_of or {"": -1}, return_dtype=pl.Int64)
    return numbers.fill_null(-1).to_numpy()
