"""The kinds of value a configuration holds, with their limits and the words that name those limits."""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, Strict

from tidegate.core.errors import ConfigError
from tidegate.core.time import parse_duration


def _duration(text: str) -> str:
    try:
        parse_duration(text)
    except ConfigError as error:
        raise ValueError(str(error).partition(": ")[2]) from error
    return text


def _path(value: object) -> object:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("want a path")
    return text


def _moment(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def parse_moment(text: str) -> datetime:
    """The aware UTC datetime of an ISO 8601 date or datetime; one without a zone is UTC.

    Raises:
        ValueError: the text is neither.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_last_moment(text: str) -> datetime:
    """The same of a moment that ends something: a date means all of its day.

    Raises:
        ValueError: the text is neither.
    """
    try:
        return datetime.combine(date.fromisoformat(text), time.max, UTC)
    except ValueError:
        return parse_moment(text)


def _is_moment(text: str) -> str:
    try:
        parse_moment(text)
    except (ValueError, OverflowError) as error:  # the latter where its zone takes it out of the calendar
        raise ValueError("want an ISO 8601 date or datetime, such as 2024-01-31 or 2024-01-31T14:30:00") from error
    return text


def _plain(value: object, place: str = "") -> Any:
    """The value in what YAML and JSON can hold, so that a saved configuration makes the same strategy again."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{place}.{index}") for index, item in enumerate(value)]
    kind = type(value).__name__
    raise ValueError(
        f"{place.lstrip('.')} is of type {kind}, want text, numbers, true, false, lists or mappings;"
        " make the strategy or rule in Python and pass the instance instead"
    )


# Text is never taken for a number, nor a number for true or false: `cash: "1,000"` and `cash: true` are refused.
Number = Annotated[float, Strict()]
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Duration = Annotated[str, AfterValidator(_duration)]
Fraction = Annotated[float, Strict(), Field(gt=0, lt=1)]
Part = Annotated[float, Strict(), Field(ge=0, lt=1)]
Percent = Annotated[float, Strict(), Field(gt=0)]
Bps = Annotated[float, Strict(), Field(ge=0, lt=10_000)]
PathText = Annotated[str, BeforeValidator(_path), AfterValidator(_not_empty)]
Moment = Annotated[str, BeforeValidator(_moment), AfterValidator(_is_moment)]
Params = Annotated[dict[str, Any], AfterValidator(_plain)]

RUN_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
ACTOR_NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"
CLASS_PATH = r"^[\w.]+:\w+$"
CURRENCY = r"^[A-Z]{3,5}$"
PATTERN_WORDS = {
    RUN_NAME: "letters, digits, '.', '_' and '-', starting with a letter or digit",
    ACTOR_NAME: "letters, digits, '_' and '-', starting with a letter",
    CLASS_PATH: "'module:Class', such as tidegate.strategy:TopN",
    CURRENCY: "a code of 3 to 5 capital letters, such as USD",
}
"""What each pattern asks for, in words, for messages."""
