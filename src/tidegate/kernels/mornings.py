"""What comes before an account meets a bar, in this order.

charges      what fills cost from now on
nights       interest, borrowing and the margin of futures, for the days since the last bar
recalls      short units that their lenders want back
events       payments that are due and corporate actions; what they close has no bar
"""

from tidegate.core.arrays import IntArray
from tidegate.kernels.account import Account
from tidegate.kernels.charges import Charges
from tidegate.kernels.events import Events
from tidegate.kernels.liquidation import Liquidation
from tidegate.kernels.walk import FinerWalk
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch


class Mornings:
    """Brings an account up to the time of a bar.

    Args:
        account: with its books.
        charges: what its fills cost.
        liquidation: what it must give back.
        events: its corporate actions.
        walk: along finer bars, which pass over what is closed.
    """

    def __init__(
        self, account: Account, charges: Charges, liquidation: Liquidation, events: Events, walk: FinerWalk
    ) -> None:
        self._account, self._charges, self._liquidation = account, charges, liquidation
        self._events, self._walk = events, walk
        self.always = charges.follow or account.has_nights or account.recalls

    def begin(
        self, batch: MarketBatch, last: MarketBatch | None, unseen: IntArray
    ) -> tuple[list[Message], MarketBatch]:
        """What comes before a bar; the bar without what is closed.

        Args:
            last: the bar before, None where there is none.
            unseen: see `marking.mark_account`.
        """
        messages: list[Message] = []
        if self._charges.follow:
            self._charges.begin(batch, last)
        if self._account.has_nights and (posted := self._account.night(batch)) is not None:
            messages.append(posted)
        if self._account.recalls:
            messages += self._liquidation.recall()
        if batch.ts_ns >= self._events.due_ns:
            messages += self._events.take_effect(batch, unseen)
        if self._events.any_closed:
            batch = batch.without(self._events.closed)
            self._walk.pass_over(self._events.closed)
        return messages, batch
