"""Files that are there whole or not at all."""

from collections.abc import Callable
from errno import EIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Has a file written under a temporary name beside its place, and renames it.

    Raises:
        OSError: it cannot be written; of the same kind, and names the file.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        write(unfinished)
        unfinished.replace(path)
    except OSError as error:
        raise type(error)(error.errno or EIO, error.strerror or str(error), str(path)) from error
    finally:
        unfinished.unlink(missing_ok=True)


def write_table(frame: "pl.DataFrame", path: Path) -> None:
    """Writes a table as Parquet, zstd compressed, whole or not at all.

    Raises:
        OSError: it cannot be written; names the file.
    """
    write_whole(path, lambda unfinished: _write_parquet(frame, unfinished))


def _write_parquet(frame: "pl.DataFrame", path: Path) -> None:
    from polars.exceptions import PolarsError  # the frame has brought Polars

    try:
        frame.write_parquet(path, compression="zstd")
    except PolarsError as error:  # a disk that fills up meanwhile is told as an error of the file's format
        raise OSError(EIO, str(error).strip().splitlines()[0]) from error
