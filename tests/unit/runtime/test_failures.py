"""Whatever fails in an actor or beside it names who, where and what; and everybody is stopped."""

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.unit.runtime.troupe import Ping, Player, Pong, at, hears, play, sends, sleeps, stage

from tidegate.core.enums import Phase
from tidegate.core.errors import ActorFailed, BarrierTimeout, DataError
from tidegate.messages.clock import PhaseQuiesced, RunFinished
from tidegate.runtime.actor import Actor, handles
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.shuffle import Shuffle


def raises(player: Player, _: Any) -> None:
    raise ValueError(f"{player.name} broke")


async def raises_later(player: Player, _: Any) -> None:
    await anyio.lowlevel.checkpoint()
    raise ValueError(f"{player.name} broke")


async def raises_beside() -> None:
    await anyio.lowlevel.checkpoint()
    raise ValueError("p broke")


def spawns(player: Player, _: Any) -> None:
    player.spawn(raises_beside)


async def escapes(_: Player, __: Any) -> None:
    """Lets the cancellation of something else escape."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


def returns_nonsense(_: Player, __: Any) -> int:
    return 7


def data_error(_: Player, __: Any) -> None:
    raise DataError("prices.parquet: row 7: close is negative")


def inner_timeout(_: Player, __: Any) -> None:
    raise BarrierTimeout("of another run inside the handler")


FAILING = [
    (raises, "FILL", r"actor 'p' failed at barrier 2 handling PhaseOpened: ValueError: p broke"),
    (raises_later, "FILL", r"actor 'p' failed at barrier 2 handling PhaseOpened: ValueError: p broke"),
    (spawns, "FILL", r"actor 'p' failed at barrier \d+ handling task raises_beside: ValueError: p broke"),
    (escapes, "FILL", r"actor 'p' failed at barrier 2 handling PhaseOpened: CancelledError"),
    (returns_nonsense, "FILL", r"handling PhaseOpened: RequestError: Player\.\S+ returned 7 for a PhaseOpened; it"),
    (data_error, "FILL", r"actor 'p' failed at barrier 2 handling PhaseOpened: DataError: prices.parquet: row 7"),
    (inner_timeout, "FILL", r"actor 'p' failed at barrier 2 handling PhaseOpened: BarrierTimeout: of another run"),
]


@pytest.mark.parametrize("order", [None, Shuffle(1)], ids=["own order", "shuffled"])
@pytest.mark.parametrize(("part", "phase", "want"), FAILING)
def test_an_actor_that_raises_is_named_and_everybody_is_stopped(
    part: Callable[[Player, Any], Any], phase: str, want: str, order: Shuffle | None
) -> None:
    failing = Player("p", {Phase[phase]: at(2, part)})
    waiting = Player("w", {Phase[phase]: at(2, sleeps)})
    plain = Player("q")
    with pytest.raises(ActorFailed, match=want) as caught:
        play(failing, plain, *([waiting] if part is not spawns else []), barriers=None, order=order)
    assert caught.value.__cause__ is caught.value.cause
    assert failing.events == plain.events == ["started", "stopped"]


def test_the_type_of_the_message_in_hand_is_named() -> None:
    with pytest.raises(ActorFailed) as caught:
        play(Player("a", {Phase.FILL: sends(Pong(), Ping())}), Player("b", {Pong: hears, Ping: raises}))
    assert (caught.value.actor, caught.value.barrier, caught.value.message_type) == ("b", 0, "Ping")


def test_a_later_message_of_a_mailbox_that_waits_is_named() -> None:
    async def waits(_: Player, __: Any) -> None:
        await anyio.lowlevel.checkpoint()

    with pytest.raises(ActorFailed, match="actor 'b' failed at barrier 0 handling Ping"):
        play(Player("a", {Phase.FILL: sends(Pong(), Ping())}), Player("b", {Pong: waits, Ping: raises}))


class BadStart(Player):
    async def started(self) -> None:
        raise OSError("no such file")


class BadStop(Player):
    async def stopped(self) -> None:
        await super().stopped()
        raise OSError("disk full")


def test_an_actor_that_cannot_start_is_named_and_only_started_ones_are_stopped() -> None:
    first, bad, last = Player("first"), BadStart("bad"), Player("last")
    with pytest.raises(ActorFailed, match="actor 'bad' failed at barrier -1 handling started: OSError: no such file"):
        play(first, bad, last)
    assert (first.events, bad.events, last.events) == (["started", "stopped"], [], [])


def test_an_actor_that_cannot_stop_is_named_and_the_others_are_stopped() -> None:
    players = [Player("a"), BadStop("b"), Player("c")]
    with pytest.raises(ActorFailed) as caught:
        play(*players)
    assert str(caught.value) == (
        "actor 'b' failed at the end of the run, after the last barrier (0), handling stopped: OSError: disk full"
    )
    assert all(player.events == ["started", "stopped"] for player in players)


def raises_at_end(_: Player, __: Any) -> None:
    raise ValueError("cannot save")


async def raises_at_end_later(_: Player, __: Any) -> None:
    await anyio.lowlevel.checkpoint()
    raise ValueError("cannot save")


@pytest.mark.parametrize("act", [raises_at_end, raises_at_end_later])
@pytest.mark.parametrize(
    ("barriers", "last", "when"), [(3, 2, "after the last barrier (2)"), (0, -1, "before any barrier")]
)
def test_a_failure_at_the_end_is_told_as_such_and_not_as_one_of_a_barrier(
    act: Any, barriers: int, last: int, when: str
) -> None:
    with pytest.raises(ActorFailed) as caught:
        play(Player("p", {RunFinished: act}), barriers=barriers)
    assert str(caught.value) == (
        f"actor 'p' failed at the end of the run, {when}, handling RunFinished: ValueError: cannot save"
    )
    assert (caught.value.barrier, caught.value.message_type) == (last, "RunFinished")


def test_a_failure_to_stop_is_added_to_the_first_failure() -> None:
    with pytest.raises(ActorFailed, match="actor 'a' failed at barrier 0 handling PhaseOpened") as caught:
        play(Player("a", {Phase.FILL: raises}), BadStop("b"))
    assert caught.value.__notes__ == ["then actor 'b' failed to stop: OSError: disk full"]


def test_sending_while_stopping_is_a_failure_not_a_loss() -> None:
    class LateTalker(Player):
        async def stopped(self) -> None:
            self.send(Ping())

    with pytest.raises(ActorFailed, match="handling stopped: RuntimeError: actor 'a' is not part of a running session"):
        play(LateTalker("a"))


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("later", [False, True], ids=["at once", "after a wait"])
def test_what_ends_programs_passes_through_as_it_is(error: type[BaseException], later: bool) -> None:
    async def wait_and_end(_: Player, __: Any) -> None:
        await anyio.lowlevel.checkpoint()
        raise error

    def end(_: Player, __: Any) -> None:
        raise error

    player = Player("p", {Phase.FILL: wait_and_end if later else end})
    with pytest.raises(error):
        play(player)
    assert player.events == ["started", "stopped"]


def test_a_scheduler_runs_once() -> None:
    scheduler = play()
    with pytest.raises(RuntimeError, match="a scheduler runs once"):
        anyio.run(scheduler.run)


def test_a_clock_that_does_not_answer_is_named() -> None:
    class Mute(Actor):
        @handles(PhaseQuiesced)
        def on_quiesced(self, _: PhaseQuiesced) -> None: ...

    class SlowMute(Actor):
        @handles(PhaseQuiesced)
        async def on_quiesced(self, _: PhaseQuiesced) -> None: ...

    for clock in (Mute("m"), SlowMute("m")):
        with pytest.raises(ActorFailed, match=r"actor 'm' failed at barrier -1 handling .* answered with nothing"):
            anyio.run(Scheduler([clock]).run)


# --- beside the phases -------------------------------------------------------------------------------------------


class SlowStop(Player):
    async def stopped(self) -> None:
        await anyio.sleep(0.001)
        await super().stopped()


@pytest.mark.asyncio
async def test_canceling_a_run_stops_its_actors_however_long_that_takes() -> None:
    player = SlowStop("p", {Phase.FILL: at(3, sleeps)})
    scheduler = stage(player, barriers=None)
    with anyio.move_on_after(0.05) as scope:
        await scheduler.run()
    assert scope.cancelled_caught
    assert (scheduler.seq, player.events) == (3, ["started", "stopped"])


def test_background_work_ends_with_the_run_and_what_it_sends_arrives() -> None:
    ended: list[str] = []

    async def chatter(player: Player) -> None:
        try:
            player.send(Ping("beside"))
            await anyio.sleep(60)
        finally:
            ended.append("canceled")

    class Chatterbox(Player):
        async def started(self) -> None:
            self.spawn(chatter, self)

    hearer = Player("hearer", {Ping: hears})

    async def gives_way(_: Player, __: Any) -> None:
        await anyio.lowlevel.checkpoint()

    play(Chatterbox("box"), hearer, Player("w", {Phase.FILL: gives_way}), barriers=5)
    assert hearer.seen == ["Ping(beside)"]
    assert ended == ["canceled"]


def test_background_work_that_fails_while_it_is_canceled_is_told() -> None:
    async def bad_end() -> None:
        try:
            await anyio.sleep(60)
        finally:
            raise OSError("cannot close")

    class Opener(Player):
        async def started(self) -> None:
            self.spawn(bad_end)

    async def gives_way(_: Player, __: Any) -> None:
        await anyio.lowlevel.checkpoint()

    with pytest.raises(
        ActorFailed, match=r"actor 'o' failed at the end of the run, .* handling task .*bad_end: OSError"
    ):
        play(Opener("o"), Player("w", {Phase.FILL: gives_way}))
