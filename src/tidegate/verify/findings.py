"""What a check looks for, and what it has found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.enums import Phase
from tidegate.verify.stretch import Stretch

KEPT = 1_000
"""Findings that are kept, the first of the journal; all are counted."""


class Rule(StrEnum):
    """What must hold, each a sentence that is true of a right journal; `sentence` has it."""

    END = "end"
    RECORDS = "records"
    BARRIERS = "barriers"
    DELIVERY = "delivery"
    CAUSES = "causes"
    BATCHES = "batches"
    POSTINGS = "postings"
    CASH = "cash"
    EQUITY = "equity"
    PROFITS = "profits"
    POSITIONS = "positions"
    MARKS = "marks"
    MARGIN = "margin"
    LIVES = "lives"
    QUANTITIES = "quantities"
    PRICES = "prices"
    COSTS = "costs"
    VOLUME = "volume"
    TIMING = "timing"
    LEVELS = "levels"

    @property
    def sentence(self) -> str:
        """The rule in words."""
        return _SENTENCES[self]


_SENTENCES = {
    Rule.END: "the journal was closed, and every checksum up to its seal is right",
    Rule.RECORDS: "every record holds a message of a known type with its fields",
    Rule.BARRIERS: "barriers follow one another without a gap, phases in their order, one commit each",
    Rule.DELIVERY: "messages come by precedence, sender and sequence, and nothing of a sender is missing",
    Rule.CAUSES: "a message's cause was delivered in the superstep before it",
    Rule.BATCHES: "a barrier has one batch, time rises, and what speaks of a barrier has its number and time",
    Rule.POSTINGS: "a fill's cash and commission are what was posted for it, and its trades are its own",
    Rule.CASH: "postings add up to cash, less what has not settled to what can be spent, elsewhere to nothing",
    Rule.EQUITY: "cash, dividends to come and positions at their marks are equity, to the micro-unit",
    Rule.PROFITS: "deposits, trades, open positions, costs and what nights bring explain equity, to the micro-unit",
    Rule.POSITIONS: "fills and corporate actions add up to the units held and to what they cost",
    Rule.MARKS: "a mark is the bar's close, or the mark before where there is no bar",
    Rule.MARGIN: "margin is the stated part of positions, and what falls short of it is called",
    Rule.LIVES: "every order lives by the table of `messages.lifecycle`, and none outlives the data",
    Rule.QUANTITIES: "no order fills, ends or waits for more than is open of it, nor changes sides",
    Rule.PRICES: "a fill has a bar, its price before slippage is that of its point, and slippage stops at limits",
    Rule.COSTS: "slippage and commission are what the configuration says, as far as it says it in numbers",
    Rule.VOLUME: "no bar fills more than the stated part of its volume",
    Rule.TIMING: "no order fills before it could: see `execution.fill`",
    Rule.LEVELS: "an exit at a level had a level that was known before, and that its price reached",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold.

    Attributes:
        record: number of the record that breaks it.
        barrier: in which; -1 before the first.
        phase: in which; None before the first, or where it is no message.
        message: name of the type of the message, empty where it is none.
        found, expected: what is there, and what would have to be.
    """

    rule: Rule
    record: int
    barrier: int
    phase: Phase | None
    message: str
    found: str
    expected: str

    def __str__(self) -> str:
        phase = "" if self.phase is None else f" {self.phase.name}"
        what = f" {self.message}" if self.message else ""
        return (
            f"record {self.record:,}, barrier {self.barrier}{phase}{what}: {self.found};"
            f" expected {self.expected} [{self.rule}]"
        )


Column = Sequence[object] | IntArray | FloatArray
Say = Callable[[int], tuple[str, str]]
"""What was found and what was expected, of the k-th of those that a rule was asked of."""


@dataclass
class Findings:
    """Gathers what rules say.

    Attributes:
        checked: how often each rule was asked.
        found: the first findings, by record.
        count: of all findings.
        unchecked: what could not be asked, and why, with how often.
    """

    checked: dict[Rule, int] = field(default_factory=lambda: dict.fromkeys(Rule, 0))
    found: list[Finding] = field(default_factory=list)
    count: int = 0
    unchecked: dict[str, int] = field(default_factory=dict)

    def expect(self, rule: Rule, stretch: Stretch, rows: IntArray, holds: BoolArray, say: Say) -> None:
        """Notes where a rule does not hold.

        Args:
            rows: (n,) of the stretch, one for each time the rule is asked.
            holds: (n,) whether it does.
        """
        self.checked[rule] += len(holds)
        if holds.all():
            return
        broken = np.flatnonzero(~holds)
        self.count += len(broken)
        for k in broken[:KEPT].tolist():
            self.found.append(self._at(rule, stretch, int(rows[k]), *say(k)))

    def note(self, finding: Finding) -> None:
        """One finding."""
        self.count += 1
        self.found.append(finding)

    def skip(self, why: str, times: int) -> None:
        """Something that could not be asked."""
        if times:
            self.unchecked[why] = self.unchecked.get(why, 0) + times

    def settle(self) -> None:
        """Puts findings in order, and lets go of those that are too many."""
        self.found.sort(key=lambda finding: finding.record)
        del self.found[KEPT:]

    @staticmethod
    def _at(rule: Rule, stretch: Stretch, row: int, found: str, expected: str) -> Finding:
        place = int(stretch.number[row]), int(stretch.barrier[row]), stretch.phase_at(row)
        return Finding(rule, *place, stretch.name(row), found, expected)


def differ(found: Column, expected: Column, what: str) -> Say:
    """Says of two columns where they differ."""
    return lambda k: (f"{what} {_told(found[k])}", _told(expected[k]))


def _told(value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    return f"{value:,}" if isinstance(value, int) else f"{value!r}" if isinstance(value, float) else str(value)
