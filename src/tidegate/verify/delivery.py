"""Barriers, phases, supersteps: whether messages came in the order in which they must.

A superstep's messages are those that were sent in the one before. So a cause stands in the superstep before; the
numbers of a sender's messages, superstep by superstep, leave none out; and within a superstep messages come by
precedence, then sender, then sequence. What a task of an actor's sends by itself has no cause, and comes whenever it
does.
"""

import numpy as np

from tidegate.core.arrays import BoolArray, IntArray
from tidegate.core.enums import Phase
from tidegate.journal.columns import NO_PHASE
from tidegate.messages.clock import PhaseExtended, RunFinished
from tidegate.verify.findings import Finding, Findings, Rule, differ
from tidegate.verify.stretch import Stretch, column


class Delivery:
    """Looks at the order of all records.

    Args:
        findings: takes what is wrong.
        senders: how many there are.
        own: the run's own first barrier; those before are another run's, with other parts.
    """

    def __init__(self, findings: Findings, senders: int, own: int = 0) -> None:
        self._findings, self._own = findings, own
        self._next_seq = np.zeros(senders, np.int64)
        self._open = (-1, NO_PHASE, 0)  # barrier, phase and step that were opened last
        self._last_group: IntArray = np.empty(0, np.int64)  # numbers of the last superstep's messages
        self._committed = -1
        self._patterns = [0, 0]  # the phases of a barrier, a bit for each: of another run's, and of its own
        self._before = (-1, NO_PHASE, -1)  # barrier, phase and superstep of the last message

    def check(self, stretch: Stretch) -> None:
        """The messages and commits of the next barriers."""
        self._commits(stretch)
        if not stretch.size:
            return
        self._phases_of(stretch)
        begins = self._supersteps(stretch)
        group: IntArray = np.cumsum(begins, dtype=np.int64)
        self._order(stretch, group)
        self._causes(stretch, group)
        last = stretch.number[group == group[-1]]
        self._last_group = last if begins.any() else np.concatenate((self._last_group, last))

    def _commits(self, stretch: Stretch) -> None:
        """Each barrier is committed once, the next one after the last, when its RECORD is over."""
        numbers, barriers = stretch.commits
        self._findings.checked[Rule.BARRIERS] += len(barriers)
        wanted = np.append(self._committed, barriers)[:-1] + 1
        for k in np.flatnonzero(barriers != wanted).tolist():
            said = f"a commit of barrier {barriers[k]}", f"one of barrier {wanted[k]}"
            self._findings.note(Finding(Rule.BARRIERS, int(numbers[k]), int(barriers[k]), None, "", *said))
        if len(barriers):
            self._committed = int(barriers[-1])

    def _phases_of(self, stretch: Stretch) -> None:
        """Phases open in their order, and messages stand in the phase and barrier that is open."""
        rows, *columns = stretch.opened
        told = np.stack(columns, axis=1)
        before = np.vstack(((self._open,), told))[: len(told)]
        seq, opens, step = told.T
        seq_before, phase_before, step_before = before.T
        extended = np.searchsorted(stretch.rows(PhaseExtended), rows)
        asked = np.diff(extended, prepend=0) > 0
        next_phase = (seq == seq_before) & (opens > phase_before)
        first = phase_before < 0
        next_barrier = (seq == seq_before + 1) & (opens == Phase.ADVANCE) & (first | (phase_before == Phase.RECORD))
        again = (seq == seq_before) & (opens == phase_before) & (step == step_before + 1) & asked
        holds = np.where(step == 0, next_phase | next_barrier, again)
        self._findings.expect(
            Rule.BARRIERS, stretch, rows, holds,
            lambda k: (
                f"{_named(opens[k])} of barrier {seq[k]}, step {step[k]}",
                f"what follows {_named(phase_before[k])} of barrier {seq_before[k]}, step {step_before[k]}",
            ),
        )  # fmt: skip
        self._same_phases(stretch, rows, told)
        self._in_phase(stretch, rows, seq, opens)
        if len(told):
            self._open = int(seq[-1]), int(opens[-1]), int(step[-1])

    def _same_phases(self, stretch: Stretch, rows: IntArray, told: IntArray) -> None:
        """Every barrier of a run has the phases of the first; which these are depends on who handles them."""
        seq, opens, step = told.T
        first = np.flatnonzero(step == 0)
        barrier = seq[first]
        begins = np.flatnonzero(np.append(True, barrier[1:] != barrier[:-1])) if len(first) else first
        masks = np.bitwise_or.reduceat(1 << opens[first], begins) if len(begins) else begins
        whole = np.flatnonzero(masks & (1 << int(Phase.RECORD)))
        found, own = masks[whole], (barrier[begins[whole]] >= self._own).astype(np.int64)
        for run in (0, 1):
            self._patterns[run] = self._patterns[run] or int(next(iter(found[own == run]), 0))
        wanted = np.array(self._patterns)[own]
        last = first[np.append(begins[1:], len(first)) - 1][whole] if len(whole) else whole
        self._findings.expect(
            Rule.BARRIERS, stretch, rows[last], found == wanted,
            lambda k: (
                f"phases {_listed(int(found[k]))}", f"{_listed(int(wanted[k]))}, as at the barriers before"
            ),
        )  # fmt: skip

    def _in_phase(self, stretch: Stretch, rows: IntArray, seq: IntArray, opens: IntArray) -> None:
        """Each message says the barrier and phase that was opened last."""
        phase = stretch.phase
        at = np.searchsorted(rows, np.arange(len(phase)), side="right")
        barriers, phases = np.append(self._open[0], seq)[at], np.append(self._open[1], opens)[at]
        holds = (stretch.barrier == barriers) & (phase == phases)
        self._findings.expect(
            Rule.BARRIERS, stretch, np.arange(len(phase)), holds,
            lambda k: (
                f"a message of barrier {stretch.barrier[k]}, {_named(phase[k])}",
                f"one of barrier {barriers[k]}, {_named(phases[k])}, which is open",
            ),
        )  # fmt: skip

    def _supersteps(self, stretch: Stretch) -> BoolArray:
        """Supersteps count from 0 in each phase; returns where one begins."""
        phase, superstep = stretch.phase, stretch.superstep
        place = np.stack((stretch.barrier, phase, superstep))
        last = np.array(((self._before[0],), (self._before[1],), (self._before[2],)))
        before = np.concatenate((last, place), axis=1)[:, :-1]
        same_phase = (place[:2] == before[:2]).all(axis=0)
        begins: BoolArray = ~same_phase | (place[2] != before[2])
        holds = np.where(same_phase, (place[2] == before[2]) | (place[2] == before[2] + 1), place[2] == 0)
        expected = np.where(same_phase, before[2], 0)
        said = differ(superstep, expected, "superstep")
        self._findings.expect(Rule.DELIVERY, stretch, np.arange(len(phase)), holds, said)
        self._before = (int(place[0, -1]), int(place[1, -1]), int(place[2, -1]))
        return begins

    def _order(self, stretch: Stretch, group: IntArray) -> None:
        sender, sent = stretch.sender, stretch.sequence
        precedence = stretch.precedence
        caused = np.zeros(stretch.size, np.bool_)
        caused[stretch.caused] = True
        # What has no cause may come from a task, between what was sent before it.
        together = (group[1:] == group[:-1]) & caused[1:] & caused[:-1]
        key = np.stack((precedence, sender, sent))
        rises = np.zeros(len(group) - 1, np.bool_)
        equal = np.ones(len(group) - 1, np.bool_)
        for row in key:
            rises |= equal & (row[1:] > row[:-1])
            equal &= row[1:] == row[:-1]
        self._findings.expect(
            Rule.DELIVERY, stretch, np.arange(1, len(group)), ~together | rises,
            lambda k: (
                f"precedence {precedence[k + 1]}, sender {sender[k + 1]}, its message {sent[k + 1]}",
                f"after precedence {precedence[k]}, sender {sender[k]}, its message {sent[k]}",
            ),
        )  # fmt: skip
        order = np.lexsort((sent, group, sender))
        of, number = sender[order], sent[order]
        first = np.append(True, of[1:] != of[:-1])
        known = np.where(of < len(self._next_seq), of, 0)
        expected = np.where(first, self._next_seq[known], np.append(0, number[:-1] + 1))
        said = differ(number, expected, "of its sender the message")
        self._findings.expect(Rule.DELIVERY, stretch, order, number == expected, said)
        last = np.append(of[1:] != of[:-1], True)
        self._next_seq[known[last]] = number[last] + 1

    def _causes(self, stretch: Stretch, group: IntArray) -> None:
        """A cause was delivered in the superstep before."""
        causes, rows = stretch.cause, stretch.caused
        numbers = np.concatenate((self._last_group, stretch.number))
        groups = np.concatenate((np.zeros(len(self._last_group), np.int64), group))
        at = np.minimum(np.searchsorted(numbers, causes), len(numbers) - 1)
        holds = (numbers[at] == causes) & (groups[at] == group[rows] - 1)
        self._findings.expect(
            Rule.CAUSES, stretch, rows, holds,
            lambda k: (f"caused by record {causes[k]:,}", "a message of the superstep before"),
        )  # fmt: skip

    def finish(self, stretch: Stretch) -> None:
        """Where the run has ended, its last message says which barrier was the last."""
        for row, message in zip(stretch.rows(RunFinished).tolist(), stretch.of(RunFinished), strict=True):
            said = f"the run ends after barrier {message.seq}", f"after barrier {self._committed}, the last committed"
            holds = np.array((message.seq == self._committed,))
            self._findings.expect(Rule.BARRIERS, stretch, column([row]), holds, lambda _, said=said: said)  # type: ignore[misc] # bound at once


def _named(phase: int) -> str:
    return "no phase" if phase < 0 else Phase(phase).name


def _listed(mask: int) -> str:
    return ", ".join(phase.name for phase in Phase if mask >> phase & 1)
