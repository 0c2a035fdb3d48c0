"""Runs of many kinds break no rule, with their data in the journal or beside it."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import Mock

import numpy as np
import polars as pl
import pytest
from tests.unit.verify.altered import column, field, places, replaced, with_message
from tests.unit.verify.planted import expect
from tests.unit.verify.recorded import DAY_NS, RUNS, bars, checked, counts, recorded, step_of, written

import tidegate as tg
from tidegate.core.arrays import freeze
from tidegate.core.enums import Reason
from tidegate.data.panel import ArraySource
from tidegate.data.timeline import read_timeline
from tidegate.journal import Journal
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.control import LogWritten
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.orders import Fills, OrdersCanceled
from tidegate.verify import Referred, Report, Rule, check, verify

BY_REFERENCE = ("cash", "same_close", "finer_volume", "called", "futures", "actions_margin")
MARKED = (Rule.MARKS, Rule.PRICES, Rule.VOLUME)


@pytest.mark.parametrize("name", list(RUNS))
def test_a_right_run_breaks_no_rule(name: str) -> None:
    report = checked(*recorded(name))
    assert [str(finding) for finding in report.findings.found] == []
    assert report.status == "completed"
    assert report.barriers == 40


@pytest.mark.parametrize("name", list(RUNS))
def test_so_it_is_when_a_few_barriers_are_looked_at_at_a_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen of the barriers before is known; and the same is asked."""
    whole = checked(*recorded(name)).findings
    monkeypatch.setattr(sys.modules[Report.__module__], "STRETCH_BARRIERS", 3)
    report = checked(*recorded(name), block_bytes=2_000)
    assert [str(finding) for finding in report.findings.found] == []
    for rule in (Rule.EQUITY, Rule.POSITIONS, Rule.LIVES, Rule.TIMING, Rule.PRICES, Rule.LEVELS):
        assert report.findings.checked[rule] == whole.checked[rule], rule


def test_every_rule_is_asked_of_some_run() -> None:
    asked = dict.fromkeys(Rule, 0)
    for name in RUNS:
        for rule, times in checked(*recorded(name)).findings.checked.items():
            asked[rule] += times
    assert [rule for rule, times in asked.items() if times < 17] == []


@pytest.mark.parametrize("name", BY_REFERENCE)
def test_a_journal_with_references_is_checked_against_the_data(name: str, tmp_path: Path) -> None:
    run, path = RUNS[name], tmp_path / "run.tgj"
    run.session(path, "reference").run()
    report = verify(path, run.source())
    whole = checked(*recorded(name))
    assert [str(finding) for finding in report.findings.found] == []
    assert report.findings.unchecked == whole.findings.unchecked
    for rule in (*MARKED, Rule.EQUITY, Rule.LIVES, Rule.TIMING, Rule.DELIVERY):
        assert report.findings.checked[rule] == whole.findings.checked[rule], rule


def referring(name: str, number: int = -1, change: Callable[[Any], Any] = replaced) -> Report:
    """The report of a run whose batches are recorded by reference, in many blocks; maybe with one message altered."""
    steps, referred = recorded(name)[1], Referred()
    altered = steps if number < 0 else with_message(steps, number, change)
    journal = written(recorded(name, "reference")[0], altered, block_bytes=4_000, referred=referred)
    return check(journal, referred, RUNS[name].source())


@pytest.mark.parametrize("name", [*BY_REFERENCE, "margin"])
def test_so_is_one_of_many_blocks(name: str) -> None:
    report, whole = referring(name), checked(*recorded(name))
    assert [str(finding) for finding in report.findings.found] == []
    assert report.findings.unchecked == whole.findings.unchecked
    for rule in (*MARKED, Rule.EQUITY, Rule.LIVES, Rule.TIMING, Rule.DELIVERY, Rule.BATCHES):
        assert report.findings.checked[rule] >= whole.findings.checked[rule], rule


@pytest.mark.parametrize(
    ("rule", "kind", "change"),
    [
        (Rule.BATCHES, MarketBatch, field("ts_ns", lambda ts_ns: ts_ns + 1)),
        (Rule.BATCHES, MarketBatch, field("seq", lambda seq: seq + 1)),
        (Rule.MARKS, AccountSnapshot, field("mark", lambda mark: freeze(mark + 0.01))),
        (Rule.MARKS, AccountSnapshot, field("stale", lambda stale: stale + 1)),
        (Rule.EQUITY, AccountSnapshot, field("gross_micros", lambda gross: gross + 1)),
        (Rule.PRICES, Fills, column("reference", lambda price: 2.0 * price)),
        (Rule.RECORDS, AccountSnapshot, field("mark", lambda mark: freeze(mark[:-1].copy()))),
    ],
)
@pytest.mark.parametrize("name", ["cash", "finer_volume", "actions_margin"])
def test_what_does_not_agree_with_the_data_is_named(
    name: str, rule: Rule, kind: type[Message], change: Callable[[Any], Any]
) -> None:
    numbers = places(recorded(name)[1], kind)
    number = numbers[2 * len(numbers) // 3]
    expect(referring(name, number, change), rule, number)


def test_finer_bars_that_the_data_do_not_have_are_named() -> None:
    steps = recorded("finer_volume")[1]
    numbers, batches = places(steps, FinerBars), places(steps, MarketBatch)
    number = numbers[len(numbers) // 2]
    batch = next(one for one in batches if one > number)

    def fewer(bars: FinerBars) -> FinerBars:
        return FinerBars(bars.seq, bars.ts_ns[:-1], bars.bars[:-1])

    expect(referring("finer_volume", number, fewer), Rule.BATCHES, batch)


def test_without_the_data_it_says_what_it_could_not_ask(tmp_path: Path) -> None:
    run, path = RUNS["margin"], tmp_path / "run.tgj"
    run.session(path, "reference").run()
    report = verify(path)
    assert report.clean
    assert [report.findings.checked[rule] for rule in MARKED[:1]] == [0]
    assert report.findings.checked[Rule.CASH] == checked(*recorded("margin")).findings.checked[Rule.CASH]
    reasons = " ".join(report.findings.unchecked)
    assert "marks" in reasons
    assert "they were given in Python" in reasons


def test_other_data_are_not_taken_for_those_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "run.tgj"
    RUNS["cash"].session(path, "reference").run()
    report = verify(path, RUNS["margin"].source())
    assert report.clean
    assert any("they have changed since the run: arrays" in why for why in report.findings.unchecked)


def on_files(folder: Path) -> Path:
    """The journal of a run over a file of prices."""
    days = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 2, 9), "1d", eager=True, time_zone="UTC")
    made = bars(3, holes=0.0)
    names = ("open", "high", "low", "close", "volume")
    parts = [
        pl.DataFrame({"timestamp": days, "asset": [asset] * 40, **dict(zip(names, made[:, :, k].T, strict=True))})
        for k, asset in enumerate("AB")
    ]
    pl.concat(parts).sort("timestamp", "asset").write_parquet(folder / "prices.parquet")
    config = {"data": {"prices": {"path": str(folder / "prices.parquet"), "stamp": "end"}}}
    path = folder / "run.tgj"
    tg.Session(tg.EqualWeight(every=3), config=config, journal=path, progress=False).run()
    return path


def test_data_in_files_are_found_by_the_configuration(tmp_path: Path) -> None:
    path = on_files(tmp_path)
    report = verify(path)
    assert (report.clean, report.findings.unchecked) == (True, {})
    assert report.findings.checked[Rule.PRICES] > 0
    pl.read_parquet(tmp_path / "prices.parquet").filter(pl.col("asset") == "A").write_parquet(
        tmp_path / "prices.parquet"
    )
    assert any("they have changed since" in why for why in verify(path).findings.unchecked)


def test_files_are_opened_and_digested_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = on_files(tmp_path)
    opened, digested = Mock(wraps=read_timeline), Mock(wraps=hashlib.file_digest)
    monkeypatch.setattr("tidegate.data.sources.read_timeline", opened)
    monkeypatch.setattr("hashlib.file_digest", digested)
    assert verify(path).findings.checked[Rule.PRICES] > 0
    assert (opened.call_count, digested.call_count) == (1, 1)


class CutTwice(tg.Strategy):
    """A short that neither lenders nor margin let through whole, and later an order with a price."""

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 1:
            ctx.order("A", -20.0)
        elif ctx.barrier == 2:
            ctx.close("A")
        elif ctx.barrier == 3:
            ctx.order("B", 1.0, stop=90.0)


def test_an_order_that_is_cut_twice_at_once_is_canceled_once(tmp_path: Path) -> None:
    flat = np.full((6, 5, 3), 100.0)
    features = {"lendable": np.full((6, 3), 5.0)}
    source = ArraySource(("A", "B", "C"), np.arange(1, 7) * DAY_NS, flat, features=features)
    margin = {"initial": 0.5, "maintenance": 0.1}
    account = {"kind": "margin", "cash": 240, "margin": margin, "borrow": {"available_feature": "lendable"}}
    path = tmp_path / "run.tgj"
    config = {"account": account, "journal": {"mode": "batch", "market": "value"}}
    tg.Session(CutTwice(), config=config, source=source, journal=path, progress=False).run()
    with Journal.open(path) as journal:
        canceled: list[Any] = [frame.message for frame in journal.frames() if frame.type == "OrdersCanceled"]
        steps = tuple(step_of(record) for record in journal.records() if counts(record))
        header = journal.header
    told = canceled[0].quantity.tolist(), canceled[0].reason.tolist(), canceled[0].limit.tolist()
    assert told == ([-16.0], [Reason.BORROW_UNAVAILABLE], [5.0])
    assert checked(header, steps).clean
    number = places(steps, Fills, lambda fills: 1 in fills.asset)[0]
    wrong = checked(header, with_message(steps, number, field("point", lambda _: 2)))
    expect(wrong, Rule.TIMING, number)


class Exits(tg.Strategy):
    """A stop that fills all of what little its entry had filled."""

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 0:
            entry = ctx.order("A", 8.0, limit=10.0)
            ctx.order("A", -8.0, stop=9.0, after=entry)


def test_an_order_that_ends_without_a_word_is_found() -> None:
    days = ((10, 10, 10, 10, 2), (10, 10, 10, 10, 2), (10.5, 10.5, 8, 9, 2), (11, 11, 11, 11, 9))
    source = ArraySource(("A",), np.arange(1, 5) * DAY_NS, np.array(days, float)[:, :, None])
    config = {
        "execution": {"participation": {"pct": 1.0}}, "account": {"cash": 1_000}, "journal": {"market": "value"},
    }  # fmt: skip
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.tgj"
        tg.Session(Exits(), config=config, source=source, journal=path, progress=False).run()
        with Journal.open(path) as journal:
            header, steps = journal.header, tuple(step_of(record) for record in journal.records() if counts(record))
    assert checked(header, steps).clean
    _, number = places(steps, OrdersCanceled)
    report = checked(header, with_message(steps, number, lambda told: LogWritten(seq=2, source="broker", text="")))
    said = [str(finding) for finding in report.findings.found]
    assert len(said) == 1
    assert "is open when the data have ended" in said[0]
