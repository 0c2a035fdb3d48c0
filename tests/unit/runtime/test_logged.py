"""What a log is told: all that is delivered, in that order, from whom and because of what; and nothing else changes."""

from collections.abc import Awaitable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.runtime.listening import Heard, Listener
from tests.unit.runtime.troupe import Feed, Late, Ping, Player, Pong, Urgent, play, sends, stage, unheard

from tidegate.core.enums import Phase
from tidegate.core.errors import ActorFailed
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended, PhaseOpened, PhaseQuiesced, RunFinished, StopRequested
from tidegate.messages.codec import same
from tidegate.runtime.actor import Actor, handles, on_phase
from tidegate.runtime.clock import Clock
from tidegate.runtime.logged import AT_ONCE, IN_A_BARRIER
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.shuffle import Shuffle

CLOCK, FEED, FIRST = 0, 1, 2
KINDS: tuple[Any, ...] = (Ping, Pong, Urgent, Late)


class Teller(Actor):
    """Answers with messages that say whose they are and what they answer: `word of what was handled/name and count`.

    Args:
        script: by type of message, or phase, what types it sends.
        waits: of which of them the handler waits, once before and once between what it sends.
        spawns: whether the first handler starts a task that sends on its own.
    """

    def __init__(self, name: str, script: dict[Any, list[Any]], waits: tuple[Any, ...], *, spawns: bool) -> None:
        super().__init__(name)
        self.script, self.waits, self.spawns = script, waits, spawns
        self.count = 0
        self.seen: list[str] = []

    def say(self, kind: Any, to: str) -> None:
        self.count += 1
        self.send(kind(f"{to}/{self.name}{self.count}"))

    def _hear(self, key: Any, message: Message) -> Awaitable[None] | None:
        word = getattr(message, "word", None) or f"{getattr(message, 'phase', key)}"
        self.seen.append(word)
        answers = self.script[key] if word.count("/") < 3 else []
        if self.spawns:
            self.spawns = False
            self.spawn(self._beside)
        if key in self.waits:
            return self._answer_later(word, answers)
        for kind in answers:
            self.say(kind, word)
        return None

    async def _answer_later(self, word: str, answers: list[Any]) -> None:
        for kind in answers:
            await anyio.lowlevel.checkpoint()
            self.say(kind, word)

    async def _beside(self) -> None:
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
            self.say(Ping, "task")

    def routes(self) -> dict[Any, Any]:
        return {key: lambda message, key=key: self._hear(key, message) for key in self.script}


keys = st.sampled_from([*KINDS, Phase.FILL, Phase.DECIDE])
scripts = st.dictionaries(keys, st.lists(st.sampled_from(KINDS), max_size=2), min_size=1, max_size=4)
casts = st.lists(st.tuples(scripts, st.lists(keys, max_size=2).map(tuple)), min_size=1, max_size=4)


def cast(parts: list[tuple[Any, Any]]) -> list[Teller]:
    return [Teller(f"t{n}", script, waits, spawns=False) for n, (script, waits) in enumerate(parts)]


def told(parts: list[tuple[Any, Any]], order: Shuffle | None = None) -> tuple[list[Teller], Listener]:
    actors, listener = cast(parts), Listener()
    play(*actors, barriers=2, order=order, log=listener)
    return actors, listener


def word(heard: Heard) -> str:
    return str(getattr(heard.message, "word", ""))


@settings(max_examples=20)
@given(casts)
def test_what_is_told_is_what_the_actors_see_from_whom_and_because_of_what(parts: list[Any]) -> None:
    unheard = cast(parts)
    play(*unheard, barriers=2)
    actors, listener = told(parts)
    heard = listener.heard()
    by_number = {each.number: each for each in heard}
    assert [actor.seen for actor in actors] == [actor.seen for actor in unheard]
    for actor in actors:
        got = [word(each) or f"{getattr(each.message, 'phase', '')}" for each in heard if key(each) in actor.script]
        assert got == actor.seen
    for each in heard:
        if word(each):
            parent, _, mine = word(each).rpartition("/")
            assert mine[:2] == f"t{each.sender - FIRST}"
            cause = by_number[each.cause]
            assert parent == (word(cause) or f"{getattr(cause.message, 'phase', '')}")
        else:
            assert each.cause == -1 or type(each.message).__name__ == "EndOfData"


def key(heard: Heard) -> Any:
    return heard.message.phase if isinstance(heard.message, PhaseOpened) else type(heard.message)


@settings(max_examples=20)
@given(casts, st.integers(0, 2**32))
def test_turns_change_nothing_of_what_is_told(parts: list[Any], seed: int) -> None:
    _, straight = told(parts)
    _, shuffled = told(parts, Shuffle(seed))
    assert all(same_entry(a, b) for a, b in zip(straight.told, shuffled.told, strict=True))


def same_entry(one: Any, other: Any) -> bool:
    if isinstance(one, tuple):
        return repr(one) == repr(other)
    return bool(one == other) and type(one) is type(other)


@settings(max_examples=20)
@given(casts)
def test_messages_stand_in_the_order_of_superstep_precedence_sender_and_sequence(parts: list[Any]) -> None:
    _, listener = told(parts)
    place = [
        (each.barrier, -1 if each.phase is None else each.phase, each.superstep, each.message.precedence,
         each.sender, each.sender_seq)
        for each in listener.heard()
    ]  # fmt: skip
    assert place == sorted(place)
    counts: dict[int, int] = {}
    for *_, sender, seq in place:
        assert seq == counts.get(sender, 0)
        counts[sender] = seq + 1


def test_what_a_task_sends_has_no_cause_even_while_its_actor_waits() -> None:
    actor = Teller("t0", {Phase.FILL: [Ping, Ping, Ping, Ping], Ping: []}, (Phase.FILL,), spawns=True)
    listener = Listener()
    play(actor, barriers=2, log=listener)
    heard = listener.heard()
    causes = {word(each).split("/")[0]: each.cause for each in heard if word(each)}
    assert set(causes) == {f"{Phase.FILL}", "task"}
    for each in heard:
        if word(each):
            assert (each.cause == -1) == word(each).startswith("task")


def test_what_is_sent_before_the_first_barrier_has_neither_phase_nor_cause() -> None:
    class Early(Player):
        async def started(self) -> None:
            self.send(Ping("early"))
            self.send(Urgent("first"))

    listener = Listener()
    play(Early("early", {Ping: sends(Pong("answer"))}), barriers=1, log=listener)
    found = [(one.barrier, one.phase, one.superstep, one.sender_seq, one.cause, word(one)) for one in listener.heard()]
    assert found[:3] == [(-1, None, 0, 0, -1, "first"), (-1, None, 0, 1, -1, "early"), (-1, None, 1, 2, 1, "answer")]


def test_each_barrier_is_committed_once_it_is_quiescent_and_the_rest_follows() -> None:
    listener = Listener(waits=True)
    play(Player("a", {Phase.RECORD: sends(Ping("last"))}), barriers=3, log=listener)
    heard, commits = listener.heard(), listener.commits
    assert len(commits) == 3
    for barrier, commit in enumerate(commits):
        assert max(each.number for each in heard if each.barrier == barrier) == commit - 1
        assert word(next(each for each in heard if each.number == commit - 1)) == "last"
    rest = [type(each.message).__name__ for each in heard if each.number > commits[-1]]
    assert rest == ["PhaseOpened", "EndOfData", "RunFinished"]
    assert [listener.told[end - 1] for end in ends(listener)[:3]] == [-1, -1, -1]


def ends(listener: Listener) -> list[int]:
    return [sum(listener.calls[: n + 1]) for n in range(len(listener.calls))]


def test_a_log_that_does_not_wait_hears_of_many_barriers_at_once() -> None:
    listener = Listener()
    play(Player("a", {Phase.RECORD: sends(Ping("last"))}), barriers=200, log=listener)
    assert len(listener.calls) < 10
    assert all(count >= AT_ONCE for count in listener.calls[:-1])


def test_a_barrier_of_many_messages_is_told_in_parts() -> None:
    listener = Listener(waits=True)
    many = Player("many", {Phase.FILL: sends(*[Ping()] * IN_A_BARRIER), Ping: lambda p, m: p.send(Pong())})
    play(many, barriers=1, log=listener)
    assert len(listener.calls) == 3
    heard = listener.heard()
    opened = next(each for each in heard if each.phase is Phase.FILL).number
    assert [each.cause for each in heard if type(each.message) is Ping] == [opened] * IN_A_BARRIER
    assert [each.cause for each in heard if type(each.message) is Pong] == list(
        range(opened + 1, opened + 1 + IN_A_BARRIER)
    )


def test_later_steps_of_a_phase_and_a_stop_are_told_in_full() -> None:
    class Twice(Actor):
        @on_phase(Phase.FILL)
        def on_fill(self, phase: PhaseOpened) -> None:
            if phase.step == 0:
                self.send(PhaseExtended())
            if phase.seq == 1:
                self.send(StopRequested("enough"))

    listener = Listener()
    play(Twice("twice"), barriers=None, log=listener)
    heard = listener.heard()
    fills = [(each, each.message) for each in heard if isinstance(each.message, PhaseOpened)]
    steps = [(each.barrier, opened.step, each.superstep) for each, opened in fills if opened.phase is Phase.FILL]
    assert steps == [(0, 0, 0), (0, 1, 2), (1, 0, 0), (1, 1, 2)]
    last = heard[-1]
    assert same(last.message, RunFinished(1, "enough"))
    assert (last.barrier, last.number - 1 in listener.commits) == (1, True)


def test_a_stop_from_outside_comes_from_the_scheduler() -> None:
    listener = Listener()
    actor = Player("a", {Phase.RECORD: lambda player, message: stops[0]() if message.seq == 2 else None})
    stops: list[Any] = []
    scheduler = stage(actor, barriers=None, log=listener)
    stops.append(lambda: scheduler.stop("from outside"))
    anyio.run(scheduler.run)
    stop = next(each for each in listener.heard() if type(each.message) is StopRequested)
    assert (stop.barrier, stop.sender, stop.sender_seq, stop.cause) == (2, len(scheduler.table.actors), 0, -1)


@pytest.mark.parametrize("waits", [False, True])
def test_a_failing_run_tells_up_to_what_failed(waits: bool) -> None:
    def fail(_: Player, message: Ping) -> None:
        raise ValueError(message.word)

    listener = Listener(waits=waits)
    actor = Player("a", {Ping: fail, Phase.DECIDE: lambda p, m: p.send(Ping("bad")) if m.seq == 1 else None})
    with pytest.raises(ActorFailed, match="bad"):
        play(actor, barriers=5, log=listener)
    heard = listener.heard()
    assert (word(heard[-1]), heard[-1].barrier, len(listener.commits)) == ("bad", 1, 1)


@pytest.mark.parametrize("call", [0, 2])
def test_a_log_that_fails_ends_the_run_as_itself_and_is_left_alone(call: int) -> None:
    listener = Listener(waits=True, fails_at=call)
    actor = Player("a", {Phase.FILL: sends(Ping())})
    with pytest.raises(OSError, match="the disk is full"):
        play(actor, barriers=9, log=listener)
    assert len(listener.calls) == call
    assert actor.events == ["started", "stopped"]


class SlowClock(Clock):
    """Takes its time before it answers."""

    @handles(PhaseQuiesced)
    async def on_quiesced(self, _: PhaseQuiesced) -> None:  # type: ignore[override] # a handler may wait
        await anyio.lowlevel.checkpoint()
        super().on_quiesced(_)


def test_a_clock_that_waits_is_told_of_like_any_other() -> None:
    found = []
    for clock in (Clock(), SlowClock()):
        listener = Listener()
        actor = Player("a", {Phase.FILL: sends(Ping(), Pong()), Ping: sends(Pong())})
        anyio.run(Scheduler([clock, Feed(2), actor], log=listener, report=unheard).run)
        found.append(listener.told)
    assert all(same_entry(one, other) for one, other in zip(*found, strict=True))
