"""Records a run: the log that is told of every message writes it into a journal."""

from collections.abc import Collection, Sequence

from tidegate.core.enums import Phase
from tidegate.journal.writer import JournalWriter
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch, MarketBatchReference

Delivered = tuple[int, Phase | None, int, int, int, tuple[int, ...], Message]
"""Barrier, phase, superstep, sender, sender's sequence, causes, message."""


class Recording:
    """Writes what is delivered, and a commit for each barrier.

    Args:
        writer: of the journal.
        feeds: numbers of the senders whose batches are those of the data that the header names: they are recorded as
            references. Those of anybody else are recorded whole.
        name: of the file.
    """

    def __init__(self, writer: JournalWriter, feeds: Collection[int] = (), name: str = "journal") -> None:
        self.writer = writer
        self.name = name
        self._feeds = frozenset(feeds)

    def take(self, delivered: Sequence[Delivered], committed: int | None) -> int:
        """Appends messages, and the commit of the barrier that is over with them; returns the next message's number.

        Raises:
            JournalError: a message cannot be encoded, or writing failed.
        """
        append = self.writer.append
        for barrier, phase, superstep, sender, sender_seq, causes, message in delivered:
            if sender in self._feeds:
                message = referred(message)
            append(message, barrier, phase, superstep, sender, sender_seq, causes)
        if committed is not None:
            self.writer.commit(committed)
        return self.writer.records

    def close(self, status: str, reason: str = "") -> None:
        """Seals the journal; one that has failed is left as it is.

        Raises:
            JournalError: it cannot be sealed.
        """
        if self.writer.failed:
            self.writer.abandon()
        else:
            self.writer.close(status, reason)


def referred(message: Message) -> Message:
    """What a journal has in place of a batch of its data; any other message as it is."""
    if type(message) is MarketBatch:
        return MarketBatchReference(message.seq, message.ts_ns)
    if type(message) is FinerBars:
        return FinerBarsReference(message.seq, len(message.ts_ns))
    return message
