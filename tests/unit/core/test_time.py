from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.errors import ConfigError
from tidegate.core.time import NS_PER, format_ts, parse_duration, to_datetime

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("0s", 0),
        ("1ns", 1),
        ("3us", 3_000),
        ("20ms", 20_000_000),
        ("5m", 300 * SECOND),
        ("1h30m", 5_400 * SECOND),
        ("1d", 86_400 * SECOND),
        ("2w", 14 * 86_400 * SECOND),
        ("1d2h3m4s5ms6us7ns", 93_784 * SECOND + 5_006_007),
        ("90s", 90 * SECOND),
        ("1m1m", 120 * SECOND),
    ],
)
def test_a_duration_adds_up_its_parts(text: str, ns: int) -> None:
    assert parse_duration(text) == ns


@pytest.mark.parametrize(
    "text", ["", "5", "m", "-5m", "1.5h", "5 m", "5min", "5M", "1h-30m", "5m ", "\n5m", "5m\n", "5y"]
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="want whole numbers with units ns us ms s m h d w, such as 5m or 1h30m"):
        parse_duration(text)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(sorted(NS_PER))), min_size=1, max_size=5))
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{count}{unit}" for count, unit in parts)
    assert parse_duration(text) == sum(parse_duration(f"{count}{unit}") for count, unit in parts)


@pytest.mark.parametrize(
    ("ts_ns", "text"),
    [
        (0, "1970-01-01"),
        (1_704_153_600 * SECOND, "2024-01-02"),
        (1_704_205_800 * SECOND, "2024-01-02T14:30:00Z"),
        (1_704_205_800 * SECOND + 250_000_000, "2024-01-02T14:30:00.250000Z"),
        (1_704_205_800 * SECOND + 1_999, "2024-01-02T14:30:00.000001Z"),
        (-SECOND, "1969-12-31T23:59:59Z"),
    ],
)
def test_a_moment_prints_as_a_date_at_midnight_and_with_its_time_elsewhere(ts_ns: int, text: str) -> None:
    assert format_ts(ts_ns) == text


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))
def test_a_moment_of_whole_microseconds_survives_the_way_in_and_out(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    micros = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert to_datetime(micros * 1_000) == aware
    assert to_datetime(micros * 1_000 + 999) == aware
