"""The tape: messages of committed barriers, kept as they came, made into raw tables at the end.

Keeping a message costs next to nothing; a barrier in which nothing happened leaves one row of equity. What came after
the last commit is not part of the tables.
"""

from array import array
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.results.record import Table
from tidegate.results.taped import Moment, order_table, risk_table, taped_tables

EQUITY_COLUMNS = (
    "barrier", "ts_ns", "cash_micros", "equity_micros", "gross_micros", "realized_micros", "unrealized_micros",
    "commission_micros", "slippage_micros", "stale", "waiting", "positions",
)  # fmt: skip


class Tape:
    """What the recorder keeps.

    Args:
        positions: rows of the positions table for barriers at which holdings changed, for every one, or none.

    Attributes:
        keep: takes a message of the barrier at hand.
        committed: the last committed barrier, -1 before the first.
    """

    def __init__(self, positions: Literal["changes", "every", "off"]) -> None:
        self._positions = positions
        self._current: list[Message] = []
        self.keep: Callable[[Message], None] = self._current.append
        self.committed = -1
        self._snapshot: AccountSnapshot | None = None
        self._quantity: FloatArray | None = None
        self._held: IntArray = np.empty(0, np.int64)
        self._equity = array("q")
        self._moments: list[Moment] = []
        self._holdings: list[tuple[int, int, IntArray, FloatArray, FloatArray, IntArray]] = []

    def keep_snapshot(self, snapshot: AccountSnapshot) -> None:
        """The account of the barrier at hand; a later mark of the same barrier replaces it."""
        self._snapshot = snapshot

    def commit(self, seq: int) -> AccountSnapshot | None:
        """Everything kept so far belongs to barrier `seq` and is whole; returns its last mark."""
        snapshot = self._snapshot
        self.committed = seq
        if snapshot is None:
            return None
        changed = snapshot.quantity is not self._quantity
        if changed:
            self._quantity = snapshot.quantity
            self._held = snapshot.quantity.nonzero()[0]
        self._equity.extend(
            (
                seq, snapshot.ts_ns, snapshot.cash_micros, snapshot.equity_micros, snapshot.gross_micros,
                snapshot.realized_micros, snapshot.unrealized_micros, snapshot.commission_micros,
                snapshot.slippage_micros, snapshot.stale, snapshot.waiting, len(self._held),
            )
        )  # fmt: skip
        if self._positions == "every" or (changed and self._positions == "changes"):
            self._note_holdings(seq, snapshot)
        if self._current:
            self._moments.append(Moment(seq, snapshot.ts_ns, tuple(self._current)))
            self._current.clear()
        return snapshot

    def close(self) -> None:
        """Takes what came after the last barrier's commit into it: the end of data ends open orders."""
        if self._current and self._snapshot is not None:
            self._moments.append(Moment(self.committed, self._snapshot.ts_ns, tuple(self._current)))
            self._current.clear()

    def tables(self) -> tuple[dict[str, Table], dict[str, int]]:
        """The raw tables of `record.SCHEMA`, and the counts that they give."""
        equity = self._equity_table()
        tables = {"equity": equity, "positions": self._position_table(), **taped_tables(self._moments)}
        tables["orders"] = order_table(self._moments)
        tables["risk"], counts = risk_table(self._moments)
        opened = dict(zip(_ints(equity, "barrier").tolist(), _ints(equity, "ts_ns").tolist(), strict=True))
        entries = _ints(tables["trades"], "entry_barrier").tolist()
        tables["trades"]["entry_ts_ns"] = np.array([opened[entry] for entry in entries], np.int64)
        counts["marks.stale"] = int(_ints(equity, "stale").sum())
        counts["orders.waiting"] = int(_ints(equity, "waiting").sum())
        return tables, counts

    def _equity_table(self) -> Table:
        width = len(EQUITY_COLUMNS)
        whole = len(self._equity) // width * width  # a recorder that failed may have torn its last row
        rows = np.array(self._equity[:whole], np.int64).reshape(-1, width) if whole else None
        empty = np.empty(0, np.int64)
        return {
            name: np.ascontiguousarray(rows[:, column]) if rows is not None else empty
            for column, name in enumerate(EQUITY_COLUMNS)
        }

    def _note_holdings(self, seq: int, snapshot: AccountSnapshot) -> None:
        held = self._held
        columns = snapshot.quantity.take(held), snapshot.mark.take(held), snapshot.cost_micros.take(held)
        self._holdings.append((seq, snapshot.ts_ns, held, *columns))

    def _position_table(self) -> Table:
        holdings = self._holdings
        sizes = [len(row[2]) for row in holdings]
        quantity = _joined([row[3] for row in holdings], np.float64)
        mark = _joined([row[4] for row in holdings], np.float64)
        return {
            "barrier": np.repeat(np.array([row[0] for row in holdings], np.int64), sizes),
            "ts_ns": np.repeat(np.array([row[1] for row in holdings], np.int64), sizes),
            "asset": _joined([row[2] for row in holdings], np.int64),
            "quantity": quantity,
            "mark": mark,
            "value_micros": np.rint(quantity * mark * 1e6).astype(np.int64),
            "cost_micros": _joined([row[5] for row in holdings], np.int64),
        }


def _joined(parts: list[Any], dtype: type) -> NDArray[Any]:
    joined: NDArray[Any] = np.concatenate(parts) if parts else np.empty(0, dtype)
    return joined


def _ints(table: Table, column: str) -> IntArray:
    return np.asarray(table[column], np.int64)
