"""Time is int nanoseconds since 1970 UTC inside; these are its two edges: durations in and text out."""

import re
from datetime import UTC, datetime, timedelta

from tidegate.core.errors import ConfigError

NS_PER = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}
_DURATION = re.compile(r"(?:\d+(?:ns|us|ms|s|m|h|d|w))+")
_PART = re.compile(r"(\d+)(ns|us|ms|s|m|h|d|w)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_duration(text: str) -> int:
    """Nanoseconds of a duration such as `5m`, `1h30m` or `0s`.

    Raises:
        ConfigError: not a sequence of whole numbers, each with one of ns us ms s m h d w.
    """
    if not _DURATION.fullmatch(text):
        raise ConfigError(f"duration '{text}': want whole numbers with units ns us ms s m h d w, such as 5m or 1h30m")
    return sum(int(count) * NS_PER[unit] for count, unit in _PART.findall(text))


def to_datetime(ts_ns: int) -> datetime:
    """The moment as an aware UTC datetime; what is finer than a microsecond is cut off."""
    return _EPOCH + timedelta(microseconds=ts_ns // 1_000)


def format_ts(ts_ns: int) -> str:
    """`2024-01-02` at midnight UTC, else `2024-01-02T14:30:00Z` with a fraction only where there is one."""
    moment = to_datetime(ts_ns)
    if ts_ns % NS_PER["d"] == 0:
        return moment.strftime("%Y-%m-%d")
    return moment.isoformat().replace("+00:00", "Z")
