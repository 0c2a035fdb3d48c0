"""Runs that a test moves: where they stand, what they say, how they end."""

import threading

import anyio
import pytest
from anyio import to_thread

from tidegate import Actor, Phase, Result, Session, Strategy, on_phase
from tidegate.core.enums import RunStatus
from tidegate.core.errors import ActorFailed, DataError, TidegateError
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import Fills
from tidegate.testing.market import tape
from tidegate.testing.script import Script
from tidegate.testing.stepping import LEFT, Listener, ManualClock, Stepped

BARS = "A 100 110 120 130"


def session(asks: str = "0 A+5", bars: str = BARS) -> Session:
    return Session(Script(asks), source=tape(bars).source(), progress=False)


def test_it_stands_before_the_first_barrier_and_after_each() -> None:
    with Stepped(session()) as run:
        assert (run.barrier, run.over, run.all(MarketBatch)) == (-1, False, [])
        assert run.step()
        assert (run.barrier, len(run.all(MarketBatch)), run.all(Fills)) == (0, 1, [])
        assert run.step(2)
        assert (run.barrier, len(run.all(MarketBatch))) == (2, 3)
        assert run.last(Fills).price.tolist() == [110.0]
        assert run.last(AccountSnapshot).quantity.tolist() == [5.0]
        assert not run.over
    assert run.over


def test_the_step_after_the_last_barrier_ends_it() -> None:
    with Stepped(session()) as run:
        assert run.step(4)
        assert not run.step()
        assert not run.step(), "and so does any other"
        assert run.barrier == 3
    assert run.result is not None
    assert run.result.status is RunStatus.COMPLETED


def test_stepping_gives_what_running_gives() -> None:
    with Stepped(session("0 A+5, 1 A+2 limit=119, 2 A-1")) as run:
        while run.step():
            pass
    assert run.result is not None
    assert run.result.digest == session("0 A+5, 1 A+2 limit=119, 2 A-1").run().digest


def test_it_can_be_let_go_to_the_end() -> None:
    with Stepped(session()) as run:
        run.step(2)
        result = run.finish()
    assert (result.record.barriers, result.status) == (4, RunStatus.COMPLETED)
    assert result is run.result


@pytest.mark.parametrize("steps", [0, 2])
def test_a_test_that_leaves_ends_it_where_it_stands(steps: int) -> None:
    with Stepped(session()) as run:
        if steps:
            run.step(steps)
    assert run.result is not None
    assert run.result.status is RunStatus.INTERRUPTED
    assert (run.result.record.barriers, run.result.record.error) == (steps, LEFT)


def test_a_test_that_fails_tells_its_own_failure() -> None:
    run = Stepped(session())

    def fail() -> None:
        with run:
            run.step()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert run.over


def test_what_was_not_said_is_no_message() -> None:
    with Stepped(session()) as run, pytest.raises(LookupError, match="no Fills up to barrier -1"):
        run.last(Fills)


def test_an_actor_that_fails_is_told_by_the_step() -> None:
    class Failing(Strategy):
        def on_batch(self, _: object) -> None:
            raise ValueError("no")

    with Stepped(Session(Failing(), source=tape(BARS).source(), progress=False)) as run:
        with pytest.raises(ActorFailed, match="at barrier 0"):
            run.step()
        assert run.over
        assert run.result is None


def test_data_that_cannot_be_used_are_told_at_once() -> None:
    def fails() -> None:
        raise DataError("none of it")

    source = tape(BARS).source()
    source.open = fails  # type: ignore[method-assign, assignment]  # a source that breaks
    with pytest.raises(DataError, match="none of it"), Stepped(Session(Script(""), source=source, progress=False)):
        pass


def test_a_barrier_that_does_not_end_is_an_error() -> None:
    class Waiting(Actor):
        @on_phase(Phase.DECIDE)
        async def on_decide(self, _: PhaseOpened) -> None:
            await to_thread.run_sync(released.wait)

    released, waiting = threading.Event(), session()
    waiting.add(Waiting("waiting"))
    with Stepped(waiting, wait_s=0.2) as run:
        with pytest.raises(TidegateError, match=r"barrier 1 is not over after 0\.2 s"):
            run.step()
        released.set()
        assert run.clock.wait(10.0)


def test_it_is_entered_before_it_is_moved() -> None:
    with pytest.raises(RuntimeError, match="with Stepped"):
        Stepped(session()).step()


def test_a_listener_hears_every_type_of_message_but_those_of_phases() -> None:
    heard = {key for key in Listener().routes() if isinstance(key, type)}
    assert {kind.__name__ for kind in set(MESSAGE_TYPES) - heard} == {"PhaseOpened", "PhaseQuiesced"}


def test_a_clock_in_the_tests_own_loop() -> None:
    clock, stepped = ManualClock(), session()
    stepped.swap("clock", clock)
    results: list[Result] = []

    async def play() -> None:
        async def run() -> None:
            results.append(await stepped.arun())

        async with anyio.create_task_group() as group:
            group.start_soon(run)
            clock.allow(2)
            assert await to_thread.run_sync(clock.wait, 30.0)
            assert clock.barrier == 1
            clock.end("enough")

    anyio.run(play)
    assert results[0].record.barriers == 2


def test_waiting_for_what_does_not_come_has_an_end() -> None:
    assert not ManualClock().wait(0.01)
