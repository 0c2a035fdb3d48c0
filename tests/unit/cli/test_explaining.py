"""`inspect`, `why` and `diff` on run folders and journals, good and bad."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.results.folder import RunFolder

Call = Callable[..., tuple[int, list[str], list[str]]]
JOB = "job/config.yaml"


@pytest.fixture
def runs(folder: Path, tidegate: Call) -> tuple[str, str]:
    """Two recorded runs, of which the second has a nearer stop."""
    record = ("--quiet", "--set", "journal.mode=batch", "--out")
    assert tidegate("run", JOB, *record, "a")[0] == 0
    assert tidegate("run", JOB, *record, "b", "--set", "risk.rules=[{stop_loss: {pct: 0.03}}]")[0] == 0
    return "a", "b"


def test_a_journal_is_shown_as_a_whole_and_barrier_by_barrier(runs: tuple[str, str], tidegate: Call) -> None:
    code, out, err = tidegate("inspect", "a")
    assert (code, err) == (0, [])
    assert "Ended         completed" in out
    assert "Universe      4 assets: AAA, BBB, CCC, DDD" in out
    assert next(line for line in out if line.startswith("AccountSnapshot")).split()[1] == "30"
    code, out, err = tidegate("inspect", "a/journal.tgj", "--json")
    assert json.loads(out[0])["types"]["Fills"]["messages"] > 1
    shown = [tidegate("inspect", "a", "--at", at) for at in ("4", "2024-01-05", "2024-01-04T12:00+00:00")]
    assert shown[0][1][0].startswith("Barrier 4, 2024-01-05, ")
    assert shown[0] == shown[1] == shown[2]
    assert tidegate("inspect", "a", "--at", "start")[1][0].startswith("Before the first barrier")
    assert tidegate("inspect", "a", "--at", "end")[1][0].startswith("Barrier 29, 2024-01-30")
    assert json.loads(tidegate("inspect", "a", "--at", "4", "--json")[1][0])["barrier"] == 4


def test_fills_and_orders_are_explained(runs: tuple[str, str], tidegate: Call) -> None:
    code, out, err = tidegate("why", "a", "--fill", "0")
    assert (code, err) == (0, [])
    assert out[0].startswith("Fill 0 of order 2-0: buy ")
    assert any("ml_score" in line for line in out)
    told = json.loads(tidegate("why", "a", "--fill", "0", "--json")[1][0])
    assert (told["fill"], told["order"]) == (0, "2-0")
    by_order = json.loads(tidegate("why", "a/journal.tgj", "--order", "2-0", "--json")[1][0])
    assert by_order["fills"] == [0]


def test_runs_are_compared_and_the_exit_code_says_whether_they_differ(runs: tuple[str, str], tidegate: Call) -> None:
    code, out, err = tidegate("diff", "a", "a/journal.tgj")
    assert (code, err) == (0, [])
    assert "All messages are equal." in out
    code, out, err = tidegate("diff", "a", "b")
    assert (code, err) == (1, [])
    assert "  config.risk.rules.0.stop_loss.pct  0.05  0.03" in out
    code, out, _ = tidegate("diff", "a", "b", "--json")
    assert (code, json.loads(out[0])["equal"]) == (1, False)


UNABLE = """
import tidegate

class Fails(tidegate.Strategy):
    def on_batch(self, ctx):
        raise KeyError("no model")
"""
WRONG = [
    # arguments                             said
    (("inspect", "nowhere.tgj"),            "nowhere.tgj: cannot be opened: No such file or directory"),
    (("inspect", "job"),                    "job: has no journal.tgj: it is no run folder; runs are recorded with"),
    (("inspect", "plain"),                  "plain: has no journal.tgj: it was not recorded"),
    (("inspect", JOB),                      "config.yaml: "),
    (("inspect", "a", "--at", "soon"),      "--at 'soon': want a barrier's number, a time such as"),
    (("inspect", "a", "--at", "_"),         "--at '_': want a barrier's number, a time such as"),
    (("inspect", "a", "--at", "9" * 5000),  "want a barrier's number, a time such as"),
    (("inspect", "a", "--at", "99"),        "barrier 99: a has barriers 0 to 29"),
    (("inspect", "a", "--at", "2025-01-01"), "--at 2025-01-01: a has 2024-01-01 to 2024-01-30"),
    (("why", "a"),                          "name one of --fill and --order"),
    (("why", "a", "--fill", "1", "--order", "2-0"), "name one of --fill and --order"),
    (("why", "a", "--fill", "99999"),       "--fill 99999: a has fills 0 to "),
    (("why", "a", "--order", "x"),          "--order 'x': want sender and number"),
    (("why", "a", "--order", "9-1"),        "--order 9-1: a has "),
    (("why", "a", "--fill", "0", "--set", "nonsense"), "override 'nonsense': want key.path=value"),
    (("why", "a", "--fill", "0", "--set", "data.pric=x"), "data.pric: unknown key; did you mean 'prices'?"),
    (("replay", "unbegun", "--from", "1"),  "barrier 1 to compare from: the journal has no committed barrier"),
    (("why", "a", "--fill", "x"),           "x"),
    (("diff", "a", "plain"),                "plain: has no journal.tgj: it was not recorded"),
    (("diff", "a", "damaged.tgj"),          "damaged.tgj: "),
    (("inspect", "early"),                  "the run ended before its first barrier, failed: prices: there is no file"),
    (("why", "early", "--fill", "0"),       "the run ended before its first barrier, failed: prices: there is no file"),
    (("verify", "early"),                   "the run ended before its first barrier, failed: prices: there is no file"),
    (("replay", "early"),                   "the run ended before its first barrier, failed: prices: there is no file"),
    (("inspect", "begun"),                  "begun: has no journal.tgj: the run has only begun, or was killed before"),
    (("inspect", "spoiled"),                "spoiled: has no journal.tgj: it was not recorded"),
    (("inspect", "taken"),                  "taken: has no journal.tgj: the run's is journal.tgj, which is elsewhere"),
]  # fmt: skip


@pytest.mark.unverified("one of its runs must record nothing")
def test_what_cannot_be_read_or_found_is_a_mistake_with_a_line_that_says_so(
    runs: tuple[str, str], tidegate: Call
) -> None:
    assert tidegate("run", JOB, "--quiet", "--out", "plain")[0] == 0
    early = ("--set", "journal.mode=batch", "--set", "data.prices.path=nothing.parquet", "--out", "early")
    assert tidegate("run", JOB, "--quiet", *early)[0] == 2
    RunFolder.create("begun")
    RunFolder.create("spoiled")
    Path("spoiled/manifest.json").write_text('{"format": "tidegate-run-1", "status": 1, "config": [], "journal": 5}')
    unbegun = ("--set", "journal.mode=batch", "--set", "strategy={use: 'unable:Fails'}", "--out", "unbegun")
    Path("job/unable.py").write_text(UNABLE)
    assert tidegate("run", JOB, "--quiet", *unbegun)[0] == 2
    shutil.copytree("a", "taken", ignore=shutil.ignore_patterns("*.tgj*"))
    Path("damaged.tgj").write_bytes(Path("a/journal.tgj").read_bytes()[:40])
    for arguments, said in WRONG:
        code, out, err = tidegate(*arguments)
        assert (code, out) == (2, []), arguments
        assert said in err[0], arguments
        assert err[0].startswith("error: ")
