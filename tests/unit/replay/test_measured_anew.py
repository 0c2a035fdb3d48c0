"""Costs that follow the market, where the recorded ones did not: what they know is what they would have measured."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.recorded import DAY_NS, digest
from tests.unit.recorded import market as plain_market
from tests.unit.replay import turned

import tidegate as tg
from tidegate.data.actions import Action
from tidegate.data.panel import ArraySource
from tidegate.journal import Journal
from tidegate.journal.middle import find_middle
from tidegate.kernels.account import Account
from tidegate.kernels.books import Books
from tidegate.kernels.execution import Execution
from tidegate.kernels.instruments import DRIFT
from tidegate.messages.state import decode_state
from tidegate.replay import Again, Given, record_again, record_from, run_again
from tidegate.verify import verify

FIRST = 14
ACTIONS = (
    Action("A", 4 * DAY_NS, "split", 3.0), Action("D", 5 * DAY_NS, "halt"), Action("D", 8 * DAY_NS, "resume"),
    Action("E", 9 * DAY_NS, "symbol_change", into="B"), Action("A", 10 * DAY_NS, "dividend", 1.5),
    Action("C", 11 * DAY_NS, "delisting"), Action("A", 18 * DAY_NS, "split", 0.5),
)  # fmt: skip


def market() -> ArraySource:
    """The market of the other tests, with corporate actions, quotes and what else features can say."""
    told, rng = plain_market(), np.random.default_rng(3)
    bars = np.concatenate([chunk.bars for chunk in told.chunks()])
    bars[:, 4] *= np.round(rng.random(bars[:, 4].shape), 2) / 100.0
    bars[:8, :, 1] = np.nan  # until it is what E is called
    close = bars[:, 3]
    features = {
        "bid": close * (1.0 - 0.003 * rng.random(close.shape)), "ask": close * (1.0 + 0.003 * rng.random(close.shape)),
        "vol": 0.03 * rng.random(close.shape), "adv": 1e4 * (1.0 + rng.random(close.shape)),
    }  # fmt: skip
    features["vol"][5:7] = features["vol"][12:, 0] = np.nan
    rates = 1.1 + 0.01 * np.sin(np.arange(len(bars)))
    ts_ns = (1 + np.arange(len(bars))) * DAY_NS
    return ArraySource(
        ("A", "B", "C", "D", "E"), ts_ns, bars, features=features, context={"eur": rates}, actions=ACTIONS
    )


REFERENCE = pl.DataFrame({"asset": ["B", "D"], "currency": ["EUR", "EUR"]})
ROOT = {"square_root": {"coefficient": 0.4}}
NOW = {
    "root": {"square_root": "{coefficient: 0.4}"},
    "root, weighed": {"square_root": "{coefficient: 0.4}", "sigma": "{decay: 0.7}", "average_volume": "{decay: 0.9}"},
    "root, told": {"square_root": "{coefficient: 0.4}", "sigma": "{feature: vol}", "average_volume": "{feature: adv}"},
    "root, in part": {"square_root": "{coefficient: 0.4}", "sigma": "{window: 5}", "average_volume": "{feature: adv}"},
    "quotes": {"half_spread": "{bid: bid, ask: ask}"},
    "share": {"volume_share": "{factor: 0.8}"},
    "all": {
        "half_spread": "{bid: bid, ask: ask}", "almgren_chriss": "{temporary: 0.5, permanent: 5.0}",
        "sigma": "{window: 3}", "volatility": "{factor: 0.1}", "average_volume": "{window: 6, default: 900.0}",
    },
}  # fmt: skip
BEFORE: dict[str, dict[str, Any]] = {
    "nothing": {},
    "other windows": ROOT | {"sigma": {"window": 9}},
    "a quote": {"half_spread": {"bid": "bid", "ask": "ask"}, "volume_share": {"factor": 0.1}},
}


def record(path: Path, slippage: dict[str, Any]) -> None:
    config = {
        "run": {"kernels": "interpreted"}, "account": {"cash": 100_000, "rates": {"EUR": "eur"}},
        "execution": {"slippage": slippage}, "journal": {"mode": "batch", "snapshots": FIRST},
    }  # fmt: skip
    tg.Session(turned.Late(), config=config, source=market(), journal=path, progress=False, reference=REFERENCE).run()


def again(swaps: dict[str, str]) -> Again:
    return Again(Given(strategy=turned.Late(), source=market(), frames={"reference": REFERENCE}), swaps)


@pytest.mark.parametrize("before", list(BEFORE))
@pytest.mark.parametrize("now", list(NOW))
def test_what_was_not_measured_is_measured_first(
    tmp_path: Path, before: str, now: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing was traded before, the journal is the one of a run that always had these costs."""
    monkeypatch.setattr(turned.Late, "at", FIRST)
    path, target, whole = (tmp_path / name for name in ("a.tgj", "b.tgj", "whole.tgj"))
    record(path, BEFORE[before])
    off = dict.fromkeys(("half_spread", "volume_share", "square_root"), "null")
    of = {**off, "sigma": "{window: 12}", "average_volume": "{window: 12}", **NOW[now]}
    swaps = {f"execution.slippage.{name}": text for name, text in of.items()}
    outcome = record_from(path, target, again(swaps), first=FIRST)
    assert (outcome.difference, outcome.restored) == (None, FIRST - 1)
    record_again(path, whole, again(swaps))
    assert digest(target) == digest(whole) != digest(path)
    assert [str(one) for one in verify(target, source=market()).findings.found] == []
    same = run_again(target, again({}))
    assert (same.difference, same.restored) == (None, FIRST - 1)


def moved(path: Path) -> list[float]:
    """By how much fills have moved each asset for good, as the broker told it before the barrier."""
    with Journal.open(path) as journal:
        middle = find_middle(journal, FIRST - 1)
        assert middle is not None
        assert middle.snapshot.barrier == FIRST - 1
        state = decode_state(middle.snapshot.states["broker"], lambda place: place)
    for owner, name in ((Execution, "_account"), (Account, "books")):
        state = state[[one for one, how in owner.KEEPS.items() if how != "made"].index(name)]
    rows: list[float] = state[Books._fields.index("instruments")][DRIFT].tolist()
    return rows


def test_what_fills_have_moved_stays_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is of the recorded fills, however the market is measured from then on."""
    monkeypatch.setattr(turned.Late, "at", 3)
    path, target = tmp_path / "a.tgj", tmp_path / "b.tgj"
    record(
        path, {"almgren_chriss": {"permanent": 5.0}, "sigma": {"feature": "vol"}, "average_volume": {"feature": "adv"}}
    )
    record_from(path, target, again({"execution.slippage.sigma": "{window: 3}"}), first=FIRST)
    assert moved(target) == moved(path)
    assert any(moved(path))
