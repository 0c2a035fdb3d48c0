"""Reading ahead: chunks in order, no more of them than there is room for, and an end in every case."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.errors import DataError
from tidegate.data import ahead
from tidegate.data.ahead import ReadAhead
from tidegate.data.panel import PanelChunk

PATIENCE_S = 30
"""Much longer than anything takes that happens at all."""
BYTES = 8
"""Of a barrier of `chunk`."""


def chunk(first: int, barriers: int = 1) -> PanelChunk:
    """A chunk of nothing but times."""
    none = np.empty((barriers, 0))
    return PanelChunk(np.arange(first, first + barriers), none, none, none, none)


class Reading:
    """A thread at work on a source that tells how far it is."""

    def __init__(self, chunks: Iterator[PanelChunk]) -> None:
        self.thread: threading.Thread | None = None
        self.given = 0
        self.closed = threading.Event()
        self._moved = threading.Condition()
        self.ahead = ReadAhead(self._watched(chunks), "reader")
        self.ahead.start()

    def _watched(self, chunks: Iterator[PanelChunk]) -> Iterator[PanelChunk]:
        self.thread = threading.current_thread()
        try:
            for one in chunks:
                with self._moved:
                    self.given += 1
                    self._moved.notify_all()
                yield one
        finally:
            self.closed.set()

    def wait(self, until: Callable[[], bool]) -> bool:
        with self._moved:
            return self._moved.wait_for(until, PATIENCE_S)

    def take(self) -> PanelChunk | None:
        self.ahead.arrival().result(PATIENCE_S)
        return self.ahead.take()

    def ended(self) -> bool:
        """Whether the thread comes to its end; the source is let go of by then."""
        assert self.thread is not None
        self.thread.join(PATIENCE_S)
        return self.closed.is_set() and not self.thread.is_alive()


@given(sizes=st.lists(st.integers(1, 5), max_size=12), room=st.integers(1, 9))
def test_all_chunks_come_in_order_and_what_waits_is_bounded(sizes: list[int], room: int) -> None:
    starts = np.cumsum([0, *sizes]).tolist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "AHEAD_BYTES", room * BYTES)
        reading = Reading(chunk(first, size) for first, size in zip(starts, sizes, strict=False))
        taken = 0
        for number, size in enumerate(sizes):
            one = reading.take()
            # What was given and not taken: all but the last of it are together less than the room.
            assert sum(sizes[number : reading.given - 1]) < room + size
            assert one is not None
            assert one.ts_ns.tolist() == list(range(taken, taken + size))
            taken += size
        assert [reading.take(), reading.take()] == [None, None]
        assert not reading.thread or reading.ended()


def test_reading_pauses_where_enough_waits_and_goes_on_when_some_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "AHEAD_BYTES", 3 * BYTES)
    reading = Reading(map(chunk, range(9)))
    assert reading.wait(lambda: reading.given == 3)
    for taken in range(6):
        assert reading.given == 3 + taken
        assert reading.take() is not None
        assert reading.wait(lambda want=4 + taken: reading.given == want)  # type: ignore[misc]  # bound at once
    reading.ahead.stop()
    assert reading.ended()


def failing(after: int) -> Iterator[PanelChunk]:
    yield from map(chunk, range(after))
    raise DataError("row 7")


@pytest.mark.parametrize("after", [0, 2])
def test_what_goes_wrong_is_raised_when_its_turn_comes_and_from_then_on(after: int) -> None:
    reading = Reading(failing(after))
    for number in range(after):
        assert reading.closed.wait(PATIENCE_S)
        reading.ahead.check()
        one = reading.take()
        assert one is not None
        assert one.ts_ns.tolist() == [number]
    for _ in range(2):
        reading.ahead.arrival().result(PATIENCE_S)
        with pytest.raises(DataError, match="row 7"):
            reading.ahead.take()
    with pytest.raises(DataError, match="row 7"):
        reading.ahead.check()


def test_even_what_is_no_error_of_a_program_is_handed_on() -> None:
    def leaves() -> Iterator[PanelChunk]:
        yield chunk(0)
        raise SystemExit(3)

    reading = Reading(leaves())
    assert reading.take() is not None
    with pytest.raises(SystemExit):
        reading.take()


def test_an_end_while_reading_pauses_lets_go_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "AHEAD_BYTES", 1)
    reading = Reading(map(chunk, range(9)))
    assert reading.wait(lambda: reading.given == 1)
    reading.ahead.stop()
    assert reading.ended()
    assert reading.given == 1
    assert reading.take() is None


def test_an_end_while_a_chunk_is_read_makes_it_the_last() -> None:
    begun, release = threading.Event(), threading.Event()

    def slow() -> Iterator[PanelChunk]:
        begun.set()
        assert release.wait(PATIENCE_S)
        yield chunk(0)
        raise AssertionError("read on")

    reading = Reading(slow())
    assert begun.wait(PATIENCE_S)
    arrival = reading.ahead.arrival()
    assert not arrival.done()
    reading.ahead.stop()
    assert arrival.done()
    assert reading.take() is None
    release.set()
    assert reading.ended()
    assert reading.take() is None


def test_what_goes_wrong_after_the_end_is_nobody_s_business() -> None:
    begun, release = threading.Event(), threading.Event()

    def fails() -> Iterator[PanelChunk]:
        begun.set()
        assert release.wait(PATIENCE_S)
        yield from failing(0)

    reading = Reading(fails())
    assert begun.wait(PATIENCE_S)
    reading.ahead.stop()
    release.set()
    assert reading.ended()
    assert reading.take() is None


def test_an_arrival_that_nobody_waits_for_any_more_does_no_harm() -> None:
    release = threading.Event()

    def slow() -> Iterator[PanelChunk]:
        assert release.wait(PATIENCE_S)
        yield chunk(0)

    reading = Reading(slow())
    given_up, arrival = reading.ahead.arrival(), None
    assert given_up.cancel()
    release.set()
    arrival = reading.ahead.arrival()
    arrival.result(PATIENCE_S)
    assert reading.ahead.take() is not None
    assert reading.take() is None


def test_the_thread_has_its_name_and_keeps_no_process_from_ending() -> None:
    reading = Reading(iter(()))
    assert reading.take() is None
    assert reading.thread is not None
    assert (reading.thread.name, reading.thread.daemon) == ("reader", True)
