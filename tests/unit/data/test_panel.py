"""The source from ready arrays."""

from typing import Any

import numpy as np
import pytest

from tidegate.core.errors import DataError
from tidegate.data.panel import ArraySource

NAN, INF = float("nan"), float("inf")
TS = np.arange(1, 5) * 86_400_000_000_000


def bars() -> Any:
    close = np.arange(12.0).reshape(4, 3) + 10.0
    return np.stack([close, close + 1, close - 1, close, close * 100], axis=1)


def test_columns_are_put_in_name_order_in_every_block() -> None:
    values = np.arange(12.0).reshape(4, 3)
    made = ArraySource(["b", "c", "a"], TS, bars(), signals={"x": values}, features={"y": -values}, context={"v": TS})
    columns = made.open()
    (chunk,) = made.chunks()
    assert columns.universe.names == ("a", "b", "c")
    assert (columns.signals, columns.features, columns.context, columns.barriers) == (("x",), ("y",), ("v",), 4)
    assert chunk.bars[0, 3].tolist() == [12.0, 10.0, 11.0]
    assert chunk.signals[1, 0].tolist() == [5.0, 3.0, 4.0]
    assert chunk.features[1, 0].tolist() == [-5.0, -3.0, -4.0]
    assert chunk.context[:, 0].tolist() == TS.tolist()
    assert made.counts() == {}


@pytest.mark.parametrize(("chunk_rows", "sizes"), [(None, [4]), (1, [1, 1, 1, 1]), (3, [3, 1]), (9, [4])])
def test_chunks_are_read_only_slices_that_can_be_read_again(chunk_rows: int | None, sizes: list[int]) -> None:
    made = ArraySource(["a", "b", "c"], TS, bars(), chunk_rows=chunk_rows)
    list(made.chunks())
    chunks = list(made.chunks())
    assert [len(chunk) for chunk in chunks] == sizes
    np.testing.assert_array_equal(np.concatenate([chunk.bars for chunk in chunks]), bars())
    for array in (chunks[0].ts_ns, chunks[0].bars, chunks[0].signals, chunks[0].features, chunks[0].context):
        assert array.flags.c_contiguous
        assert not array.flags.writeable


def test_the_callers_array_stays_writable() -> None:
    mine = bars()
    ArraySource(["a", "b", "c"], TS, mine)
    mine[0] = 1.0
    assert mine.flags.writeable


def test_absent_bars_and_absent_volumes_are_fine() -> None:
    some = bars()
    some[1, :, 2] = NAN
    some[2, 4, 0] = NAN
    (chunk,) = ArraySource(["a", "b", "c"], TS, some).chunks()
    np.testing.assert_array_equal(chunk.bars, some)


# fmt: off
FAULTS = [  # field, value of c at the second timestamp, message
    (0, NAN,   "1 bars lack a price: c 1970-01-03 open=nan"),
    (1, INF,   "1 bars with infinite values: c 1970-01-03"),
    (4, INF,   "1 bars with infinite values: c 1970-01-03"),
    (2, 0.0,   "1 bars with a price of 0 or less: c 1970-01-03"),
    (1, 14.9,  "1 bars whose high or low contradicts their prices: c 1970-01-03"),
    (2, 15.1,  "1 bars whose high or low contradicts their prices: c 1970-01-03"),
    (4, -1.0,  "1 bars with negative volume: c 1970-01-03"),
]
# fmt: on


@pytest.mark.parametrize(("field", "value", "says"), FAULTS)
def test_bars_keep_the_rules_of_tables(field: int, value: float, says: str) -> None:
    some = bars()
    some[1, field, 2] = value
    with pytest.raises(DataError, match=says.replace("(", r"\(")):
        ArraySource(["a", "b", "c"], TS, some)


def test_all_that_is_wrong_is_told_at_once() -> None:
    some = bars()
    some[0, 2, 0] = -1.0
    with pytest.raises(DataError) as caught:
        ArraySource(
            ["a", "b", "c"], [1, 2, 2, 1], some, signals={"x": np.full((4, 3), INF)}, context={"v": np.zeros(3)}
        )
    signals, context, times, prices = caught.value.problems
    assert signals.startswith("signals (arrays): 12 infinite values in column x")
    assert context == "context (arrays): column v has shape (3,), want (4,)"
    assert times.startswith("prices (arrays): 2 timestamps do not increase: row 2")
    assert prices.startswith("prices (arrays): 1 bars with a price of 0 or less: a 1970-01-01")


@pytest.mark.parametrize(
    ("times", "shape", "options", "says"),
    [
        (TS, (4, 5, 2), {}, r"bars have shape \(4, 5, 2\) and ts_ns \(4,\), want \(T, 5, 3\)"),
        (TS[:3], (4, 5, 3), {}, r"bars have shape \(4, 5, 3\) and ts_ns \(3,\)"),
        (TS[:0], (0, 5, 3), {}, "there is no timestamp"),
        (TS, (4, 5, 3), {"chunk_rows": 0}, "chunk_rows is 0, want 1 or more"),
    ],
)
def test_shapes_that_do_not_fit_are_told(times: Any, shape: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says):
        ArraySource(["a", "b", "c"], times, np.ones(shape), **options)


def test_the_fingerprint_follows_the_content_and_not_the_order_of_columns() -> None:
    def digest(names: list[str], values: Any) -> object:
        return ArraySource(names, TS, values).fingerprints()["arrays"][0]["sha256"]

    other = bars()
    other[3, 4, 0] += 1
    assert digest(["a", "b", "c"], bars()) == digest(["c", "b", "a"], bars()[:, :, ::-1])
    assert digest(["a", "b", "c"], bars()) != digest(["a", "b", "c"], other)
    assert digest(["a", "b", "c"], bars()) != digest(["a", "b", "d"], bars())
