"""Where row groups end, read from footers; what is not understood is as good as not there."""

from pathlib import Path

import polars as pl
import pytest

from tidegate.data import groups
from tidegate.data.groups import group_ends


def written(path: Path, rows: int, size: int, columns: int = 2) -> Path:
    frame = pl.DataFrame({f"c{n}": pl.arange(rows, eager=True) for n in range(columns)})
    frame = frame.with_columns(text=pl.lit("x"), flag=pl.lit(value=True), real=pl.lit(0.5))
    frame.write_parquet(path, row_group_size=size)
    return path


@pytest.mark.parametrize(
    ("rows", "size", "ends"),
    [
        (10, 100, [10]),
        (10, 5, [5, 10]),
        (10, 4, [4, 8, 10]),
        (70_000, 1_000, list(range(1_000, 70_001, 1_000))),  # more than fifteen, which lists count differently
    ],
)
def test_groups_end_where_they_were_written_to_end(rows: int, size: int, ends: list[int], tmp_path: Path) -> None:
    assert group_ends([written(tmp_path / "a.parquet", rows, size)]).tolist() == ends


def test_rows_count_on_through_all_files(tmp_path: Path) -> None:
    files = [written(tmp_path / "a.parquet", 10, 4, columns=1), written(tmp_path / "b.parquet", 7, 5, columns=40)]
    assert group_ends(files).tolist() == [4, 8, 10, 15, 17]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"PAR1",
        lambda data: data[:-4] + b"PARE",  # the footer is encrypted
        lambda data: data[:-8] + (2**31).to_bytes(4, "little") + b"PAR1",
        lambda data: data[:-8] + (3).to_bytes(4, "little") + b"PAR1",
        lambda data: data[:-8] + b"\x00" + (1).to_bytes(4, "little") + b"PAR1",  # nothing in it
        lambda data: data[:-8] + b"\x1b" + (1).to_bytes(4, "little") + b"PAR1",  # a map, which Parquet does not use
    ],
    ids=["empty", "short", "encrypted", "too long", "cut", "nothing", "map"],
)
def test_a_footer_that_is_not_understood_tells_of_no_group(spoil: object, tmp_path: Path) -> None:
    good, bad = written(tmp_path / "a.parquet", 10, 4), tmp_path / "b.parquet"
    assert callable(spoil)
    bad.write_bytes(spoil(good.read_bytes()))
    assert group_ends([good, bad]).tolist() == []


def test_a_long_footer_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "a.parquet", 10, 4)
    monkeypatch.setattr(groups, "FOOTER_BYTES_MAX", 100)
    assert group_ends([file]).tolist() == []
