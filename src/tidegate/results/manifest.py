"""The facts of a run as JSON: enough to know what it was, and to read its folder back."""

import math
import platform  # deterministic: the manifest says where a run was made
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from tidegate.results.record import RunRecord

FORMAT = "tidegate-run-1"
_PATH_IN_TEXT = re.compile(r"(?<![\w.:/\\])(?:/|[A-Za-z]:\\)(?:[^\s/\\:'\"]+[/\\])+(?=[^\s/\\:'\"])")


def make_manifest(
    record: RunRecord,
    digest: str,
    config: Mapping[str, Any],
    data: Mapping[str, Any],
    journal: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The manifest of a run: JSON values only, and no absolute path: of those, only the file's name stays.

    Args:
        digest: of the record's tables.
        config: the configuration as JSON values.
        data: fingerprints of the sources by name.
        journal: of the journal its `file`, the `digest` of its content, and how many `records` it has.
    """
    return {
        "format": FORMAT,
        "status": record.status.value,
        "error": None if record.error is None else _PATH_IN_TEXT.sub("", record.error),
        "digest": digest,
        "barriers": record.barriers,
        "fill": record.fill,
        "currency": record.currency,
        "initial_cash_micros": record.initial_cash_micros,
        "periods_per_year": record.periods_per_year,
        "seed": config.get("run", {}).get("seed"),
        "counts": dict(record.counts),
        "timings": dict(record.timings),
        "versions": versions(),
        "data": portable(data),
        "config": portable(config),
        "senders": {str(number): name for number, name in record.senders.items()},
        "assets": list(record.assets),
        "journal": None if journal is None else portable(journal),
    }


def versions() -> dict[str, str]:
    """What the run was made with; numba only where it was loaded."""
    found = {"python": platform.python_version()}
    found |= {name: _version(name) for name in ("tidegate", "numpy", "polars")}
    return found | ({"numba": _version("numba")} if "numba" in sys.modules else {})


_version = cache(version)  # it reads and parses a file each time


def portable(value: Any) -> Any:
    """The value as JSON knows it, anything else as its text, with absolute paths cut to the file's name."""
    if isinstance(value, Mapping):
        return {_file_name(str(key)): portable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [portable(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _file_name(str(value))


def _file_name(text: str) -> str:
    for path in (PurePosixPath(text), PureWindowsPath(text)):
        if path.is_absolute() and path.name:
            return path.name
    return text
