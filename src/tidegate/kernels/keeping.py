"""What the broker's larger parts keep from one barrier to the next; the smaller ones say so themselves.

Snapshots of states are taken between barriers: nothing is under way at a price point then, and what is found anew for
each bar (who is moved by it, what it lets through, how far its finer bars were walked, who has not seen it) is not
kept.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.market import MarketBatch
from tidegate.messages.state import BATCH, PART, Stateful, keeps, made, put, typed

if TYPE_CHECKING:
    from tidegate.kernels.events import Events


class KeepsQueue(Stateful, ABC):
    """What `OrderQueue` and `Resting` keep: the rows in use, and what is counted of them."""

    KEEPS = keeps(
        _timed=int, _asleep=int, _at_market=int, _exits=int, growing=bool, count=int,
        **made("size _ints _floats _tags _below _above _sure _path _through _margin _moved _stirred _found _scratch"),
        **made("_rows _walks _winners _stir _meet_open _meet_bar _meet_close _time_is_over _row_moving"),
    )  # fmt: skip
    size: int
    _ints: IntArray
    _floats: FloatArray
    _tags: NDArray[Any]
    _below: FloatArray
    _above: FloatArray
    _sure: IntArray | None

    def kept(self) -> list[Any]:
        """As `Stateful.kept`."""
        n = self.size
        rows = self._ints[:, :n], self._floats[:, :n], self._below[:n], self._above[:n], self._tags[:n].tolist()
        return [super().kept(), *rows]

    def restore(self, state: Any) -> None:
        """As `Stateful.restore`."""
        told, ints, floats, below, above, tags = typed(list[Any], state)
        super().restore(told)
        n = len(tags)
        self.size = 0
        self._make(max(n, self._ints.shape[1]))
        put(self._ints[:, :n], ints)
        put(self._floats[:, :n], floats)
        put(self._below[:n], below)
        put(self._above[:n], above)
        self._tags[:n] = np.array(typed(list[str | None], tags), object)
        self.size, self._sure = n, None
        self._changed()

    @abstractmethod
    def _make(self, capacity: int) -> None:
        """New memory, see `OrderQueue`."""

    @abstractmethod
    def _changed(self) -> None:
        """Called when orders are others."""


class KeepsOrders(Stateful):
    """What `OpenOrders` keeps."""

    KEEPS = keeps(
        book=PART, resting=PART, gone=PART, partly=PART, _closed=bool,
        **made("_admission _margin _foreign _none_pending _sells _entitled _arrivals _replacing"),
        **made("_check_sells _sum_pending"),
    )  # fmt: skip


class KeepsExecution(Stateful):
    """What `Execution` keeps."""

    KEEPS = keeps(
        _open=PART, protection=PART, _account=PART, events=PART, _outcome=PART, _liquidity=PART,
        _targets=PART, _batch=BATCH, _marked_at=int,
        **made("_terms _deposited _closes _on_margin _arrivals _book _resting _walk _books _held _marks"),
        **made("_fill_orders _fill_due _liquidation _mornings _unseen _has_finer stopped _limited _waiting"),
    )  # fmt: skip
    events: "Events"
    _batch: MarketBatch | None

    def measured_in(self, state: Any) -> bool:
        """As `Charges.measured_in`, of a state of this."""
        return self.events.measured_in(self.part_of(state, "events"))

    def restore(self, state: Any) -> None:
        """As `Stateful.restore`; the bar is known again as it was met, without what was closed then."""
        super().restore(state)
        if self._batch is not None and self.events.any_closed:
            self._batch = self._batch.without(self.events.closed)
