"""Snapshots of the account as columns.

Most arrays of a snapshot are those of the one before, the very same objects; what follows from them is worked out once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.messages.account import AccountSnapshot
from tidegate.verify.stretch import Stretch, column
from tidegate.verify.terms import Terms

AMOUNTS = tuple(name for name in AccountSnapshot.__struct_fields__ if name.endswith("_micros") and name[:4] != "cost")
_amounts = attrgetter(*AMOUNTS)


class Shared:
    """One array of each snapshot, and that of the snapshot before them all, each object once.

    Args:
        before: (n_assets,) that of the last snapshot before.
        arrays: (n_assets,) each.

    Attributes:
        block: (n_distinct, n_assets).
        of: (n + 1,) row of the block of each, that before them first.
    """

    def __init__(self, before: NDArray[Any], arrays: Sequence[NDArray[Any]]) -> None:
        distinct, of, last = [before], [0], before
        for array in arrays:
            if array is not last:
                distinct.append(array)
                last = array
            of.append(len(distinct) - 1)
        self.block: NDArray[Any] = np.concatenate(distinct).reshape(len(distinct), len(before))
        self.of = column(of)
        self.last = last

    @property
    def changed(self) -> BoolArray:
        """(n,) whether it is another object than that of the snapshot before."""
        changed: BoolArray = self.of[1:] != self.of[:-1]
        return changed

    def at(self, snapshot: IntArray, asset: IntArray | slice) -> NDArray[Any]:
        """What snapshots have for assets; snapshot -1 is that before them all."""
        found: NDArray[Any] = self.block[self.of[snapshot + 1], asset]
        return found

    def held(self) -> tuple[IntArray, IntArray]:
        """Snapshots and assets of all that is not 0, in order."""
        row, asset = np.nonzero(self.block)
        counts = np.bincount(row, minlength=len(self.block))
        starts = np.cumsum(counts) - counts
        of = self.of[1:]
        each = counts[of]
        first = np.cumsum(each) - each
        at = np.repeat(np.arange(len(of)), each)
        return at, asset[np.arange(len(at)) - first[at] + starts[of][at]]


@dataclass(frozen=True, slots=True)
class Accounts:
    """The snapshots of a stretch.

    Attributes:
        row: of the message.
        seq, stale: as told.
        amounts: (n,) each, by name without `_micros`.
        quantity, unit, cost: see `Shared`.
        marks: (n_assets,) each, that of the last snapshot before them all first.
        mark: (n, n_assets) the same without that.
    """

    row: IntArray
    seq: IntArray
    stale: IntArray
    amounts: dict[str, IntArray]
    quantity: Shared
    unit: Shared
    cost: Shared
    marks: list[FloatArray]
    mark: FloatArray


class Snapshots:
    """Reads the snapshots of one stretch after the other.

    Args:
        terms: of the run.
    """

    def __init__(self, terms: Terms) -> None:
        n = terms.assets
        self._quantity: FloatArray = np.zeros(n)
        self._cost: IntArray = np.zeros(n, np.int64)
        self._unit: FloatArray = np.where(terms.foreign, np.nan, terms.multiplier)
        self._mark: FloatArray = np.full(n, np.nan)

    def of(self, stretch: Stretch) -> Accounts:
        """Those of the next stretch."""
        told = stretch.of(AccountSnapshot)
        columns = np.array(list(map(_amounts, told)), np.int64).reshape(-1, len(AMOUNTS)).T
        marks = [self._mark, *(one.mark for one in told)]
        accounts = Accounts(
            stretch.rows(AccountSnapshot),
            column([one.seq for one in told]),
            column([one.stale for one in told]),
            {name.removesuffix("_micros"): values for name, values in zip(AMOUNTS, columns, strict=True)},
            Shared(self._quantity, [one.quantity for one in told]),
            Shared(self._unit, [one.unit for one in told]),
            Shared(self._cost, [one.cost_micros for one in told]),
            marks,
            np.concatenate(marks).reshape(len(marks), -1)[1:],
        )
        self._quantity, self._unit = accounts.quantity.last, accounts.unit.last
        self._cost, self._mark = accounts.cost.last, marks[-1]
        return accounts
