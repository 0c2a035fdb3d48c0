"""The raw tables of a run: numpy columns and lists of text, as the recorder gathered them.

Money is int64 micro-units, time int64 ns UTC, an asset its column number (-1: none). Every number in a table is what
the engine computed, bit for bit; what people read is made from it by `tables`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import IntArray
from tidegate.core.enums import RunStatus
from tidegate.core.errors import KernelBug

Column = NDArray[Any] | list[str]
Table = dict[str, Column]


class Kind(StrEnum):
    """What a raw column holds."""

    INT = "int64"
    FLOAT = "float64"
    TEXT = "text"


_KIND_OF = {"i": Kind.INT, "f": Kind.FLOAT, "s": Kind.TEXT}
_KIND_OF_DTYPE = {np.dtype(np.int64): Kind.INT, np.dtype(np.float64): Kind.FLOAT}


def _columns(text: str) -> dict[str, Kind]:
    """`name:letter` words to a table's columns; every table starts with barrier and ts_ns."""
    pairs = (word.split(":") for word in f"barrier:i ts_ns:i {text}".split())
    return {name: _KIND_OF[letter] for name, letter in pairs}


SCHEMA: dict[str, dict[str, Kind]] = {
    "orders": _columns(
        "order_id:i asset:i type:i tif:i limit_price:f stop_price:f trail:f trail_pct:f limit_offset:f"
        " group:i parent:i reduce_only:i replaced:i requested:f approved:f sized:f adjusted:f filled:f"
        " status:s reason:i measured:f limit:f text:s tag:s"
    ),
    "fills": _columns(
        "fill_id:i order_id:i point:i finer_ts_ns:i asset:i quantity:f price:f reference:f"
        " cash_micros:i commission_micros:i slippage_micros:i tag:s"
    ),
    "fill_costs": _columns("fill_id:i asset:i spread_micros:i impact_micros:i venue_micros:i maker:i unmeasured:i"),
    "trades": _columns(
        "fill_id:i asset:i quantity:f entry_barrier:i entry_ts_ns:i entry_price:f exit_price:f"
        " cost_micros:i proceeds_micros:i commission_micros:i pnl_micros:i mae:f mfe:f bars_held:i tag:s"
    ),
    "equity": _columns(
        "cash_micros:i equity_micros:i gross_micros:i short_micros:i realized_micros:i unrealized_micros:i"
        " carry_micros:i receivable_micros:i settled_micros:i initial_micros:i maintenance_micros:i"
        " commission_micros:i slippage_micros:i stale:i waiting:i positions:i"
    ),
    "positions": _columns("asset:i quantity:f mark:f value_micros:i cost_micros:i"),
    "risk": _columns("kind:s asset:i order_id:i quantity:f reason:i measured:f limit:f text:s"),
    "actions": _columns(
        "kind:i asset:i into:i orders:i cash_micros:i receivable_micros:i"
        " value:f price:f divisor:f quantity_before:f quantity:f into_quantity:f"
    ),
    "postings": _columns("kind:i asset:i fill_id:i amount_micros:i currency:i"),
    "log": _columns("source:s text:s"),
}
"""Every table and its columns, in the order in which they are written and digested."""


def empty_table(name: str) -> Table:
    """The columns of a table without rows."""
    return {column: [] if kind is Kind.TEXT else np.empty(0, kind.value) for column, kind in SCHEMA[name].items()}


@dataclass
class RunRecord:
    """Everything that was recorded, up to the last committed barrier.

    Attributes:
        assets: names behind the asset columns, in order.
        senders: sender number of an order id (see `core.ids`) -> name of the actor.
        initial_cash_micros: what the account started with, before the first barrier.
        fill: the fill timing, see `core.enums.FillTiming`.
        periods_per_year: barriers to a year where the user gave it; None: worked out from the timestamps.
        tables: raw columns by table and name, see `SCHEMA`; a table left out is empty.
        counts: what was refused, trimmed, stale, ambiguous, dropped: `orders.denied`, `prices.dropped_null`...
        timings: seconds by part of the run (load, run, results); never part of the digest.
        error: what ended a failed or interrupted run, in words.
        barriers: how many were committed.
        digest: see `digest.digest`; empty until it was computed.

    Raises:
        KernelBug: a table is unknown, lacks a column, has one too many, of the wrong type or of another length.
    """

    assets: tuple[str, ...]
    initial_cash_micros: int
    currency: str = "USD"
    fill: str = "next_open"
    senders: dict[int, str] = field(default_factory=dict)
    periods_per_year: float | None = None
    tables: dict[str, Table] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    status: RunStatus = RunStatus.COMPLETED
    error: str | None = None
    barriers: int = 0
    digest: str = ""

    def __post_init__(self) -> None:
        unknown = [name for name in self.tables if name not in SCHEMA]
        if unknown:
            raise KernelBug(f"record has unknown tables {unknown}; known are {list(SCHEMA)}")
        self.tables = {name: _checked(name, self.tables.get(name)) for name in SCHEMA}

    def rows(self, table: str) -> int:
        """Number of rows of a table."""
        return len(self.tables[table]["barrier"])

    def ints(self, table: str, column: str) -> IntArray:
        """An int64 column, shape (rows,)."""
        values: IntArray = np.asarray(self.tables[table][column], np.int64)
        return values

    def floats(self, table: str, column: str) -> NDArray[np.float64]:
        """A float64 column, shape (rows,)."""
        values: NDArray[np.float64] = np.asarray(self.tables[table][column], np.float64)
        return values

    def texts(self, table: str, column: str) -> list[str]:
        """A column of text."""
        values = self.tables[table][column]
        return values if isinstance(values, list) else [str(value) for value in values]


def _checked(name: str, table: Table | None) -> Table:
    """The table with its columns in the schema's order."""
    if table is None:
        return empty_table(name)
    if table.keys() != SCHEMA[name].keys():
        lacking, extra = SCHEMA[name].keys() - table.keys(), table.keys() - SCHEMA[name].keys()
        raise KernelBug(f"table '{name}' lacks columns {sorted(lacking)} and has unknown ones {sorted(extra)}")
    rows = len(table["barrier"])
    for column, kind in SCHEMA[name].items():
        values = table[column]
        found = Kind.TEXT if isinstance(values, list) else _KIND_OF_DTYPE.get(values.dtype)
        if found is not kind or len(values) != rows:
            what = "text" if isinstance(values, list) else f"{values.dtype}"  # in words, which take numpy a while
            raise KernelBug(f"{name}.{column} is {len(values)} of {what}, want {rows} of {kind}")
    return {column: table[column] for column in SCHEMA[name]}
