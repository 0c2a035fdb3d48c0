"""The bars that a stretch's messages are held against, as the account met them: without what did not trade."""

from collections.abc import Sequence

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.messages.account import AccountSnapshot, CashPosted, MarginCalled, TradesClosed
from tidegate.messages.actions import ActionsApplied, CorporateActions, closed_by
from tidegate.messages.base import Message
from tidegate.messages.market import BAR_FIELDS, FinerBars, FinerBarsReference, MarketBatch
from tidegate.messages.orders import FillCosts, Fills, OrdersSized
from tidegate.verify.data import Referred
from tidegate.verify.findings import Findings, Rule
from tidegate.verify.stretch import NO_INTS, Stretch, column, runs

TIMED: tuple[type[Message], ...] = (
    Fills, FillCosts, OrdersSized, CashPosted, TradesClosed, AccountSnapshot, MarginCalled, ActionsApplied,
    CorporateActions,
)  # fmt: skip
"""What says the number and the time of its barrier."""


class Market:
    """The batches of a run, stretch by stretch.

    Args:
        findings: takes what is wrong.
        referred: what references are to.
        assets: how many.
    """

    def __init__(self, findings: Findings, referred: Referred, assets: int) -> None:
        self._findings, self._referred = findings, referred
        self._closed, self._any_closed = np.zeros(assets, np.bool_), False
        self._bars: dict[int, FloatArray] = {}
        self._same: dict[int, None] = {}  # batches that are as the data have them
        self._finer: dict[int, FinerBars] = {}
        self._times: tuple[IntArray, IntArray] = NO_INTS, NO_INTS  # numbers of batches, rising, and when they were
        self._last = (-1, -(2**63))

    def bars(self, seq: int) -> FloatArray | None:
        """(5, n_assets) of a barrier of this stretch; None where they are not at hand."""
        return self._referred.bars(seq) if seq in self._same else self._bars.get(seq)

    def bars_of(self, seq: IntArray, asset: IntArray) -> tuple[FloatArray, BoolArray]:
        """(5, n) bars of assets in barriers of this stretch, NaN where they are not at hand, and whether they are."""
        bars, known = np.full((len(BAR_FIELDS), len(seq)), np.nan), np.ones(len(seq), np.bool_)
        same = np.array([one in self._same for one in seq.tolist()], np.bool_)
        if same.any():
            bars[:, same] = self._referred.bars_at(seq[same], asset[same])
        others = np.flatnonzero(~same)
        for at in runs(others, seq):
            whole = self._bars.get(int(seq[at[0]]))
            known[at] = whole is not None
            if whole is not None:
                bars[:, at] = whole[:, asset[at]]
        return bars, known

    def told(self, seq: IntArray, marks: Sequence[FloatArray]) -> BoolArray:
        """(n,) which marks are told as the closes of these barriers, of which none is missing."""
        there = np.array([one in self._same for one in seq.tolist()], np.bool_)
        at = np.flatnonzero(there)
        closes = self._referred.each_close(seq[at].tolist()) if len(at) else []
        same = [marks[place] is close for place, close in zip(at.tolist(), closes, strict=True)]
        there[at] = np.array(same, np.bool_) & self._referred.whole(seq[at]) if len(at) else False
        return there

    def finer(self, seq: int) -> FinerBars | None:
        """The finer bars of a barrier of this stretch, None where there are none."""
        return self._finer.get(seq)

    def check(self, stretch: Stretch) -> None:
        """Takes the batches of the next barriers."""
        self._take(stretch)
        self._references(stretch)
        self._once(stretch)
        for kind in TIMED:
            told = stretch.of(kind)
            if told:
                self._in_time(stretch, stretch.rows(kind), told)

    def _take(self, stretch: Stretch) -> None:
        """Corporate actions come before the batch that they concern."""
        self._finer = {finer.seq: finer for finer in stretch.of(FinerBars)}
        self._bars, self._same = {}, {}
        rows, seqs = (part.tolist() for part in stretch.referred)
        actions = stretch.of(CorporateActions)
        if not actions and not self._any_closed and not (seqs and stretch.of(MarketBatch)):
            self._same = dict.fromkeys(seqs)
            self._bars = {batch.seq: batch.bars for batch in stretch.of(MarketBatch)}
            return
        coming = list(zip(stretch.rows(CorporateActions).tolist(), actions, strict=True))[::-1]
        batches: dict[int, MarketBatch | int] = dict(zip(rows, seqs, strict=True))
        batches |= zip(stretch.rows(MarketBatch).tolist(), stretch.of(MarketBatch), strict=True)
        for row in sorted(batches):
            while coming and coming[-1][0] < row:
                self._close(coming.pop()[1])
            batch = batches[row]
            seq, bars = (batch, self._referred.bars(batch)) if isinstance(batch, int) else (batch.seq, batch.bars)
            if not self._any_closed and isinstance(batch, int):
                self._same[seq] = None
            self._bars[seq] = np.where(self._closed, np.nan, bars) if self._any_closed else bars
        for _, told in reversed(coming):
            self._close(told)

    def _close(self, actions: CorporateActions) -> None:
        self._closed = closed_by(actions, self._closed)
        self._any_closed = bool(self._closed.any())

    def _references(self, stretch: Stretch) -> None:
        """A reference says the time of its batch, and how many finer bars there are, as the data have it."""
        rows, seq = stretch.referred
        if not len(rows):
            return
        at = np.searchsorted(stretch.batches.row, rows)
        said, told = stretch.batches.ts_ns[at], stretch.batches.seq[at]
        wanted = self._referred.times(seq)
        counts = {one.seq: one.count for one in stretch.of(FinerBarsReference)}
        there, found = np.full((2, len(rows)), -1)  # finer bars that there are, and that are said to be; -1 for none
        if counts:
            found = column([counts.get(one, -1) for one in told.tolist()])
        if self._referred.has_finer:
            finer = [self._referred.finer(one) for one in seq.tolist()]
            self._finer |= {one.seq: one for one in finer if one is not None}
            there = column([-1 if one is None else len(one.ts_ns) for one in finer])

        def named(time: int, count: int) -> str:
            return str((int(time), None if count < 0 else int(count)))

        self._findings.expect(
            Rule.BATCHES, stretch, rows, (said == wanted) & (found == there),
            lambda k: (f"time and finer bars {named(said[k], found[k])}", named(wanted[k], there[k])),
        )  # fmt: skip

    def _once(self, stretch: Stretch) -> None:
        """One batch to a barrier, and time rises."""
        rows, seq, ts_ns = stretch.batches
        order = np.argsort(seq, kind="stable")
        self._times = seq[order], ts_ns[order]
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
        wanted = self._time_of(barrier, ts_ns)
        self._findings.expect(
            Rule.BATCHES, stretch, rows, (seq == barrier) & (ts_ns == wanted),
            lambda k: (f"barrier {seq[k]} at {ts_ns[k]}", f"barrier {barrier[k]} at {wanted[k]}"),
        )  # fmt: skip

    def _time_of(self, barrier: IntArray, otherwise: IntArray) -> IntArray:
        """(n,) when the batches of barriers were, the last of each."""
        seq, ts_ns = self._times
        if not len(seq):
            return otherwise
        at = np.minimum(np.searchsorted(seq, barrier, side="right"), len(seq)) - 1
        return np.where((at >= 0) & (seq[at] == barrier), ts_ns[at], otherwise)
