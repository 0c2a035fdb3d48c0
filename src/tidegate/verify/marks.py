"""Whether marks are the closes of the bars, or what they were where there is no bar."""

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import Phase
from tidegate.messages.market import CLOSE
from tidegate.verify.accounts import Accounts
from tidegate.verify.books import ActionRows
from tidegate.verify.findings import Findings, Rule, differ
from tidegate.verify.market import Market
from tidegate.verify.stretch import Stretch, column
from tidegate.verify.terms import Terms


class Marks:
    """Looks at the marks of every snapshot.

    Args:
        findings: takes what is wrong.
        terms: of the run.
    """

    def __init__(self, findings: Findings, terms: Terms) -> None:
        self._findings = findings
        self._none = freeze(np.full(terms.assets, np.nan))

    def check(self, stretch: Stretch, market: Market, accounts: Accounts, actions: ActionRows) -> None:
        """The snapshots of the next barriers."""
        places: list[int] = []
        closes: list[FloatArray] = []
        unknown = 0
        before = stretch.phase[accounts.row] == Phase.FILL  # after corporate actions, before the bar
        told = market.told(accounts.seq, accounts.marks[1:]) & ~before
        whole, others = np.flatnonzero(told), np.flatnonzero(~told)
        asked = others.tolist(), accounts.seq[others].tolist(), before[others].tolist()
        for place, seq, first in zip(*asked, strict=True):
            if first:
                places.append(place)
                closes.append(self._none)
            elif (bars := market.bars(seq)) is None:
                unknown += 1
            else:
                places.append(place)
                closes.append(bars[CLOSE])
        self._findings.checked[Rule.MARKS] += len(whole)
        rows, stale = accounts.row[whole], accounts.stale[whole]
        said = differ(stale, np.zeros(len(whole), np.int64), "held assets without a bar:")
        self._findings.expect(Rule.MARKS, stretch, rows, stale == 0, said)
        self._findings.skip("marks, where the batch is not at hand", unknown)
        if places:
            self._compare(stretch, accounts, actions, column(places), np.array(closes))

    def _compare(
        self, stretch: Stretch, accounts: Accounts, actions: ActionRows, at: IntArray, closes: FloatArray
    ) -> None:
        """A mark is the close, or what it was; what actions make of it is known by the price after them alone."""
        found = accounts.mark[at]
        missing = np.isnan(closes)
        wanted = np.where(missing, np.stack([accounts.marks[place] for place in at.tolist()]), closes)
        same: BoolArray = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
        self._excuse(accounts, actions, at, same)
        rows = accounts.row[at]

        def say(k: int) -> tuple[str, str]:
            asset = int(np.argmin(same[k]))
            return f"mark {found[k, asset].item()!r} of asset {asset}", repr(wanted[k, asset].item())

        each: BoolArray = np.logical_and.reduce(same, axis=1)
        self._findings.expect(Rule.MARKS, stretch, rows, each, say)
        held = accounts.quantity.at(at, slice(None)) != 0.0
        stale: IntArray = np.count_nonzero(held & missing, axis=1)
        told = accounts.stale[at]
        self._findings.expect(
            Rule.MARKS, stretch, rows, stale == told,
            lambda k: (f"{told[k]} held assets without a bar", str(stale[k])),
        )  # fmt: skip

    @staticmethod
    def _excuse(accounts: Accounts, actions: ActionRows, at: IntArray, same: BoolArray) -> None:
        """Marks of what an action concerned since the snapshot before."""
        after = np.searchsorted(accounts.row, actions.row)
        place = np.minimum(np.searchsorted(at, after), len(at) - 1)
        mine = at[place] == after
        for asset in (actions.asset, actions.into):
            concerned = mine & (asset >= 0)
            same[place[concerned], asset[concerned]] = True
