"""Goes through a journal once and asks every rule of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.enums import Phase
from tidegate.core.errors import DataError, UserError
from tidegate.data.panel import PanelSource
from tidegate.journal import Ending, Frame, Header, Journal, JournalError, Market
from tidegate.journal.columns import RecordColumns
from tidegate.journal.errors import End
from tidegate.journal.whole import Alike, Irregular, alike, complete
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatchReference, UniverseDeclared
from tidegate.verify.account import AccountChecks
from tidegate.verify.data import NotAtHand, Referred, compare, data_of
from tidegate.verify.delivery import Delivery
from tidegate.verify.findings import Finding, Findings, Rule
from tidegate.verify.shapes import all_fit, problem
from tidegate.verify.stretch import Gathered, Read, Stretch, column
from tidegate.verify.terms import Eras, terms_of

STRETCH_BARRIERS = 2048
"""Barriers that are looked at together, at most,"""
STRETCH_MESSAGES = 2**16
"""and messages, before a commit,"""
STRETCH_NUMBERS = 2**19
"""and barriers times assets, so that what is said of every asset takes a few megabytes."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a check.

    Attributes:
        name: of the journal.
        status: how the run ended, or how the journal does where nobody said.
        end: where the journal ends, and why.
        records, barriers: how many were looked at; messages, commits and the seal are records.
        findings: what does not hold, what was asked how often, and what could not be.
    """

    name: str
    status: str
    end: End
    records: int
    barriers: int
    findings: Findings

    @property
    def clean(self) -> bool:
        """Whether everything that was asked holds."""
        return self.findings.count == 0


def verify(path: Path | str, source: PanelSource | None = None) -> Report:
    """Checks the journal in a file.

    Args:
        path: of the journal.
        source: the data that it refers to; without it those are read that its configuration names.

    Raises:
        JournalError: no header can be read.
    """
    referred = Referred()
    with Journal.open(path, closes=referred.closes) as journal:
        return check(journal, referred, source)


def check(journal: Journal, referred: Referred, source: PanelSource | None = None) -> Report:
    """Checks a journal that was opened; damage that its index hides is met on the way.

    Args:
        referred: what it was opened with, to tell closes.
        source: see `verify`.
    """
    try:
        if source is None:
            source = data_of(journal.header)
        else:
            source.open()
            compare(journal.header, source)
    except (NotAtHand, DataError) as error:
        referred.why = "; ".join(str(error).splitlines())
    else:
        if source is not None:
            referred.use(source)
    return _Check(journal, referred).report()


class Unread(Message, frozen=True):
    """Stands for a message that cannot be looked at."""


UNREAD = Unread()


class _Check:
    def __init__(self, journal: Journal, referred: Referred) -> None:
        self._journal, self._referred = journal, referred
        self._findings = Findings()
        self._delivery = Delivery(self._findings, len(journal.header.actors), _own(journal.header))
        self._account: AccountChecks | None = None
        self._assets = 0
        self._begun = -1  # number of the record of the universe, where its block was looked at all at once
        self._gathered = Gathered()
        self._found: list[tuple[int, int]] = []  # numbers of references in a block, and of their batches
        self._records = self._barriers = 0

    def report(self) -> Report:
        end = self._journal.end
        try:
            for block in self._journal.columns(whole=True):
                self._take(block)
        except JournalError as error:
            end = error.end or end
        else:
            self._records += self._journal.seal is not None  # looked at when the journal was opened
        self._end()
        findings, seal = self._findings, self._journal.seal
        findings.checked[Rule.END] += 1
        findings.checked[Rule.RECORDS] += self._records
        if end.ending is not Ending.SEALED:
            said = str(end), "a seal, and every checksum before it right"
            findings.note(Finding(Rule.END, end.record, end.barrier, None, "", *said))
        if not self._referred.at_hand and self._journal.header.market is Market.REFERENCE:
            findings.skip(f"what needs the data: {self._referred.why}", 1)
        findings.settle()
        status = seal.status if seal is not None and end.ending is Ending.SEALED else end.ending.value
        return Report(self._journal.name, status, end, self._records, self._barriers, findings)

    def _take(self, block: RecordColumns) -> None:
        self._records += len(block.number) + block.commits.shape[1]
        self._barriers += block.commits.shape[1]
        gathered = self._gathered
        gathered.add(self._together(block) or self._in_turn(block))
        barriers = min(STRETCH_BARRIERS, STRETCH_NUMBERS // max(self._assets, 1))
        if gathered.barriers >= barriers or gathered.size >= STRETCH_MESSAGES:
            self._look()

    def _together(self, block: RecordColumns) -> Read | None:
        """What is read of a block, its messages looked at all at once; None where something may be wrong with one."""
        if block.messages is None or block.block is None:
            return None
        groups, placed = alike(block.messages), block.placed
        met = self._met_in(block, groups)
        try:
            if not self._began(block, groups):
                return None
            complete(
                [group for group in groups if group.kind is not UniverseDeclared],
                block.block.found.arrays,
                partial(self._closes, block, met),
            )
        except Irregular:
            return None
        if not all(all_fit(group, self._assets) for group in groups):
            return None
        if not self._referred.meet_all(met[1]):
            return None
        kinds = {group.kind: (placed[group.places], group.messages) for group in groups}
        return Read(block, kinds, met)

    def _began(self, block: RecordColumns, groups: Sequence[Alike]) -> bool:
        """Whether the universe is known; it may be the first message of this block, and must be told nowhere else."""
        found = [group for group in groups if group.kind is UniverseDeclared]
        if self._account is not None or not found or found[0].places != [0] or block.block is None:
            return self._account is not None and not found
        complete(found, block.block.found.arrays, _no_closes)
        self._begun = int(block.number[block.placed[0]])
        self._begin(found[0].messages[0])
        return self._account is not None

    def _met_in(self, block: RecordColumns, groups: Sequence[Alike]) -> IntArray:
        """(2, n) numbers of the references to batches, and of these; none where they are not at hand."""
        if not self._referred.at_hand:
            return np.empty((2, 0), np.int64)
        met = np.stack((block.number[block.timed], block.barrier[block.timed]))
        for group in groups:
            if group.kind is MarketBatchReference:
                more = block.number[block.placed[group.places]], column([told.seq for told in group.messages])
                met = np.concatenate((met, np.stack(more)), axis=1)
                met = met[:, np.argsort(met[0], kind="stable")]
        return met

    def _closes(
        self, block: RecordColumns, met: IntArray, places: Sequence[int], since: Sequence[int]
    ) -> Sequence[FloatArray]:
        """The closes that messages refer to; each must be of the batch that was referred to last before it."""
        referred = self._referred
        if not referred.at_hand:
            return [referred.none] * len(places)
        rows = block.placed[list(places)]
        barrier = block.barrier[rows]
        last = np.append(referred.met, met[1])[np.searchsorted(met[0], block.number[rows])]
        own = column(since)
        own = (own < 0) | (own == barrier)
        if not bool(((last == barrier) & (barrier >= 0)).all()) or not referred.can_meet(met[1]):
            raise Irregular
        if own.all():
            return referred.each_close(barrier.tolist())
        found = map(referred.closes_of, barrier.tolist(), np.where(own, barrier, since).tolist())
        closes = [one for one in found if one is not None]
        if len(closes) < len(places):
            raise Irregular
        return closes

    def _in_turn(self, block: RecordColumns) -> Read:
        """What is read of a block, message by message; batches are fetched when their turn comes."""
        self._found = []
        at, numbers = 0, block.number[block.timed].tolist()
        times = list(zip(block.barrier[block.timed].tolist(), block.times.tolist(), strict=True))
        rows: dict[type[Message], list[int]] = {}
        messages: dict[type[Message], list[Any]] = {}
        for row, frame in zip(block.placed.tolist(), block.singly(), strict=True):
            while at < len(numbers) and numbers[at] < frame.number:
                self._refer(numbers[at], MarketBatchReference(*times[at]))
                at += 1
            message = self._decoded(frame)
            rows.setdefault(type(message), []).append(row)
            messages.setdefault(type(message), []).append(message)
        for number, told in zip(numbers[at:], times[at:], strict=True):
            self._refer(number, MarketBatchReference(*told))
        kinds = {kind: (column(rows[kind]), messages[kind]) for kind in rows}
        return Read(block, kinds, column([one for met in self._found for one in met]).reshape(-1, 2).T)

    def _decoded(self, frame: Frame) -> Message:
        """The message of a frame; `UNREAD` where it is none that can be looked at."""
        try:
            message = frame.message
        except JournalError as error:
            return self._stranger(frame, error)
        kind = type(message)
        if kind is MarketBatchReference:
            self._refer(frame.number, message)  # type: ignore[arg-type] # it is one
        elif kind is UniverseDeclared:
            if self._account is not None and frame.number != self._begun:
                self._note(Rule.RECORDS, frame, "UniverseDeclared", "another universe", "one alone")
            elif frame.number != self._begun:
                self._begin(message)  # type: ignore[arg-type] # likewise
        else:
            wrong = problem(message, self._assets)
            if wrong is not None:
                expected = "columns that fit together, of assets of the universe"
                self._note(Rule.RECORDS, frame, kind.__name__, wrong, expected)
                return UNREAD
        return message

    def _refer(self, number: int, told: MarketBatchReference) -> None:
        """Fetches what a reference is to; later messages are decoded with it."""
        if not self._referred.at_hand:
            return
        try:
            self._referred.meet(told.seq)
            self._found.append((number, told.seq))
        except DataError as error:
            said = f"a reference to batch {told.seq}: {error}", "one to the next batch of the data"
            finding = Finding(Rule.BATCHES, number, told.seq, Phase.ADVANCE, MarketBatchReference.__name__, *said)
            self._findings.note(finding)

    def _stranger(self, frame: Frame, error: JournalError) -> Message:
        """A message that cannot be decoded."""
        if _type_of(frame) in self._changed:
            self._findings.skip("messages of types that are unknown here, or had other fields", 1)
        else:
            self._note(Rule.RECORDS, frame, "", str(error), "a message of a type in the header's schema")
        return UNREAD

    @cached_property
    def _changed(self) -> frozenset[str]:
        """Types that are unknown here, or had other fields."""
        return frozenset(self._journal.header.changed())

    def _note(self, rule: Rule, frame: Frame, name: str, found: str, expected: str) -> None:
        self._findings.note(Finding(rule, frame.number, frame.barrier, frame.phase, name, found, expected))

    def _begin(self, universe: UniverseDeclared) -> None:
        """What the run was told is known from here on."""
        header = self._journal.header
        try:
            terms = terms_of(header.config, universe)
            before = terms if header.shared is None else terms_of(header.shared.config, universe)
        except UserError as error:
            self._findings.skip(f"books, orders and fills: the configuration is not understood: {error}", 1)
            return
        self._assets = terms.assets
        self._referred.begin(terms.assets)
        marks = self._referred.at_hand or header.market is Market.VALUE
        eras = Eras(terms, before, _own(header))
        self._account = AccountChecks(self._findings, eras, self._referred, marks=marks)

    def _look(self, *, last: bool = False) -> Stretch:
        """Asks everything of what was gathered, up to the last commit, or all at the end."""
        gathered, self._gathered = self._gathered, Gathered()
        if not last:
            gathered, self._gathered = gathered.parted()
        stretch = Stretch(gathered)
        self._delivery.check(stretch)
        if self._account is not None:
            self._account.check(stretch)
        self._referred.forget(self._gathered.first_referred(self._referred.met + 1))
        return stretch

    def _end(self) -> None:
        """Asks what can be asked at the end alone."""
        stretch = self._look(last=True)
        self._delivery.finish(stretch)
        if self._account is not None:
            self._account.finish(stretch)


def _own(header: Header) -> int:
    """The run's own first barrier."""
    return 0 if header.shared is None else header.shared.barrier


def _no_closes(places: Sequence[int], since: Sequence[int]) -> Sequence[FloatArray]:
    """Before the universe is known there are none."""
    raise Irregular


def _type_of(frame: Frame) -> str:
    try:
        return frame.type
    except JournalError:
        return ""
