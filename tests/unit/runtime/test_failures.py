"""Everything that can go wrong in a run names who, where and what; and everybody is stopped."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.unit.runtime.troupe import Ping, Player, Pong, hears, play, sends, stage

from tidegate.core.enums import Phase
from tidegate.core.errors import ActorFailed, BarrierTimeout, ConfigError, DataError, TidegateError
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended, PhaseOpened, PhaseQuiesced, RunFinished
from tidegate.runtime.actor import Actor, handles
from tidegate.runtime.limits import Limits, MailboxOverflow
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.shuffle import Shuffle

SHORT = Limits(phase_timeout_s=0.08)


def at(seq: int, part: Callable[[Player, Any], Any]) -> Callable[[Player, PhaseOpened], Any]:
    """The part, at one barrier alone."""
    return lambda player, message: part(player, message) if message.seq == seq else None


def hears_and(answer: Message) -> Callable[[Player, Any], None]:
    """A part that notes the message and answers it."""

    def part(player: Player, message: Any) -> None:
        hears(player, message)
        player.send(answer)

    return part


def raises(player: Player, _: Any) -> None:
    raise ValueError(f"{player.name} broke")


async def raises_later(player: Player, _: Any) -> None:
    await anyio.lowlevel.checkpoint()
    raise ValueError(f"{player.name} broke")


async def sleeps(_: Player, __: Any) -> None:
    await anyio.sleep(60)


async def sleeps_deep(player: Player, message: Any) -> None:
    await sleeps(player, message)


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
    (returns_nonsense, "FILL", r"handling PhaseOpened: TypeError: the handler of PhaseOpened returned 7; it must"),
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


# --- limits ------------------------------------------------------------------------------------------------------


def test_a_wait_beyond_the_limit_names_place_actors_messages_depth_and_stack() -> None:
    slow = Player("slow", {Ping: sleeps_deep, Pong: hears})
    also = Player("also", {Pong: sleeps})
    done = Player("done", {Ping: hears, Pong: hears})
    source = Player("source", {Phase.DECIDE: at(1, sends(Ping(), Pong(), Pong()))})
    with pytest.raises(BarrierTimeout) as caught:
        play(slow, also, done, source, barriers=None, limits=SHORT)
    text = str(caught.value)
    assert text.startswith("barrier 1, phase DECIDE: not quiescent after 0.08 s (run.phase_timeout_s)\n")
    assert "actor 'slow' waits in Ping, 3 messages in its mailbox" in text
    assert "actor 'also' waits in Pong, 2 messages in its mailbox" in text
    assert re.search(r"test_failures\.py:\d+ in sleeps_deep\n.*test_failures\.py:\d+ in sleeps\n", text)
    assert "'done'" not in text
    assert slow.events == also.events == ["started", "stopped"]


def test_a_wait_for_a_bare_future_is_shown_as_what_it_is() -> None:
    def hands_over(_: Player, __: Any) -> Any:
        return asyncio.get_running_loop().create_future()

    with pytest.raises(BarrierTimeout, match=r"actor 'p' waits in PhaseOpened(.|\n)*<Future pending"):
        play(Player("p", {Phase.FILL: hands_over}), limits=SHORT)


def test_a_wait_for_a_task_shows_the_stack_of_the_task() -> None:
    def hands_over(player: Player, message: Any) -> Any:
        return asyncio.ensure_future(sleeps(player, message))

    with pytest.raises(BarrierTimeout, match=r"test_failures\.py:\d+ in sleeps"):
        play(Player("p", {Phase.FILL: hands_over}), limits=SHORT)


def test_a_clock_may_wait_longer_than_a_phase() -> None:
    class RealTime(Actor):
        def __init__(self) -> None:
            super().__init__("clock")
            self.waits = 0

        @handles(PhaseQuiesced)
        async def on_quiesced(self, _: PhaseQuiesced) -> None:
            self.waits += 1
            await anyio.sleep(0.03)
            self.send(RunFinished(-1, "slept") if self.waits > 1 else PhaseOpened(Phase.ADVANCE, 0, 0))

    scheduler = Scheduler([RealTime()], limits=Limits(phase_timeout_s=0.01))
    anyio.run(scheduler.run)
    assert scheduler.finished is not None
    assert scheduler.finished.reason == "slept"


@pytest.mark.parametrize("order", [None, Shuffle(1)], ids=["own order", "shuffled"])
@pytest.mark.parametrize("supersteps", [4, 40, 1000])
def test_endless_talk_names_everyone_who_keeps_talking_and_what(supersteps: int, order: Shuffle | None) -> None:
    a = Player("a", {Phase.GUARD: at(1, sends(Ping())), Pong: hears_and(Ping())})
    b = Player("b", {Ping: hears_and(Pong())})
    quiet = Player("quiet", {Ping: hears})
    with pytest.raises(BarrierTimeout) as caught:
        play(a, b, quiet, barriers=None, order=order, limits=Limits(max_supersteps=supersteps))
    assert str(caught.value) == (
        f"barrier 1, phase GUARD: not quiescent after {supersteps:,} supersteps (run.max_supersteps); messages go"
        " round without end: actor 'a' sent Ping x1; actor 'b' sent Pong x1"
    )
    assert len(a.seen) + len(b.seen) == supersteps - 1


def test_a_long_talk_within_the_limit_is_no_fault_and_the_count_starts_anew_in_each_phase() -> None:
    def count_down(player: Player, message: Ping) -> None:
        if len(message.word) > 0:
            player.send(Ping(message.word[1:]))

    opening = sends(Ping("." * 990))
    player = Player("p", {Phase.FILL: opening, Phase.MARK: opening, Ping: count_down})
    assert play(player, barriers=3, limits=Limits(max_supersteps=1000)).committed == 2


def test_extending_a_phase_without_end_counts_as_endless() -> None:
    with pytest.raises(BarrierTimeout, match=r"phase FILL: not quiescent after 100 supersteps(.|\n)*'p' sent PhaseExt"):
        play(Player("p", {Phase.FILL: sends(PhaseExtended())}), limits=Limits(max_supersteps=100))


def test_a_phase_that_is_always_busy_runs_into_its_time_limit() -> None:
    """No single message takes long, and there is no end to them."""

    def busy(player: Player, message: Any) -> None:
        sum(range(2000))
        player.send(Ping())

    limits = Limits(phase_timeout_s=0.15, max_supersteps=10**9)
    with pytest.raises(BarrierTimeout, match=r"phase FILL: still delivering.* after 0.15 s .*actor 'p' \(Ping\)"):
        play(Player("p", {Phase.FILL: busy, Ping: busy}), limits=limits)


def test_a_full_mailbox_names_owner_depth_limit_and_sender() -> None:
    flood = sends(*[Ping()] * 12, *[Pong()] * 2)
    others = sends(*[Ping()] * 5)
    with pytest.raises(MailboxOverflow) as caught:
        play(
            Player("a", {Phase.FILL: others}),
            Player("b", {Phase.FILL: flood}),
            Player("c", {Ping: hears}),
            limits=Limits(mailbox_limit=16),
        )
    assert str(caught.value) == (
        "barrier 0, phase FILL: the mailbox of actor 'c' holds 17 messages, above 16 (run.mailbox_limit);"
        " actor 'b' sent Ping x12, Pong x2 after 5 of others"
    )


@pytest.mark.parametrize("order", [None, Shuffle(1)], ids=["own order", "shuffled"])
def test_many_messages_for_many_are_no_overflow(order: Shuffle | None) -> None:
    a = Player("a", {Phase.FILL: sends(*[Ping()] * 15)})
    b = Player("b", {Phase.FILL: sends(*[Pong()] * 15)})
    c, d = Player("c", {Ping: hears}), Player("d", {Pong: hears})
    play(a, b, c, d, limits=Limits(mailbox_limit=16), order=order)
    assert (len(c.seen), len(d.seen)) == (15, 15)


def test_sending_too_much_that_nobody_hears_is_an_overflow_too() -> None:
    with pytest.raises(MailboxOverflow, match=r"actor 'a' sent 20 messages at once, above 16 \(run.mailbox_limit\)"):
        play(Player("a", {Phase.FILL: sends(*[Ping()] * 20)}), limits=Limits(mailbox_limit=16))


def test_limits_of_nothing_are_refused_together() -> None:
    with pytest.raises(ConfigError) as caught:
        Limits(phase_timeout_s=0.0, max_supersteps=0, mailbox_limit=-1)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "run.phase_timeout_s",
        "run.max_supersteps",
        "run.mailbox_limit",
    ]


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


def test_every_error_of_a_run_is_one_of_ours() -> None:
    assert issubclass(MailboxOverflow, TidegateError)
