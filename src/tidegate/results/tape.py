"""The tape: messages of committed barriers, kept as they came, made into raw tables at the end.

Keeping a message costs next to nothing; a barrier in which nothing happened leaves one row of equity. What came after
the last commit is not part of the tables.
"""

from collections.abc import Callable
from struct import Struct
from typing import Literal

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels.kernel import Kernels
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.results.holdings import Holdings
from tidegate.results.joined import Moment
from tidegate.results.record import Table
from tidegate.results.taped import run_tables

EQUITY_COLUMNS = (
    "barrier", "ts_ns", "cash_micros", "equity_micros", "gross_micros", "short_micros", "realized_micros",
    "unrealized_micros", "carry_micros", "receivable_micros", "settled_micros", "initial_micros", "maintenance_micros",
    "commission_micros", "slippage_micros", "stale", "waiting", "positions",
)  # fmt: skip

UNMEASURED = ("quote", "volume", "sigma", "average_volume")
"""What each bit of the column `unmeasured` says, from the lowest on; see `kernels.estimates`."""

_packed = Struct(f"={len(EQUITY_COLUMNS)}q").pack
"""A row of equity as bytes: half the price of an array's."""


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
        self._cost: IntArray | None = None
        self._held = 0
        self._short: IntArray | None = None
        self._equity = bytearray()
        self._moments: list[Moment] = []
        self._holdings = Holdings()

    def use(self, kernels: Kernels) -> None:
        """Says how kernels run; interpreted where nobody says."""
        self._holdings.use(kernels)

    def keep_snapshot(self, snapshot: AccountSnapshot) -> None:
        """The account of the barrier at hand; a later mark of the same barrier replaces it."""
        self._snapshot = snapshot

    def commit(self, seq: int) -> AccountSnapshot | None:
        """Everything kept so far belongs to barrier `seq` and is whole; returns its last mark."""
        snapshot = self._snapshot
        if snapshot is None:
            self.committed = seq
            return None
        arrays_stay = snapshot.quantity is self._quantity and snapshot.cost_micros is self._cost
        changed = not arrays_stay and self._differ(snapshot)
        if changed:
            self._held = int(np.count_nonzero(snapshot.quantity))
            self._short = None
            if snapshot.initial_micros:  # on margin alone there are shorts
                short = np.flatnonzero(snapshot.quantity < 0.0)
                self._short = short if len(short) else None
        # Whatever can fail does so before anything of the barrier is kept; its row of equity makes it whole.
        row = _packed(
            seq, snapshot.ts_ns, snapshot.cash_micros, snapshot.equity_micros, snapshot.gross_micros,
            0 if self._short is None else _worth(snapshot, self._short), snapshot.realized_micros,
            snapshot.unrealized_micros, snapshot.carry_micros, snapshot.receivable_micros, snapshot.settled_micros,
            snapshot.initial_micros, snapshot.maintenance_micros, snapshot.commission_micros, snapshot.slippage_micros,
            snapshot.stale, snapshot.waiting, self._held,
        )  # fmt: skip
        if self._positions == "every" or (changed and self._positions == "changes"):
            self._holdings.note(snapshot)
        if self._current:
            self._moments.append(Moment(seq, snapshot.ts_ns, tuple(self._current)))
            self._current.clear()
        self._equity += row
        self.committed = seq
        return snapshot

    def _differ(self, snapshot: AccountSnapshot) -> bool:
        """Whether holdings are other ones: as a rule they are where the array is another one, which it is then."""
        before, cost = self._quantity, self._cost
        self._quantity, self._cost = snapshot.quantity, snapshot.cost_micros
        if before is None or cost is None:
            return True
        same = before.tobytes() == snapshot.quantity.tobytes() and cost.tobytes() == snapshot.cost_micros.tobytes()
        return not same

    def close(self) -> None:
        """Takes what came after the last barrier's commit into it: the end of data ends open orders."""
        if self._current and self._snapshot is not None:
            self._moments.append(Moment(self.committed, self._snapshot.ts_ns, tuple(self._current)))
            self._current.clear()

    def tables(self) -> tuple[dict[str, Table], dict[str, int]]:
        """The raw tables of `record.SCHEMA`, and the counts that they give."""
        equity = self._equity_table()
        tables, counts = run_tables(self._moments, equity)
        tables |= {"equity": equity, "positions": self._holdings.table()}
        counts["marks.stale"] = int(_ints(equity, "stale").sum())
        counts["orders.waiting"] = int(_ints(equity, "waiting").sum())
        unmeasured = _ints(tables["fill_costs"], "unmeasured")
        for bit, what in enumerate(UNMEASURED):
            counts[f"fills.without_{what}"] = int(np.count_nonzero(unmeasured & (1 << bit)))
        return tables, counts

    def _equity_table(self) -> Table:
        rows = np.frombuffer(bytes(self._equity), np.int64).reshape(-1, len(EQUITY_COLUMNS))
        return {name: np.ascontiguousarray(rows[:, column]) for column, name in enumerate(EQUITY_COLUMNS)}


def _worth(snapshot: AccountSnapshot, columns: IntArray) -> int:
    """The absolute value of some positions, in micro-units, each rounded as the books do."""
    worth = snapshot.quantity[columns] * snapshot.mark[columns] * snapshot.unit[columns]
    return int(np.rint(np.abs(worth) * 1e6).astype(np.int64).sum())


def _ints(table: Table, column: str) -> IntArray:
    return np.asarray(table[column], np.int64)
