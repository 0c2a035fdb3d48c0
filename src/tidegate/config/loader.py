"""From a file, a mapping or a model to a checked configuration, and back to text.

Relative paths of data are taken from the folder of the file they are written in; those of a mapping or an override
from the working folder. The configuration holds them absolute, so that the copy in a run folder means the same files.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from tidegate.config.models import Config
from tidegate.config.overrides import Override
from tidegate.config.problems import describe, show
from tidegate.config.text import PARSERS, write_yaml
from tidegate.core.errors import ConfigError

Source = Config | Mapping[str, Any] | str | Path | None

_TABLES = ("prices", "finer_prices", "signals", "features", "context", "actions")
_PATHS: list[tuple[str, ...]] = [("data", table, "path") for table in _TABLES]
_PATHS += [("data", "prices", "exclude"), ("universe", "reference")]


def load_config(source: Source, overrides: Sequence[str] = ()) -> Config:
    """The configuration a source describes.

    Args:
        source: a file (`.yaml`, `.yml`, `.json`, `.toml`), a mapping, a ready model, or None for all defaults.
        overrides: settings laid over it, such as `account.cash=5000` or `risk.rules=[{stop_loss: {pct: 0.05}}]`;
            values are YAML, list items are named by their index.
    Raises:
        ConfigError: one line for each problem: the file or override, the place, the value, and what is wanted.
    """
    name, values = _read(source)
    parsed, problems = _apply(overrides, values)
    _resolve(values, Path.cwd())
    given = {key: value for key, value in values.items() if value is not None}
    try:
        config = Config.model_validate(given)
        if not problems:
            return config
    except ValidationError as error:
        problems += [f"{_origin(keys, parsed, name)}: {line}" for keys, line in describe(error)]
    raise ConfigError(*problems)


@contextmanager
def blaming(source: Source, overrides: Sequence[str] = ()) -> Iterator[None]:
    """Tells what turns out to be wrong with settings only later, when they are used, as `load_config` would.

    Args:
        source, overrides: what the configuration was loaded from; where that was no file nothing is added.
    """
    try:
        yield
    except ConfigError as error:
        if not isinstance(source, str | Path):
            raise
        parsed = [Override.parse(text) for text in overrides]
        places = [tuple(line.partition(":")[0].split(".")) for line in error.problems]
        told = zip(places, error.problems, strict=True)
        raise ConfigError(
            *(f"{_origin(place, parsed, str(source))}: {line}" for place, line in told)
        ) from error.__cause__


def dump_config(config: Config) -> str:
    """YAML text with every setting, defaults included, that loads to the same configuration."""
    return write_yaml(_plain(config))


def json_schema() -> dict[str, Any]:
    """The JSON schema of a configuration file, for editors that complete and check while typing."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **Config.model_json_schema(), "title": "Tidegate run"}


def _read(source: Source) -> tuple[str, dict[str, Any]]:
    if source is None:
        return "config", {}
    if isinstance(source, Config):
        return "config", _plain(source)
    if isinstance(source, Mapping):
        return "config", {str(key): _copy(value) for key, value in source.items()}
    if not isinstance(source, str | os.PathLike):
        raise ConfigError(f"config: got {source!r}, want a path, a mapping or a Config")
    values = _read_file(Path(source))
    _resolve(values, Path(source).absolute().parent)
    return str(source), values


def _read_file(path: Path) -> dict[str, Any]:
    parse = PARSERS.get(path.suffix.lower())
    if parse is None:
        raise ConfigError(f"{path}: got suffix '{path.suffix}', want a file named {', '.join(PARSERS)}")
    try:
        values = parse(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file{_neighbors(path)}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text at byte {error.start}; save the file as UTF-8") from None
    except ConfigError as error:
        raise ConfigError(*(f"{path}: {problem}" for problem in error.problems)) from None
    if values is None or values == {}:
        raise ConfigError(f"{path}: is empty; want sections such as data and strategy")
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: holds {show(values)}, want sections such as data and strategy")
    return {str(key): value for key, value in values.items()}


def _neighbors(path: Path) -> str:
    """What configuration files there are where one was not found."""
    try:
        found = sorted(entry.name for entry in path.parent.iterdir() if entry.suffix.lower() in PARSERS)
    except OSError:
        return f"; there is no folder {path.parent}"
    return f"; in that folder: {', '.join(found[:5])}" if found else ""


def _apply(overrides: Sequence[str], values: dict[str, Any]) -> tuple[list[Override], list[str]]:
    parsed: list[Override] = []
    problems: list[str] = []
    for text in overrides:
        try:
            override = Override.parse(text)
            override.apply(values)
            parsed.append(override)
        except ConfigError as error:
            problems += error.problems
    return parsed, problems


def _origin(keys: tuple[str, ...], overrides: Sequence[Override], name: str) -> str:
    """Who is to blame for a place: the last override that put a value at or above it, or else what `name` names.

    Overrides of parts of what is at the place are told beside the latter: either may be at fault.
    """
    above = [each.text for each in overrides if keys[: len(each.keys)] == each.keys]
    parts = [f"override '{each.text}'" for each in overrides if each.keys[: len(keys)] == keys]
    return f"override '{above[-1]}'" if above else " with ".join([name, *parts])


def _resolve(values: dict[str, Any], folder: Path) -> None:
    """Makes the paths of data absolute, in place; what is not text is left for validation to refuse."""
    for *sections, key in _PATHS:
        here: Any = values
        for section in sections:
            here = here.get(section) if isinstance(here, dict) else None
        path = here.get(key) if isinstance(here, dict) else None
        if isinstance(path, str | os.PathLike) and os.fspath(path) and "://" not in os.fspath(path):
            here[key] = os.path.normpath(folder / _at_home(Path(path)))


def _at_home(path: Path) -> Path:
    """With `~` resolved; as it is where nothing says whose home that would be, for the data layer to miss."""
    try:
        return path.expanduser()  # deterministic: a path in a configuration, told as it was written
    except RuntimeError:
        return path


def _copy(value: Any) -> Any:
    """Containers copied, so that the caller's stay as they are; models as the plain values they hold."""
    if isinstance(value, BaseModel):
        return _plain(value)
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    """What YAML holds: settings that stand for 'none given' are left out of sections."""
    if isinstance(value, BaseModel):
        return {key: _plain(item) for key, item in value if item is not None}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
