"""What sales have brought to a cash account and cannot be spent yet, worked out of fills and of the days of batches.

A session is a day (UTC) with a barrier; one that ends at midnight is of the day before. With `account.settlement` of S
sessions, what a sale brought in session n, its commission taken off, can be spent from the first barrier of session
n + S on. A sale that brings less than its commission is paid at once; so is all that corporate actions bring.
"""

import numpy as np

from tidegate.core.arrays import IntArray
from tidegate.core.time import NS_PER
from tidegate.verify.books import FillRows
from tidegate.verify.stretch import Stretch


class Settling:
    """Follows an account stretch by stretch.

    Args:
        sessions: until proceeds can be spent, more than 0.
    """

    def __init__(self, sessions: int) -> None:
        self._sessions = sessions
        self._session, self._brought = 0, 0
        self._day: int | None = None
        self._ends: IntArray = np.zeros(sessions, np.int64)

    def unsettled(self, stretch: Stretch, at: IntArray, fills: FillRows) -> IntArray:
        """(n,) micro-units that cannot be spent in these rows of the next stretch, which rise."""
        batches, number = stretch.batches, self._session
        days = (batches.ts_ns - 1) // NS_PER["d"]
        begins = np.diff(days, prepend=days[:1] if self._day is None else self._day) != 0
        session = np.concatenate(((number,), number + np.cumsum(begins)))
        before = np.cumsum(np.concatenate(((self._brought,), np.maximum(fills.cash - fills.commission, 0))))
        # What came in up to the end of each session, from those on that still matter.
        ends = np.concatenate((self._ends, before[np.searchsorted(fills.row, batches.row[begins])]))
        settled = ends[session[np.searchsorted(batches.row, at)] - number]
        self._session, self._brought = int(session[-1]), int(before[-1])
        self._ends = ends[-self._sessions :]
        if len(days):
            self._day = int(days[-1])
        found: IntArray = before[np.searchsorted(fills.row, at)] - settled
        return found
