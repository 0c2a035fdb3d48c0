"""Writes a journal: messages as they are delivered, a commit for each barrier, the seal."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tidegate.core.enums import Phase
from tidegate.journal.errors import JournalError
from tidegate.journal.filling import Filling
from tidegate.journal.header import Durability, Header, encode_header
from tidegate.journal.index import index_path
from tidegate.journal.layout import Block
from tidegate.journal.middle import Middle
from tidegate.journal.output import Output
from tidegate.journal.records import CAUSES_MAX, Seal
from tidegate.journal.snapshots import encode_snapshot
from tidegate.journal.storage import DiskFile, Storage
from tidegate.messages.base import Message

BLOCK_BYTES, BLOCK_BYTES_MAX = 2**18, 2**19
"""Of content, by default and at most; see the package's docstring for why so many."""
REASON_MAX = 10_000
"""Most characters of the seal's reason."""


class JournalWriter:
    """The writing end of one journal.

    Whatever fails in writing or syncing ends it: every later call raises, and the file stays as it is. After a failed
    sync nobody knows what is on disk, so it is never tried again.

    Args:
        storage: takes the bytes; closed by `close` and `abandon`, and where the header cannot be written.
        header: written at once.
        index: where the index is to be saved by `close`, if anywhere.
        feeds: numbers of the senders whose batches are those of the data that the header names: `take` records them as
            references. Those of anybody else are recorded whole.
        block_bytes: a block is written once its content has so many; at most `BLOCK_BYTES_MAX`.
        behind: blocks that are there already, the header's first. They must come once more, each with the same content,
            and are not written; `storage` gets what follows on them. Snapshots among them are passed over.
        middle: a snapshot to go on from, with whose block `behind` begins then.

    Attributes:
        start: what the block at hand follows on.

    Raises:
        JournalError: the header cannot be written.
    """

    def __init__(
        self,
        storage: Storage,
        header: Header,
        index: Path | None = None,
        feeds: Collection[int] = (),
        block_bytes: int = BLOCK_BYTES,
        behind: Iterator[Block] | None = None,
        middle: Middle | None = None,
    ) -> None:
        self._index = index
        self._ended: str | None = None
        try:
            content = encode_header(header)
            self._mode = Durability(header.durability)
            self._output = Output(storage, self._mode, content, behind or iter(()), middle)
        except BaseException:
            storage.close()
            raise
        self._filling = Filling(
            header.schema,
            len(header.actors),
            feeds,
            min(block_bytes, BLOCK_BYTES_MAX),
            by_barrier=self._mode is Durability.BARRIER,
        )
        if middle is not None:
            self._filling.restore(middle.snapshot, middle.arrays())
        self.start = self._filling.start

    @property
    def records(self) -> int:
        """How many were appended: the number that the next message will get."""
        return self._filling.number

    @property
    def committed(self) -> int:
        """The last barrier committed."""
        return self._filling.committed

    @property
    def written(self) -> tuple[int, int]:
        """How many records were written, and the last barrier among them; of a closed journal, all."""
        return self._output.written

    @property
    def durable(self) -> int:
        """The last barrier known to be on disk; -1 where none is, and always in mode `off`."""
        return self._output.durable

    @property
    def waits(self) -> bool:
        """Whether each commit waits for the disk."""
        return self._mode is Durability.BARRIER

    @property
    def follows(self) -> bool:
        """Whether what comes is still compared with blocks that are there already."""
        return self._output.follows

    @property
    def digest(self) -> str:
        """SHA-256, in hex, over the records and arrays that were written; of a closed journal, over all but the seal.

        Equal journals have equal ones, however they were cut into blocks and compressed.
        """
        return self._output.digest()

    @classmethod
    def create(cls, path: Path | str, header: Header, feeds: Collection[int] = ()) -> "JournalWriter":
        """A journal in a new file, with its index beside it once it is closed.

        Raises:
            JournalError: the file is there already, cannot be made, or the header cannot be written.
        """
        path = Path(path)
        return cls(DiskFile(path), header, index_path(path), feeds)

    def append(
        self,
        message: Message,
        barrier: int,
        phase: Phase | None,
        superstep: int,
        sender: int,
        sender_seq: int,
        causes: Sequence[int] = (),
    ) -> int:
        """Takes a message that was delivered, see `Frame` for what is said of it, and returns its number.

        Raises:
            JournalError: the journal has ended, the message cannot be encoded or is too long, or a barrier, sender or
                cause is none that can be.
        """
        self._check_open()
        filling = self._filling
        number = filling.number
        if (
            barrier < filling.barrier
            or not 0 <= sender < len(filling.sent)
            or superstep < 0
            or sender_seq < 0
            or (causes and not (0 <= min(causes) <= max(causes) < number and len(causes) <= CAUSES_MAX))
        ):
            raise self._refusal(message, (barrier, superstep, sender, sender_seq), causes)
        back = tuple(number - cause for cause in causes)
        told = back[0] if len(back) == 1 else back or 0
        filling.add((sender, superstep, told, message), barrier, phase, sender_seq)
        if filling.full:
            self._end_block()
        return number

    def commit(self, barrier: int) -> None:
        """Everything of the barrier has been appended; in mode `barrier` it is on disk when this returns.

        Raises:
            JournalError: the journal has ended, or this barrier does not follow the last one.
        """
        self._check_open()
        filling = self._filling
        if barrier <= filling.committed or barrier < filling.barrier:
            last = max(filling.committed, filling.barrier)
            raise JournalError(f"barrier {barrier} cannot be committed: barrier {last} has been written before")
        filling.commit(barrier)
        if filling.full:
            self._end_block()

    def take(self, told: Sequence[Any]) -> None:
        """Appends what a run's log is told, see `runtime.log.Told`; trusts that it is in order.

        Raises:
            JournalError: the journal has ended, or a message cannot be encoded or is too long.
        """
        self._check_open()
        filling, at = self._filling, 0
        with self._known():
            while at < len(told):
                at = filling.take(told, at, self._output.most)
                if filling.full:
                    self._end_block()

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """Writes a snapshot behind the barrier that was committed last, unless there is one.

        Raises:
            JournalError: the journal has ended, or a write fails.
        """
        self._check_open()
        if self.follows or barrier <= self._output.snapped:
            return
        with self._known():
            if not self._filling.empty:
                self._end_block()
            self._output.put_snapshot(barrier, encode_snapshot(self._filling.kept(barrier, states)))

    def close(self, status: str = "finished", reason: str = "") -> None:
        """Seals the journal, and saves its index. Closing once more does nothing.

        Args:
            status: how the run ended.
            reason: why; its first 10,000 characters are kept.

        Raises:
            JournalError: it has failed before, or does now.
        """
        if self._ended == _CLOSED:
            return
        self._check_open()
        told = reason[:REASON_MAX].encode(errors="replace").decode()
        self._output.finish(self._filling.finish(Seal(status, told, self.committed)))
        self._ended = _CLOSED
        if self._index is not None:
            self._output.index().save(self._index)

    @property
    def failed(self) -> bool:
        """Whether writing or syncing failed: nothing more can be written."""
        return (self._ended or self._output.ended) not in (None, _CLOSED)

    def tail(self) -> bytes:
        """The content that the block at hand would have, were this its end; nothing can be appended then."""
        self._check_open()
        self._ended = "its tail was taken"
        return self._filling.finish().content

    def abandon(self) -> None:
        """Closes the file without a seal; what no full block holds is lost."""
        if self._ended != _CLOSED:
            self._ended = self._ended or "it was abandoned"
            self._output.abandon()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self.failed:
            self.abandon()
        elif error is None:
            self.close()
        else:
            self.close("failed", f"{type(error).__name__}: {error}")

    @contextmanager
    def _known(self) -> Iterator[None]:
        """Ends the journal at Ctrl-C, in the middle of anything: nobody knows what has been taken."""
        try:
            yield
        except Exception:
            raise
        except BaseException:
            self._ended = self._ended or "it was interrupted"
            raise

    def _end_block(self) -> None:
        self._output.put(self._filling.finish())
        self.start = self._filling.start

    def _check_open(self) -> None:
        ended = self._ended or self._output.ended
        if ended is not None:
            raise JournalError(f"the journal takes nothing more: {ended}")

    def _refusal(self, message: Message, place: tuple[int, int, int, int], causes: Sequence[int]) -> JournalError:
        barrier, superstep, sender, sender_seq = place
        name, filling = f"a {type(message).__name__}", self._filling
        if barrier < filling.barrier:
            return JournalError(f"{name} of barrier {barrier} cannot be appended after barrier {filling.barrier}")
        if not 0 <= sender < len(filling.sent):
            return JournalError(f"{name} cannot be from sender {sender}: the header has {len(filling.sent)} actors")
        if superstep < 0 or sender_seq < 0:
            return JournalError(f"{name} cannot be message {sender_seq} of its sender, in superstep {superstep}")
        if len(causes) > CAUSES_MAX:
            return JournalError(f"{name} cannot have {len(causes):,} causes, above {CAUSES_MAX:,}")
        return JournalError(
            f"{name} is record {self.records}; its causes {min(causes)} to {max(causes)} are not before"
        )


_CLOSED = "it is closed"
