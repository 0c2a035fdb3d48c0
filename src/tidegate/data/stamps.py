"""Timestamps of a table: which moments its rows mean, in UTC."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from tidegate.config.models import StampedSource
from tidegate.core.errors import DataError, did_you_mean
from tidegate.core.time import NS_PER, parse_duration
from tidegate.data.table import Table

TIME = "timestamp"


@dataclass(frozen=True, slots=True)
class Stamps:
    """How the timestamp column of one table is read.

    Attributes:
        dtype: type of the column.
        zone: the zone of a column that names none.
        unit_ns: nanoseconds in one step of the column's integers.
        shift_ns: from a row's label to the end of what it describes.
    """

    dtype: pl.DataType
    zone: str | None
    unit_ns: int
    shift_ns: int

    @property
    def is_date(self) -> bool:
        """Whether rows are labeled by days."""
        return self.dtype == pl.Date

    def label(self) -> pl.Expr:
        """The label as UTC steps, Int64; null where a local time does not exist or exists twice."""
        column = pl.col(TIME)
        if self.zone:
            column = column.dt.replace_time_zone(self.zone, ambiguous="null", non_existent="null")
        return column.to_physical().cast(pl.Int64)

    def between(self, first: int, last: int) -> pl.Expr:
        """Whether a label lies in [first, last], both in steps; simple enough for a scan to skip row groups."""
        if not self.zone:
            return pl.col(TIME).is_between(self._literal(first), self._literal(last))
        day = NS_PER["d"] // self.unit_ns  # no zone is further from UTC
        near = pl.col(TIME).is_between(self._literal(first - day), self._literal(last + day))
        return near & self.label().is_between(first, last)

    def _literal(self, steps: int) -> pl.Expr:
        return pl.lit(steps, dtype=pl.Int32 if self.is_date else pl.Int64).cast(self.dtype)


def read_stamps(table: Table, config: StampedSource, *, default: str | None) -> Stamps:
    """Settles how a table's timestamps are read.

    Args:
        table: has a column `timestamp`.
        config: the source's settings.
        default: the `stamp` of datetimes where none is set; None refuses them.

    Raises:
        DataError: the column is no date or datetime, or settings that it needs are missing.
    """
    dtype, place, key = table.schema[TIME], table.place, f"data.{table.source}"
    shift_ns = parse_duration(config.bar) if config.stamp == "start" and config.bar else 0
    if dtype == pl.Date:
        return Stamps(dtype, None, NS_PER["d"], shift_ns)
    if not isinstance(dtype, pl.Datetime):
        raise DataError(f"{place}: column '{TIME}' is {dtype}, want Date or Datetime; cast it where the table is made")
    if dtype.time_zone is None and config.timezone is None:
        raise DataError(
            f"{place}: column '{TIME}' has no time zone; set {key}.timezone, such as UTC or America/New_York, "
            "or store aware timestamps"
        )
    if config.stamp is None and default is None:
        raise DataError(
            f"{place}: column '{TIME}' is {dtype}, and whether it labels a bar's start or end cannot be guessed; "
            f"set {key}.stamp to 'start' with {key}.bar (such as 5m), or to 'end'"
        )
    zone = known_zone(config.timezone, key) if dtype.time_zone is None and config.timezone else None
    return Stamps(dtype, zone, NS_PER[dtype.time_unit], shift_ns)


def known_zone(name: str, key: str) -> str:
    """A zone's name, if there is one of that name.

    Args:
        key: the section of the configuration that has it.

    Raises:
        DataError: there is none.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = did_you_mean(name, ("UTC", "America/New_York", "America/Chicago", "Europe/London", "Asia/Tokyo"))
        raise DataError(f"{key}.timezone: there is no time zone '{name}'{hint}") from error
    return name
