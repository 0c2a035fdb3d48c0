"""Code that keeps the event loop to itself is named and ended; nothing else is disturbed."""

import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.unit.runtime.troupe import Ping, Player, Pong, hears, play, sends, stage

from tidegate.core.enums import Phase
from tidegate.core.errors import BarrierTimeout, TidegateError
from tidegate.runtime.entry import run_anywhere
from tidegate.runtime.limits import Limits, MailboxOverflow
from tidegate.runtime.watchdog import Blocked, Watchdog, to_stderr

SHORT = Limits(phase_timeout_s=0.06)
PATIENT = Limits(phase_timeout_s=0.2)


def spins(_: Player, __: Any) -> None:
    while True:
        pass


def spins_deep(player: Player, message: Any) -> None:
    spins(player, message)


def sleeps(_: Player, __: Any) -> None:
    time.sleep(0.2)


async def spins_after_a_wait(player: Player, message: Any) -> None:
    await anyio.lowlevel.checkpoint()
    spins(player, message)


def swallows(player: Player, message: Any) -> None:
    try:
        spins(player, message)
    except BaseException:
        player.seen.append("swallowed")


async def swallows_after_a_wait(player: Player, message: Any) -> None:
    await anyio.lowlevel.checkpoint()
    swallows(player, message)


def breaks_on_the_way_out(player: Player, message: Any) -> None:
    try:
        spins(player, message)
    finally:
        raise OSError("cleanup failed")


BLOCKING = [
    (spins, "spins"),
    (spins_deep, "spins_deep"),
    (sleeps, "sleeps"),
    (spins_after_a_wait, "spins_after_a_wait"),
    (swallows, "swallows"),
    (swallows_after_a_wait, "swallows_after_a_wait"),
    (breaks_on_the_way_out, "breaks_on_the_way_out"),
]


@pytest.mark.parametrize(("part", "frame"), BLOCKING)
def test_a_handler_that_blocks_the_loop_is_named_and_ended(part: Callable[[Player, Any], Any], frame: str) -> None:
    reports: list[str] = []
    blocker = Player("blocker", {Ping: part, Pong: hears})
    source = Player("source", {Phase.GUARD: sends(Pong(), Ping(), Pong(), Pong())})
    with pytest.raises(BarrierTimeout) as caught:
        play(blocker, source, barriers=None, limits=SHORT, report=reports.append)
    text = str(caught.value)
    assert reports == [text]
    assert text.startswith(
        "barrier 0, phase GUARD: actor 'blocker' keeps the event loop to itself in Ping after 0.06 s"
    )
    assert "(run.phase_timeout_s), 3 messages in its mailbox\n" in text
    assert "test_watchdog.py:" in text
    assert f"in {frame}" in text
    assert "site-packages" not in text
    assert blocker.events == source.events == ["started", "stopped"]


def test_a_lone_message_that_blocks_counts_as_one() -> None:
    with pytest.raises(BarrierTimeout, match=r"'p' keeps the event loop to itself in PhaseOpened .*, 1 message in"):
        play(Player("p", {Phase.FILL: spins}), limits=SHORT)


def test_background_work_that_blocks_the_loop_is_named() -> None:
    async def work(player: Player) -> None:
        spins(player, None)

    class Worker(Player):
        async def started(self) -> None:
            self.spawn(work, self)

    with pytest.raises(BarrierTimeout, match=r"actor 'w' keeps the event loop to itself in task .*work"):
        play(Worker("w"), barriers=None, limits=SHORT)


def test_sending_without_end_is_ended_before_memory_is() -> None:
    def floods(player: Player, _: Any) -> None:
        while True:
            player.send(Ping())

    limits = Limits(phase_timeout_s=30.0, mailbox_limit=1000)
    want = r"barrier 0, phase FILL: actor 'p' has sent [\d,]+ messages in one go, above 1,000 \(run.mailbox_limit\)"
    with pytest.raises(MailboxOverflow, match=want):
        play(Player("p", {Phase.FILL: floods}), limits=limits)


IN_A_TRACER = """
def notes(duration_s, noted):
    end = time.perf_counter() + duration_s
    while time.perf_counter() < end:
        pass
    noted.append("noted")
"""


@pytest.mark.parametrize(("module", "want"), [("coverage.collector", ["noted"]), ("tracers", [])])
def test_a_tool_that_traces_the_code_is_not_broken_off(module: str, want: list[str]) -> None:
    tool: dict[str, Any] = {"__name__": module, "time": time}
    exec(IN_A_TRACER, tool)
    noted: list[str] = []
    told_inside: list[bool] = []

    def traced(player: Player, message: Any) -> None:
        tool["notes"](0.8, noted)
        spins(player, message)

    def report(_: str) -> None:
        told_inside.append(not noted)

    with pytest.raises(BarrierTimeout, match="'p' keeps the event loop to itself"):
        play(Player("p", {Phase.FILL: traced}), limits=SHORT, report=report)
    assert noted == want
    assert told_inside == [True], "at once, however long the tool takes"


def test_many_short_handlers_are_never_blamed_however_long_the_run() -> None:
    reports: list[str] = []

    def works(player: Player, _: Any) -> None:
        sum(range(20_000))

    play(Player("p", dict.fromkeys(Phase, works)), barriers=150, limits=PATIENT, report=reports.append)
    assert reports == []


def test_two_runs_at_once_in_threads_do_not_disturb_each_other() -> None:
    """One blocks and is ended; the others, with much to do, are left alone."""
    outcomes: dict[str, object] = {}

    def run(name: str, player: Player, barriers: int) -> None:
        scheduler = stage(player, barriers=barriers, limits=SHORT if name == "blocked" else PATIENT)
        try:
            run_anywhere(scheduler.run, scheduler.stop)
            outcomes[name] = scheduler.committed
        except TidegateError as error:
            outcomes[name] = str(error).split(" (")[0]

    threads = [
        threading.Thread(target=run, args=("blocked", Player("p", {Phase.FILL: spins}), 9)),
        threading.Thread(target=run, args=("busy", Player("q", {Phase.FILL: hears}), 20_000)),
        threading.Thread(target=run, args=("busy too", Player("q", {Phase.FILL: hears}), 10_000)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {
        "blocked": "barrier 0, phase FILL: actor 'p' keeps the event loop to itself in PhaseOpened after 0.06 s",
        "busy": 19_999,
        "busy too": 9_999,
    }


@pytest.mark.asyncio
async def test_two_runs_in_one_loop_do_not_disturb_each_other() -> None:
    async def gives_way(player: Player, message: Any) -> None:
        await anyio.lowlevel.checkpoint()
        hears(player, message)

    players = [Player("p", {Phase.FILL: gives_way}), Player("q", {Phase.FILL: gives_way})]
    async with anyio.create_task_group() as group:
        for player in players:
            group.start_soon(stage(player, barriers=30).run)
    assert [len(player.seen) for player in players] == [30, 30]


def test_nothing_is_raised_after_the_stretch_it_was_meant_for() -> None:
    """Stretches that last about as long as they may: whichever side wins, what follows is left alone."""
    for _ in range(40):
        watchdog = Watchdog(0.002, lambda _: BarrierTimeout("late"), lambda: None, lambda _: None)
        watchdog.start()
        try:
            watchdog.enter()
            try:
                sum(i for i in range(20_000))
            finally:
                watchdog.leave()
        except Blocked:
            assert watchdog.error is not None
        sum(i for i in range(5_000))
        watchdog.stop()
        sum(i for i in range(5_000))


def test_a_watchdog_that_never_started_can_be_stopped() -> None:
    watchdog = Watchdog(1.0, lambda _: BarrierTimeout("late"), lambda: None)
    watchdog.stop()
    assert watchdog.error is None


def test_reports_go_to_stderr_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr("actor 'p' keeps the loop")
    assert capsys.readouterr().err == "actor 'p' keeps the loop\n"
