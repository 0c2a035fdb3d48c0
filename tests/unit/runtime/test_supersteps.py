"""Order of delivery, quiescence, and that neither turns nor waits change either."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.runtime.troupe import Late, Ping, Player, Pong, Urgent, hears, play, sends, stage

from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended, PhaseOpened, RunFinished
from tidegate.runtime.actor import Actor, handles, on_phase
from tidegate.runtime.shuffle import Shuffle

P, Q, U, L = Ping, Pong, Urgent, Late

# What the first and the second sender send in one superstep       what a third actor gets, in order
ORDERS = [
    ([], [], ""),
    ([P("a")], [], "Ping(a)"),
    ([], [P("b")], "Ping(b)"),
    ([P("a")], [P("b")], "Ping(a) Ping(b)"),
    ([P("1"), P("2")], [P("3")], "Ping(1) Ping(2) Ping(3)"),
    ([P("1"), Q("2")], [Q("3"), P("4")], "Ping(1) Pong(2) Pong(3) Ping(4)"),
    ([P("1")], [U("2")], "Urgent(2) Ping(1)"),
    ([P("1"), U("2")], [P("3"), U("4")], "Urgent(2) Urgent(4) Ping(1) Ping(3)"),
    ([L("1")], [P("2")], "Ping(2) Late(1)"),
    ([L("1"), P("2"), U("3")], [L("4"), P("5"), U("6")], "Urgent(3) Urgent(6) Ping(2) Ping(5) Late(1) Late(4)"),
    ([U("2")], [U("1")], "Urgent(2) Urgent(1)"),
]


@pytest.mark.parametrize("order", [None, Shuffle(1), Shuffle(2)], ids=["own order", "shuffled", "otherwise"])
@pytest.mark.parametrize(("first", "second", "want"), ORDERS)
def test_messages_arrive_by_precedence_then_sender_then_sequence(
    first: list[Message], second: list[Message], want: str, order: Shuffle | None
) -> None:
    hearer = Player("hearer", dict.fromkeys((Ping, Pong, Urgent, Late), hears))
    one = Player("one", {Phase.DECIDE: sends(*first)})
    two = Player("two", {Phase.DECIDE: sends(*second)})
    play(hearer, one, two, order=order)
    assert " ".join(hearer.seen) == want


def test_what_is_sent_in_one_superstep_is_delivered_in_the_next() -> None:
    """`far` hears of the phase through `near`, one superstep later than `near` itself speaks to the hearer."""
    hearer = Player("hearer", {Ping: hears, Pong: hears})
    far = Player("far", {Pong: sends(Ping("far"))})
    near = Player("near", {Phase.FILL: sends(Pong(), Ping("near"))})
    play(hearer, far, near)
    assert hearer.seen == ["Pong()", "Ping(near)", "Ping(far)"]


def test_a_phase_ends_only_after_the_last_message_of_a_chain() -> None:
    seen: list[str] = []

    def hop(player: Player, message: Ping) -> None:
        seen.append(message.word)
        if len(message.word) < 5:
            player.send(Ping(message.word + "."))

    hopper = Player("hopper", {Ping: hop, Phase.FILL: sends(Ping(""))})
    marker = Player("marker", {Phase.MARK: lambda _, __: seen.append("MARK")})
    play(marker, hopper)
    assert seen == ["", ".", "..", "...", "....", ".....", "MARK"]


def test_phases_come_in_order_and_those_nobody_handles_are_left_out() -> None:
    opened: list[tuple[int, Phase, int]] = []

    def note(_: Player, message: PhaseOpened) -> None:
        opened.append((message.seq, message.phase, message.step))

    play(Player("a", {Phase.DECIDE: note, Phase.MARK: note}), barriers=2)
    assert opened == [(0, Phase.MARK, 0), (0, Phase.DECIDE, 0), (1, Phase.MARK, 0), (1, Phase.DECIDE, 0)]


def test_a_message_that_nobody_handles_is_dropped_and_counted() -> None:
    scheduler = play(Player("a", {Phase.DECIDE: sends(Ping(), Ping()), Phase.MARK: sends(Pong())}), barriers=3)
    assert scheduler.unrouted == {"Ping": 6, "Pong": 3}


def test_what_is_sent_at_the_start_arrives_before_the_first_barrier() -> None:
    class Herald(Player):
        async def started(self) -> None:
            self.send(Ping("hear"))

    seen: list[object] = []
    hearer = Player("hearer", {Ping: lambda _, m: seen.append(m.word), Phase.FILL: lambda _, m: seen.append(m.seq)})
    play(hearer, Herald("herald"))
    assert seen == ["hear", 0]


def test_an_extended_phase_opens_again_as_its_next_step() -> None:
    steps: list[tuple[Phase, int]] = []

    def fill(player: Player, message: PhaseOpened) -> None:
        steps.append((message.phase, message.step))
        if message.step < 2:
            player.send(PhaseExtended())
            player.send(PhaseExtended())

    play(Player("a", {Phase.FILL: fill, Phase.MARK: fill}))
    assert steps == [(p, s) for p in (Phase.FILL, Phase.MARK) for s in (0, 1, 2)]


def test_the_end_of_the_run_is_worked_on_until_it_is_quiet() -> None:
    hearer = Player("hearer", {Ping: hears, Pong: hears})
    last = Player("last", {RunFinished: sends(Ping("last")), Ping: sends(Pong("words"))})
    scheduler = play(hearer, last, barriers=2)
    assert hearer.seen == ["Ping(last)", "Pong(words)"]
    assert scheduler.finished is not None
    assert (scheduler.finished.seq, scheduler.finished.reason, scheduler.committed) == (1, "end of data", 1)


def test_a_run_without_data_ends_before_its_first_barrier() -> None:
    scheduler = play(barriers=0)
    assert scheduler.finished is not None
    assert (scheduler.finished.seq, scheduler.committed) == (-1, -1)


def test_the_scheduler_says_which_barrier_is_open_and_which_is_whole() -> None:
    said: list[tuple[int, int]] = []
    watcher = Player("watcher", {Phase.RECORD: lambda _, __: said.append((scheduler.seq, scheduler.committed))})
    scheduler = stage(watcher, barriers=2)
    assert (scheduler.seq, scheduler.committed) == (-1, -1)
    anyio.run(scheduler.run)
    assert said == [(0, -1), (1, 0)]


# --- handlers that wait ------------------------------------------------------------------------------------------


def waits(turns: int, part: Callable[[Player, Any], None]) -> Callable[[Player, Any], Awaitable[None]]:
    """The part, after giving way `turns` times."""

    async def waiting(player: Player, message: Any) -> None:
        for _ in range(turns):
            await anyio.lowlevel.checkpoint()
        part(player, message)

    return waiting


@pytest.mark.parametrize("turns", [(0, 0, 0), (9, 0, 0), (0, 9, 3), (3, 2, 1), (1, 2, 3)])
def test_waits_of_any_length_give_the_same_order(turns: tuple[int, int, int]) -> None:
    hearer = Player("hearer", {Ping: hears})
    senders = [
        Player(f"s{i}", {Phase.DECIDE: waits(n, sends(Ping(f"{i}a"), Ping(f"{i}b")))}) for i, n in enumerate(turns)
    ]
    play(hearer, *senders)
    assert hearer.seen == ["Ping(0a)", "Ping(0b)", "Ping(1a)", "Ping(1b)", "Ping(2a)", "Ping(2b)"]


@pytest.mark.parametrize("order", [None, Shuffle(3)], ids=["own order", "shuffled"])
def test_the_rest_of_a_mailbox_waits_for_the_message_before_it(order: Shuffle | None) -> None:
    slow = Player("slow", {Urgent: waits(5, hears), Ping: hears, Pong: waits(2, hears)})
    source = Player("source", {Phase.FILL: sends(Ping("1"), Pong("2"), Ping("3"), Urgent("0"))})
    play(slow, source, order=order)
    assert slow.seen == ["Urgent(0)", "Ping(1)", "Pong(2)", "Ping(3)"]


def test_others_go_on_while_one_waits_and_the_phase_waits_for_all() -> None:
    seen: list[str] = []

    async def slowly(_: Player, __: Any) -> None:
        await anyio.lowlevel.checkpoint()
        seen.append("slow")

    slow = Player("slow", {Phase.FILL: slowly})
    quick = Player(
        "quick", {Phase.FILL: lambda _, __: seen.append("quick"), Phase.MARK: lambda _, __: seen.append("m")}
    )
    play(slow, quick)
    assert seen == ["quick", "slow", "m"]


def test_what_was_sent_before_and_after_a_wait_stays_with_its_sender() -> None:
    async def around(player: Player, _: Any) -> None:
        player.send(Ping("before"))
        await anyio.lowlevel.checkpoint()
        player.send(Ping("after"))

    hearer = Player("hearer", {Ping: hears})
    play(hearer, Player("one", {Phase.FILL: around}), Player("two", {Phase.FILL: sends(Ping("two"))}))
    assert hearer.seen == ["Ping(before)", "Ping(after)", "Ping(two)"]


def test_a_plain_handler_may_return_an_awaitable_when_this_time_it_must_wait() -> None:
    def sometimes(player: Player, message: PhaseOpened) -> Awaitable[None] | None:
        if message.seq == 1:
            return waits(3, hears)(player, message)
        hears(player, message)
        return None

    player = Player("player", {Phase.FILL: sometimes})
    play(player, barriers=3)
    assert player.seen == ["PhaseOpened()"] * 3


# --- whatever the graph ------------------------------------------------------------------------------------------

KINDS: tuple[type[Ping | Pong | Urgent | Late], ...] = (Ping, Pong, Urgent, Late)
Plan = list[dict[int, list[int]]]
"""For each actor: by kind heard (or -1 for the phase), which kinds to send."""


class Member(Actor):
    """Answers what it hears by its plan, a word longer each time, and not beyond four."""

    def __init__(self, number: int, plan: dict[int, list[int]], delays: list[int]) -> None:
        super().__init__(f"m{number}")
        self.number, self.plan, self.delays = number, plan, delays
        self.seen: list[str] = []

    @on_phase(Phase.DECIDE)
    def on_decide(self, _: PhaseOpened) -> Awaitable[None] | None:
        return self.say(-1, "")

    @handles(*KINDS)
    def on_any(self, message: Ping | Pong | Urgent | Late) -> Awaitable[None] | None:
        self.seen.append(f"{type(message).__name__}({message.word})")
        return self.say(KINDS.index(type(message)), message.word) if message.word.count(".") < 3 else None

    def say(self, heard: int, word: str) -> Awaitable[None] | None:
        replies = [KINDS[kind](f"{word}.{self.number}") for kind in self.plan.get(heard, [])]
        delay = self.delays[(len(self.seen) + self.number) % len(self.delays)]
        if delay:
            return self.say_later(delay, replies)
        self.say_now(replies)
        return None

    def say_now(self, replies: list[Ping | Pong | Urgent | Late]) -> None:
        for reply in replies:
            self.send(reply)

    async def say_later(self, turns: int, replies: list[Ping | Pong | Urgent | Late]) -> None:
        for _ in range(turns):
            await anyio.lowlevel.checkpoint()
        self.say_now(replies)


def logs(plan: Plan, delays: list[int], order: Shuffle | None) -> list[list[str]]:
    members = [Member(number, replies, delays) for number, replies in enumerate(plan)]
    play(*members, barriers=2, order=order)
    return [member.seen for member in members]


PLANS = st.lists(
    st.dictionaries(st.integers(-1, 3), st.lists(st.integers(0, 3), min_size=1, max_size=2), max_size=3),
    min_size=2,
    max_size=4,
)


@given(PLANS, st.integers(0, 2**32), st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_turns_and_waits_never_change_what_anyone_hears(plan: Plan, seed: int, delays: list[int]) -> None:
    want = logs(plan, [0], None)
    assert logs(plan, [0], Shuffle(seed)) == want
    assert logs(plan, delays, None) == want
    assert logs(plan, delays, Shuffle(seed)) == want


def test_two_hundred_shuffles_give_one_log() -> None:
    plan: Plan = [{-1: [0, 2], 0: [1]}, {-1: [3], 2: [0], 1: [2]}, {-1: [1, 0], 3: [2]}]
    want = logs(plan, [0], None)
    assert sum(map(len, want)) == 90
    assert all(logs(plan, [0], Shuffle(seed)) == want for seed in range(200))


def test_a_shuffle_does_change_who_goes_first() -> None:
    turns: list[str] = []
    players = [Player(name, {Phase.FILL: lambda p, _: turns.append(p.name)}) for name in "abcd"]
    play(*players, barriers=20, order=Shuffle(5))
    rounds = {tuple(turns[i : i + 4]) for i in range(0, len(turns), 4)}
    assert len(rounds) > 5
    assert all(sorted(r) == list("abcd") for r in rounds)
