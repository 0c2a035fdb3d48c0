import json
import sys
from types import ModuleType

import numpy as np
import pytest
from tests.unit.results.sample_run import CONFIG, DATA, record_of, seeded_run

from tidegate.core.enums import RunStatus
from tidegate.results.manifest import make_manifest, portable, versions


def test_the_manifest_holds_what_a_run_was() -> None:
    manifest = make_manifest(seeded_run(), "abc", CONFIG, DATA)
    assert manifest["status"] == "completed"
    assert manifest["error"] is None
    assert manifest["seed"] == 7
    assert manifest["digest"] == "abc"
    assert manifest["data"]["prices"][0] == {"path": "prices.parquet", "bytes": 123_456, "sha256": "ab" * 32}
    assert manifest["counts"]["prices.dropped_null"] == 12
    assert manifest["config"] == CONFIG
    assert {"python", "tidegate", "numpy", "polars"} <= manifest["versions"].keys()
    assert json.loads(json.dumps(manifest, allow_nan=False)) == manifest


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        ("/home/ann/data/prices.parquet: no column 'close'", "prices.parquet: no column 'close'"),
        ("cannot read '/home/ann/prices.parquet'", "cannot read 'prices.parquet'"),
        (r"cannot read C:\data\prices.parquet", "cannot read prices.parquet"),
        ("want bid/ask or 3/4", "want bid/ask or 3/4"),
        ("see https://example.org/a/b", "see https://example.org/a/b"),
        ("data/prices.parquet: 3 rows", "data/prices.parquet: 3 rows"),
    ],
)
def test_an_error_loses_folders_from_the_root_and_nothing_else(error: str, kept: str) -> None:
    record = record_of([1.0], status=RunStatus.FAILED, error=error)
    assert make_manifest(record, "", {}, {})["error"] == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("/home/ann/prices.parquet", "prices.parquet"),
        (r"D:\data\prices.parquet", "prices.parquet"),
        ("data/prices.parquet", "data/prices.parquet"),
        ("/", "/"),
        ({"/home/ann/a": [("/home/ann/b",)]}, {"a": [["b"]]}),
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (None, None),
        (True, True),
        (1 + 2j, "(1+2j)"),
    ],
)
def test_values_become_json_without_absolute_paths(value: object, kept: object) -> None:
    assert portable(value) == kept
    assert json.loads(json.dumps(portable(value), allow_nan=False)) == kept


def test_numba_is_named_only_where_it_was_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    assert "numba" not in versions()
    monkeypatch.setitem(sys.modules, "numba", ModuleType("numba"))
    assert "numba" in versions()
