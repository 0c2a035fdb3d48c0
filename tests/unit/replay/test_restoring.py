"""A run that goes on, or is replayed, from a snapshot: who told a state is not called for what was before."""

from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.unit.recorded import DAYS, Busy, digest, market, session
from tests.unit.replay.test_resuming import assert_same, cut_off

import tidegate as tg
from tidegate.core.errors import UserError
from tidegate.journal import Journal, JournalError
from tidegate.journal.index import index_path
from tidegate.journal.layout import HEAD_BYTES
from tidegate.journal.middle import find_middle, snapshot_barriers
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.control import LogWritten
from tidegate.replay import Again, Given, resume, run_again
from tidegate.results.folder import JOURNAL
from tidegate.runtime.actor import handles
from tidegate.session import Session

EVERY = 6
CALLED: list[int] = []


class Telling(Busy):
    """Counts its decisions, and tells what it counted; at one barrier it may ask for something more."""

    extra = -1

    def __init__(self) -> None:
        self.count = 0

    def on_batch(self, ctx: tg.Context) -> None:
        """Decides by its count, which is the barrier."""
        CALLED.append(ctx.barrier)
        assert self.count == ctx.barrier
        self.count += 1
        super().on_batch(ctx)
        if ctx.barrier == self.extra:
            ctx.order("A", 1)

    def state(self) -> object:
        """The count."""
        return {"count": self.count}

    def restore(self, state: Any) -> None:
        """The same."""
        self.count = state["count"]


class Silent(Telling):
    """The same, and does not say itself what it keeps: what it inherits may know less."""


class Counter(tg.Actor):
    """An actor of the user's that tells nothing, and remarks on every fourth account."""

    sends = (LogWritten,)

    def __init__(self, name: str = "counter", after: int = 4) -> None:
        super().__init__(name)
        self.seen, self.after = 0, after

    @handles(AccountSnapshot)
    async def on_account(self, account: AccountSnapshot) -> None:
        """Counts."""
        self.seen += 1
        if self.seen % self.after == 0:
            self.send(LogWritten(account.seq, self.name, f"account {self.seen}"))


def recorded(folder: Path, strategy: tg.Strategy, *, after: int = 0, **section: Any) -> Path:
    """The folder of a whole run."""
    made = session(None, out=folder, strategy=strategy, section={"mode": "batch", "snapshots": EVERY} | section)
    if after:
        made.add(Counter(after=after))
    made.run()
    CALLED.clear()
    return folder


def go_on(folder: Path, strategy: tg.Strategy, *, after: int = 0) -> Any:
    """Resumes."""

    def prepare(made: Session) -> None:
        if after:
            made.add(Counter(after=after))

    return resume(folder, Given(strategy=strategy, source=market(), prepare=prepare), progress=False)


@pytest.mark.parametrize("market_mode", ["reference", "value"])
def test_who_told_a_state_is_not_called_for_what_was_before(tmp_path: Path, market_mode: str) -> None:
    whole = recorded(tmp_path / "whole", Telling(), market=market_mode)
    size = (whole / JOURNAL).stat().st_size
    folder = cut_off(whole, tmp_path / "run", size - 1)
    with Journal.open(folder / JOURNAL) as journal:
        assert [barrier for _, barrier in snapshot_barriers(journal)] == [5, 11, 17, 23, 29]
        middle = find_middle(journal, journal.end.barrier)
        assert middle is not None
        last = middle.snapshot.barrier
        assert set(middle.snapshot.states) == {"clock", "feed", "broker", "risk", "telling"}
    go_on(folder, Telling())
    assert list(range(last + 1, DAYS)) == CALLED
    assert_same(folder, whole)


def test_who_does_not_is_told_again_all_that_it_was_sent(tmp_path: Path) -> None:
    whole = recorded(tmp_path / "whole", Silent(), after=4)
    folder = cut_off(whole, tmp_path / "run", (whole / JOURNAL).stat().st_size - 1)
    with Journal.open(folder / JOURNAL) as journal:
        middle = find_middle(journal, DAYS)
        assert middle is not None
        assert not {"silent", "counter", "recorder"} & middle.snapshot.states.keys()
    go_on(folder, Silent(), after=4)
    assert list(range(DAYS)) == CALLED
    assert_same(folder, whole)


def test_a_state_that_is_not_taken_over_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Telling, state: Any) -> None:
        raise ValueError(f"not {state}")

    whole = recorded(tmp_path / "whole", Telling())
    monkeypatch.setattr(Telling, "restore", refuse)
    said = r"the state of actor 'telling' in the snapshot after barrier 5 cannot be taken over: not {'count': 6}"
    with pytest.raises(UserError, match=said):
        run_again(whole, Again(Given(strategy=Telling(), source=market())), first=8)


class Moody(Silent):
    """Asks for something else when it is asked once more."""

    runs = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1

    def on_batch(self, ctx: tg.Context) -> None:
        """More, the second time."""
        super().on_batch(ctx)
        if ctx.barrier == 3 and self.runs > 1:
            ctx.order("A", 1)


def test_who_does_not_send_what_it_sent_is_named(tmp_path: Path) -> None:
    Moody.runs = 0
    whole = recorded(tmp_path / "whole", Moody())
    folder = cut_off(whole, tmp_path / "run", (whole / JOURNAL).stat().st_size - 1)
    with pytest.raises(UserError) as caught:
        go_on(folder, Moody())
    said = str(caught.value)
    assert "the run does not repeat itself, so it cannot go on:" in said
    assert "barrier 3" in said or "SubmitOrders of 'moody'" in said
    assert "sent because of" in said


def test_a_damaged_snapshot_is_passed_over(tmp_path: Path) -> None:
    whole = recorded(tmp_path / "whole", Telling())
    with Journal.open(whole / JOURNAL) as journal:
        (place, _) = snapshot_barriers(journal)[2]
        offset = int(journal.index.columns[0, place])
    data = bytearray((whole / JOURNAL).read_bytes())
    data[offset + HEAD_BYTES + 40] ^= 1
    folder = cut_off(whole, tmp_path / "run", 10**9)
    (folder / JOURNAL).write_bytes(data)
    with Journal.open(folder / JOURNAL, check=True) as journal:
        assert journal.end.offset == offset
        assert journal.end.barrier == 17
        assert "checksum is wrong" in journal.end.why
    go_on(folder, Telling())
    assert list(range(12, DAYS)) == CALLED
    assert_same(folder, whole)


@pytest.mark.parametrize("market_mode", ["reference", "value"])
@pytest.mark.parametrize("behind", [0, 1])
@pytest.mark.parametrize("first", [-1, 13, 18])
def test_damage_behind_what_an_index_vouches_for_is_no_difference(
    tmp_path: Path, first: int, behind: int, market_mode: str
) -> None:
    whole = recorded(tmp_path / "whole", Telling(), market=market_mode)
    with Journal.open(whole / JOURNAL) as journal:
        offset = int(journal.index.columns[0, snapshot_barriers(journal)[2][0] + behind])
    data = bytearray((whole / JOURNAL).read_bytes())
    data[offset + HEAD_BYTES + 40] ^= 1
    (whole / JOURNAL).write_bytes(data)
    with pytest.raises(JournalError, match=rf"damaged at byte {offset:,}, .* checksum is wrong"):
        run_again(whole, Again(Given(strategy=Telling(), source=market())), first=first)


@pytest.mark.parametrize("first", [-1, 7])
def test_a_journal_that_is_damaged_is_not_called_equal(tmp_path: Path, first: int) -> None:
    """Nor does its test pass; where it is cut, as a killed run leaves it, what is there is compared."""
    whole = recorded(tmp_path / "whole", Telling())
    index_path(whole / JOURNAL).unlink()
    data = bytearray((whole / JOURNAL).read_bytes())
    (whole / JOURNAL).write_bytes(data[:-5])
    assert run_again(whole, Again(Given(strategy=Telling(), source=market())), first=first).difference is None
    data[-5] ^= 1
    (whole / JOURNAL).write_bytes(data)
    with pytest.raises(JournalError, match=r"journal\.tgj: every message is equal as far as it can be read: damaged"):
        run_again(whole, Again(Given(strategy=Telling(), source=market())), first=first)


def test_the_digest_does_not_depend_on_snapshots(tmp_path: Path) -> None:
    found = set()
    for every in (0, 1, EVERY):
        whole = recorded(tmp_path / str(every), Telling(), snapshots=every)
        found.add(digest(whole / JOURNAL))
        with Journal.open(whole / JOURNAL) as journal:
            assert len(snapshot_barriers(journal)) == (DAYS // every if every else 0)
    assert len(found) == 1


def test_a_replay_of_all_of_it_passes_over_snapshots(tmp_path: Path) -> None:
    whole = recorded(tmp_path / "whole", Telling())
    outcome = run_again(whole, Again(Given(strategy=Telling(), source=market())))
    assert outcome.difference is None
    assert outcome.restored == -1
    assert list(range(DAYS)) == CALLED


@pytest.mark.parametrize(("first", "began"), [(5, -1), (6, 5), (29, 23)])
def test_a_replay_from_a_barrier_begins_at_the_snapshot_before_it(tmp_path: Path, first: int, began: int) -> None:
    whole = recorded(tmp_path / "whole", Telling())
    outcome = run_again(whole, Again(Given(strategy=Telling(), source=market())), first=first)
    assert outcome.difference is None
    assert outcome.restored == began
    assert list(range(began + 1, DAYS)) == CALLED


def test_other_parts_begin_at_the_barrier_itself(tmp_path: Path) -> None:
    whole = recorded(tmp_path / "whole", Telling())
    given = Given(strategy=Telling(), source=market())
    outcome = run_again(whole, Again(given, {"risk.rules": "[{stop_loss: {pct: 0.01}}]"}), first=13)
    assert outcome.restored == 12
    assert list(range(12, 12 + len(CALLED))) == CALLED  # from the last snapshot on, and then with other rules
    assert outcome.difference is not None
    assert (outcome.difference.barrier, outcome.difference.type) == (13, "ProtectiveLevels")


def test_what_differs_after_a_snapshot_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = recorded(tmp_path / "whole", Telling())
    monkeypatch.setattr(Telling, "extra", 20)
    outcome = run_again(whole, Again(Given(strategy=Telling(), source=market())), first=15)
    assert outcome.difference is not None
    assert (outcome.difference.barrier, outcome.difference.sender) == (20, "telling")
    assert outcome.restored == 11


class Busybody(tg.Actor):
    """Has a task run until barrier 13."""

    def __init__(self) -> None:
        super().__init__("busybody")
        self.over: anyio.Event | None = None

    async def started(self) -> None:
        """Spawns it."""
        self.over = anyio.Event()
        self.spawn(self.over.wait)

    @handles(AccountSnapshot)
    async def on_account(self, account: AccountSnapshot) -> None:
        """Has it end, and waits until it has."""
        if account.seq == 13 and self.over is not None:
            self.over.set()
            for _ in range(3):
                await anyio.lowlevel.checkpoint()


def test_no_snapshot_is_taken_while_a_task_runs_beside(tmp_path: Path) -> None:
    made = session(None, out=tmp_path / "run", strategy=Telling(), section={"mode": "batch", "snapshots": EVERY})
    made.add(Busybody())
    made.run()
    with Journal.open(tmp_path / "run" / JOURNAL) as journal:
        assert [barrier for _, barrier in snapshot_barriers(journal)] == [13, 17, 23, 29]
