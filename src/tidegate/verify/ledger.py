"""Whether the books close at every snapshot of the account: cash, positions, profits, margin.

Nothing is taken over from the account but what it says: sums are made anew of postings, fills, trades and corporate
actions. With `paid` the part of futures' gains that is in cash already, at every snapshot, exactly,

    cash       = sum(postings)
    settled    = cash - what sales brought that has not settled, see `settling`
    equity     = cash + receivable + sum(worth of shares) + sum(gain of futures) - paid
    unrealized = sum(gain) - (sum(commissions of fills) - sum(commissions of trades))
    equity     = deposits + sum(profits of trades) + unrealized + carry + receivable

in which worth = quantity x mark x unit in micro-units, gain = worth less cost (of a short: plus what it brought), and
paid = sum(postings of variation) - sum(gross profits of trades in futures).
"""

from dataclasses import dataclass, field

import numpy as np

from tidegate.core.arrays import IntArray
from tidegate.core.enums import Phase, PostingKind
from tidegate.messages.account import MarginCalled
from tidegate.verify.accounts import Accounts
from tidegate.verify.books import ActionRows, FillRows, PostingRows, TradeRows, micros
from tidegate.verify.findings import Findings, Rule, differ
from tidegate.verify.settling import Settling
from tidegate.verify.stretch import Stretch
from tidegate.verify.terms import Terms

CARRIED = (
    PostingKind.INTEREST, PostingKind.FINANCING, PostingKind.BORROW, PostingKind.DIVIDEND, PostingKind.CASH_IN_LIEU,
)  # fmt: skip
"""What comes in and goes out beside trades."""


@dataclass(slots=True)
class Sums:
    """What was added up so far, in micro-units."""

    of: dict[str, int] = field(default_factory=dict)

    def run(self, name: str, at: IntArray, amounts: IntArray, snapshots: int) -> IntArray:
        """(snapshots,) the sum up to each snapshot.

        Args:
            at: (n,) the snapshot that comes next after each amount; `snapshots` for none.
        """
        each = np.zeros(snapshots + 1, np.int64)
        each[0] = self.of.get(name, 0)
        np.add.at(each, at, amounts)
        each = np.cumsum(each)
        self.of[name] = int(each[-1])
        return each[:-1]


class Ledger:
    """Adds up what was booked, and compares it with every snapshot.

    Args:
        findings: takes what is wrong.
        terms: of the run.
        marks: whether marks are at hand; without them positions are worth what the account says.
    """

    def __init__(self, findings: Findings, terms: Terms, *, marks: bool = True) -> None:
        self._findings, self._terms, self._sums, self._marks = findings, terms, Sums(), marks
        self._settling = Settling(terms.settlement) if terms.settlement > 0 and not terms.margin else None

    def check(
        self,
        stretch: Stretch,
        accounts: Accounts,
        fills: FillRows,
        postings: PostingRows,
        trades: TradeRows,
        actions: ActionRows,
    ) -> None:
        """The snapshots of the next barriers."""
        n, told = len(accounts.row), accounts.amounts
        after = {
            name: np.searchsorted(accounts.row, rows.row)
            for name, rows in (("fills", fills), ("postings", postings), ("trades", trades), ("actions", actions))
        }

        def total(name: str, of: str, amounts: IntArray, rows: IntArray | None = None) -> IntArray:
            at = after[of] if rows is None else after[of][rows]
            return self._sums.run(name, at, amounts if rows is None else amounts[rows], n)

        own = postings.currency == 0
        kinds = {kind: np.flatnonzero(own & (postings.kind == kind)) for kind in PostingKind}
        cash = total("cash", "postings", postings.amount, np.flatnonzero(own))
        deposits = total("deposits", "postings", postings.amount, kinds[PostingKind.DEPOSIT])
        carry = total("carry", "postings", postings.amount, np.flatnonzero(own & np.isin(postings.kind, CARRIED)))
        receivable = total("receivable", "actions", actions.receivable)
        realized = total("realized", "trades", trades.pnl)
        commission = total("commission", "fills", fills.commission)
        slippage = total("slippage", "fills", fills.slippage)
        released = total("released", "trades", trades.commission)
        futures = np.flatnonzero(self._terms.future[trades.asset])
        paid = total("variation", "postings", postings.amount, kinds[PostingKind.VARIATION]) - total(
            "gross", "trades", trades.gross, futures
        )
        self._currencies(stretch, accounts, postings, after["postings"])
        for rule, name, wanted in (
            (Rule.CASH, "cash", cash), (Rule.PROFITS, "carry", carry), (Rule.PROFITS, "realized", realized),
            (Rule.PROFITS, "commission", commission), (Rule.PROFITS, "slippage", slippage),
            (Rule.EQUITY, "receivable", receivable),
        ):  # fmt: skip
            self._same(stretch, accounts, rule, name, wanted)
        said = differ(deposits, np.full(n, self._terms.deposit), "deposits")
        self._findings.expect(Rule.CASH, stretch, accounts.row, deposits == self._terms.deposit, said)
        explained = deposits + realized + told["unrealized"] + carry + receivable
        said = differ(told["equity"], explained, "equity")
        self._findings.expect(Rule.PROFITS, stretch, accounts.row, told["equity"] == explained, said)
        self._funds(stretch, accounts, fills)
        if self._marks:
            held = accounts.quantity.held()
            worth, gain, value = self._values(accounts, *held)
            self._same(stretch, accounts, Rule.EQUITY, "gross", worth)
            self._same(stretch, accounts, Rule.EQUITY, "equity", cash + receivable + value - paid)
            self._same(stretch, accounts, Rule.PROFITS, "unrealized", gain - (commission - released))
            self._margin(stretch, accounts, *held)
        else:
            self._findings.skip("what positions are worth, for marks are told by reference to the data", n)

    def _same(self, stretch: Stretch, accounts: Accounts, rule: Rule, name: str, wanted: IntArray) -> None:
        found = accounts.amounts[name]
        self._findings.expect(rule, stretch, accounts.row, found == wanted, differ(found, wanted, name))

    def _currencies(self, stretch: Stretch, accounts: Accounts, postings: PostingRows, after: IntArray) -> None:
        """In every other currency postings cancel out."""
        known = {int(name.removeprefix("currency ")) for name in self._sums.of if name.startswith("currency ")}
        for number in sorted(known | set(np.unique(postings.currency).tolist()) - {0}):
            rows = np.flatnonzero(postings.currency == number)
            left = self._sums.run(f"currency {number}", after[rows], postings.amount[rows], len(accounts.row))
            said = differ(left, np.zeros_like(left), f"postings in currency {number} add up to")
            self._findings.expect(Rule.CASH, stretch, accounts.row, left == 0, said)

    def _values(self, accounts: Accounts, at: IntArray, asset: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """(n,) absolute worth of positions, their gain, and what they add to equity, apart from what is paid."""
        n = len(accounts.row)
        quantity, unit = accounts.quantity.at(at, asset), accounts.unit.at(at, asset)
        worth = micros(quantity * accounts.mark[at, asset] * unit)
        cost = accounts.cost.at(at, asset)
        gain = np.where(quantity > 0.0, worth - cost, worth + cost)
        sums = np.zeros((3, n), np.int64)
        value = np.where(self._terms.future[asset], gain, worth) if self._terms.future.any() else worth
        for row, amounts in enumerate((np.abs(worth), gain, value)):
            _add(sums[row], at, amounts)
        return sums[0], sums[1], sums[2]

    def _margin(self, stretch: Stretch, accounts: Accounts, at: IntArray, asset: IntArray) -> None:
        """What positions take of the margin."""
        terms, n = self._terms, len(accounts.row)
        for name, fraction in (("initial", terms.initial), ("maintenance", terms.maintenance)):
            need = np.zeros(n, np.int64)
            if terms.margin:
                quantity, unit = accounts.quantity.at(at, asset), accounts.unit.at(at, asset)
                _add(need, at, micros(np.abs(quantity) * accounts.mark[at, asset] * unit * fraction[asset]))
            self._same(stretch, accounts, Rule.MARGIN, name, need)

    def _funds(self, stretch: Stretch, accounts: Accounts, fills: FillRows) -> None:
        """What can be spent, what is left for entries, and calls where there is too little."""
        terms, told, n = self._terms, accounts.amounts, len(accounts.row)
        unsettled = 0 if self._settling is None else self._settling.unsettled(stretch, accounts.row, fills)
        self._same(stretch, accounts, Rule.CASH, "settled", told["cash"] - unsettled)
        for name in () if terms.margin else ("cash", "settled"):
            said = differ(told[name], ["0 or more"] * n, name)
            self._findings.expect(Rule.CASH, stretch, accounts.row, told[name] >= 0, said)
        free = np.maximum(told["equity"] - told["initial"], 0) if terms.margin else told["settled"]
        self._same(stretch, accounts, Rule.MARGIN, "free", free)
        if terms.margin:
            self._calls(stretch, accounts)

    def _calls(self, stretch: Stretch, accounts: Accounts) -> None:
        """A call comes before the snapshot of which it speaks."""
        rows, calls = stretch.rows(MarginCalled), stretch.of(MarginCalled)
        at = np.searchsorted(accounts.row, rows)
        known = at < len(accounts.row)
        wanted = [
            (int(accounts.amounts["equity"][k]), int(accounts.amounts["maintenance"][k])) if there else (0, 0)
            for k, there in zip(at.tolist(), known.tolist(), strict=True)
        ]
        found = [(call.equity_micros, call.required_micros) for call in calls]
        holds = np.array([one == other for one, other in zip(found, wanted, strict=True)], np.bool_)
        self._findings.expect(Rule.MARGIN, stretch, rows, holds, differ(found, wanted, "equity and margin"))
        called = np.isin(np.arange(len(accounts.row)), at)
        marked = stretch.phase[accounts.row] != Phase.FILL  # what actions change is told in FILL
        equity, required = accounts.amounts["equity"], accounts.amounts["maintenance"]
        short = marked & (accounts.amounts["gross"] > 0) & ((equity < required) | (equity <= 0))
        self._findings.expect(
            Rule.MARGIN, stretch, accounts.row, ~short | called,
            lambda k: (f"equity {equity[k]:,} below margin {required[k]:,}, and no call", "a call before it"),
        )  # fmt: skip


def _add(sums: IntArray, at: IntArray, amounts: IntArray) -> None:
    """Adds amounts up at places, which rise."""
    if len(at):
        first = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
        sums[at[first]] += np.add.reduceat(amounts, first)
