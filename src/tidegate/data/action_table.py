"""The table of corporate actions: read whole, for it is small beside the prices.

Where prices are dated, so are actions: one takes effect with the bar of its ex date, or the first after it. Where bars
carry a time, an action takes effect with the first bar that ends after its moment; a date means its midnight.
"""

from collections import Counter
from collections.abc import Mapping

import polars as pl

from tidegate.config.models import ActionSource
from tidegate.core.errors import DataError, did_you_mean
from tidegate.core.time import NS_PER
from tidegate.core.universe import Universe
from tidegate.data.actions import Action, Actions, settle_actions
from tidegate.data.defects import Defects
from tidegate.data.stamps import Stamps, known_zone
from tidegate.data.table import FILE_COLUMN, Frame, Table, file_name, open_table

NEEDED, OPTIONAL = ("asset", "ex_date", "kind", "value"), ("pay_date", "into", "price")
_KEYS = ("asset", "kind", "ex_date")
_TEXTS, _NUMBERS, _DATES = ("asset", "kind", "into"), ("value", "price"), ("ex_date", "pay_date")


def open_actions(given: Frame, config: ActionSource) -> Table:
    """Looks at the table without reading its rows.

    Raises:
        DataError: columns that are missing, misspelled or of a wrong type.
    """
    table = open_table("actions", given)
    table.require(NEEDED)
    problems = []
    for name, dtype in table.schema.items():
        text, number = isinstance(dtype, pl.String | pl.Categorical | pl.Enum), dtype.is_numeric()
        if name in _TEXTS and not (text or dtype == pl.Null):
            problems.append(f"{table.place}: column '{name}' is {dtype}, want String, Categorical or Enum")
        elif name in _NUMBERS and not (number or dtype == pl.Null):
            problems.append(f"{table.place}: column '{name}' is {dtype}, want numbers")
        elif name in _DATES and not isinstance(dtype, pl.Date | pl.Datetime | pl.Null):
            problems.append(f"{table.place}: column '{name}' is {dtype}, want Date or Datetime")
        elif name in _DATES and isinstance(dtype, pl.Datetime) and not (dtype.time_zone or config.timezone):
            problems.append(
                f"{table.place}: column '{name}' has no time zone; set data.actions.timezone, or store dates or aware"
                " datetimes"
            )
        elif name not in (*NEEDED, *OPTIONAL) and (hint := did_you_mean(name, OPTIONAL)):
            problems.append(f"{table.place}: column '{name}' is none of {', '.join((*NEEDED, *OPTIONAL))}{hint}")
    if config.timezone is not None:
        known_zone(config.timezone, "data.actions")
    if problems:
        raise DataError(*problems)
    return table


def read_actions(
    table: Table, config: ActionSource, prices: Stamps, universe: Universe, counts: Counter[str]
) -> Actions:
    """All actions of the universe's assets, in the order in which they take effect.

    Args:
        prices: how times of the price table are read.
        counts: where what is left out is counted.

    Raises:
        DataError: everything that makes no sense in the rows.
    """
    schema = table.schema
    wanted: list[pl.Expr] = [pl.col(FILE_COLUMN)]
    wanted += [_text(name, schema) for name in _TEXTS]
    wanted += [_number(name, schema) for name in _NUMBERS]
    wanted += [_moment(name, schema, config.timezone, prices) for name in _DATES]
    found = table.collect(table.with_file().select(wanted)).with_row_index("row")
    several = len(table.files) > 1

    def where(row: int) -> str:
        return f"row {row}" + (f" of {file_name(found[FILE_COLUMN][row])}" if several else "")

    defects = Defects()
    for name in _KEYS:
        absent = found.filter(pl.col(name).is_null())["row"].to_list()
        if absent:
            what = f"rows without {name}, or with one that does not exist"
            defects.add(table.place, what, count=len(absent), examples=[where(row) for row in absent], remedy="")
    whole = found.drop_nulls(_KEYS)
    numbers = whole["row"].to_list()
    rows = [
        Action(
            asset=row["asset"], ex_ns=row["ex_date"], kind=row["kind"], value=_or_nan(row["value"]), into=row["into"],
            price=_or_nan(row["price"]), pay_ns=row["pay_date"],
        )
        for row in whole.iter_rows(named=True)
    ]  # fmt: skip
    return settle_actions(rows, universe, table.place, lambda row: where(numbers[row]), counts, defects)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _text(name: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    column = pl.col(name).cast(pl.String) if name in schema else pl.lit(None, pl.String)
    return column.alias(name)


def _number(name: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    column = pl.col(name).cast(pl.Float64) if name in schema else pl.lit(None, pl.Float64)
    return column.alias(name)


def _moment(name: str, schema: Mapping[str, pl.DataType], zone: str | None, prices: Stamps) -> pl.Expr:
    """When something takes effect, ns UTC; null where a local time does not exist or exists twice."""
    dtype = schema.get(name, pl.Null())
    if dtype == pl.Null:
        return pl.lit(None, pl.Int64).alias(name)
    column = pl.col(name)
    if prices.is_date:
        days = column.dt.date().to_physical().cast(pl.Int64)
        return (days * NS_PER["d"] + prices.shift_ns).alias(name)
    if dtype == pl.Date:
        column = column.cast(pl.Datetime("ns"))
    column = column.dt.cast_time_unit("ns")
    if not (isinstance(dtype, pl.Datetime) and dtype.time_zone):
        column = column.dt.replace_time_zone(zone or "UTC", ambiguous="null", non_existent="null")
    return (column.to_physical().cast(pl.Int64) + 1).alias(name)
