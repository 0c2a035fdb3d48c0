"""The rows of the positions table, gathered while a run goes on."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels.holdings import (
    HELD_ASSET,
    HELD_BARRIER,
    HELD_COST,
    HELD_MARK,
    HELD_QUANTITY,
    HELD_TS_NS,
    HELD_UNIT,
    append_holdings,
)
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.messages.account import AccountSnapshot
from tidegate.results.record import Table

BLOCK = 8_200
"""Rows that are made room for at once."""


class Holdings:
    """What was held at the barriers that were noted."""

    def __init__(self) -> None:
        self.use(INTERPRETED)
        self._full: list[tuple[IntArray, FloatArray]] = []
        self._used = 0
        self._make_block(0)

    def use(self, kernels: Kernels) -> None:
        """Says how kernels run."""
        self._append = kernels(append_holdings)

    def note(self, snapshot: AccountSnapshot) -> int:
        """Takes in what the account holds; returns of how many assets."""
        before = self._used
        if before + len(snapshot.quantity) > self._ints.shape[1]:
            self._full.append((self._ints[:, :before], self._floats[:, :before]))
            self._make_block(max(BLOCK, 4 * len(snapshot.quantity)))
            before = 0
        self._used = self._append(
            snapshot.seq, snapshot.ts_ns, snapshot.quantity, snapshot.mark, snapshot.cost_micros,
            snapshot.unit, before, self._ints, self._floats,
        )  # fmt: skip
        return self._used - before

    def table(self) -> Table:
        """One row for each asset held at each noted barrier."""
        ints = np.hstack([*(block for block, _ in self._full), self._ints[:, : self._used]])
        floats = np.hstack([*(block for _, block in self._full), self._floats[:, : self._used]])
        quantity, mark, unit = floats[HELD_QUANTITY], floats[HELD_MARK], floats[HELD_UNIT]
        return {
            "barrier": ints[HELD_BARRIER],
            "ts_ns": ints[HELD_TS_NS],
            "asset": ints[HELD_ASSET],
            "quantity": quantity,
            "mark": mark,
            "value_micros": np.rint(quantity * mark * unit * 1e6).astype(np.int64),
            "cost_micros": ints[HELD_COST],
        }

    def _make_block(self, room: int) -> None:
        self._ints, self._floats = np.empty((4, room), np.int64), np.empty((3, room))
