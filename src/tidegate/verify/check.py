"""Goes through a journal once and asks every rule of it."""

from dataclasses import dataclass
from functools import cached_property

from tidegate.core.errors import DataError, UserError
from tidegate.data.batches import Batches
from tidegate.data.panel import PanelSource
from tidegate.journal import Commit, Ending, Frame, Journal, JournalError, Market, Seal
from tidegate.journal.errors import End
from tidegate.messages.base import Message
from tidegate.messages.market import UniverseDeclared
from tidegate.verify.account import AccountChecks
from tidegate.verify.delivery import Delivery
from tidegate.verify.findings import Finding, Findings, Rule
from tidegate.verify.shapes import problem
from tidegate.verify.stretch import NO_PHASE, Gathered, Stretch
from tidegate.verify.terms import terms_of

STRETCH_BARRIERS = 512
"""Barriers that are looked at together, at most,"""
STRETCH_BYTES = 2**25
"""and about how many bytes of messages."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a check.

    Attributes:
        name: of the journal.
        status: how the run ended, or how the journal does where nobody said.
        end: where the journal ends, and why.
        records, barriers: how many were looked at.
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


def verify(journal: Journal, source: PanelSource | None = None, why_none: str = "they were not given") -> Report:
    """Checks a journal.

    Args:
        journal: as it was opened: damage that its index hides is met on the way.
        source: the data that it refers to; what needs them is left out where they are None.
        why_none: why there are none, for the report.
    """
    return _Check(journal, source, why_none).report()


class Unread(Message, frozen=True):
    """Stands for a message that cannot be looked at."""


UNREAD = Unread()


class _Check:
    def __init__(self, journal: Journal, source: PanelSource | None, why_none: str) -> None:
        self._journal, self._source, self._why_none = journal, source, why_none
        self._findings = Findings()
        self._delivery = Delivery(self._findings, len(journal.header.actors))
        self._account: AccountChecks | None = None
        self._assets = 0
        self._gathered = Gathered()
        self._bytes = 0
        self._records = self._barriers = 0

    def report(self) -> Report:
        end = self._journal.end
        try:
            for number, record in enumerate(self._journal.records()):
                self._take(number, record)
        except JournalError as error:
            end = error.end or end
        self._end()
        findings = self._findings
        findings.checked[Rule.END] += 1
        if end.ending is not Ending.SEALED:
            said = str(end), "a seal, and every checksum before it right"
            findings.note(Finding(Rule.END, end.record, end.barrier, None, "", *said))
        findings.settle()
        seal = self._journal.seal
        status = end.ending.value if seal is None else seal.status
        return Report(self._journal.name, status, end, self._records, self._barriers, findings)

    def _take(self, number: int, record: Frame | Commit | Seal) -> None:
        self._records += 1
        if type(record) is Frame:
            message = self._decoded(record)
            self._gather(record, message)
            if type(message) is UniverseDeclared:
                self._begin(record, message)
        elif type(record) is Commit:
            self._barriers += 1
            self._gathered.commits.append((number, record.barrier))
            if len(self._gathered.commits) >= STRETCH_BARRIERS or self._bytes >= STRETCH_BYTES:
                self._look()

    def _gather(self, frame: Frame, message: Message) -> None:
        gathered = self._gathered
        gathered.numbers.append(frame.number)
        gathered.barriers.append(frame.barrier)
        gathered.phases.append(NO_PHASE if frame.phase is None else frame.phase)
        gathered.supersteps.append(frame.superstep)
        gathered.senders.append(frame.sender)
        gathered.sequences.append(frame.sender_seq)
        gathered.causes.append(frame.causes)
        gathered.messages.append(message)
        self._bytes += len(frame.body)

    def _decoded(self, frame: Frame) -> Message:
        """The message of a frame; `UNREAD` where it is none that can be looked at."""
        findings = self._findings
        findings.checked[Rule.RECORDS] += 1
        try:
            message = frame.message
        except JournalError as error:
            if _type_of(frame) in self._changed:
                findings.skip("messages of types that are unknown here, or had other fields", 1)
            else:
                self._note(frame, "", str(error), "a message of a type in the header's schema")
            return UNREAD
        wrong = problem(message, self._assets if type(message) is not UniverseDeclared else 0)
        if wrong is None:
            return message
        self._note(frame, type(message).__name__, wrong, "columns that fit together, of assets of the universe")
        return UNREAD

    @cached_property
    def _changed(self) -> frozenset[str]:
        """Types that are unknown here, or had other fields."""
        return frozenset(self._journal.header.changed())

    def _note(self, frame: Frame, name: str, found: str, expected: str) -> None:
        rule = Rule.RECORDS
        self._findings.note(Finding(rule, frame.number, frame.barrier, frame.phase, name, found, expected))

    def _begin(self, frame: Frame, universe: UniverseDeclared) -> None:
        """What the run was told is known from here on."""
        if self._account is not None:
            return self._note(frame, "UniverseDeclared", "another universe", "one alone")
        try:
            terms = terms_of(self._journal.header.config, universe)
        except UserError as error:
            self._findings.skip(f"books, orders and fills: the configuration is not understood: {error}", 1)
            return None
        self._assets = terms.assets
        self._account = AccountChecks(self._findings, terms, self._batches())
        return None

    def _batches(self) -> Batches | None:
        if self._source is None:
            if self._journal.header.market is Market.REFERENCE:
                self._findings.skip(f"what needs the data: {self._why_none}", 1)
            return None
        try:
            return Batches(self._source)
        except DataError as error:
            self._findings.skip(f"what needs the data: {error}", 1)
            return None

    def _look(self) -> Stretch:
        """Asks everything of what was gathered."""
        stretch = Stretch(self._gathered)
        self._gathered, self._bytes = Gathered(), 0
        self._delivery.check(stretch)
        if self._account is not None:
            self._account.check(stretch)
        return stretch

    def _end(self) -> None:
        """Asks what can be asked at the end alone."""
        stretch = self._look()
        self._delivery.finish(stretch)
        if self._account is not None:
            self._account.finish(stretch)


def _type_of(frame: Frame) -> str:
    try:
        return frame.type
    except JournalError:
        return ""
