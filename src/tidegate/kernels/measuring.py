"""What costs follow of the market, measured in bars that were met under other costs, which followed something else.

Only the market is looked at, in the order of `mornings` and of the mark: what the account's own fills moved is what its
state says. Corporate actions are those that change what was measured, and that close an asset.
"""

import numpy as np

from tidegate.core.enums import ActionKind
from tidegate.kernels.account import Account
from tidegate.kernels.charges import Charges
from tidegate.kernels.corporate import rate_between
from tidegate.kernels.sheet import each
from tidegate.messages.actions import CorporateActions, closed_by
from tidegate.messages.market import MarketBatch


class Measuring:
    """Shows costs the bars before those that will fill.

    Args:
        account: whose currencies have rates; its books are taken over afterwards.
        charges: the costs.
    """

    def __init__(self, account: Account, charges: Charges) -> None:
        self._account, self._charges = account, charges
        self._before: MarketBatch | None = None
        self._actions: CorporateActions | None = None
        self._closed = np.zeros(account.books.positions.shape[1], np.bool_)

    def announce(self, actions: CorporateActions) -> None:
        """What takes effect before the next bar."""
        self._actions = actions

    def see(self, batch: MarketBatch) -> None:
        """A bar."""
        self._charges.measure(batch, self._before)
        actions, self._actions = self._actions, None
        if actions is not None:
            for action in each(actions):
                if action.kind is ActionKind.SPLIT:
                    self._charges.rescale(action.asset, action.value)
                elif action.kind is ActionKind.SYMBOL_CHANGE:
                    rate = rate_between(action.asset, action.into, self._account.books)
                    self._charges.hand_on(action.asset, action.into, rate)
            self._closed = closed_by(actions, self._closed)
        self._before = batch.without(self._closed) if self._closed.any() else batch
        if self._account.follows:
            self._account.take_features(self._before)
