import numpy as np
import pytest
from tests.unit.results.sample_run import record_of, table

from tidegate.core.errors import KernelBug
from tidegate.results.record import SCHEMA, Kind, RunRecord, empty_table


def test_tables_left_out_are_empty_with_their_types() -> None:
    record = RunRecord(("A",), 1)
    assert list(record.tables) == list(SCHEMA)
    for name, columns in SCHEMA.items():
        assert record.rows(name) == 0
        for column, kind in columns.items():
            values = record.tables[name][column]
            assert isinstance(values, list) if kind is Kind.TEXT else values.dtype == kind.value  # type: ignore[union-attr]  # an array where not text


def test_every_table_starts_with_barrier_and_time() -> None:
    assert all(list(columns)[:2] == ["barrier", "ts_ns"] for columns in SCHEMA.values())


def test_columns_are_kept_in_the_order_of_the_schema_however_they_came() -> None:
    backwards = dict(reversed(table("log", 1, source=["x"], text=["y"]).items()))
    assert list(RunRecord(("A",), 1, tables={"log": backwards}).tables["log"]) == ["barrier", "ts_ns", "source", "text"]


def test_columns_can_be_read_by_type() -> None:
    record = record_of([1.5], tables={"log": table("log", 2, source=["a", "b"])})
    assert record.ints("equity", "equity_micros").tolist() == [1_500_000]
    assert record.texts("log", "source") == ["a", "b"]
    assert record.floats("orders", "limit").dtype == np.float64


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"fill_id": np.zeros(2, np.int64)}, r"fills\.fill_id is 2 of int64, want 1 of int64"),
        ({"price": np.zeros(1, np.int64)}, r"fills\.price is 1 of int64, want 1 of float64"),
        ({"tag": np.zeros(1)}, r"fills\.tag is 1 of float64, want 1 of text"),
        ({"quantity": ["x"]}, r"fills\.quantity is 1 of text, want 1 of float64"),
        ({"colour": np.zeros(1)}, r"unknown ones \['colour'\]"),
    ],
)
def test_a_column_of_the_wrong_shape_is_our_own_bug(change: dict, complaint: str) -> None:
    with pytest.raises(KernelBug, match=complaint):
        RunRecord(("A",), 1, tables={"fills": table("fills", 1) | change})


def test_a_missing_column_and_an_unknown_table_are_named() -> None:
    lacking = empty_table("fills")
    del lacking["price"]
    with pytest.raises(KernelBug, match=r"'fills' lacks columns \['price'\]"):
        RunRecord(("A",), 1, tables={"fills": lacking})
    with pytest.raises(KernelBug, match="unknown tables"):
        RunRecord(("A",), 1, tables={"filles": empty_table("fills")})
