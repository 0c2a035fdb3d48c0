"""Identity of files and frames: a digest of what they hold, without where they lie."""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor  # deterministic: each thread digests a file of its own
from pathlib import Path

import numpy as np
import polars as pl

from tidegate.core.errors import DataError
from tidegate.data.panel import Fingerprint
from tidegate.data.table import Table

_BATCH_ROWS = 500_000
Begun = Mapping[str, Sequence[Future[Fingerprint]]]
"""The fingerprints of tables' files, by table, on which threads are at work."""


def begin_fingerprints(tables: Mapping[str, Table], threads: ThreadPoolExecutor) -> Begun:
    """Begins to digest the files of tables, side by side."""
    return {name: [threads.submit(_of_file, table, file) for file in table.files] for name, table in tables.items()}


def fingerprints(tables: Mapping[str, Table], begun: Begun | None = None) -> dict[str, list[Fingerprint]]:
    """By table, one entry for each of its files, or one for a frame.

    Args:
        tables: of which they are.
        begun: those of some of the tables, where there are such.

    Raises:
        DataError: a file or frame can no longer be read.
    """
    for table in tables.values():
        table.check_unchanged()
    begun = begun or {}
    with ThreadPoolExecutor() as threads:
        others = {name: table for name, table in tables.items() if name not in begun}
        of_files = {**begun, **begin_fingerprints(others, threads)}
        return {
            name: [one.result() for one in of_files[name]] if table.files else [_of_frame(table)]
            for name, table in tables.items()
        }


def _of_file(table: Table, file: Path) -> Fingerprint:
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise DataError(f"{table.source} (file {file.name}): cannot be read: {error.strerror}") from error
    return {"name": file.name, "bytes": size, "sha256": digest}


def _of_frame(table: Table) -> Fingerprint:
    """Digest of every column's name, type and values; batches bound the memory and leave no trace in it."""
    digests = {name: hashlib.sha256(f"{name}\x1f{dtype}".encode()) for name, dtype in table.schema.items()}
    rows = 0
    for batch in table.batches(table.frame, _BATCH_ROWS):
        rows += batch.height
        for name, digest in digests.items():
            digest.update(_bytes(batch[name]))
    whole = hashlib.sha256(b"".join(digest.digest() for digest in digests.values()))
    return {"name": "frame", "rows": rows, "sha256": whole.hexdigest()}


def _bytes(column: pl.Series) -> bytes:
    """Values one after the other, each in a form that needs no border."""
    dtype = column.dtype
    # Numpy has no decimals, and no integers of 128 bits.
    fixed = (dtype.is_numeric() or dtype.is_temporal()) and dtype not in (pl.Decimal, pl.Int128, pl.UInt128)
    if fixed and not column.null_count():
        return np.ascontiguousarray(column.to_physical().to_numpy()).tobytes()
    text = _text(column)
    framed = (text.str.len_bytes().cast(pl.String) + ":" + text).fill_null("-")
    return "".join(framed).encode()


def _text(column: pl.Series) -> pl.Series:
    """Values as text, where Polars has none of its own as Python writes them."""
    if column.dtype == pl.Binary:
        return column.bin.encode("hex")
    if column.dtype.is_nested():
        return pl.Series([None if value is None else ascii(value) for value in column.to_list()], dtype=pl.String)
    return column.cast(pl.String)
