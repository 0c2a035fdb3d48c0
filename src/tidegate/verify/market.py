"""The bars that a stretch's messages are held against, as the account met them: without what was halted or had ended."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.account import AccountSnapshot, CashPosted, MarginCalled, TradesClosed
from tidegate.messages.actions import ActionsApplied, CorporateActions, closed_by
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.orders import FillCosts, Fills, OrdersSized
from tidegate.verify.findings import Findings, Rule
from tidegate.verify.stretch import Stretch, column

TIMED: tuple[type[Message], ...] = (
    Fills, FillCosts, OrdersSized, CashPosted, TradesClosed, AccountSnapshot, MarginCalled, ActionsApplied,
    CorporateActions,
)  # fmt: skip
"""What says the number and the time of its barrier."""


class Market:
    """The batches of a run, stretch by stretch.

    Args:
        findings: takes what is wrong.
        assets: how many.
    """

    def __init__(self, findings: Findings, assets: int) -> None:
        self._findings = findings
        self._closed = np.zeros(assets, np.bool_)
        self._bars: dict[int, FloatArray] = {}
        self._finer: dict[int, FinerBars] = {}
        self._times: dict[int, int] = {}
        self._last = (-1, -(2**63))

    def bars(self, seq: int) -> FloatArray | None:
        """(5, n_assets) of a barrier of this stretch; None where they are not at hand."""
        return self._bars.get(seq)

    def finer(self, seq: int) -> FinerBars | None:
        """The finer bars of a barrier of this stretch, None where there are none."""
        return self._finer.get(seq)

    def check(self, stretch: Stretch) -> None:
        """Takes the batches of the next barriers."""
        self._bars, self._finer, self._times = {}, {}, {}
        self._take(stretch)
        self._once(stretch)
        for kind in TIMED:
            rows, told = column(stretch.rows(kind)), stretch.of(kind)
            if told:
                self._in_time(stretch, rows, told)

    def _take(self, stretch: Stretch) -> None:
        """Corporate actions come before the batch that they concern."""
        acted = dict(zip(stretch.rows(CorporateActions), stretch.of(CorporateActions), strict=True))
        actions = sorted(acted.items(), reverse=True)
        for row, batch in zip(stretch.rows(MarketBatch), stretch.of(MarketBatch), strict=True):
            while actions and actions[-1][0] < row:
                self._closed = closed_by(actions.pop()[1], self._closed)
            self._times[batch.seq] = batch.ts_ns
            if batch.bars.size or not len(self._closed):
                bars = batch.bars
                self._bars[batch.seq] = np.where(self._closed, np.nan, bars) if self._closed.any() else bars
        self._finer = {finer.seq: finer for finer in stretch.of(FinerBars)}

    def _once(self, stretch: Stretch) -> None:
        """One batch to a barrier, and time rises."""
        told = stretch.of(MarketBatch)
        rows = column(stretch.rows(MarketBatch))
        seq, ts_ns = column([one.seq for one in told]), column([one.ts_ns for one in told])
        before_seq = np.append(self._last[0], seq)[:-1]
        before_ns = np.append(self._last[1], ts_ns)[:-1]
        holds = (seq == before_seq + 1) & (ts_ns > before_ns) & (seq == stretch.barrier[rows])
        self._findings.expect(
            Rule.BATCHES, stretch, rows, holds,
            lambda k: (
                f"batch {seq[k]} at {ts_ns[k]}",
                f"batch {stretch.barrier[rows[k]]}, after batch {before_seq[k]} at {before_ns[k]}",
            ),
        )  # fmt: skip
        if len(told):
            self._last = int(seq[-1]), int(ts_ns[-1])
        committed = column([barrier for _, barrier in stretch.commits])
        missing = np.setdiff1d(committed, seq)
        self._findings.checked[Rule.BATCHES] += len(committed)
        for barrier in missing.tolist():
            inside = np.flatnonzero(stretch.barrier == barrier)
            if len(inside):
                said = "no batch", f"the batch of barrier {barrier}"
                holds = np.zeros(1, np.bool_)
                self._findings.expect(Rule.BATCHES, stretch, inside[:1], holds, lambda _, said=said: said)  # type: ignore[misc] # bound at once

    def _in_time(self, stretch: Stretch, rows: IntArray, told: list[Message]) -> None:
        """What speaks of a barrier has the number of its own and the time of its batch."""
        seq = column([one.seq for one in told])  # type: ignore[attr-defined] # all of `TIMED` have it
        ts_ns = column([one.ts_ns for one in told])  # type: ignore[attr-defined] # likewise
        barrier = stretch.barrier[rows]
        wanted = column([self._times.get(at, now) for at, now in zip(barrier.tolist(), ts_ns.tolist(), strict=True)])
        self._findings.expect(
            Rule.BATCHES, stretch, rows, (seq == barrier) & (ts_ns == wanted),
            lambda k: (f"barrier {seq[k]} at {ts_ns[k]}", f"barrier {barrier[k]} at {wanted[k]}"),
        )  # fmt: skip


