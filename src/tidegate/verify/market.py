"""The bars that a stretch's messages are held against, as the account met them: without what did not trade."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.account import AccountSnapshot, CashPosted, MarginCalled, TradesClosed
from tidegate.messages.actions import ActionsApplied, CorporateActions, closed_by
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch
from tidegate.messages.orders import FillCosts, Fills, OrdersSized
from tidegate.verify.data import Met
from tidegate.verify.findings import Findings, Rule, differ
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
        self._closed, self._any_closed = np.zeros(assets, np.bool_), False
        self._bars: dict[int, FloatArray] = {}
        self._whole: dict[int, FloatArray] = {}
        self._finer: dict[int, FinerBars] = {}
        self._times: dict[int, int] = {}
        self._last = (-1, -(2**63))

    def bars(self, seq: int) -> FloatArray | None:
        """(5, n_assets) of a barrier of this stretch; None where they are not at hand."""
        return self._bars.get(seq)

    def whole(self, seq: int) -> FloatArray | None:
        """The closes of a barrier that marks are told as, where none is missing; None otherwise."""
        return self._whole.get(seq)

    def finer(self, seq: int) -> FinerBars | None:
        """The finer bars of a barrier of this stretch, None where there are none."""
        return self._finer.get(seq)

    def check(self, stretch: Stretch) -> None:
        """Takes the batches of the next barriers."""
        self._bars, self._whole = {}, {}
        self._take(stretch)
        self._references(stretch)
        self._once(stretch)
        for kind in TIMED:
            rows, told = column(stretch.rows(kind)), stretch.of(kind)
            if told:
                self._in_time(stretch, rows, told)

    def _take(self, stretch: Stretch) -> None:
        """Corporate actions come before the batch that they concern."""
        actions = list(zip(stretch.rows(CorporateActions), stretch.of(CorporateActions), strict=True))[::-1]
        self._finer = {finer.seq: finer for finer in stretch.of(FinerBars)}
        for row in stretch.batches.row.tolist():
            while actions and actions[-1][0] < row:
                self._close(actions.pop()[1])
            met = stretch.referred.get(row)
            batch = stretch.message(row) if met is None else met
            if isinstance(batch, MarketBatch | Met):
                closed = self._any_closed
                self._bars[batch.seq] = np.where(self._closed, np.nan, batch.bars) if closed else batch.bars
            if met is not None and met.whole and not self._any_closed:
                self._whole[met.seq] = met.closes
        for _, told in reversed(actions):
            self._close(told)

    def _close(self, actions: CorporateActions) -> None:
        self._closed = closed_by(actions, self._closed)
        self._any_closed = bool(self._closed.any())

    def _references(self, stretch: Stretch) -> None:
        """A reference says the time of its batch, and how many finer bars there are, as the data have it."""
        if not stretch.referred:
            return
        rows, found = column(list(stretch.referred)), stretch.referred.values()
        at = np.searchsorted(stretch.batches.row, rows)
        times, seqs = stretch.batches.ts_ns[at].tolist(), stretch.batches.seq[at].tolist()
        self._finer |= {met.finer.seq: met.finer for met in found if met.finer is not None}
        counts = {one.seq: one.count for one in stretch.of(FinerBarsReference)}
        wanted = [(met.ts_ns, None if met.finer is None else len(met.finer.ts_ns)) for met in found]
        said = [(ts_ns, counts.get(seq)) for ts_ns, seq in zip(times, seqs, strict=True)]
        holds = np.array([one == other for one, other in zip(said, wanted, strict=True)], np.bool_)
        self._findings.expect(Rule.BATCHES, stretch, rows, holds, differ(said, wanted, "time and finer bars"))

    def _once(self, stretch: Stretch) -> None:
        """One batch to a barrier, and time rises."""
        rows, seq, ts_ns = stretch.batches
        self._times = dict(zip(seq.tolist(), ts_ns.tolist(), strict=True))
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
        if len(rows):
            self._last = int(seq[-1]), int(ts_ns[-1])
        committed = stretch.commits[1]
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
