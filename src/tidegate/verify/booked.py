"""Whether fills, what was posted for them, and the trades that they made say the same."""

import numpy as np

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import PostingKind
from tidegate.verify.books import FillRows, PostingRows, TradeRows, micros
from tidegate.verify.findings import Findings, Rule, differ
from tidegate.verify.stretch import Stretch
from tidegate.verify.terms import Terms


class Booked:
    """Looks at fills, postings and trades of one account.

    Args:
        findings: takes what is wrong.
        terms: of the run.
    """

    def __init__(self, findings: Findings, terms: Terms) -> None:
        self._findings, self._terms = findings, terms
        self._next_fill = 0

    def check(
        self, stretch: Stretch, fills: FillRows, postings: PostingRows, trades: TradeRows, unit: FloatArray
    ) -> None:
        """What was booked in the next barriers.

        Args:
            unit: (n_fills,) money of a unit at a price of 1, as it was when each fill was booked.
        """
        first, n = self._next_fill, len(fills.row)
        said = differ(fills.fill_id, first + np.arange(n), "fill")
        self._findings.expect(Rule.POSTINGS, stretch, fills.row, fills.fill_id == first + np.arange(n), said)
        self._next_fill = first + n
        self._values(stretch, fills, unit)
        self._postings(stretch, fills, postings, first)
        self._trades(stretch, fills, trades, first)

    def _values(self, stretch: Stretch, fills: FillRows, unit: FloatArray) -> None:
        """Cash is what the units cost or bring; a future costs nothing. Slippage is the way from the reference."""
        value = micros(fills.size * fills.price * unit)
        flow = np.where(fills.quantity > 0.0, -value, value)
        shares = ~self._terms.future[fills.asset]
        holds = ~shares | (fills.cash == flow)
        self._findings.expect(Rule.POSTINGS, stretch, fills.row, holds, differ(fills.cash, flow, "cash"))
        slippage = micros(fills.size * np.abs(fills.price - fills.reference) * unit)
        said = differ(fills.slippage, slippage, "slippage")
        self._findings.expect(Rule.COSTS, stretch, fills.row, fills.slippage == slippage, said)

    def _postings(self, stretch: Stretch, fills: FillRows, postings: PostingRows, first: int) -> None:
        """What was posted for a fill is its cash and its commission, of its asset; nothing for none."""
        n = len(fills.row)
        mine = np.flatnonzero(postings.fill_id >= 0)
        at = postings.fill_id[mine] - first
        known = (at >= 0) & (at < n)
        self._findings.expect(
            Rule.POSTINGS, stretch, postings.row[mine], known,
            lambda k: (f"a posting for fill {postings.fill_id[mine[k]]}", "one for a fill that is booked with it"),
        )  # fmt: skip
        mine, at = mine[known], at[known]
        said = differ(postings.asset[mine], fills.asset[at], "a posting for asset")
        self._findings.expect(Rule.POSTINGS, stretch, postings.row[mine], postings.asset[mine] == fills.asset[at], said)
        own = postings.currency[mine] == 0
        paid = own & (postings.kind[mine] == PostingKind.COMMISSION)
        for wanted, rows, what in (
            (-fills.commission, paid, "commission posted"),
            (fills.cash, own & ~paid, "cash posted"),
        ):
            posted = np.zeros(n, np.int64)
            np.add.at(posted, at[rows], postings.amount[mine][rows])
            self._findings.expect(Rule.POSTINGS, stretch, fills.row, posted == wanted, differ(posted, wanted, what))

    def _trades(self, stretch: Stretch, fills: FillRows, trades: TradeRows, first: int) -> None:
        """A trade is what its fill closed; its profit is what it says of cost, proceeds and commission."""
        long = trades.quantity > 0.0
        gross = np.where(long, trades.proceeds - trades.cost, trades.cost - trades.proceeds)
        said = differ(trades.pnl, gross - trades.commission, "profit")
        self._findings.expect(Rule.POSTINGS, stretch, trades.row, trades.gross == gross, said)
        bars = trades.seq - trades.entry_seq
        holds = (bars >= 0) & (trades.bars == bars)
        self._findings.expect(Rule.POSTINGS, stretch, trades.row, holds, differ(trades.bars, bars, "bars held"))
        mine = np.flatnonzero(trades.fill_id >= 0)
        at = trades.fill_id[mine] - first
        known = (at >= 0) & (at < len(fills.row))
        self._findings.expect(
            Rule.POSTINGS, stretch, trades.row[mine], known,
            lambda k: (f"a trade of fill {trades.fill_id[mine[k]]}", "one of a fill that is booked with it"),
        )  # fmt: skip
        mine, at = mine[known], at[known]
        holds = (
            (trades.asset[mine] == fills.asset[at])
            & (trades.quantity[mine] == -fills.quantity[at])
            & (trades.exit_price[mine] == fills.price[at])
        )
        self._findings.expect(
            Rule.POSTINGS, stretch, trades.row[mine], holds,
            lambda k: (
                f"asset {trades.asset[mine[k]]}, {trades.quantity[mine[k]]!r} at {trades.exit_price[mine[k]]!r}",
                f"asset {fills.asset[at[k]]}, {-fills.quantity[at[k]]!r} at {fills.price[at[k]]!r}, as it filled",
            ),
        )  # fmt: skip
