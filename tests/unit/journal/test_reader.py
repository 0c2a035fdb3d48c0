"""What a reader gives of the messages of a real run, whole, cut, and barrier by barrier."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tests.unit.journal.made import Sent, Step, expected, read, record, steps, told, written

from tidegate import Actor, Context, Session, Strategy
from tidegate.core.enums import Phase
from tidegate.data.panel import ArraySource
from tidegate.journal import Commit, Durability, Ending, Frame, Header, Journal, JournalError, JournalWriter, Seal
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import MESSAGE_TYPES, same
from tidegate.messages.control import BarrierCommitted
from tidegate.runtime.actor import Handler, RouteKey

BARRIERS, ASSETS = 60, 12
DAY_NS = 86_400 * 10**9


class Rotates(Strategy):
    """Holds the three cheapest assets, with a resting order and a remark now and then."""

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier % 3 == 0:
            cheapest = np.argsort(ctx.batch.close)[:3]
            ctx.target_weights({int(asset): 0.3 for asset in cheapest})
            ctx.log(f"rotated at {ctx.barrier}")
        if ctx.barrier % 7 == 1:
            ctx.order(0, 5, limit=float(ctx.batch.close[0]) * 0.97)


class Tap(Actor):
    """Hears all that is sent, in order of delivery."""

    def __init__(self) -> None:
        super().__init__("tap")
        self.heard: list[Message] = []

    def routes(self) -> dict[RouteKey, Handler]:
        kinds = [kind for kind in MESSAGE_TYPES if kind.__name__ not in ("PhaseOpened", "PhaseQuiesced")]
        return dict.fromkeys([*kinds, *Phase], self.heard.append)


@cache
def heard() -> tuple[Message, ...]:
    """The messages of a run."""
    rng = np.random.default_rng(5)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (BARRIERS, ASSETS)), axis=0))
    bars = np.stack([close * 1.001, close * 1.02, close * 0.98, close, np.full_like(close, 1e6)], axis=1)
    source = ArraySource([f"A{i:02}" for i in range(ASSETS)], np.arange(1, BARRIERS + 1) * DAY_NS, bars)
    tap = Tap()
    config = {"run": {"kernels": "interpreted"}, "risk": {"rules": [{"stop_loss": {"pct": 0.05}}]}}
    session = Session(Rotates(), source=source, progress=False, config=config)
    session.add(tap)
    session.run()
    return tuple(tap.heard)


def recorded() -> list[Step]:
    """The same as a recorder would take them."""
    made: list[Step] = []
    barrier, phase, superstep = -1, None, 0
    for message in heard():
        if isinstance(message, PhaseOpened):
            barrier, phase, superstep = message.seq, message.phase, 0
        sender = len(type(message).__name__) % 3
        made.append(Sent(message, barrier, phase, superstep, sender, len(made), (len(made) - 1,) if made else ()))
        superstep += 1
        if isinstance(message, BarrierCommitted):
            made.append(message.seq)
    return made


@pytest.mark.parametrize("mode", list(Durability))
def test_the_messages_of_a_run_are_read_again(tmp_path: Path, mode: Durability) -> None:
    with JournalWriter.create(tmp_path / "run.tgj", Header(actors=("a", "b", "c"), durability=mode)) as writer:
        record(writer, recorded())
    with Journal.open(tmp_path / "run.tgj") as journal:
        frames = list(journal.frames())
        assert told(journal) == expected(recorded())
    assert len({frame.type for frame in frames}) >= 12
    assert all(same(frame.message, message) for frame, message in zip(frames, heard(), strict=True))
    assert (journal.end.ending, journal.end.barrier) == (Ending.SEALED, BARRIERS - 1)


def test_the_run_is_read_up_to_its_last_commit_wherever_it_is_cut() -> None:
    data = written(recorded(), Durability.BATCH, block_bytes=3_000)
    rng = np.random.default_rng(6)
    for cut in rng.integers(2_000, len(data), 40).tolist():
        journal = read(data[:cut])
        assert journal.end.ending is Ending.CUT
        assert told(journal) == expected(recorded(), journal.end.barrier)
        assert journal.count() == len(list(journal.records()))


@pytest.mark.parametrize("block_bytes", [1, 900, 2**18])
@pytest.mark.parametrize(
    ("first", "last"), [(-1, None), (-1, -1), (0, 0), (4, 6), (9, 99), (10, None), (7, 6), (50, 60)]
)
def test_a_range_of_barriers_is_that_part_of_all(block_bytes: int, first: int, last: int | None) -> None:
    journal = read(written(steps(10), Durability.OFF, block_bytes=block_bytes))
    everything = [(frame.number, frame.barrier) for frame in journal.frames()]
    part = [(frame.number, frame.barrier) for frame in journal.frames(first, last)]
    assert part == [one for one in everything if first <= one[1] <= (99 if last is None else last)]


def test_records_are_messages_commits_and_the_seal() -> None:
    kinds = [type(one) for one in read(written(steps(2))).records()]
    assert kinds == [Frame, *[Frame] * 4, Commit, *[Frame] * 4, Commit, Frame, Seal]
    assert read(written(steps(2))).count() == 13
    kinds = [type(one) for one in read(written(steps(2), sealed=False)).records()]
    assert kinds == [Frame, *[Frame] * 4, Commit, *[Frame] * 4, Commit]


def test_a_journal_without_any_commit_gives_nothing_until_it_is_sealed() -> None:
    made = [Sent(PhaseOpened(Phase.ADVANCE, 0, 0), 0)] * 3
    assert told(read(written(made, sealed=False, block_bytes=1))) == []
    assert read(written(made, sealed=False, block_bytes=1)).count() == 0
    assert told(read(written(made, block_bytes=1))) == expected(made)
    assert read(written([])).end.record == 1


def test_frames_can_be_read_again_and_in_turns() -> None:
    journal = read(written(steps(6), block_bytes=300))
    left, right = journal.frames(), journal.frames(3)
    numbers = [(next(left).number, next(right).number) for _ in range(6)]
    assert numbers == list(zip([0, 1, 2, 3, 4, 6], [16, 17, 18, 19, 21, 22], strict=True))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"none\.tgj: cannot be opened: No such file or directory"):
        Journal.open(tmp_path / "none.tgj")


def test_a_file_that_is_no_journal_is_closed_and_named(tmp_path: Path) -> None:
    (tmp_path / "some.tgj").write_bytes(b"something else entirely")
    with pytest.raises(
        JournalError, match=r"some\.tgj: damaged at byte 0, record 0, no barrier is committed before it"
    ):
        Journal.open(tmp_path / "some.tgj")
