"""The data of a run, out of its journal: where batches were recorded by value, or came from a feed of the user's."""

from collections.abc import Iterator
from typing import ClassVar

from tidegate.core.enums import Phase
from tidegate.core.universe import Universe
from tidegate.data.panel import Columns, Fingerprint, PanelChunk
from tidegate.journal.reader import Journal
from tidegate.journal.records import Frame
from tidegate.messages.actions import CorporateActions
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import EndOfData, FinerBars, MarketBatch, UniverseDeclared
from tidegate.runtime.actor import Actor, on_phase


class JournalFeed(Actor):
    """Says at each ADVANCE what the recorded feed said then.

    Args:
        journal: with batches by value; read on as the run goes on.
        sender: the feed's number in it.
    """

    sends: ClassVar[tuple[type[Message], ...]] = (
        UniverseDeclared, CorporateActions, FinerBars, MarketBatch, EndOfData,
    )  # fmt: skip

    def __init__(self, journal: Journal, sender: int, name: str = "feed") -> None:
        super().__init__(name)
        self._frames = (frame for frame in journal.frames() if frame.sender == sender)
        self._next: Frame | None = next(self._frames, None)

    async def started(self) -> None:
        """What it said before the first barrier."""
        self._say(-1)

    @on_phase(Phase.ADVANCE)
    def on_advance(self, phase: PhaseOpened) -> None:
        """What it said at this barrier; where the journal was cut, that there is no more."""
        if phase.step:
            return
        if self._next is None:
            self.send(EndOfData())
        self._say(phase.seq)

    def _say(self, barrier: int) -> None:
        while self._next is not None and self._next.barrier <= barrier:
            self.send(self._next.message)
            self._next = next(self._frames, None)


class JournalSource:
    """Stands for the data that nobody reads."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def open(self) -> Columns:
        """What the journal's universe says."""
        declared = next((one for one in self._journal.frames(-1, -1) if one.type == UniverseDeclared.__name__), None)
        message = None if declared is None else declared.message
        if not isinstance(message, UniverseDeclared):
            return Columns(Universe(self._journal.header.universe), (), (), (), -1)
        return Columns(
            Universe(message.assets), message.signals, message.features, message.context, message.barriers,
            message.instruments,
        )  # fmt: skip

    def chunks(self) -> Iterator[PanelChunk]:
        """None: batches come from the journal."""
        return iter(())

    def counts(self) -> dict[str, int]:
        """None."""
        return {}

    def fingerprints(self) -> dict[str, list[Fingerprint]]:
        """Those that were recorded."""
        return dict(self._journal.header.data)
