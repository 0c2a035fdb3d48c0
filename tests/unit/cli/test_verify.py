"""`verify`: what it prints of a journal, and with which code it ends."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.verify.altered import with_message
from tests.unit.verify.recorded import recorded, written

from tidegate.messages.orders import Fills
from tidegate.verify import Rule

Call = Callable[..., tuple[int, list[str], list[str]]]
RECORDED = "job/config.yaml", "--set", "journal.mode=batch", "--out", "kept", "--quiet"


@pytest.fixture
def kept(folder: Path, tidegate: Call) -> Path:
    """The run folder of a recorded run."""
    code, _, err = tidegate("run", *RECORDED)
    assert (code, err) == (0, [])
    return folder / "kept"


def test_a_right_run_ends_with_0_and_says_what_was_asked(kept: Path, tidegate: Call) -> None:
    code, out, err = tidegate("verify", "kept")
    assert (code, err) == (0, [])
    assert out[0].startswith("Journal  journal.tgj: completed, 30 barriers, ")
    assert out[-1] == "No findings"
    told = " ".join(out)
    assert all(rule.sentence in told for rule in Rule)
    assert "Not checked" not in told


def test_the_journal_itself_may_be_named_and_json_has_the_same(kept: Path, tidegate: Call) -> None:
    code, out, _ = tidegate("verify", "kept/journal.tgj", "--json")
    told = json.loads("\n".join(out))
    assert (code, told["clean"], told["findings"], told["found"]) == (0, True, 0, [])
    assert (told["end"]["ending"], told["status"], told["barriers"]) == ("sealed", "completed", 30)
    assert set(told["checked"]) == {rule.value for rule in Rule}


def test_what_it_could_not_ask_is_told(kept: Path, folder: Path, tidegate: Call) -> None:
    for name in ("prices", "scores"):
        (folder / "job" / f"{name}.parquet").unlink()
    code, out, _ = tidegate("verify", "kept")
    assert code == 0
    told = out[out.index("Not checked") + 1 : -2]
    assert all(" times: " in line for line in told)
    (absent,) = (line for line in told if "what needs the data" in line)
    assert "prices.parquet" in absent
    assert "; signals: there is no file" in absent


def test_a_cut_journal_ends_with_1(kept: Path, tidegate: Call) -> None:
    path = kept / "journal.tgj"
    path.write_bytes(path.read_bytes()[:-20])
    code, out, _ = tidegate("verify", "kept")
    assert code == 1
    assert any(line.startswith("Findings  ") for line in out)
    assert "[end]" in out[-1]


def test_a_wrong_run_ends_with_1_and_names_the_record(folder: Path, tidegate: Call) -> None:
    header, steps = recorded("cash")
    number = next(k for k, step in enumerate(steps) if not isinstance(step, int) and type(step.message) is Fills)
    altered = with_message(steps, number, lambda fills: type(fills)(fills.ints, -fills.floats, *fills_head(fills)))
    (folder / "wrong.tgj").write_bytes(bytes_of(written(header, altered)))
    code, out, _ = tidegate("verify", "wrong.tgj", "--json")
    told = json.loads("\n".join(out))
    assert (code, told["clean"]) == (1, False)
    first = told["found"][0]
    assert (first["record"], first["message"], first["phase"]) == (number, "Fills", "FILL")
    assert {"rule", "barrier", "found", "expected"} <= first.keys()
    code, out, _ = tidegate("verify", "wrong.tgj")
    assert code == 1
    assert any(line.startswith(f"  record {number}, barrier ") for line in out)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere.tgj", "nowhere.tgj: cannot be opened"),
        ("job/config.yaml", "config.yaml"),
        ("job", "job: has no journal.tgj: it is no run folder"),
    ],
)
def test_what_cannot_be_read_ends_with_2(path: str, said: str, folder: Path, tidegate: Call) -> None:
    code, out, err = tidegate("verify", path)
    assert (code, out) == (2, [])
    assert said in err[0]
    assert all(line.startswith("error:") for line in err)


def fills_head(fills: Fills) -> tuple[object, ...]:
    return fills.seq, fills.ts_ns, fills.point, fills.tags, fills.finer_ts_ns


def bytes_of(journal: object) -> bytes:
    file = journal._file  # type: ignore[attr-defined] # a journal in memory
    return bytes(file.getvalue())
