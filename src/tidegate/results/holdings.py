"""The rows of the positions table, gathered while a run goes on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.account import AccountSnapshot
from tidegate.results.record import Table

TOGETHER = 64
"""Snapshots that are looked through at once: one at a time, numpy's calls would cost more than their work."""


class Holdings:
    """What was held at the barriers that were noted."""

    def __init__(self) -> None:
        self._noted: list[tuple[int, int, FloatArray, FloatArray, IntArray]] = []
        self._rows: list[tuple[IntArray, IntArray, IntArray, FloatArray, FloatArray, IntArray]] = []

    def note(self, snapshot: AccountSnapshot) -> None:
        """Takes in what the account holds."""
        mark = snapshot.mark.copy()  # it may be a row of a panel, which would be kept alive as a whole
        self._noted.append((snapshot.seq, snapshot.ts_ns, snapshot.quantity, mark, snapshot.cost_micros))
        if len(self._noted) == TOGETHER:
            self._look_through()

    def table(self) -> Table:
        """One row for each asset held at each noted barrier."""
        if self._noted:
            self._look_through()
        kinds = np.int64, np.int64, np.int64, np.float64, np.float64, np.int64
        columns = list(zip(*self._rows, strict=True)) or [()] * len(kinds)
        barrier, ts_ns, asset, quantity, mark, cost = map(_joined, columns, kinds)
        return {
            "barrier": barrier,
            "ts_ns": ts_ns,
            "asset": asset,
            "quantity": quantity,
            "mark": mark,
            "value_micros": np.rint(quantity * mark * 1e6).astype(np.int64),
            "cost_micros": cost,
        }

    def _look_through(self) -> None:
        seq, ts_ns, quantities, marks, costs = zip(*self._noted, strict=True)
        self._noted.clear()
        quantity = np.concatenate(quantities)
        held = quantity.nonzero()[0]
        row, asset = np.divmod(held, len(quantities[0]))
        barriers = np.array(seq).take(row), np.array(ts_ns).take(row)
        values = quantity.take(held), np.concatenate(marks).take(held), np.concatenate(costs).take(held)
        self._rows.append((*barriers, asset, *values))


def _joined(parts: tuple[NDArray[Any], ...], kind: type) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, kind)
