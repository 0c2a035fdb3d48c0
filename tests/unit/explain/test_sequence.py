"""Sequence diagrams: drawn rows, and what they say of real barriers."""

import json

import pytest
from tests.unit.explain.conftest import Runs

from tidegate.core.errors import UserError
from tidegate.explain.opening import Recorded
from tidegate.explain.overview import barrier_at
from tidegate.explain.sequence import Diagram, Lanes, Marks

NAMES = {0: "clock", 1: "feed", 3: "risk"}
DRAWN = [
    # sender  receivers   row
    (0,       (),         "  o      |     | "),
    (0,       (1,),       "  o------>     | "),
    (0,       (1, 3),     "  o------>-----> "),
    (1,       (0, 3),     "  <------o-----> "),
    (3,       (0,),       "  <------------o "),
    (1,       (1, 3),     "  |      o-----> "),
    (1,       (2, 3),     "  |      o-----> "),
]  # fmt: skip


@pytest.mark.parametrize(("sender", "receivers", "row"), DRAWN)
def test_a_message_goes_from_the_dot_to_the_arrows(sender: int, receivers: tuple[int, ...], row: str) -> None:
    lanes = Lanes(NAMES, Marks(*"o-><|"))
    assert lanes.head() == "clock  feed  risk"
    assert lanes.arrows(sender, receivers) == row
    assert lanes.idle() == "  |      |     | "


def test_a_barrier_has_all_its_messages_in_order_with_who_got_them(runs: Runs, recorded: Recorded) -> None:
    for barrier in range(runs.a.equity.height):
        diagram = Diagram(recorded, barrier)
        frames = list(recorded.journal.frames(barrier, barrier))
        assert [row.record for row in diagram.rows] == [frame.number for frame in frames]
        assert diagram.unknown == ()
        drawn = list(diagram.lines(100, plain=True))
        numbers = [int(line[:6]) for line in drawn[3:] if line[:6].strip()]
        assert numbers == [frame.number for frame in frames]


@pytest.mark.parametrize("width", [80, 120])
def test_diagrams_fit_the_terminal(recorded: Recorded, width: int) -> None:
    for barrier in range(-1, recorded.last + 1):
        assert max(map(len, Diagram(recorded, barrier).lines(width))) <= width


def test_the_first_decision_as_it_is_drawn(recorded: Recorded) -> None:
    lines = list(Diagram(recorded, 0).lines(120, plain=True))
    assert lines[0] == "Barrier 0, 2024-01-01, 13 messages"
    assert lines[2] == "record  from  step  clock  feed  broker  risk  topn  recorder"
    assert lines[3] == "     1           0    o------>      |      |     |       |     ADVANCE opens"
    (asked,) = [line for line in lines if "SubmitOrders" in line]
    assert asked.startswith("     9     8     1    |      |      |      <-----o------->     SubmitOrders: buy 8")
    assert lines[-1].endswith("RECORD opens")


def test_json_has_all_that_a_frame_says_and_no_nan(recorded: Recorded) -> None:
    told = json.loads(json.dumps(Diagram(recorded, 1).as_json(), allow_nan=False))
    kinds = {one["type"]: one for one in told["messages"]}
    fills = kinds["Fills"]
    assert fills["sender"] == "broker"
    assert fills["receivers"] == ["risk", "topn", "recorder"]
    assert fills["phase"] == "FILL"
    assert len(fills["fields"]["price"]) == len(fills["fields"]["order_id"]) == 2
    assert kinds["ProtectiveLevels"]["causes"] == [fills["record"]]
    assert None in kinds["ProtectiveLevels"]["fields"]["stop"]


def test_what_was_sent_before_the_first_barrier_has_a_diagram_of_its_own(recorded: Recorded) -> None:
    lines = list(Diagram(recorded, -1).lines(160))
    assert lines[0] == "Before the first barrier, 1 message"
    assert "UniverseDeclared: 4 assets, 1 signal, 30 batches" in lines[3]


def test_a_barrier_that_is_not_there_is_refused_with_those_that_are(recorded: Recorded) -> None:
    with pytest.raises(UserError, match=r"barrier 99: .* has barriers 0 to 29"):
        Diagram(recorded, 99)


def test_after_the_last_barrier_there_is_what_ended_the_run(recorded: Recorded) -> None:
    lines = list(Diagram(recorded, 30).lines(100))
    assert "not committed" in lines[0]
    assert "RunFinished" in lines[-1]


DAY = 86_400_000_000_000
FIRST = 19_723 * DAY  # 2024-01-01
TIMES = [
    # ts_ns             barrier
    (0,                 0),
    (FIRST,             0),
    (FIRST + 1,         1),
    (FIRST + 7 * DAY,   7),
    (FIRST + 29 * DAY,  29),
]  # fmt: skip


@pytest.mark.parametrize(("ts_ns", "barrier"), TIMES)
def test_a_time_means_the_first_barrier_at_it_or_after_it(recorded: Recorded, ts_ns: int, barrier: int) -> None:
    assert barrier_at(recorded, ts_ns) == barrier


def test_a_time_after_the_end_is_refused(recorded: Recorded) -> None:
    with pytest.raises(UserError, match="has 2024-01-01 to 2024-01-30"):
        barrier_at(recorded, FIRST + 30 * DAY)
