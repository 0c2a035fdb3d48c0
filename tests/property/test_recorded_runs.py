"""Runs of any settings together: each is recorded as it ran, goes on from any snapshot, and is resumed after any cut.

The scenarios look at each part of the engine by itself; here whatever has a state that a snapshot must keep meets
whatever else has one.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.company import Answers, Careful, Chase, Diary, Dips, Insists, Weary
from tests.property.scenarios import DAY_NS, DAYS, HOUR_NS, NAMES, TICK, bars, day, mixed, noise

from tidegate import EqualWeight, LongShort, Session, Strategy, TopN
from tidegate.data.actions import Action
from tidegate.data.panel import ArraySource
from tidegate.journal import Journal
from tidegate.replay import Given, resume
from tidegate.replay.plans import Compares
from tidegate.results.folder import JOURNAL, MANIFEST, read
from tidegate.risk.rules import RiskRule
from tidegate.verify import verify

Part = dict[str, Any]
MARGIN: Part = {
    "kind": "margin", "cash": 100_000, "margin": {"initial": 0.5, "maintenance": 0.4},
    "interest": {"credit": 0.02, "debit": 0.07},
    "borrow": {"rate_feature": "fee", "available_feature": "lendable"},
}  # fmt: skip
ACCOUNTS: dict[str, Part] = {
    "cash": {"cash": 60_000},
    "parts": {"cash": 40_000, "fractional": True},
    "settling": {"cash": 30_000, "settlement": 2},
    "margin": MARGIN,
    "proceeds": MARGIN | {"short_proceeds": "credited"},
    "futures": {"kind": "margin", "cash": 60_000},
    "currencies": {"cash": 50_000, "rates": {"EUR": "eur", "JPY": "jpy"}},
}
FUTURE: Part = {"future": True, "multiplier": 50.0, "initial": 0.1, "maintenance": 0.06}
SLIPPAGES: tuple[Part, ...] = (
    {}, {"bps": 3.0}, {"fixed": 0.25}, {"half_spread": {"bps": 2.0}},
    {"square_root": {"coefficient": 0.8}, "sigma": {"decay": 0.94, "default": 0.02}, "average_volume": {"window": 5}},
    {"almgren_chriss": {"permanent": 0.2}, "sigma": {"window": 4, "default": 0.02}, "average_volume": {"decay": 0.9}},
    {"volume_share": {"factor": 0.1}},
)  # fmt: skip
COMMISSIONS: tuple[Part, ...] = (
    {}, {"bps": 5.0, "minimum": 1.0}, {"per_share": 0.01}, {"maker_taker": {"maker_bps": -0.2, "taker_bps": 0.3}},
    {"tiers": {"steps": [{"at_least": 0.0, "bps": 2.0}, {"at_least": 50_000.0, "bps": 1.0}]}},
)  # fmt: skip
RULES: tuple[Part, ...] = (
    {"stop_loss": {"pct": 0.02}}, {"take_profit": {"pct": 0.03}}, {"trailing_stop": {"pct": 0.025}},
)  # fmt: skip
LIMITS: tuple[Part, ...] = (
    {"max_weight": {"pct": 0.3}}, {"max_weight": {"pct": 0.4, "action": "deny"}}, {"max_gross": {"pct": 0.8}},
)  # fmt: skip
STRATEGIES: dict[str, Callable[[int], Strategy]] = {
    "mixed": mixed,
    "chase": lambda _: Chase(),
    "dips": lambda _: Dips(),
    "top": lambda seed: TopN(2, 1 + seed % 3, 0.7),
    "equal": lambda seed: EqualWeight(2 + seed % 4, 0.8),
    "shorts": lambda seed: LongShort(1, 2 + seed % 3, 0.9 + 0.3 * (seed % 3)),
    "all of it": lambda seed: EqualWeight(2 + seed % 3, 1.0),
    "diary": lambda seed: Diary(mixed(seed)),
    "answers": lambda _: Answers(),
    "insists": lambda _: Insists(),
}
OWN_RULES: dict[str, Callable[[], RiskRule]] = {"weary": Weary, "careful": Careful}
ACTIONS = (
    Action("A", day(6), "split", 2.0), Action("B", day(8), "dividend", 0.75, pay_ns=day(13)),
    Action("A", day(10), "dividend", 0.5, pay_ns=day(13)),
    Action("C", day(11), "halt"), Action("C", day(14), "resume"),
    Action("D", day(16), "merger_stock", 0.5, into="A", price=95.0), Action("B", day(20), "merger_cash", price=101.0),
    Action("A", day(23), "dividend", 0.25),
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What one run is made of.

    Attributes:
        seed: of prices and strategies.
        account: its name.
        strategies: names of one or two.
        execution, risk: settings.
        lots: whether units are traded in lots, at prices of whole ticks.
        busy: whether others trade much, and so our orders fill whole.
        actions, finer: whether corporate actions, and finer bars, take part.
        own_rules: names of a user's own rules.
        wild: whether prices leap.
        snapshots: barriers from one to the next.
    """

    seed: int
    account: str
    strategies: tuple[str, ...]
    execution: Mapping[str, Any]
    risk: Mapping[str, Any]
    lots: bool
    busy: bool
    actions: bool
    finer: bool
    own_rules: tuple[str, ...]
    wild: bool
    snapshots: int

    def config(self) -> Part:
        """All settings."""
        terms: Part = dict(FUTURE) if self.account == "futures" else {}
        if self.lots:
            terms |= {"tick": TICK, "lot": 0.5 if self.account == "parts" else 5.0}
        return {
            "run": {"kernels": "interpreted"}, "record": {"report": False},
            "journal": {"mode": "batch", "snapshots": self.snapshots},
            "account": ACCOUNTS[self.account], "execution": dict(self.execution), "risk": dict(self.risk),
            "universe": {"defaults": terms} if terms else {},
        }  # fmt: skip

    def frames(self) -> dict[str, Any]:
        """Tables beside the panel."""
        if self.account != "currencies":
            return {}
        return {"reference": pl.DataFrame({"asset": NAMES, "currency": ["USD", "EUR", "JPY", "EUR"]})}

    def given(self) -> Given:
        """What it is given in Python, made anew."""
        strategies = [STRATEGIES[name](self.seed) for name in self.strategies]
        return Given(strategies, [OWN_RULES[name]() for name in self.own_rules], self.source(), self.frames())

    def session(self, **more: Any) -> Session:
        """It, before it is run."""
        given = self.given()
        more |= {"config": self.config(), "risk": given.risk, "source": given.source} | dict(given.frames)
        return Session(given.strategy, progress=False, **more)

    def source(self) -> ArraySource:
        """Its market."""
        step, volume = 0.15 if self.wild else 0.04, (1e6,) if self.busy else (0.0, 400.0, 5000.0)
        traded = bars(self.seed % 50, step=step, volume=volume).copy()
        more: Part = {"signals": {"ml_score": np.round(noise(self.seed, "score", -2.0, 2.0), 1)}}
        if self.actions:
            traded[6:, :4, 0] = np.round(traded[6:, :4, 0] / 2.0 / TICK) * TICK
            if self.seed % 2:  # otherwise there are bars of what does not trade, which nobody may look at
                for asset, begin, end in ((2, 11, 14), (3, 16, DAYS), (1, 20, DAYS)):
                    traded[begin:end, :, asset] = np.nan
            more["actions"] = ACTIONS
        if self.finer:
            times = (np.arange(1, DAYS + 1) * DAY_NS)[:, None] - np.array([3, 0]) * HOUR_NS
            inside = np.repeat(traded, 2, axis=0)
            inside[::2, 3], inside[1::2, 0] = traded[:, 2], traded[:, 2]  # down first
            more["finer"] = times.ravel(), inside
        if "borrow" in ACCOUNTS[self.account]:
            lendable = np.floor(noise(self.seed, "lendable", 0.0, 900.0))
            more["features"] = {"fee": noise(self.seed, "fee", 0.0, 0.3), "lendable": lendable}
        if self.account == "currencies":
            euro, yen = (noise(self.seed, name, 0.9, 1.1, assets=None) for name in ("eur", "jpy"))
            more["context"] = {"eur": euro, "jpy": yen / 150.0}
        return ArraySource(NAMES, np.arange(1, DAYS + 1) * DAY_NS, traded, chunk_rows=7, **more)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Any."""
    account, one_of = draw(st.sampled_from(list(ACCOUNTS))), st.sampled_from
    execution = {
        "fill": draw(one_of(("next_open", "next_close", "same_close"))),
        "path": draw(one_of(("pessimistic", "optimistic", "high_first", "low_first", "nearest_to_open"))),
        "limit_fill": draw(one_of(("touch", "through"))),
        "shortage": draw(one_of(("scale", "rank", "reject"))),
        "sizing": draw(one_of(("decision", "fill"))),
        "slippage": draw(one_of(SLIPPAGES)),
        "commission": draw(one_of(COMMISSIONS)),
        "participation": draw(one_of(({}, {"pct": 0.1}, {"pct": 0.5, "remainder": "cancel"}))),
        "tick": draw(one_of(("refuse", "round"))),
        "min_trade": draw(one_of(({}, {"weight": 0.02}))),
        "cash_buffer": draw(one_of(({}, {"targets": 0.01, "floor": 0.02}))),
    }
    subset = st.lists(one_of(range(3)), unique=True, max_size=3)
    risk = {"rules": [RULES[at] for at in draw(subset)], "limits": [LIMITS[at] for at in draw(subset)[:1]]}
    known = [name for name in STRATEGIES if name != "shorts" or "kind" in ACCOUNTS[account]]
    strategies = draw(st.lists(one_of(known), unique=True, min_size=1, max_size=2))
    true = st.booleans()
    finer, own = draw(true) and not draw(true), st.lists(one_of(list(OWN_RULES)), unique=True, max_size=2)
    return Run(
        draw(st.integers(0, 10_000)), account, tuple(strategies), execution, risk, draw(true), draw(true),
        draw(true) and not finer, finer, tuple(draw(own)), draw(st.integers(0, 3)) == 3, draw(st.integers(1, 9)),
    )  # fmt: skip


def assert_goes_on(run: Run, path: Path, first: int) -> None:
    """From the last snapshot before a barrier the rest is the same."""
    with ExitStack() as files:
        session = run.session(journal=path.with_name("not made"))
        plan = Compares(path, session, first, files)
        session.attach(plan)
        session.run()
        assert (plan.middle is not None) == (first >= run.snapshots)
        assert plan.difference is None, f"from {first}: {plan.difference}"
        assert plan.log is not None
        assert plan.log.ended_as_recorded


def assert_resumed(run: Run, whole: Path, folder: Path, cut: float) -> None:
    """What is left of a journal, some part of it behind its header, becomes what it was."""
    data = (whole / JOURNAL).read_bytes()
    with Journal.open(whole / JOURNAL) as journal:
        begin = next(journal.blocks()).end
    folder.mkdir()
    manifest = json.loads((whole / MANIFEST).read_text())
    left = {"format": manifest["format"], "status": "running", "versions": manifest["versions"]}
    (folder / MANIFEST).write_text(json.dumps(left))
    (folder / JOURNAL).write_bytes(data[: begin + int(cut * (len(data) - begin))])
    resume(folder, run.given(), progress=False)
    assert (folder / JOURNAL).read_bytes() == data
    assert read(folder).digest == read(whole).digest


@given(run=runs(), first=st.integers(0, DAYS), cut=st.floats(0.0, 1.0))
@settings(max_examples=6 if settings().max_examples == 50 else 100)
def test_a_run_of_any_settings_is_recorded_goes_on_and_is_resumed(run: Run, first: int, cut: float) -> None:
    with TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        run.session(out=whole).run()
        findings = verify(whole / JOURNAL, run.source()).findings.found
        assert not findings, findings
        assert_goes_on(run, whole / JOURNAL, first)
        assert_resumed(run, whole, Path(place) / "cut", cut)
