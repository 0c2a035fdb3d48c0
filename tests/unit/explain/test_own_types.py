"""Messages of a user's own types are shown and compared where their classes are not at hand."""

from pathlib import Path

from tests.unit.explain.recorded_runs import crafted

from tidegate.explain.comparison import compare
from tidegate.explain.opening import Recorded
from tidegate.explain.overview import Overview
from tidegate.explain.sequence import Diagram
from tidegate.journal.header import schema_of
from tidegate.messages.base import Message
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.messages.control import LogWritten


class Noted(Message, frozen=True):
    seq: int
    levels: tuple[float, ...]


def recorded(path: Path, *levels: float) -> Path:
    told = [(0, LogWritten(0, "broker", "here")), (0, Noted(0, (1.0, 2.0))), (1, Noted(1, levels))]
    return crafted(path, told, schema=schema_of((*MESSAGE_TYPES, Noted)))


def test_a_barrier_shows_them_with_their_fields(tmp_path: Path) -> None:
    with Recorded(recorded(tmp_path / "a.tgj", 3.0)) as opened:
        (row,) = Diagram(opened, 1).as_json()["messages"]
        facts = dict(Overview(opened).facts())
    assert (row["type"], row["fields"]) == ("Noted", {"seq": 1, "levels": [3.0]})
    assert facts["Own types"].startswith("Noted: ")
    assert "Old types" not in facts


def test_two_runs_with_them_are_compared_field_by_field(tmp_path: Path) -> None:
    paths = recorded(tmp_path / "a.tgj", 3.0, 4.0), recorded(tmp_path / "b.tgj", 3.0, 5.0)
    with Recorded(paths[0]) as a, Recorded(paths[1]) as b:
        assert compare(a, a).equal
        first = compare(a, b).first
    assert first is not None
    assert (first.barrier, first.type, first.field, first.index) == (1, "Noted", "levels", (1,))
    assert (first.expected, first.found) == ("4.0", "5.0")
