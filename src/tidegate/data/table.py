"""A table as it was given: files or a frame, its schema, and reads of parts of it."""

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from tidegate.core.arrays import IntArray
from tidegate.core.errors import DataError, did_you_mean
from tidegate.data.groups import group_ends

Frame = str | Path | pl.LazyFrame | pl.DataFrame
"""How a table can be given: path, glob, lazy or eager frame."""
FILE_COLUMN = "__file__"
_TOLD = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What Polars raises, whose words are enough."""
_FAILURES = (*_TOLD, Exception)
"""What may come of a query: a lazy frame can hold functions in Python."""


@dataclass(frozen=True, slots=True)
class Table:
    """One source's table; nothing of it but the schema has been read.

    Attributes:
        source: `prices`, `signals`, ...
        place: how messages name it, with its file or `frame`.
        frame: all of it, lazily.
        files: what it is read from; empty for a frame given in Python.
        schema: names and types of the columns.
        seekable: whether rows can be read from an offset without computing those before.
        states: size, time of change and number of each file, as it was opened.
        borders: rows at which something ends that is decoded as a whole, increasing; empty where none is known.
    """

    source: str
    place: str
    frame: pl.LazyFrame
    files: tuple[Path, ...]
    schema: pl.Schema
    seekable: bool
    states: tuple[tuple[int, int, int], ...] = ()
    borders: IntArray = field(default_factory=lambda: np.empty(0, np.int64))

    def require(self, columns: Sequence[str]) -> None:
        """Checks that columns are there.

        Raises:
            DataError: some are not; the nearest names are suggested.
        """
        have = tuple(self.schema.names())
        missing = [name for name in columns if name not in self.schema]
        if missing:
            raise DataError(
                *(
                    f"{self.place}: column '{name}' is missing{did_you_mean(name, have)}; there are {', '.join(have)}"
                    for name in missing
                )
            )

    def collect(self, query: pl.LazyFrame) -> pl.DataFrame:
        """Runs a query on the table.

        Raises:
            DataError: the file cannot be read, or the given lazy frame cannot be computed.
        """
        try:
            return query.collect()
        except _FAILURES as error:
            raise self.unreadable(error) from _own_code(error)

    def batches(self, query: pl.LazyFrame, rows: int | None = None) -> Iterator[pl.DataFrame]:
        """Begins a query on the table and gives what comes of it piece by piece, in order.

        Polars works in threads of its own, ahead by a few row groups of a file; who no longer wants the rest lets go
        of the iterator.

        Args:
            query: what to run.
            rows: to a piece; by default as they come.

        Raises:
            DataError: as `collect`, while iterating.
        """
        return self._told(query.collect_batches(chunk_size=rows, maintain_order=True))

    def _told(self, batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        try:
            yield from batches
        except _FAILURES as error:
            raise self.unreadable(error) from _own_code(error)

    def check_unchanged(self) -> None:
        """Sees that the files are still those that were opened.

        Raises:
            DataError: one is gone or was written to.
        """
        for file, state in zip(self.files, self.states, strict=True):
            try:
                same = _state(file) == state
            except OSError:
                same = False
            if not same:
                raise DataError(f"{self.source} (file {file.name}): changed while it was being read; run again")

    def unreadable(self, error: BaseException) -> DataError:
        """The error for a table that Polars cannot read."""
        try:
            self.check_unchanged()
        except DataError as changed:
            return changed
        return DataError(f"{self.place}: cannot be read: {_first_line(error)}")

    def with_file(self) -> pl.LazyFrame:
        """`frame` with the file of every row in `FILE_COLUMN`."""
        if not self.files:
            return self.frame.with_columns(pl.lit("frame").alias(FILE_COLUMN))
        return _scan(self.files, FILE_COLUMN)

    def file_of(self, row: int) -> str:
        """Name of the file that holds a row, counted through all files."""
        return file_name(self.collect(self.with_file().select(FILE_COLUMN).slice(row, 1)).item())


def open_table(source: str, given: Frame) -> Table:
    """Looks at a table without reading its rows.

    Raises:
        DataError: no such file, nothing matches the glob, not Parquet, files with different columns, or a frame with a
            column of Python objects.
    """
    if isinstance(given, pl.DataFrame | pl.LazyFrame):
        place = f"{source} (frame)"
        try:
            schema = given.lazy().collect_schema()
        except _FAILURES as error:
            raise DataError(f"{place}: cannot be computed: {_first_line(error)}") from _own_code(error)
        for name, dtype in schema.items():
            if dtype == pl.Object:  # two of these are equal to Python alone: nobody could tell that a table is the same
                raise DataError(f"{place}: column '{name}' is Object; drop it, or make it a type of Polars")
        return Table(source, place, given.lazy(), (), schema, isinstance(given, pl.DataFrame))
    if not isinstance(given, str | Path):
        raise DataError(f"{source}: got a {type(given).__name__}, want a path, a glob or a Polars frame")
    files = _files(source, str(given))
    place = (
        f"{source} (file {files[0].name})" if len(files) == 1 else f"{source} ({len(files)} files {Path(given).name})"
    )
    states = tuple(_state(file) for file in files)
    return Table(source, place, _scan(files), files, _common_schema(source, files), True, states, group_ends(files))


def _state(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino  # deterministic: compared to see that nobody writes there


def _files(source: str, path: str) -> tuple[Path, ...]:
    single = Path(path)
    if single.is_dir():
        raise DataError(f"{source}: '{path}' is a folder; name a file or a glob such as '{path}/*.parquet'")
    if single.exists():
        return (single,)
    if glob.has_magic(path):
        found = tuple(Path(name) for name in sorted(glob.glob(path, recursive=True)) if Path(name).is_file())
        if not found:
            raise DataError(f"{source}: no file matches '{path}'; check the folder and the pattern")
        return found
    beside = sorted(entry.name for entry in single.parent.iterdir()) if single.parent.is_dir() else []
    raise DataError(f"{source}: there is no file '{path}'{did_you_mean(single.name, beside)}")


def _scan(files: Sequence[Path], file_column: str | None = None) -> pl.LazyFrame:
    return pl.scan_parquet(list(files), glob=False, hive_partitioning=False, include_file_paths=file_column)


def _common_schema(source: str, files: Sequence[Path]) -> pl.Schema:
    """The files' schema, which all of them must share."""
    problems = []
    first: pl.Schema | None = None
    for file in files:
        place = f"{source} (file {file.name})"
        try:
            schema = _scan((file,)).collect_schema()
        except _TOLD as error:
            problems.append(f"{place}: cannot be read as Parquet: {_first_line(error)}")
            continue
        first = schema if first is None else first
        for name in dict.fromkeys((*first, *schema)):
            mine, theirs = schema.get(name), first.get(name)
            if mine != theirs:
                problems.append(
                    f"{place}: column '{name}' is {mine or 'missing'} but {theirs or 'missing'} in {files[0].name}; "
                    "the files of a glob must have the same columns and types"
                )
    if problems or first is None:
        raise DataError(*problems)
    return first


def file_name(path: str) -> str:
    """The last part of a path as Polars writes it."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _first_line(error: BaseException) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line if _own_code(error) is None else f"{type(error).__name__}: {line}"


def _own_code(error: BaseException) -> BaseException | None:
    """The error, if it is from a function in a lazy frame: where it was raised is to be seen."""
    return None if isinstance(error, _TOLD) else error
