"""Snapshots of the account as columns.

Most arrays of a snapshot are those of the one before, the very same objects; what follows from them is worked out once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, compress
from operator import attrgetter, is_, is_not
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.messages.account import AccountSnapshot
from tidegate.verify.data import Referred
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
        new = list(map(is_not, arrays, chain((before,), arrays)))
        distinct = [before, *compress(arrays, new)]
        self.block: NDArray[Any] = np.concatenate(distinct).reshape(len(distinct), len(before))
        self.of: IntArray = np.cumsum([False, *new], dtype=np.int64)
        self.last = distinct[-1]

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
        referred: what marks may be told by.
    """

    def __init__(self, terms: Terms, referred: Referred) -> None:
        n, self._referred = terms.assets, referred
        self._quantity: FloatArray = np.zeros(n)
        self._cost: IntArray = np.zeros(n, np.int64)
        self._unit: FloatArray = np.where(terms.foreign, np.nan, terms.multiplier)
        self._mark: FloatArray = np.full(n, np.nan)

    def of(self, stretch: Stretch) -> Accounts:
        """Those of the next stretch."""
        told = stretch.of(AccountSnapshot)
        seq = column([one.seq for one in told])
        each = chain.from_iterable(map(_amounts, told))
        columns = np.fromiter(each, np.int64, len(told) * len(AMOUNTS)).reshape(-1, len(AMOUNTS)).T
        marks = [self._mark, *(one.mark for one in told)]
        accounts = Accounts(
            stretch.rows(AccountSnapshot),
            seq,
            column([one.stale for one in told]),
            {name.removesuffix("_micros"): values for name, values in zip(AMOUNTS, columns, strict=True)},
            Shared(self._quantity, [one.quantity for one in told]),
            Shared(self._unit, [one.unit for one in told]),
            Shared(self._cost, [one.cost_micros for one in told]),
            marks,
            self._together(seq, marks),
        )
        self._quantity, self._unit = accounts.quantity.last, accounts.unit.last
        self._cost, self._mark = accounts.cost.last, marks[-1]
        return accounts

    def _together(self, seq: IntArray, marks: list[FloatArray]) -> FloatArray:
        """(n, n_assets) all marks but the first; without a copy where they are the closes of batches in order."""
        closes = self._referred.closes_from(int(seq[0]), len(seq)) if len(seq) else None
        if closes is not None and all(map(is_, marks[1:], closes[1])):
            return closes[0]
        return np.concatenate(marks).reshape(len(marks), -1)[1:]
