"""What other parts cannot take over is told, with what can be done instead."""

import json
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from tests.unit.recorded import DAYS, Busy, market, session
from tests.unit.replay import turned
from tests.unit.replay.test_branching import again, made
from tests.unit.replay.test_restoring import EVERY, Busybody, Moody, Telling

import tidegate as tg
from tidegate.core.errors import ConfigError, UserError
from tidegate.journal import Journal
from tidegate.replay import Again, Given, record_from, resume, run_again
from tidegate.replay.fitting import check_settings
from tidegate.results.folder import JOURNAL, MANIFEST, read

HERE = "tests.unit.replay.turned"
WHOLE = "replay from the first barrier (without --from or `first`)"

SETTINGS = [
    # keys                            other  may be others from a barrier on
    ("account.cash",                  5,     False),
    ("account.kind",                  "m",   False),
    ("account.interest.debit",        0.1,   False),
    ("universe.reference",            "x",   False),
    ("data.signals.lag",              "1d",  False),
    ("data.prices.path",              "x",   True),
    ("data.chunk",                    "day", True),
    ("execution.fill",                "x",   False),
    ("execution.sizing",              "x",   False),
    ("execution.participation.pct",   0.1,   True),
    ("execution.participation.zero_volume", "x", False),
    ("execution.slippage.bps",        3,     True),
    ("risk.rules",                    [],    True),
    ("strategy",                      [],    True),
    ("run.seed",                      8,     False),
    ("run.name",                      "x",   True),
    ("record.report",                 True,  True),
]  # fmt: skip


def tree_of(key: str, value: object) -> dict[str, Any]:
    """A configuration with this key alone."""
    for name in reversed(key.split(".")):
        value = {name: value}
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(("key", "other", "may_be"), SETTINGS)
def test_settings_that_made_what_stands_stay(key: str, other: object, may_be: bool) -> None:
    before, now = (tree_of(key, value) for value in (None, other))
    if may_be:
        check_settings(before, now, 7)
        return
    with pytest.raises(ConfigError) as caught:
        check_settings(before, now, 7)
    made_with = "what stands at barrier 7 was made with the recorded setting"
    assert str(caught.value) == f"{key}: cannot be another from a later barrier on; {made_with}: {WHOLE}"


TIERS = "execution.commission.tiers.steps"
WORDLESS = f"[{{custom: {{use: '{HERE}:Wordless'}}}}]"
REFUSED = [
    # swaps                              said
    ({"account.cash": "5"},              "account.cash: cannot be another from a later barrier on"),
    ({"broker": f"{HERE}:Mute"},         "turned:Mute does not say what its state is (`state`, `restore`)"),
    ({"broker": f"{HERE}:Foreign"},      "the state of actor 'broker' after barrier 11 cannot be taken over: a state"),
    ({"strategy": f"{HERE}:Hasty"},      "actor 'busy': what is sent before the first barrier (a SubmitOrders)"),
    ({TIERS: "[{at_least: 5, bps: 2}]"}, "execution.commission.tiers: what the account has traded this month"),
    ({"risk.rules": WORDLESS},           "does not say what it keeps (`state`, `restore`)"),
]  # fmt: skip


@pytest.mark.parametrize(("swaps", "said"), REFUSED)
def test_what_does_not_fit_is_told(tmp_path: Path, swaps: dict[str, str], said: str) -> None:
    rules = [{"custom": {"use": f"{HERE}:Wordless"}}, {"stop_loss": {"pct": 0.04}}]
    path = made(tmp_path / "a.tgj", config={"risk": {"rules": rules}})
    for go_on in (run_again, partial(record_from, target=tmp_path / "b.tgj")):
        with pytest.raises(UserError) as caught:
            go_on(path, again=again(swaps), first=12)
        assert said in str(caught.value)
        assert WHOLE in str(caught.value)


def test_a_rule_that_says_nothing_may_stay_where_rules_do(tmp_path: Path) -> None:
    """It is told again what it saw, and stays what it is; so does what goes on, when it is made again."""
    path = made(tmp_path / "a.tgj", config={"risk": {"rules": [{"custom": {"use": f"{HERE}:Wordless"}}]}})
    target = tmp_path / "b.tgj"
    swap = {"execution.commission.bps": "9"}
    assert record_from(path, target, again(swap), first=12).difference is None
    assert run_again(target, Again(Given(strategy=Busy(), source=market()))).difference is None


def test_what_a_rule_that_says_nothing_would_do_otherwise_is_told(tmp_path: Path) -> None:
    """A target that is sized at the fill is let through as a share of what is left to invest."""
    config = {"risk": {"rules": [{"custom": {"use": f"{HERE}:Wordless"}}]}, "execution": {"sizing": "fill"}}
    path = made(tmp_path / "a.tgj", config=config)
    assert run_again(path, again({"execution.cash_buffer.floor": "0.01"}), first=12).restored == 11
    with pytest.raises(UserError, match=r"execution.cash_buffer.targets: a rule does not say .*without --from"):
        run_again(path, again({"execution.cash_buffer.targets": "0.2"}), first=12)


class Fickle(Busy):
    """Asks for something else when it is started for the third time."""

    starts = 0

    def on_start(self, ctx: tg.Context) -> None:
        """Counts."""
        type(self).starts += 1

    def on_batch(self, ctx: tg.Context) -> None:
        """More, the third time."""
        super().on_batch(ctx)
        if ctx.barrier == 4 and self.starts > 2:
            ctx.order("A", 1)


def test_nothing_is_recorded_of_who_does_otherwise_when_it_is_told_again(tmp_path: Path) -> None:
    Fickle.starts = 0
    path = made(tmp_path / "a.tgj", Fickle())
    outcome = record_from(path, tmp_path / "b.tgj", again({"execution.commission.bps": "9"}, Fickle()), first=9)
    assert outcome.difference is not None
    assert (outcome.difference.barrier, outcome.difference.sender) == (4, "fickle")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("b.")] == []


def test_histories_cannot_become_longer(tmp_path: Path) -> None:
    use = {"use": f"{HERE}:Greedy", "history": 4}
    config = {"strategy": use}
    path = tmp_path / "a.tgj"
    tg.Session(config=config | {"journal": {"mode": "off"}}, source=market(), journal=path, progress=False).run()
    longer, shorter = ({"strategy.history": text} for text in ("5", "3"))
    with pytest.raises(UserError, match=r"strategy 'greedy': it is to look back on 5 barriers \(strategy.history\)"):
        run_again(path, Again(Given(source=market()), longer), first=9)
    assert run_again(path, Again(Given(source=market()), shorter), first=9).difference is None


BARRIERS = [
    # first    said
    (DAYS,     f"barrier {DAYS} to compare from: the journal's last is {DAYS - 1}"),
    (DAYS + 9, f"barrier {DAYS + 9} to compare from"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "said"), BARRIERS)
def test_there_is_no_such_barrier(tmp_path: Path, first: int, said: str) -> None:
    path = made(tmp_path / "a.tgj")
    swap = {"risk.rules": "[]"}
    for go_on in (run_again, partial(record_from, target=tmp_path / "b.tgj")):
        with pytest.raises(UserError, match=said):
            go_on(path, again=again(swap), first=first)
    assert not (tmp_path / "b.tgj").exists()


def test_what_was_given_in_python_is_needed_for_what_is_before(tmp_path: Path) -> None:
    path = made(tmp_path / "a.tgj")
    with pytest.raises(UserError) as caught:
        run_again(path, Again(Given(source=market()), {"strategy": f"{HERE}:Turned"}), first=9)
    said = str(caught.value)
    assert "before barrier 9 the run is that of the recorded parts, which cannot be made" in said
    assert "give it again (Given.strategy)" in said
    assert WHOLE in said


class Locked(Busy):
    """Cannot be copied."""

    def __init__(self) -> None:
        self.lock = Lock()


def test_what_was_given_must_be_copied(tmp_path: Path) -> None:
    path = made(tmp_path / "a.tgj", Locked())
    with pytest.raises(UserError, match=r"cannot be copied, and both runs.*\(TypeError: cannot pickle"):
        run_again(path, again({"risk.rules": "[]"}, Locked()), first=9)


def test_no_run_goes_on_from_where_a_task_runs(tmp_path: Path) -> None:
    def prepare(one: tg.Session) -> None:
        one.add(Busybody())

    path = tmp_path / "a.tgj"
    one = session(path, strategy=Telling(), section={"mode": "batch", "snapshots": EVERY})
    prepare(one)
    one.run()
    swap = {"risk.rules": "[{stop_loss: {pct: 0.02}}]"}
    for first in (9, 20):
        how = Again(Given(strategy=Telling(), source=market(), prepare=prepare), swap)
        if first == 9:
            with pytest.raises(UserError, match="barrier 9 to go on from: a task runs beside the actors there"):
                run_again(path, how, first=first)
        else:
            assert run_again(path, how, first=first).restored == 19


def test_what_the_recorded_parts_do_not_do_again_is_told(tmp_path: Path) -> None:
    Moody.runs = 0
    path = made(tmp_path / "a.tgj", Moody(), snapshots=0)
    swap = {"risk.rules": "[{stop_loss: {pct: 0.02}}]"}
    for outcome in (
        run_again(path, again(swap, Moody()), first=9),
        record_from(path, tmp_path / "b.tgj", again(swap, Moody()), first=9),
    ):
        assert outcome.difference is not None
        assert (outcome.difference.barrier, outcome.difference.sender, outcome.restored) == (3, "moody", -1)
    assert not (tmp_path / "b.tgj").exists()


@pytest.mark.parametrize("use", ["Counted", "Turned"])
def test_a_killed_run_that_went_on_goes_on_again(tmp_path: Path, use: str) -> None:
    path, out = made(tmp_path / "a.tgj", turned.Started()), tmp_path / "b"
    swap = {"strategy": f"{HERE}:{use}", "risk.rules": "[{stop_loss: {pct: 0.02}}]"}
    record_from(path, out / JOURNAL, again(swap, turned.Started(), out), first=8)
    whole = (out / JOURNAL).read_bytes()
    with Journal.open(out / JOURNAL) as journal:
        snapshot = int(journal.index.columns[0, 1])
    manifest = read(out).manifest
    for cut, goes in ((len(whole) - 200, True), (snapshot + 10, False)):
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        left = {"format": manifest["format"], "status": "running", "versions": manifest["versions"]}
        (folder / MANIFEST).write_text(json.dumps(left))
        (folder / JOURNAL).write_bytes(whole[:cut])
        if goes:
            resume(folder, Given(source=market()), progress=False)
            assert read(folder).digest == read(out).digest
            outcome = run_again(folder, Again(Given(source=market())), first=25)
            assert (outcome.difference, outcome.restored) == (None, 7)
        else:
            with pytest.raises(UserError, match="the journal's first 8 barriers are another run's, and there is no"):
                resume(folder, Given(source=market()), progress=False)
