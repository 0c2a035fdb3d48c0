"""Two runs compared: equal ones are, and of others the first difference is found where it is."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console
from tests.unit.explain.conftest import Runs
from tests.unit.explain.recorded_runs import crafted, run

from tidegate.core.enums import Phase
from tidegate.diffing import NOTHING
from tidegate.explain.compared import rendered
from tidegate.explain.comparison import Comparison, TypeTally, compare
from tidegate.explain.headers import header_differences
from tidegate.explain.opening import Recorded
from tidegate.journal.header import Header
from tidegate.journal.reader import Journal
from tidegate.journal.records import Commit, Frame
from tidegate.journal.writer import JournalWriter
from tidegate.messages.base import Message
from tidegate.messages.control import LogWritten


def compared(a: Path, b: Path) -> Comparison:
    with Recorded(a) as one, Recorded(b) as other:
        return compare(one, other)


def text(comparison: Comparison, width: int = 100) -> list[str]:
    told = StringIO()
    Console(file=told, width=width, color_system=None).print(rendered(comparison))
    return [line.rstrip() for line in told.getvalue().splitlines()]


def test_a_run_is_equal_to_itself_and_to_one_of_the_same_settings(runs: Runs, tmp_path: Path) -> None:
    again = run(tmp_path, "again").path
    assert again is not None
    for other in (runs.folder / "a", again):
        comparison = compared(runs.folder / "a", other)
        assert comparison.equal
        assert comparison.first is None
        assert all(one.a == one.b == one.equal for one in comparison.types.values())
        assert comparison.effect.equal == runs.a.fills.height
        assert comparison.effect.gap is None
        assert comparison.effect.positions == {}
        assert "All messages are equal." in text(comparison)


def test_another_rule_is_found_where_its_level_is_told_first(runs: Runs) -> None:
    comparison = compared(runs.folder / "a", runs.folder / "b")
    assert not comparison.equal
    assert [(one.key, one.a, one.b) for one in comparison.headers] == [
        ("config.risk.rules.0.stop_loss.pct", 0.05, 0.03)
    ]
    first = comparison.first
    assert first is not None
    place = first.barrier, first.phase, first.sender, first.type, first.field
    assert place == (1, Phase.FILL, "risk", "ProtectiveLevels", "stop")
    assert first.remark.startswith("of ")
    assert first.chain[0].startswith(f"record {first.number}: risk's ProtectiveLevels")
    assert "broker's Fills" in first.chain[1]
    assert first.chain[-1].endswith("MarketBatchReference (2024-01-02, by reference)")


def test_the_effect_is_what_the_results_say(runs: Runs) -> None:
    effect = compared(runs.folder / "a", runs.folder / "b").effect
    fills_a = effect.equal + len(effect.changed) + len(effect.only_a)
    fills_b = effect.equal + len(effect.changed) + len(effect.only_b)
    assert (fills_a, fills_b) == (runs.a.fills.height, runs.b.fills.height)
    a, b = runs.a.equity["equity"], runs.b.equity["equity"]
    assert effect.final_a is not None
    assert effect.final_b is not None
    assert abs(effect.final_a / 1e6 - a[-1]) < 1e-6
    assert abs(effect.final_b / 1e6 - b[-1]) < 1e-6
    assert effect.gap is not None
    assert effect.gap.barrier == (a - b).abs().arg_max()


def test_batches_recorded_whole_are_those_that_others_refer_to(runs: Runs, tmp_path: Path) -> None:
    whole = run(tmp_path, "whole", {"journal": {"mode": "batch", "market": "value"}}).path
    assert whole is not None
    comparison = compared(runs.folder / "a", whole)
    assert comparison.equal
    assert {one.key for one in comparison.headers} >= {"market", "config.journal.market"}
    assert comparison.types["MarketBatchReference"] == TypeTally(30, 30, 30)


def test_equal_messages_about_other_data_are_no_equal_runs(runs: Runs, tmp_path: Path) -> None:
    with Journal.open(runs.folder / "a" / "journal.tgj") as journal:
        data = {"prices": [{"name": "prices.parquet", "bytes": 1, "sha256": "0" * 64}]}
        copy = tmp_path / "copy.tgj"
        writer = JournalWriter.create(copy, msgspec.structs.replace(journal.header, data=data))
        for one in journal.records():
            if isinstance(one, Frame):
                place = one.barrier, one.phase, one.superstep, one.sender, one.sender_seq, one.causes
                writer.append(one.message, *place)
            elif isinstance(one, Commit):
                writer.commit(one.barrier)
        writer.close("completed")
    comparison = compared(runs.folder / "a", copy)
    assert comparison.data_differs
    assert not comparison.equal
    assert any("The data is not the same" in line for line in text(comparison))


def remarks(*texts: str) -> list[tuple[int, Message]]:
    return [(number, LogWritten(number, "me", word)) for number, word in enumerate(texts)]


SENT = "LogWritten of 'broker' (before the first barrier)"
PARTED = [
    # in A             in B               barrier  record  equal  field      expected   found
    (("a", "b", "c"),  ("a", "b", "c"),   None,    None,   3,     "",        "",        ""),
    (("a", "b", "c"),  ("a", "x", "c"),   1,       2,      2,     "text",    "'b'",     "'x'"),
    (("a", "b", "c"),  ("a", "b"),        2,       4,      2,     "message", SENT,      NOTHING),
    (("a",),           ("a", "b"),        1,       2,      1,     "message", NOTHING,   SENT),
    ((),               ("b",),            0,       0,      0,     "message", NOTHING,   SENT),
]  # fmt: skip


@pytest.mark.parametrize(("in_a", "in_b", "barrier", "record", "equal", "field", "expected", "found"), PARTED)
def test_runs_part_where_one_says_something_else_or_nothing(
    in_a: tuple[str, ...], in_b: tuple[str, ...], barrier: Any, record: Any, equal: int, field: str, expected: str,
    found: str, tmp_path: Path,
) -> None:  # fmt: skip
    paths = [crafted(tmp_path / name, remarks(*told)) for name, told in (("a.tgj", in_a), ("b.tgj", in_b))]
    comparison = compared(*paths)
    first = comparison.first
    assert comparison.equal == (barrier is None)
    assert sum(one.equal for one in comparison.types.values()) == equal
    if first is None:
        assert barrier is None
    else:
        assert (first.barrier, first.number, first.field) == (barrier, record, field)
        assert (first.expected, first.found) == (expected, found)


def test_a_message_of_another_sender_or_with_another_cause_differs(tmp_path: Path) -> None:
    def written(name: str, sender: int, causes: tuple[int, ...]) -> Path:
        writer = JournalWriter.create(tmp_path / name, Header(actors=("clock", "feed", "broker")))
        writer.append(LogWritten(0, "me", "first"), 0, None, 0, 2, 0)
        writer.append(LogWritten(0, "me", "second"), 0, None, 0, sender, 1, causes)
        writer.commit(0)
        writer.close("completed")
        return tmp_path / name

    plain, other, caused = written("a", 2, ()), written("b", 1, ()), written("c", 2, (0,))
    by_other, with_cause = compared(plain, other).first, compared(plain, caused).first
    assert by_other is not None
    assert by_other.sender == "feed"
    assert (by_other.expected, by_other.found) == (NOTHING, "LogWritten of 'feed' (before the first barrier)")
    assert by_other.remark == "expected is LogWritten of 'broker' (before the first barrier)"
    assert with_cause is not None
    assert (with_cause.field, with_cause.expected, with_cause.found) == ("cause", "none", "record 0")


@pytest.mark.parametrize("width", [80, 120])
def test_comparisons_fit_the_terminal_and_json_has_all_of_them(runs: Runs, width: int) -> None:
    comparison = compared(runs.folder / "a", runs.folder / "b")
    assert max(map(len, text(comparison, width))) <= width
    told = json.loads(json.dumps(comparison.as_json(), allow_nan=False))
    assert (told["first"]["field"], told["first"]["phase"]) == ("stop", "FILL")
    assert told["first"]["when"].startswith("barrier 1 (")
    assert len(told["fills"]["only_a"]) == len(comparison.effect.only_a)


def test_headers_are_compared_key_by_key() -> None:
    one = Header(actors=("a",), universe=("X", "Y"), seeds={"run": 1}, config={"risk": {"rules": [{"stop": 1}]}})
    other = Header(actors=("a",), universe=("X",), seeds={}, config={"risk": {"rules": [{"stop": 2}, {"take": 3}]}})
    assert [(key.key, key.a, key.b) for key in header_differences(one, other)] == [
        ("universe", ["X", "Y"], ["X"]),
        ("config.risk.rules.0.stop", 1, 2),
        ("seeds.run", 1, "absent"),
        ("config.risk.rules.1.take", "absent", 3),
        ("seeds", "absent", {}),
    ]
    assert list(header_differences(one, one)) == []
