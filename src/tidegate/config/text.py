"""Configuration text to plain values: YAML 1.2, JSON and TOML, with the line and column of what is wrong.

All three give the same values for the same words. Dates stay the text they were written as, and a key given twice is
an error in each.
"""

import json
import re
import tomllib
from collections.abc import Callable
from datetime import date, time
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from tidegate.core.errors import ConfigError


class _Constructor(SafeConstructor):
    """Builds plain values; the class is a copy so that the settings below stay ours."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def parse_yaml(text: str) -> Any:
    """The value of a YAML 1.2 document.

    Raises:
        ConfigError: the text is not YAML, or gives a key twice; names line and column.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    try:
        return yaml.load(text)
    except MarkedYAMLError as error:
        problem = str(error.problem or error.context).partition(" with value")[0]
        mark = error.problem_mark or error.context_mark
        raise ConfigError(f"{_place(mark.line + 1, mark.column + 1)}: not YAML: {problem}") from error
    except ReaderError as error:
        before = text[: error.position]
        place = _place(before.count("\n") + 1, error.position - before.rfind("\n"))
        raise ConfigError(f"{place}: not YAML: the character {chr(error.character)!r} is not allowed") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"not YAML: {error}") from error


def parse_json(text: str) -> Any:
    """The value of a JSON document.

    Raises:
        ConfigError: the text is not JSON, or gives a key twice; names line and column of the former.
    """
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{_place(error.lineno, error.colno)}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"not JSON: {error}") from error


def parse_toml(text: str) -> Any:
    """The value of a TOML document.

    Raises:
        ConfigError: the text is not TOML, or gives a key twice; names line and column.
    """
    try:
        return _dates_as_text(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = re.search(r" \(at line (\d+), column (\d+)\)$", message)
        if at is None:
            raise ConfigError(f"not TOML: {message}") from error
        place = _place(int(at[1]), int(at[2]))
        raise ConfigError(f"{place}: not TOML: {message[: at.start()]}") from error
    except RecursionError as error:
        raise ConfigError(f"not TOML: {error}") from error


PARSERS: dict[str, Callable[[str], Any]] = {
    ".yaml": parse_yaml,
    ".yml": parse_yaml,
    ".json": parse_json,
    ".toml": parse_toml,
}
"""By the file name's suffix."""


def write_yaml(value: Any) -> str:
    """YAML text of plain values, in the order given, that `parse_yaml` reads back to the same."""
    yaml: Any = YAML(typ="safe", pure=True)  # the library's annotations know its defaults only
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.allow_unicode = False  # unescaped, a line break of Unicode would come back as a space
    yaml.width = 2**31  # a quoted text with escapes, broken over lines, would come back with another space
    stream = StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def _place(line: int, column: int) -> str:
    return f"line {line}, column {column}"


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ConfigError(f'not JSON: found duplicate key "{twice}"')
    return mapping


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value
