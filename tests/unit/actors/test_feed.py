"""The data feed: batches in time order, what comes next read meanwhile."""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.unit.actors.letters import DAY_NS, kinds, only, phase, told
from tests.unit.actors.mailbox import Mailbox

from tidegate.actors.feed import DataFeed
from tidegate.core.enums import Phase
from tidegate.core.errors import DataError
from tidegate.core.universe import Universe
from tidegate.data import ahead
from tidegate.data.actions import Action, settle_actions
from tidegate.data.defects import Defects
from tidegate.data.panel import Columns, FinerRows, PanelChunk
from tidegate.messages.actions import CorporateActions
from tidegate.messages.base import Message
from tidegate.messages.market import EndOfData, FinerBars, MarketBatch, UniverseDeclared

COLUMNS = Columns(Universe(("AA", "BB")), ("score",), ("size", "age"), ("vix",), -1)
PATIENCE_S = 30
"""Much longer than anything takes that happens at all."""


def chunk(*days: int) -> PanelChunk:
    """Barriers at the ends of these days; the values tell the day, the block and the place."""
    rows = np.array(days)

    def block(tens: int, *shape: int) -> Any:
        return rows.reshape(-1, *[1] * len(shape)) * 100.0 + tens * 10 + np.arange(np.prod(shape)).reshape(shape)

    return PanelChunk(rows * DAY_NS, block(1, 5, 2), block(2, 1, 2), block(3, 2, 2), block(4, 1))


class Reading:
    """A source whose reads are watched, and wait where they are told to.

    Args:
        steps: what the reads give, in turn; an error is raised.
        held: numbers of reads that wait for `release`.
    """

    def __init__(self, *steps: PanelChunk | Exception, held: tuple[int, ...] = ()) -> None:
        self._steps, self._held = steps, held
        self.begun = [threading.Event() for _ in range(len(steps) + 1)]
        self.threads: set[threading.Thread] = set()
        self.release = threading.Event()

    def __iter__(self) -> Iterator[PanelChunk]:
        for number, step in enumerate((*self._steps, None)):
            self.begun[number].set()
            self.threads.add(threading.current_thread())
            if number in self._held:
                assert self.release.wait(PATIENCE_S)
            if isinstance(step, Exception):
                raise step
            if step is not None:
                yield step


class Feeding(Mailbox):
    """A feed that has started."""

    def __init__(self, *steps: PanelChunk | Exception, held: tuple[int, ...] = (), columns: Columns = COLUMNS) -> None:
        self.reading = Reading(*steps, held=held)
        self.feed = DataFeed(columns, iter(self.reading))
        super().__init__(self.feed)
        asyncio.run(self.feed.started())

    def advance(self, times: int = 1) -> list[Message]:
        return [message for _ in range(times) for message in self.deliver(phase(Phase.ADVANCE))]


def days(messages: list[Message]) -> list[tuple[int, int]]:
    """Number and day of every batch."""
    return [(batch.seq, batch.ts_ns // DAY_NS) for batch in messages if isinstance(batch, MarketBatch)]


def test_before_the_first_barrier_it_says_what_the_columns_mean() -> None:
    sent = Feeding(chunk(1), columns=replace(COLUMNS, barriers=5)).sent()
    assert kinds(sent) == ["UniverseDeclared"]
    assert told(only(sent, UniverseDeclared)) == {
        "assets": ["AA", "BB"],
        "signals": ["score"],
        "features": ["size", "age"],
        "context": ["vix"],
        "barriers": 5,
        "instruments": None,
    }


def test_every_advance_brings_the_next_row_over_all_chunks_and_then_the_end() -> None:
    feeding = Feeding(chunk(1, 2), chunk(5), chunk(6, 7))
    feeding.sent()
    messages = feeding.advance(6)
    assert kinds(messages) == ["MarketBatch"] * 5 + ["EndOfData"]
    assert days(messages) == [(0, 1), (1, 2), (2, 5), (3, 6), (4, 7)]


def test_a_batch_is_a_row_of_every_block_without_a_copy() -> None:
    whole = chunk(1, 2)
    feeding = Feeding(whole)
    feeding.advance()
    batch = only(feeding.advance(), MarketBatch)
    assert told(batch) == {
        "seq": 1,
        "ts_ns": 2 * DAY_NS,
        "bars": [[210, 211], [212, 213], [214, 215], [216, 217], [218, 219]],
        "signals": [[220, 221]],
        "features": [[230, 231], [232, 233]],
        "context": [240],
    }
    assert np.shares_memory(batch.bars, whole.bars)


def test_a_source_without_data_ends_at_once() -> None:
    feeding = Feeding()
    feeding.sent()
    assert [told(message) for message in feeding.advance()] == [told(EndOfData())]


@pytest.mark.parametrize("said", [0, 2, 4])
def test_a_source_gives_as_many_batches_as_it_says(said: int) -> None:
    exact = Feeding(chunk(1, 2), chunk(5), columns=replace(COLUMNS, barriers=3))
    assert kinds(exact.advance(4))[-1] == "EndOfData"
    feeding = Feeding(chunk(1, 2), chunk(5), columns=replace(COLUMNS, barriers=said))
    feeding.advance(3)
    with pytest.raises(DataError, match=rf"feed 'feed': its source said that there are {said} timestamps, and gave 3;"):
        feeding.advance()


def test_a_chunk_without_a_batch_is_told() -> None:
    feeding = Feeding(chunk(1), chunk(), chunk(2))
    feeding.advance()
    with pytest.raises(DataError, match="feed 'feed': its source gave a chunk without a timestamp"):
        feeding.advance()


# fmt: off
BACK = [  # chunks, batches before the error, message
    ([chunk(1, 3, 2)],        0, "1970-01-03 follows one at 1970-01-04"),
    ([chunk(1, 2, 2)],        0, "1970-01-03 follows one at 1970-01-03"),
    ([chunk(1, 4), chunk(3)], 2, "1970-01-04 follows one at 1970-01-05"),
    ([chunk(1, 4), chunk(4)], 2, "1970-01-05 follows one at 1970-01-05"),
]
# fmt: on


@pytest.mark.parametrize(("chunks", "before", "says"), BACK)
def test_time_that_does_not_rise_is_told_with_both_times(chunks: list[PanelChunk], before: int, says: str) -> None:
    feeding = Feeding(*chunks)
    assert len(days(feeding.advance(before))) == before
    with pytest.raises(DataError, match=rf"feed 'feed': a batch at {says}; timestamps must rise"):
        feeding.advance()
    assert days(feeding.sent()) == []


# --- reading ahead ---------------------------------------------------------------------------------------------


def test_the_next_chunk_is_read_while_one_is_used_and_no_other_where_chunks_are_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ahead, "AHEAD_BYTES", 1)
    feeding = Feeding(chunk(1, 2), chunk(3, 4), chunk(5))
    begun = feeding.reading.begun
    assert [event.is_set() for event in begun] == [True, False, False, False]
    feeding.advance()
    assert begun[1].wait(PATIENCE_S)
    feeding.advance()
    assert not begun[2].is_set()
    feeding.advance()
    assert begun[2].wait(PATIENCE_S)
    assert not begun[3].is_set()
    asyncio.run(feeding.feed.stopped())
    ended(feeding.reading)


def test_small_chunks_are_read_ahead_by_one_thread() -> None:
    feeding = Feeding(*map(chunk, range(1, 30)))
    assert feeding.reading.begun[29].wait(PATIENCE_S)
    assert days(feeding.advance(29)) == [(number, number + 1) for number in range(29)]
    assert len(feeding.reading.threads) == 1


def test_reading_is_done_in_a_thread_that_keeps_no_process_from_ending() -> None:
    feeding = Feeding(chunk(1), chunk(2), chunk(3))
    feeding.advance(4)
    assert {(thread.name, thread.daemon) for thread in feeding.reading.threads} == {("tidegate-feed", True)}
    ended(feeding.reading)


def test_an_advance_that_is_opened_again_brings_no_second_batch() -> None:
    feeding = Feeding(chunk(1, 2))
    assert days(feeding.advance()) == [(0, 1)]
    assert feeding.deliver(phase(Phase.ADVANCE, 0, step=1)) == []
    assert days(feeding.advance()) == [(1, 2)]


def test_an_advance_waits_for_a_chunk_that_is_still_being_read() -> None:
    feeding = Feeding(chunk(1), chunk(2), held=(1,))
    feeding.advance()
    work = feeding.begin(phase(Phase.ADVANCE))
    assert work is not None
    assert feeding.sent() == []
    asyncio.run(_released(work, feeding.reading))
    assert days(feeding.sent()) == [(1, 2)]


async def _released(work: Awaitable[None], reading: Reading) -> None:
    waiting = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    assert not waiting.done()
    reading.release.set()
    await waiting


def test_what_a_source_raises_is_told_when_its_data_is_needed_and_not_before() -> None:
    feeding = Feeding(chunk(1, 2), DataError("prices: row 7"))
    assert days(feeding.advance()) == [(0, 1)]
    assert feeding.reading.begun[1].wait(PATIENCE_S)
    assert days(feeding.advance()) == [(1, 2)]
    with pytest.raises(DataError, match="prices: row 7"):
        feeding.advance()


def test_what_is_wrong_with_the_first_chunk_is_told_before_the_run() -> None:
    reading = Reading(DataError("prices: row 7"))
    with pytest.raises(DataError, match="prices: row 7"):
        asyncio.run(DataFeed(COLUMNS, iter(reading)).started())


# --- the end ---------------------------------------------------------------------------------------------------


def test_what_is_being_read_when_the_run_ends_is_the_last_that_is_read() -> None:
    feeding = Feeding(chunk(1), chunk(2), chunk(3), held=(1,))
    feeding.advance()
    assert feeding.reading.begun[1].wait(PATIENCE_S)
    asyncio.run(feeding.feed.stopped())
    feeding.reading.release.set()
    ended(feeding.reading)
    assert not feeding.reading.begun[2].is_set()


def test_an_advance_that_is_canceled_while_it_waits_leaves_nothing_behind() -> None:
    feeding = Feeding(chunk(1), chunk(2), held=(1,))
    feeding.advance()
    work = feeding.begin(phase(Phase.ADVANCE))
    assert work is not None
    asyncio.run(_canceled(work))
    asyncio.run(feeding.feed.stopped())
    feeding.reading.release.set()
    ended(feeding.reading)
    assert feeding.sent() == []


async def _canceled(work: Awaitable[None]) -> None:
    waiting = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_start_that_is_canceled_leaves_no_thread() -> None:
    reading = Reading(chunk(1), held=(0,))

    async def start() -> None:
        starting = asyncio.ensure_future(DataFeed(COLUMNS, iter(reading)).started())
        assert await asyncio.to_thread(reading.begun[0].wait, PATIENCE_S)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        reading.release.set()

    asyncio.run(start())
    ended(reading)


def ended(reading: Reading) -> None:
    """Waits for the end of the threads that read."""
    for thread in reading.threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_actions_come_just_before_the_batch_at_which_they_take_effect() -> None:
    rows = [Action("AA", day * DAY_NS, kind, 2.0) for day, kind in ((1, "dividend"), (2, "split"), (4, "dividend"))]
    settled = settle_actions(rows, COLUMNS.universe, "here", str, Counter(), Defects())
    feeding = Feeding(chunk(1, 3), chunk(4), chunk(5), columns=replace(COLUMNS, actions=settled))
    feeding.sent()
    found = [feeding.advance() for _ in range(4)]
    assert [kinds(messages) for messages in found] == [["CorporateActions", "MarketBatch"]] * 3 + [["MarketBatch"]]
    said = [only(messages, CorporateActions) for messages in found[:3]]
    assert [message.kind.tolist() for message in said] == [[0], [1], [0]]
    assert [(message.seq, message.ts_ns) for message in said] == [(0, DAY_NS), (1, 3 * DAY_NS), (2, 4 * DAY_NS)]


def test_finer_bars_come_before_their_batch_without_a_copy() -> None:
    bars = np.arange(30.0).reshape(3, 5, 2)
    finer = FinerRows(np.arange(3), bars, np.array((0, 1, 1, 3)))
    feeding = Feeding(replace(chunk(1, 2, 3), finer=finer), chunk(4))
    feeding.sent()
    messages = feeding.advance(4)
    assert kinds(messages) == ["FinerBars", "MarketBatch"] * 3 + ["MarketBatch"]
    found = [message for message in messages if isinstance(message, FinerBars)]
    assert [(one.seq, one.ts_ns.tolist()) for one in found] == [(0, [0]), (1, []), (2, [1, 2])]
    assert all(np.shares_memory(one.bars, bars) for one in (found[0], found[2]))
