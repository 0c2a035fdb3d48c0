"""Rows as arrays: laying dense columns out, finding repeated keys."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.data.made import daily, read, source

from tidegate.data.rows import any_repeats, asset_codes, repeats, spread


@given(
    rows=st.integers(0, 6),
    layout=st.permutations([0, 1, 2, 3, -1]).flatmap(lambda full: st.integers(1, 5).map(lambda size: full[:size])),
    cuts=st.lists(st.integers(0, 30), max_size=6),
)
def test_a_dense_column_cut_anywhere_fills_the_panel(rows: int, layout: list[int], cuts: list[int]) -> None:
    values = np.arange(float(rows * len(layout)))
    out = np.full((rows, 4), np.nan)
    spread(np.split(values, sorted(min(cut, values.size) for cut in cuts)), out, np.array(layout))
    want = np.full((rows, 4), np.nan)
    for at, value in enumerate(values):
        column = layout[at % len(layout)]
        if column >= 0:
            want[at // len(layout), column] = value
    np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize("copied", [1, 24, 100, 10**6])
@pytest.mark.parametrize("rows", [1, 499, 500, 501, 1203])
def test_many_rows_are_copied_in_steps(rows: int, copied: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate.data.rows._COPY_BYTES", copied)
    block = np.full((rows, 2, 3), np.nan)
    values = np.arange(rows * 3.0)
    spread([values[:7], values[7:]], block[:, 1], np.arange(3))
    np.testing.assert_array_equal(block[:, 1].ravel(), values)
    assert np.isnan(block[:, 0]).all()


@given(keys=st.lists(st.integers(0, 12), max_size=12), roomy=st.booleans(), keep=st.sampled_from(("first", "last")))
def test_repeated_keys_are_found_and_one_of_them_is_kept(keys: list[int], roomy: bool, keep: str) -> None:
    array = np.array(keys, dtype=np.int64)
    assert any_repeats(array, 1_000_000 if roomy else 13) == (len(set(keys)) < len(keys))
    left = np.delete(np.arange(len(keys)), repeats(array, keep))
    order = range(len(keys)) if keep == "last" else reversed(range(len(keys)))
    assert sorted({keys[at]: at for at in order}.values()) == left.tolist()


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["b", "x", "a"])])
def test_assets_are_coded_by_the_universe_whatever_their_own_order(dtype: pl.DataType) -> None:
    assert asset_codes(pl.Series(["x", "b", "a", "b"], dtype=dtype), ("a", "b")).tolist() == [-1, 1, 0, 1]


def test_a_frame_whose_columns_lie_in_different_pieces_is_read_as_any_other() -> None:
    frame = pl.concat([daily()[:5], daily()[5:]], rechunk=False)
    mixed = frame.with_columns(daily()["close"].alias("close"))
    assert len(set(mixed.n_chunks("all"))) == 2
    np.testing.assert_array_equal(read(source(mixed)).bars, read(source(daily())).bars)
