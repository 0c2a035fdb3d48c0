"""The kinds of value a configuration holds."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tidegate.config.values import (
    Duration,
    Flag,
    Fraction,
    Moment,
    Number,
    Params,
    PathText,
    Whole,
    parse_last_moment,
    parse_moment,
)

KINDS: dict[str, TypeAdapter[Any]] = {
    "Duration": TypeAdapter(Duration),
    "Flag": TypeAdapter(Flag),
    "Fraction": TypeAdapter(Fraction),
    "Moment": TypeAdapter(Moment),
    "Number": TypeAdapter(Number),
    "Params": TypeAdapter(Params),
    "PathText": TypeAdapter(PathText),
    "Whole": TypeAdapter(Whole),
}
CASES = [
    # kind       given                          held
    ("Duration", "1h30m", "1h30m"),
    ("Flag", True, True),
    ("Fraction", 0.5, 0.5),
    ("Moment", "2024-01-31", "2024-01-31"),
    ("Moment", date(2024, 1, 31), "2024-01-31"),
    ("Moment", datetime(2024, 1, 31, 14, 30, tzinfo=UTC), "2024-01-31T14:30:00+00:00"),
    ("Number", 3, 3.0),
    ("Params", {"a": (1, [2, {"b": None}])}, {"a": [1, [2, {"b": None}]]}),
    ("Params", {"a": MappingProxyType({3: "x"})}, {"a": {"3": "x"}}),
    ("PathText", Path("a/b.parquet"), "a/b.parquet"),
    ("Whole", 7, 7),
]
REFUSED = [
    # kind       given
    ("Duration", "5"),
    ("Duration", ""),
    ("Flag", 1),
    ("Flag", "true"),
    ("Fraction", 0),
    ("Fraction", 1),
    ("Moment", "today"),
    ("Moment", "0001-01-01T00:00:00+05:00"),
    ("Moment", 20240131),
    ("Number", "3"),
    ("Number", True),
    ("Params", {"a": {1, 2}}),
    ("Params", {"a": [Path("x")]}),
    ("PathText", ""),
    ("PathText", 3),
    ("Whole", 1.0),
    ("Whole", True),
    ("Whole", "1"),
]


@pytest.mark.parametrize(("kind", "given", "held"), CASES)
def test_a_value_is_held_in_its_plain_form(kind: str, given: object, held: object) -> None:
    value = KINDS[kind].validate_python(given)
    assert (value, type(value)) == (held, type(held))


@pytest.mark.parametrize(("kind", "given"), REFUSED)
def test_a_value_of_another_kind_is_refused(kind: str, given: object) -> None:
    with pytest.raises(ValidationError):
        KINDS[kind].validate_python(given)


@pytest.mark.parametrize("moment", [date(2024, 1, 31), datetime(2024, 1, 31, 14, 30)])
def test_a_moment_without_a_zone_is_utc(moment: date) -> None:
    parsed = parse_moment(moment.isoformat())
    assert (parsed.tzinfo, parsed.isoformat()[: len(moment.isoformat())]) == (UTC, moment.isoformat())


def test_a_moment_with_a_zone_is_brought_to_utc() -> None:
    there = datetime(2024, 1, 31, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert parse_moment(there.isoformat()) == there
    assert parse_moment(there.isoformat()).isoformat() == "2024-01-30T22:30:00+00:00"


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("2024-01-31",                datetime(2024, 1, 31, 23, 59, 59, 999_999, UTC)),
        ("20240131",                  datetime(2024, 1, 31, 23, 59, 59, 999_999, UTC)),
        ("9999-12-31",                datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2024-01-31T14:30",          datetime(2024, 1, 31, 14, 30, tzinfo=UTC)),
        ("2024-01-31T00:00",          datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31T14:30+01:00",    datetime(2024, 1, 31, 13, 30, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_as_an_end_a_date_means_all_of_its_day(text: str, last: datetime) -> None:
    assert parse_last_moment(text) == last
