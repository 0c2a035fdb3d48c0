"""Whether fills and corporate actions add up to what is held, and what it cost; and whether marks are the closes."""

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import Phase
from tidegate.messages.market import CLOSE
from tidegate.verify.books import Accounts, ActionRows, FillRows, TradeRows, micros
from tidegate.verify.findings import Findings, Rule
from tidegate.verify.market import Market
from tidegate.verify.stretch import Stretch
from tidegate.verify.terms import Terms

DUST = 1e-9
"""A quantity nearer to another than this is the same."""


class Positions:
    """Follows what is held from snapshot to snapshot.

    Args:
        findings: takes what is wrong.
        terms: of the run.
    """

    def __init__(self, findings: Findings, terms: Terms) -> None:
        n = terms.assets
        self._findings, self._terms = findings, terms
        self._quantity, self._mark = np.zeros((1, n)), np.full((1, n), np.nan)
        self._cost = np.zeros((1, n), np.int64)
        self._unit = np.where(terms.foreign, np.nan, terms.multiplier)[None, :]
        # What was booked after the last snapshot.
        self._came, self._paid, self._touched = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.bool_)

    def units(self, accounts: Accounts, fills: FillRows) -> FloatArray:
        """(n_fills,) money of a unit at a price of 1, when each fill was booked: as the snapshot before it says."""
        unit = np.concatenate((self._unit, accounts.unit))
        found: FloatArray = unit[np.searchsorted(accounts.row, fills.row), fills.asset]
        return found

    def check(
        self,
        stretch: Stretch,
        market: Market,
        accounts: Accounts,
        fills: FillRows,
        trades: TradeRows,
        actions: ActionRows,
        unit: FloatArray,
    ) -> None:
        """The snapshots of the next barriers.

        Args:
            unit: see `units`.
        """
        n, assets = len(accounts.row), self._terms.assets
        came, paid = np.zeros((n + 1, assets)), np.zeros((n + 1, assets), np.int64)
        touched = np.zeros((n + 1, assets), np.bool_)
        came[0], paid[0], touched[0] = self._came, self._paid, self._touched
        at = np.searchsorted(accounts.row, fills.row)
        np.add.at(came, (at, fills.asset), fills.quantity)
        closing = np.isin(fills.fill_id, trades.fill_id)
        opens = np.flatnonzero(~closing)
        np.add.at(paid, (at[opens], fills.asset[opens]), micros(fills.size * fills.price * unit)[opens])
        np.subtract.at(paid, (np.searchsorted(accounts.row, trades.row), trades.asset), trades.cost)
        self._act(accounts, actions, came, touched)
        self._came, self._paid, self._touched = came[n], paid[n], touched[n]
        if n == 0:
            return
        quantity = np.concatenate((self._quantity, accounts.quantity))
        cost = np.concatenate((self._cost, accounts.cost))
        marks = np.concatenate((self._mark, accounts.mark))
        units = np.concatenate((self._unit, accounts.unit))
        moved = quantity[1:] - quantity[:-1]
        self._compare(stretch, accounts, np.abs(moved - came[:n]) <= DUST, moved, came, "units")
        spent = cost[1:] - cost[:-1]
        # A merger moves a cost from one asset to another; the rate of a future's currency restates what it stands at.
        free = touched[:n] | (self._terms.future & self._terms.foreign & (units[1:] != units[:-1]))
        self._compare(stretch, accounts, (spent == paid[:n]) | free, spent, paid, "cost")
        self._totals(stretch, accounts, spent, paid[:n], touched[:n])
        self._compare_marks(stretch, market, accounts, marks, touched[:n])
        self._quantity, self._cost = quantity[-1:].copy(), cost[-1:].copy()
        self._mark, self._unit = marks[-1:].copy(), units[-1:].copy()

    def _act(self, accounts: Accounts, actions: ActionRows, came: FloatArray, touched: BoolArray) -> None:
        at = np.searchsorted(accounts.row, actions.row)
        np.add.at(came, (at, actions.asset), actions.after - actions.before)
        touched[at, actions.asset] = True
        moved = np.flatnonzero(actions.into >= 0)
        np.add.at(came, (at[moved], actions.into[moved]), actions.came[moved])
        touched[at[moved], actions.into[moved]] = True

    def _compare(
        self,
        stretch: Stretch,
        accounts: Accounts,
        holds: BoolArray,
        found: FloatArray | IntArray,
        wanted: FloatArray | IntArray,
        what: str,
    ) -> None:
        """Asks of every snapshot whether each asset has changed by what was booked."""
        each: BoolArray = np.logical_and.reduce(holds, axis=1)

        def say(k: int) -> tuple[str, str]:
            asset = int(np.argmin(holds[k]))
            return (
                f"{what} of asset {asset} change by {found[k, asset].item():,}",
                f"{wanted[k, asset].item():,} as booked",
            )

        self._findings.expect(Rule.POSITIONS, stretch, accounts.row, each, say)

    def _totals(
        self, stretch: Stretch, accounts: Accounts, spent: IntArray, paid: IntArray, touched: BoolArray
    ) -> None:
        """What corporate actions move from asset to asset stays the same in all."""
        acted = np.flatnonzero(touched.any(axis=1))
        futures = self._terms.future & self._terms.foreign
        concerned = touched[acted] & ~futures
        found = np.where(concerned, spent[acted], 0).sum(axis=1)
        wanted = np.where(concerned, paid[acted], 0).sum(axis=1)
        self._findings.expect(
            Rule.POSITIONS, stretch, accounts.row[acted], found == wanted,
            lambda k: (f"cost changes by {found[k]:,} in all", f"{wanted[k]:,} as booked"),
        )  # fmt: skip

    def _compare_marks(
        self, stretch: Stretch, market: Market, accounts: Accounts, marks: FloatArray, touched: BoolArray
    ) -> None:
        """A mark is the close, or what it was; what actions make of it is known by the price after them alone."""
        closes, known = self._closes(stretch, market, accounts)
        wanted = np.where(np.isnan(closes), marks[:-1], closes)
        found = marks[1:]
        same: BoolArray = (found == wanted) | (np.isnan(found) & np.isnan(wanted)) | (touched & np.isnan(closes))
        rows = np.flatnonzero(known)
        holds: BoolArray = np.logical_and.reduce(same[rows], axis=1)

        def say(k: int) -> tuple[str, str]:
            asset = int(np.argmin(same[rows[k]]))
            return f"mark {found[rows[k], asset].item()!r} of asset {asset}", repr(wanted[rows[k], asset].item())

        self._findings.expect(Rule.MARKS, stretch, accounts.row[rows], holds, say)
        stale: IntArray = np.count_nonzero((accounts.quantity != 0.0) & np.isnan(closes), axis=1)
        self._findings.expect(
            Rule.MARKS, stretch, accounts.row[rows], (stale == accounts.stale)[rows],
            lambda k: (f"{accounts.stale[rows[k]]} held assets without a bar", str(stale[rows[k]])),
        )  # fmt: skip
        self._findings.skip("marks, where the batch is not at hand", len(known) - len(rows))

    def _closes(self, stretch: Stretch, market: Market, accounts: Accounts) -> tuple[FloatArray, BoolArray]:
        """(n, n_assets) closes that each snapshot knows, and (n,) whether they are at hand."""
        none = freeze(np.full(self._terms.assets, np.nan))
        closes, known = [], []
        for row, seq in zip(accounts.row.tolist(), accounts.seq.tolist(), strict=True):
            in_fill = stretch.phase[row] == Phase.FILL  # after corporate actions, before the bar
            bars = None if in_fill else market.bars(seq)
            closes.append(none if bars is None else bars[CLOSE])
            known.append(in_fill or bars is not None)
        return np.array(closes), np.array(known, np.bool_)
