"""Whether fills and corporate actions add up to what is held, and what it cost."""

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.verify.accounts import Accounts
from tidegate.verify.books import ActionRows, FillRows, TradeRows, micros
from tidegate.verify.findings import Findings, Rule
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
        # What was booked after the last snapshot.
        self._came, self._paid, self._touched = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.bool_)

    @staticmethod
    def units(accounts: Accounts, fills: FillRows) -> FloatArray:
        """(n_fills,) money of a unit at a price of 1, when each fill was booked: as the snapshot before it says."""
        found: FloatArray = accounts.unit.at(np.searchsorted(accounts.row, fills.row) - 1, fills.asset)
        return found

    def check(
        self, stretch: Stretch, accounts: Accounts, fills: FillRows, trades: TradeRows, actions: ActionRows,
        unit: FloatArray,
    ) -> None:  # fmt: skip
        """The snapshots of the next barriers.

        Args:
            unit: see `units`.
        """
        n, row = len(accounts.row), accounts.row
        after = [np.searchsorted(row, rows.row) for rows in (fills, trades, actions)]
        concerned = self._concerned(accounts, after)
        m = len(concerned)
        slot = np.full(n + 1, m)
        slot[concerned] = np.arange(m)
        of_fills, of_trades, of_actions = (slot[at] for at in after)
        came, paid = np.zeros((m + 1, self._terms.assets)), np.zeros((m + 1, self._terms.assets), np.int64)
        touched = np.zeros(came.shape, np.bool_)
        came[0], paid[0], touched[0] = self._came, self._paid, self._touched
        np.add.at(came, (of_fills, fills.asset), fills.quantity)
        opens = np.flatnonzero(~np.isin(fills.fill_id, trades.fill_id))
        np.add.at(paid, (of_fills[opens], fills.asset[opens]), micros(fills.size * fills.price * unit)[opens])
        np.subtract.at(paid, (of_trades, trades.asset), trades.cost)
        self._act(of_actions, actions, came, touched)
        self._came, self._paid, self._touched = came[m].copy(), paid[m].copy(), touched[m].copy()
        # Where nothing was booked and the arrays are the same objects, nothing has changed.
        self._findings.checked[Rule.POSITIONS] += 2 * (n - m)
        if m:
            self._compare_all(stretch, accounts, concerned, came[:m], paid[:m], touched[:m])

    def _concerned(self, accounts: Accounts, after: list[IntArray]) -> IntArray:
        """Snapshots at which something may have changed since the one before."""
        n = len(accounts.row)
        concerned = np.append(accounts.quantity.changed | accounts.cost.changed, False)
        for at in after:
            concerned[at] = True
        concerned[0] |= bool(self._came.any() or self._paid.any() or self._touched.any())
        return np.flatnonzero(concerned[:n])

    def _compare_all(
        self, stretch: Stretch, accounts: Accounts, concerned: IntArray, came: FloatArray, paid: IntArray,
        touched: BoolArray,
    ) -> None:  # fmt: skip
        rows, every, before = accounts.row[concerned], slice(None), concerned - 1
        moved = accounts.quantity.at(concerned, every) - accounts.quantity.at(before, every)
        self._compare(stretch, rows, np.abs(moved - came) <= DUST, moved, came, "units")
        spent = accounts.cost.at(concerned, every) - accounts.cost.at(before, every)
        # A merger moves a cost from one asset to another; the rate of a future's currency restates what it stands at.
        restated = self._terms.future & self._terms.foreign
        if restated.any():
            restated = restated & (accounts.unit.at(concerned, every) != accounts.unit.at(before, every))
        self._compare(stretch, rows, (spent == paid) | touched | restated, spent, paid, "cost")
        self._totals(stretch, rows, spent, paid, touched)

    @staticmethod
    def _act(at: IntArray, actions: ActionRows, came: FloatArray, touched: BoolArray) -> None:
        np.add.at(came, (at, actions.asset), actions.after - actions.before)
        touched[at, actions.asset] = True
        moved = np.flatnonzero(actions.into >= 0)
        np.add.at(came, (at[moved], actions.into[moved]), actions.came[moved])
        touched[at[moved], actions.into[moved]] = True

    def _compare(
        self, stretch: Stretch, rows: IntArray, holds: BoolArray, found: FloatArray | IntArray,
        wanted: FloatArray | IntArray, what: str,
    ) -> None:  # fmt: skip
        """Asks of every snapshot whether each asset has changed by what was booked."""
        each: BoolArray = np.logical_and.reduce(holds, axis=1)

        def say(k: int) -> tuple[str, str]:
            asset = int(np.argmin(holds[k]))
            return (
                f"{what} of asset {asset} change by {found[k, asset].item():,}",
                f"{wanted[k, asset].item():,} as booked",
            )

        self._findings.expect(Rule.POSITIONS, stretch, rows, each, say)

    def _totals(self, stretch: Stretch, rows: IntArray, spent: IntArray, paid: IntArray, touched: BoolArray) -> None:
        """What corporate actions move from asset to asset stays the same in all."""
        acted = np.flatnonzero(touched.any(axis=1))
        futures = self._terms.future & self._terms.foreign
        concerned = touched[acted] & ~futures
        found = np.where(concerned, spent[acted], 0).sum(axis=1)
        wanted = np.where(concerned, paid[acted], 0).sum(axis=1)
        self._findings.expect(
            Rule.POSITIONS, stretch, rows[acted], found == wanted,
            lambda k: (f"cost changes by {found[k]:,} in all", f"{wanted[k]:,} as booked"),
        )  # fmt: skip
