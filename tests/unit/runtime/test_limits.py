"""Waits, talk and mailboxes beyond the limits of a run are told with everybody who has a part in them."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.unit.runtime.troupe import Ping, Player, Pong, at, hears, play, sends, sleeps

from tidegate.core.enums import Phase
from tidegate.core.errors import BarrierTimeout, ConfigError, TidegateError
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended, PhaseOpened, PhaseQuiesced, RunFinished
from tidegate.runtime.actor import Actor, handles
from tidegate.runtime.limits import Limits, MailboxOverflow
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.shuffle import Shuffle

SHORT = Limits(phase_timeout_s=0.08)


def hears_and(answer: Message) -> Callable[[Player, Any], None]:
    """A part that notes the message and answers it."""

    def part(player: Player, message: Any) -> None:
        hears(player, message)
        player.send(answer)

    return part


async def sleeps_deep(player: Player, message: Any) -> None:
    await sleeps(player, message)


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
    assert re.search(r"test_limits\.py:\d+ in sleeps_deep\n.*troupe\.py:\d+ in sleeps\n", text)
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

    with pytest.raises(BarrierTimeout, match=r"troupe\.py:\d+ in sleeps"):
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


def test_every_error_of_a_run_is_one_of_ours() -> None:
    assert issubclass(MailboxOverflow, TidegateError)
