"""The recorder: what it keeps, when it commits, whom it tells, and what is not in the tables."""

import asyncio
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
import numpy as np
import pytest
from tests.unit.actors.letters import DAY_NS, batch, fills, orders, phase, refused, snapshot, told
from tests.unit.actors.mailbox import Mailbox

from tidegate.actors.recorder import KEPT, Recorder
from tidegate.core.arrays import freeze
from tidegate.core.enums import Phase
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.clock import RunFinished
from tidegate.messages.control import BarrierCommitted, LogWritten
from tidegate.messages.orders import OrdersAccepted, OrdersApproved, OrdersExpired, SubmitOrders
from tidegate.messages.risk import ProtectiveLevels
from tidegate.results.progress import Progress, Silent
from tidegate.results.record import Table
from tidegate.results.tape import Tape
from tidegate.runtime.actor import RouteKey

ENDED = RunFinished(0, "end of data")


class Noting:
    """Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.updates: list[tuple[int, int, int]] = []

    def start(self, total: int) -> None: ...

    def update(self, barrier: int, ts_ns: int, equity_micros: int) -> None:
        self.updates.append((barrier, ts_ns, equity_micros))

    def finish(self, status: str) -> None: ...


class Recording(Mailbox):
    """A recorder and its tape."""

    def __init__(
        self,
        positions: Literal["changes", "every", "off"] = "changes",
        *,
        progress: Progress | None = None,
        handled: Iterable[RouteKey] = (),
    ) -> None:
        self.tape = Tape(positions)
        self.recorder = Recorder(self.tape, progress or Silent())
        super().__init__(self.recorder, handled)

    def barrier(self, seq: int, *messages: Message, **account: Any) -> list[Message]:
        """A barrier with these messages, marked and committed."""
        return self.deliver(*messages, snapshot(seq, **account), phase(Phase.RECORD, seq))

    def end(self, *messages: Message) -> None:
        """The run is over, after these messages."""
        self.deliver(*messages)
        asyncio.run(self.recorder.stopped())

    def table(self, name: str) -> Table:
        return self.tape.tables()[0][name]

    def column(self, table: str, name: str) -> list[Any]:
        values = self.table(table)[name]
        return values if isinstance(values, list) else values.tolist()


def test_every_commit_is_a_row_of_equity() -> None:
    recording = Recording()
    recording.barrier(0, cash=1000.0)
    recording.barrier(1, cash=900.0, held=(11, 0, 0))
    assert recording.column("equity", "barrier") == [0, 1]
    assert recording.column("equity", "ts_ns") == [DAY_NS, 2 * DAY_NS]
    assert recording.column("equity", "equity_micros") == [1_000_000_000, 1_010_000_000]
    assert recording.column("equity", "positions") == [0, 1]
    assert recording.tape.committed == 1


def test_a_second_mark_of_a_barrier_replaces_the_first() -> None:
    recording = Recording()
    recording.deliver(snapshot(0, cash=1000.0))
    recording.barrier(0, cash=990.0)
    assert recording.column("equity", "cash_micros") == [990_000_000]


def test_messages_belong_to_the_barrier_that_commits_them() -> None:
    recording = Recording()
    recording.barrier(
        0, orders(SubmitOrders, (0, 5.0)), orders(OrdersApproved, (0, 5.0)), orders(OrdersAccepted, (0, 5.0))
    )
    recording.barrier(1)
    recording.barrier(2, fills(2, (0, 5.0, 10.0)), LogWritten(2, "mine", "bought"))
    assert recording.column("orders", "barrier") == [0]
    assert (recording.column("orders", "status"), recording.column("orders", "filled")) == (["filled"], [5.0])
    assert (recording.column("fills", "barrier"), recording.column("fills", "quantity")) == ([2], [5.0])
    assert (recording.column("log", "barrier"), recording.column("log", "text")) == ([2], ["bought"])


def test_what_came_after_the_last_commit_is_not_in_the_tables() -> None:
    recording = Recording()
    recording.barrier(0, orders(SubmitOrders, (0, 5.0)), orders(OrdersApproved, (0, 5.0)))
    recording.deliver(fills(1, (0, 5.0, 10.0)), LogWritten(1, "mine", "never"), snapshot(1, held=(5, 0, 0)))
    assert recording.column("equity", "barrier") == [0]
    recording.end()  # of a run that failed, for no RunFinished came
    assert recording.column("fills", "barrier") == []
    assert recording.column("log", "text") == []
    assert recording.column("orders", "status") == ["open"]
    assert recording.tape.committed == 0


def test_what_the_end_of_data_brings_belongs_to_the_last_barrier() -> None:
    recording = Recording()
    recording.barrier(0, orders(SubmitOrders, (0, 5.0)), orders(OrdersApproved, (0, 5.0)))
    recording.end(refused(OrdersExpired, (0, 0, 5.0)), ENDED, LogWritten(0, "mine", "goodbye"))
    assert recording.column("log", "text") == ["goodbye"]
    assert recording.column("orders", "status") == ["expired"]
    assert (recording.column("risk", "kind"), recording.column("risk", "barrier")) == (["expired"], [0])
    assert recording.column("equity", "barrier") == [0]


def test_a_run_without_barriers_leaves_empty_tables() -> None:
    recording = Recording()
    recording.end(LogWritten(-1, "mine", "hello"), ENDED)
    tables, counts = recording.tape.tables()
    assert all(len(table["barrier"]) == 0 for table in tables.values())
    assert set(counts.values()) == {0}


# --- positions -------------------------------------------------------------------------------------------------

HELD: list[tuple[Literal["changes", "every", "off"], list[int]]] = [
    ("changes", [1, 3]),
    ("every", [1, 2, 3]),
    ("off", []),
]


@pytest.mark.parametrize(("positions", "barriers"), HELD)
def test_positions_are_kept_as_often_as_wanted(
    positions: Literal["changes", "every", "off"], barriers: list[int]
) -> None:
    recording = Recording(positions)
    five = freeze(np.array([5.0, 0.0, 0.0]))
    # an account that has not changed sends the same object again
    held = [freeze(np.zeros(3)), five, five, freeze(np.array([3.0, 0.0, 0.0])), freeze(np.zeros(3))]
    for seq, quantity in enumerate(held):
        account = msgspec.structs.replace(snapshot(seq), quantity=quantity)
        recording.deliver(account, phase(Phase.RECORD, seq))
    assert recording.column("positions", "barrier") == barriers
    assert recording.column("equity", "positions") == [0, 1, 1, 1, 0]


# --- who is told -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("handled", "said"), [([BarrierCommitted], [{"seq": 0}]), ([AccountSnapshot], [])])
def test_commits_are_announced_where_somebody_listens(handled: list[RouteKey], said: list[dict[str, int]]) -> None:
    assert [told(message) for message in Recording(handled=handled).barrier(0)] == said


def test_a_commit_is_announced_even_of_a_barrier_without_a_mark() -> None:
    recording = Recording(handled=[BarrierCommitted])
    assert [told(message) for message in recording.deliver(phase(Phase.RECORD, 0))] == [{"seq": 0}]
    assert recording.column("equity", "barrier") == []


def test_progress_hears_of_every_committed_barrier_and_of_no_other() -> None:
    progress = Noting()
    recording = Recording(progress=progress)
    recording.barrier(0, cash=1000.0)
    recording.deliver(snapshot(1, cash=5.0))
    recording.barrier(1, cash=990.0)
    assert progress.updates == [(0, DAY_NS, 1_000_000_000), (1, 2 * DAY_NS, 990_000_000)]


def test_it_takes_what_tables_are_made_of_and_passes_over_the_rest() -> None:
    recording = Recording()
    taken: list[RouteKey] = [*KEPT, AccountSnapshot, RunFinished, Phase.RECORD]
    assert all(recording.handles(key) for key in taken)
    assert not recording.handles(ProtectiveLevels)
    assert recording.deliver(batch(0, [1.0] * 3)) == []
