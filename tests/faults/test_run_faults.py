# ruff: noqa: E501  (one fault to a row, as wide as it is)
"""What goes wrong while a run is under way: strategies, feeds and swapped actors that misbehave.

Each row says the error that must be raised and what it must say. The run folder is there afterwards, readable, marked
failed, and holds what was committed before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.faults import planted
from tests.faults.fault import Fault, check_text
from tests.faults.planted import At, Idle, bars, daily, scores

from tidegate import Actor, ActorFailed, BarrierTimeout, Phase, RequestError, Session, Strategy, handles, on_phase, read
from tidegate.core.errors import TidegateError
from tidegate.core.universe import Universe
from tidegate.data.panel import Columns, PanelChunk
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.control import LogWritten
from tidegate.messages.market import EndOfData, MarketBatch, UniverseDeclared
from tidegate.messages.orders import CancelOrders, Fills, SubmitOrders
from tidegate.risk.context import RiskContext
from tidegate.risk.rules import RiskDecision, RiskRule
from tidegate.runtime.limits import MailboxOverflow

DAY = 86_400_000_000_000
NAN, INF = float("nan"), float("inf")


def asks(act: Callable[[Any], object], **more: Any) -> Callable[[Path], dict[str, Any]]:
    """A run whose strategy does this at barrier 2."""
    return lambda _: {"strategy": At(act)} | more


def named(strategy: Any) -> Callable[[Path], dict[str, Any]]:
    return lambda _: {"strategy": strategy}


class Says(RiskRule):
    """Returns from each hook what it was told to."""

    name = "strict"

    def __init__(self, **says: Any) -> None:
        self.says = says

    def check_exits(self, ctx: RiskContext) -> Any:
        return self.says.get("check_exits")

    def validate(self, ctx: RiskContext, orders: SubmitOrders) -> Any:
        return self.says.get("validate")

    def record_fills(self, ctx: RiskContext, fills: Fills) -> Any:
        return self.says.get("record_fills")


def ruled(**says: Any) -> Callable[[Path], dict[str, Any]]:
    return lambda _: {"strategy": planted.Buyer(), "risk": [Says(**says)]}


def wrong(value: Any) -> Any:
    """Of another type than is wanted there."""
    return value


WHERE = r"actor 'at' failed at barrier 2 handling PhaseOpened: RequestError: "
FRACTIONAL = {"config": {"account": {"fractional": True}}}

# fmt: off
RAISES = [
    Fault("raises in on_start",         named(planted.FailsOnStart()),  ActorFailed, (r"actor 'failsonstart' failed", r"barrier -1|before", r"KeyError", r"no model")),
    Fault("raises in on_batch",         named(planted.FailsOnBatch()),  ActorFailed, (r"actor 'failsonbatch' failed at barrier 3", r"handling PhaseOpened", r"ZeroDivisionError: division by zero")),
    Fault("raises in on_event",         named(planted.FailsOnEvent()),  ActorFailed, (r"actor 'failsonevent' failed at barrier 1", r"ValueError: bad event")),
    Fault("raises in on_fill",          named(planted.FailsOnFill()),   ActorFailed, (r"actor 'failsonfill' failed at barrier 1", r"handling Fills", r"RuntimeError: fill not expected")),
    Fault("raises in on_stop",          named(planted.FailsOnStop()),   ActorFailed, (r"actor 'failsonstop' failed at the end of the run, after the last barrier \(5\)", r"handling RunFinished", r"OSError: cannot save")),
]
RETURNS = [
    Fault("returns weights",            named(planted.ReturnsWeights()),  ActorFailed, (r"actor 'returnsweights' failed at barrier 0", r"RequestError: ReturnsWeights\.on_batch returned 'dict', want nothing", r"ask with ctx\.order or ctx\.target_weights")),
    Fault("yields",                     named(planted.YieldsOrders()),    ActorFailed, (r"actor 'yieldsorders' failed at barrier 0", r"RequestError: YieldsOrders\.on_batch returned 'generator'", r"want nothing")),
    Fault("returns from on_event",      named(planted.ReturnsOfEvents()), ActorFailed, (r"actor 'returnsofevents' failed at barrier 0", r"RequestError: ReturnsOfEvents\.on_event returned 'float'", r"want nothing")),
    Fault("returns from on_fill",       named(planted.ReturnsOfFills()),  ActorFailed, (r"actor 'returnsoffills' failed at barrier 1", r"handling Fills", r"RequestError: ReturnsOfFills\.on_fill returned 'bool'")),
    Fault("returns weights later",      named(planted.ReturnsLater()),    ActorFailed, (r"actor 'returnslater' failed at barrier 0", r"RequestError: ReturnsLater\.on_batch returned 'dict', want nothing")),
    Fault("a rule decides at fills",    ruled(record_fills=RiskDecision(halt="x")), ActorFailed, (r"actor 'risk' failed at barrier 1", r"rule strict: Says\.record_fills returned 'RiskDecision', want nothing")),
    Fault("a rule returns its exits",   ruled(check_exits={"AAPL": "x"}), ActorFailed, (r"actor 'risk' failed at barrier 0", r"rule strict: Says\.check_exits returned 'dict', want a RiskDecision or None")),
    Fault("a rule returns what it allows", ruled(validate=[1.0]),         ActorFailed, (r"actor 'risk' failed at barrier 0", r"rule strict: Says\.validate returned 'list', want a RiskDecision or None")),
    Fault("a rule halts without a word", ruled(check_exits=RiskDecision(halt=wrong(True))), ActorFailed, (r"Says\.check_exits returned a RiskDecision whose halt is True, want a str",)),
    Fault("a rule allows no numbers",   ruled(validate=RiskDecision(allowed=wrong(["all"]))), ActorFailed, (r"rule strict: allowed is \['all'\], want a number for each order",)),
]
REQUESTS = [
    Fault("a weight that is NaN",       asks(lambda c: c.target_weights({"AAPL": NAN})),            ActorFailed, (WHERE, r"weight of AAPL is nan", r"leave the asset out")),
    Fault("an infinite weight",         asks(lambda c: c.target_weights({"AAPL": INF})),            ActorFailed, (WHERE, r"weight of AAPL is inf", r"want")),
    Fault("a negative weight",          asks(lambda c: c.target_weights({"XOM": -0.1})),            ActorFailed, (WHERE, r"weight of XOM is -0\.1", r"no shorts")),
    Fault("several bad weights",        asks(lambda c: c.target_weights(np.array([NAN, 0.5, -1]))), ActorFailed, (WHERE, r"weight of AAPL is nan", r"weight of XOM is -1")),
    Fault("weights of another shape",   asks(lambda c: c.target_weights(np.zeros(5))),              ActorFailed, (WHERE, r"shape \(5,\)", r"want \(3,\)")),
    Fault("an unknown asset",           asks(lambda c: c.order("APPL", 1)),                         ActorFailed, (WHERE, r"'APPL'", r"3 of the universe", r"did you mean 'AAPL'")),
    Fault("a column there is not",      asks(lambda c: c.target_weights({7: 0.5})),                 ActorFailed, (WHERE, r"column 7", r"0\.\.2")),
    Fault("a quantity of 0",            asks(lambda c: c.order("AAPL", 0)),                         ActorFailed, (WHERE, r"AAPL", r"quantity 0", r"is 0")),
    Fault("a quantity of NaN",          asks(lambda c: c.order("AAPL", NAN)),                       ActorFailed, (WHERE, r"AAPL", r"quantity nan", r"not a number")),
    Fault("half a share",               asks(lambda c: c.order("AAPL", 0.5)),                       ActorFailed, (WHERE, r"AAPL", r"quantity 0\.5 is not whole", r"account\.fractional")),
    Fault("too many shares",            asks(lambda c: c.order("AAPL", 1e15), **FRACTIONAL),        ActorFailed, (WHERE, r"AAPL", r"1e\+15|1000000000000000", r"1e\+12")),
    Fault("a priority of NaN",          asks(lambda c: c.order("AAPL", 1, priority=NAN)),           ActorFailed, (WHERE, r"AAPL", r"priority is nan")),
    Fault("a limit below nothing",      asks(lambda c: c.order("AAPL", 1, limit=-2)),               ActorFailed, (WHERE, r"AAPL", r"limit is -2", r"above 0")),
    Fault("a limit of NaN",             asks(lambda c: c.order("AAPL", 1, limit=NAN)),              ActorFailed, (WHERE, r"AAPL", r"limit is nan", r"finite")),
    Fault("a stop that is to go at once", asks(lambda c: c.order("AAPL", 1, stop=9, tif="fok")),    ActorFailed, (WHERE, r"AAPL", r"'fok'", r"want gtc, day or gtd")),
    Fault("a time in force there is not", asks(lambda c: c.order("AAPL", 1, tif="dya")),            ActorFailed, (WHERE, r"AAPL", r"tif is 'dya'", r"did you mean 'day'")),
    Fault("a group of one",             asks(lambda c: c.one_cancels_other(c.order("AAPL", 1, limit=9))), ActorFailed, (WHERE, r"one_cancels_other", r"two or more")),
    Fault("neither close nor keep",     asks(lambda c: c.target_weights({}, others="hold")),        ActorFailed, (WHERE, r"others is 'hold'", r"'close' or 'keep'")),
    Fault("an unknown signal",          asks(lambda c: c.batch.signals["mlscore"], signals=scores()), ActorFailed, (WHERE, r"no signal 'mlscore'", r"did you mean 'ml_score'")),
    Fault("an unknown context",         asks(lambda c: c.batch.context["vix"]),                     ActorFailed, (WHERE, r"no context 'vix'", r"there are \[\]|there is none|none")),
    Fault("an order nobody sent",       asks(lambda c: c.cancel(12345)),                            ActorFailed, (WHERE, r"cancel", r"12345", r"no order")),
    Fault("a history longer than kept", asks(lambda c: c.history("close", 300)),                    ActorFailed, (WHERE, r"history of 300", r"1\.\.256", r"strategy\.history")),
    Fault("a history of nothing",       asks(lambda c: c.history("closes", 3)),                     ActorFailed, (WHERE, r"no field 'closes'", r"did you mean 'close'")),
    Fault("writes into the batch",      asks(lambda c: c.batch.close.__setitem__(0, 1.0)),          ActorFailed, (r"actor 'at' failed at barrier 2", r"ValueError", r"read-only")),
    Fault("writes into its positions",  asks(lambda c: c.positions.__setitem__(0, 1.0)),            ActorFailed, (r"actor 'at' failed at barrier 2", r"ValueError", r"read-only")),
]
# fmt: on


@dataclass(frozen=True)
class Panel:
    """A source that gives the chunks it was told to, sound or not."""

    times: tuple[tuple[int, ...], ...]
    assets: int = 2
    shape: tuple[int, ...] | None = None

    def open(self) -> Columns:
        return Columns(Universe(("A", "B")), (), (), (), sum(map(len, self.times)))

    def chunks(self) -> Iterator[PanelChunk]:
        for times in self.times:
            rows = len(times)
            panel = bars(rows, self.assets) if self.shape is None else np.full(self.shape, 100.0)
            none = np.empty((rows, 0, self.assets))
            yield PanelChunk(np.array(times) * DAY, panel, none, none, np.empty((rows, 0)))

    def counts(self) -> dict[str, int]:
        return {}

    def fingerprints(self) -> dict[str, list[dict[str, str | int]]]:
        return {}


def batch_or_end(seq: int, ts_ns: int, assets: int) -> Message:
    """Three batches, then the end."""
    none = np.empty((0, assets))
    return MarketBatch(seq, ts_ns, bars(1, assets)[0], none, none, np.empty(0)) if seq < 3 else EndOfData()


class FeedOfWrongShape(Actor):
    """A user's feed that sends three assets' bars for two assets."""

    @on_phase(Phase.ADVANCE)
    def on_advance(self, opened: PhaseOpened) -> None:
        self.send(batch_or_end(opened.seq, opened.seq * DAY, 3))

    async def started(self) -> None:
        self.send(UniverseDeclared(("A", "B"), (), (), (), -1))


class FeedGoingBack(Actor):
    """A user's feed whose time goes back."""

    @on_phase(Phase.ADVANCE)
    def on_advance(self, opened: PhaseOpened) -> None:
        self.send(batch_or_end(opened.seq, (5 - opened.seq) * DAY, 2))

    async def started(self) -> None:
        self.send(UniverseDeclared(("A", "B"), (), (), (), -1))


class FailingRisk(Actor):
    @handles(AccountSnapshot)
    def on_snapshot(self, snapshot: AccountSnapshot) -> None:
        if snapshot.seq == 1:
            raise LookupError("no limits loaded")


class Ping(Actor):
    @handles(LogWritten)
    def on_log(self, _: LogWritten) -> None:
        self.send(CancelOrders(np.empty(0, np.int64)))

    @on_phase(Phase.GUARD)
    def on_guard(self, opened: PhaseOpened) -> None:
        if opened.seq == 1:
            self.send(CancelOrders(np.empty(0, np.int64)))


class Pong(Actor):
    @handles(CancelOrders)
    def on_cancel(self, _: CancelOrders) -> None:
        self.send(LogWritten(0, "pong", "back to you"))


class Flood(Actor):
    @on_phase(Phase.GUARD)
    def on_guard(self, opened: PhaseOpened) -> None:
        while True:
            self.send(LogWritten(opened.seq, "flood", "more"))


def session(
    strategy: Strategy | None = None,
    *,
    swap: tuple[str, Actor] | None = None,
    add: tuple[Actor, ...] = (),
    **options: Any,
) -> Session:
    """A session over the sound market, unless the options bring a source of their own."""
    prices = None if "source" in options else daily()
    made = Session(strategy or Idle(), prices=prices, progress=False, **options)
    if swap is not None:
        made.swap(*swap)
    for actor in add:
        made.add(actor)
    return made


LIMITS = {"config": {"run": {"phase_timeout_s": 0.15}}}

# fmt: off
ACTORS = [
    Fault("a batch that goes back",     lambda _: {"source": Panel(((1, 2), (2, 3)))},                        ActorFailed,     (r"actor 'feed' failed at barrier 2|actor 'feed' failed at barrier 1", r"DataError", r"1970-01-03 follows one at 1970-01-03", r"must rise")),
    Fault("a chunk that goes back",     lambda _: {"source": Panel(((1, 3, 2),))},                            ActorFailed,     (r"actor 'feed' failed", r"DataError", r"1970-01-03 follows one at 1970-01-04", r"must rise")),
    Fault("a panel of wrong shape",     lambda _: {"source": Panel(((1, 2),), 3)},                            ActorFailed,     (r"actor '\w+' failed", r"shape|3 assets|\(5, 3\)|\(2, 5, 3\)", r"want|2")),
    Fault("a feed of wrong shape",      lambda _: {"swap": ("feed", FeedOfWrongShape("feed"))},               ActorFailed,     (r"actor '\w+' failed at barrier 0", r"shape|\(5, 3\)", r"2")),
    Fault("a feed whose time goes back", lambda _: {"swap": ("feed", FeedGoingBack("feed"))},              ActorFailed,     (r"actor '\w+' failed at barrier 1", r"1970-01-05", r"1970-01-06")),
    Fault("a swapped actor that raises", lambda _: {"swap": ("risk", FailingRisk("risk"))},                   ActorFailed,     (r"actor 'risk' failed at barrier 1", r"AccountSnapshot", r"LookupError: no limits loaded")),
    Fault("waits for ever",             lambda _: {"strategy": planted.WaitsForever()} | LIMITS,              BarrierTimeout,  (r"barrier 2, phase DECIDE", r"'waitsforever'", r"PhaseOpened", r"0\.15 s", r"run\.phase_timeout_s", r"planted\.py", r"sleep_forever|on_batch")),
    Fault("never returns",              lambda _: {"strategy": planted.NeverReturns()} | LIMITS,              BarrierTimeout,  (r"barrier 2, phase DECIDE", r"'neverreturns'", r"keeps the event loop", r"PhaseOpened", r"run\.phase_timeout_s", r"planted\.py", r"on_batch")),
    Fault("sleeps in the loop",         lambda _: {"strategy": planted.Sleeps()} | LIMITS,                    BarrierTimeout,  (r"barrier 2, phase DECIDE", r"'sleeps'", r"keeps the event loop", r"run\.phase_timeout_s", r"planted\.py", r"Sleeps\.on_batch")),
    Fault("messages without end",       lambda _: {"add": (Ping("ping"), Pong("pong")), "config": {"run": {"max_supersteps": 50}}}, BarrierTimeout, (r"barrier 1, phase GUARD", r"50 supersteps", r"run\.max_supersteps", r"'?ping'?", r"'?pong'?")),
    Fault("messages in one go",         lambda _: {"add": (Flood("flood"),), "config": {"run": {"mailbox_limit": 1000}}}, MailboxOverflow, (r"barrier 0, phase GUARD", r"'flood'", r"1,000", r"run\.mailbox_limit", r"LogWritten")),
]
# fmt: on


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, id=fault.name) for fault in RAISES + RETURNS + REQUESTS + ACTORS]
)
def test_what_goes_wrong_in_a_run_is_told(fault: Fault, tmp_path: Path) -> None:
    made = session(out=tmp_path / "run", **fault.plant(tmp_path))
    with pytest.raises(TidegateError) as caught:
        made.run()
    check_text(fault, caught.value)
    kept = read(tmp_path / "run")
    assert kept.status == "failed"
    assert kept.error is not None
    assert kept.error.splitlines()[0] == str(caught.value).splitlines()[0]
    assert kept.record.barriers == kept.record.rows("equity")


def test_the_cause_of_a_bad_request_is_kept() -> None:
    with pytest.raises(ActorFailed) as caught:
        session(At(lambda ctx: ctx.order("APPL", 1))).run()
    failed = caught.value
    assert (failed.actor, failed.barrier, failed.message_type) == ("at", 2, "PhaseOpened")
    assert isinstance(failed.cause, RequestError)
    assert failed.__cause__ is failed.cause


def test_what_was_committed_before_a_failure_is_kept(tmp_path: Path) -> None:
    with pytest.raises(ActorFailed):
        session(planted.FailsOnFill(), out=tmp_path / "run").run()
    kept = read(tmp_path / "run")
    assert kept.equity["barrier"].to_list() == [0]
    assert kept.orders["status"].to_list() == ["open"]
    assert kept.fills.is_empty()
