"""Files are whole or not there, and what is in the way is told with the file's name."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tidegate.data import synthetic
from tidegate.data.files import write_table, write_whole

FULL = "parquet: File out of specification: underlying IO error: No space left on device (os error 28)"


def out_of_room(frame: pl.DataFrame, path: Path, **_: Any) -> None:
    """What Polars does when the disk fills up."""
    path.write_bytes(b"PAR1")
    raise pl.exceptions.ComputeError(FULL)


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    write_table(frame, tmp_path / "a.parquet")
    assert pl.read_parquet(tmp_path / "a.parquet").equals(frame)
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_a_full_disk_is_no_error_of_the_tables_format_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pl.DataFrame, "write_parquet", out_of_room)
    with pytest.raises(OSError, match="No space left on device") as caught:
        synthetic.make(3, 5).write(tmp_path)
    assert caught.value.filename == str(tmp_path / "prices.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OSError("gone")])
def test_what_cannot_be_written_is_named(tmp_path: Path, error: OSError) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise error

    with pytest.raises(OSError, match=error.strerror or str(error)) as caught:
        write_whole(tmp_path / "a.json", fail)
    assert caught.value.filename == str(tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_table(pl.DataFrame({"a": [1]}), tmp_path / "no" / "a.parquet")
    assert caught.value.filename == str(tmp_path / "no" / "a.parquet")
