"""Journals in memory: a storage that keeps bytes, a stream of messages with commits, and what a reader makes of it."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tidegate.core.arrays import freeze
from tidegate.core.enums import Phase
from tidegate.journal import Durability, Header, Journal, JournalWriter
from tidegate.journal.writer import BLOCK_BYTES
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import encode
from tidegate.messages.control import LogWritten
from tidegate.messages.market import MarketBatch

ACTORS = ("clock", "feed", "broker")


class Memory:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.syncs = 0
        self.closed = False

    def write(self, data: memoryview) -> int:
        self.data += data
        return len(data)

    def sync(self) -> None:
        self.syncs += 1

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class Sent:
    """A message with all that a frame says of it."""

    message: Message
    barrier: int
    phase: Phase | None = Phase.ADVANCE
    superstep: int = 0
    sender: int = 0
    sender_seq: int = 0
    causes: tuple[int, ...] = ()

    def told(self) -> tuple[object, ...]:
        place = (self.barrier, self.phase, self.superstep, self.sender, self.sender_seq, self.causes)
        return (*place, encode(self.message))


Step = Sent | int
"""A message, or the barrier to be committed."""


def header(durability: Durability = Durability.BARRIER, actors: tuple[str, ...] = ACTORS) -> Header:
    return Header(actors=actors, config={"run": {"seed": 7}}, seeds={"run": 7}, durability=durability)


def batch(seq: int, assets: int, seed: int = 0) -> MarketBatch:
    bars = freeze(np.random.default_rng((seed, seq)).random((5, assets)))
    none = freeze(np.empty((0, assets)))
    return MarketBatch(seq=seq, ts_ns=seq, bars=bars, signals=none, features=none, context=freeze(np.empty(0)))


def steps(barriers: int, assets: int = 3, remarks: int = 2, seed: int = 0) -> list[Step]:
    """A run's worth: something before the first barrier, barriers of a few messages, something after the last."""
    made: list[Step] = [Sent(LogWritten(seq=-1, source="feed", text="before"), -1, None, sender=1)]
    for barrier in range(barriers):
        opened = len(made)
        made.append(Sent(PhaseOpened(Phase.ADVANCE, barrier, 0), barrier, Phase.ADVANCE, sender_seq=barrier))
        made.append(Sent(batch(barrier, assets, seed), barrier, Phase.ADVANCE, 1, 1, barrier, (opened,)))
        for number in range(remarks):
            said = LogWritten(seq=barrier, source="broker", text=f"remark {number} on {barrier}")
            made.append(Sent(said, barrier, Phase.FILL, number, 2, barrier * remarks + number, (opened, opened + 1)))
        made.append(barrier)
    made.append(Sent(LogWritten(seq=barriers, source="feed", text="after"), barriers, Phase.ADVANCE, sender=1))
    return made


def record(writer: JournalWriter, made: Iterable[Step]) -> None:
    for step in made:
        if isinstance(step, int):
            writer.commit(step)
        else:
            place = (step.barrier, step.phase, step.superstep, step.sender, step.sender_seq, step.causes)
            writer.append(step.message, *place)


def written(
    made: Iterable[Step],
    durability: Durability = Durability.BARRIER,
    sealed: bool = True,
    block_bytes: int = BLOCK_BYTES,
) -> bytes:
    """The bytes of a journal."""
    storage = Memory()
    writer = JournalWriter(storage, header(durability), block_bytes=block_bytes)
    record(writer, made)
    if sealed:
        writer.close()
    return bytes(storage.data)


def read(data: bytes) -> Journal:
    return Journal(io.BytesIO(data))


def told(journal: Journal) -> list[tuple[object, ...]]:
    """What a journal tells of its messages, as `Sent.told` has it, numbers checked against their places."""
    found: list[tuple[object, ...]] = []
    for frame in journal.frames():
        place = (frame.barrier, frame.phase, frame.superstep, frame.sender, frame.sender_seq, frame.causes)
        found.append((*place, encode(frame.message)))
    return found


def expected(made: Sequence[Step], committed: int | None = None) -> list[tuple[object, ...]]:
    """The messages up to a commit (-1: none), or all of them."""
    kept = made if committed is None else made[: made.index(committed)] if committed >= 0 else []
    return [step.told() for step in kept if isinstance(step, Sent)]


@dataclass
class Disk:
    """A storage whose machine may go down: what was not synced is then lost, or there in part.

    Attributes:
        left: how many writes and syncs it still does; the next one fails.
        safe: what was synced.
        loose: what was written since.
    """

    left: int
    safe: bytearray = field(default_factory=bytearray)
    loose: bytearray = field(default_factory=bytearray)

    def _work(self) -> None:
        if self.left == 0:
            raise OSError("the machine went down")
        self.left -= 1

    def write(self, data: memoryview) -> int:
        """At most 1,000 bytes at once, so that blocks are torn."""
        self._work()
        self.loose += data[:1000]
        return len(data[:1000])

    def sync(self) -> None:
        self._work()
        self.safe += self.loose
        self.loose.clear()

    def close(self) -> None:
        pass

    def after(self) -> list[bytes]:
        """What may be found there afterwards."""
        half = len(self.loose) // 2
        zeros = bytes(half)
        kept = (b"", self.loose, self.loose[:half], zeros, zeros + self.loose[half:], self.loose[:half] + zeros)
        return [bytes(self.safe) + bytes(some) for some in kept]
