"""The engine's long-short rotation equals a loop worked through by hand, to the micro-unit at every barrier."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.engine import columns, source_of
from tests.oracle.long_short_loop import Log, Loop, Terms
from tests.oracle.markets import names_of, seeded_prices, seeded_scores

from tidegate import LongShort, Result, Session


def config_of(terms: Terms) -> dict[str, Any]:
    """The configuration that means the same."""
    levels = {"stop_loss": terms.stop_loss, "take_profit": terms.take_profit, "trailing_stop": terms.trailing}
    return {
        "execution": {
            "commission": {"bps": terms.commission * 1e4, "minimum": terms.minimum},
            "slippage": {"bps": terms.slip * 1e4},
        },
        "account": {
            "kind": "margin",
            "cash": terms.cash,
            "margin": {"initial": terms.initial, "maintenance": 0.05},
            "short_proceeds": "locked" if terms.locked else "credited",
            "interest": {"credit": terms.credit, "debit": terms.debit},
            "borrow": {"rate": terms.borrow},
        },
        "risk": {"rules": [{name: {"pct": pct}} for name, pct in levels.items() if pct == pct]},
        "record": {"positions": "every"},
    }


def both(seed: int, assets: int, days: int, terms: Terms, *, kernels: str = "interpreted") -> tuple[Result, Log]:
    """The same market by the engine and by hand."""
    prices, scores = seeded_prices(seed, assets, days, holes=0.02), seeded_scores(seed + 1, assets, days)
    source = source_of(names_of(assets), prices, signals={"ml_score": scores})
    strategy = LongShort(terms.n, terms.every, terms.gross)
    config = config_of(terms) | {"run": {"kernels": kernels}}
    return Session(strategy, source=source, config=config, progress=False).run(), Loop(prices, scores, terms).run()


def assert_equal(result: Result, log: Log) -> None:
    assert columns(result, "fills", "barrier asset quantity price") == log.fills
    equity = np.array(result.record.tables["equity"]["equity_micros"])
    assert np.abs(equity - np.array(log.equity)).max() == 0
    assert [cash for (cash,) in columns(result, "equity", "cash_micros")] == log.cash
    held: list[dict[int, float]] = [{} for _ in log.held]
    for barrier, asset, quantity in columns(result, "positions", "barrier asset quantity"):
        held[barrier][asset] = quantity
    assert held == log.held


YEAR = Terms(
    n=20, every=2, gross=1.8, commission=1e-4, minimum=1.0, slip=2e-4, borrow=0.03, credit=0.02, debit=0.06,
    stop_loss=0.06, take_profit=0.12, trailing=0.08,
)  # fmt: skip


@pytest.mark.parametrize(
    "terms",
    [
        YEAR,
        replace(YEAR, locked=False, gross=0.95, every=5),
        replace(YEAR, stop_loss=float("nan"), take_profit=float("nan"), trailing=float("nan"), every=1),
        replace(YEAR, initial=1.0),  # margin is short again and again
    ],
    ids=["exits", "credited", "no exits, every day", "scarce margin"],
)
def test_a_year_of_two_hundred_names_equals_the_loop(terms: Terms) -> None:
    result, log = both(5, 200, 252, terms, kernels="compiled")
    assert_equal(result, log)
    sides = {units > 0.0 for held in log.held for units in held.values()}
    assert sides == {True, False}
    assert (log.withdrawn > 0) == (terms.every < 5)
    assert (log.exits > 100) == (terms.stop_loss == terms.stop_loss)
    assert (log.cut > 10) == (terms.initial == 1.0)


fractions = st.sampled_from([float("nan"), 0.02, 0.1])


@given(
    seed=st.integers(0, 2**32), n=st.integers(1, 6), every=st.integers(1, 4), gross=st.sampled_from([0.4, 0.95, 1.7]),
    initial=st.sampled_from([0.3, 0.5, 1.0]), slip=st.sampled_from([0.0, 1e-3]), levels=st.tuples(*[fractions] * 3),
    night=st.sampled_from([0.0, 0.1]), locked=st.booleans(),
)  # fmt: skip
@settings(max_examples=settings().max_examples // 2)
def test_any_long_short_rotation_equals_the_loop(
    seed: int, n: int, every: int, gross: float, initial: float, slip: float, levels: tuple[float, float, float],
    night: float, locked: bool,
) -> None:  # fmt: skip
    stop_loss, take_profit, trailing = levels
    terms = Terms(
        cash=50_000.0, n=n, every=every, gross=gross, commission=1e-3, slip=slip, initial=initial, borrow=night,
        credit=night / 2, debit=night, locked=locked, stop_loss=stop_loss, take_profit=take_profit, trailing=trailing,
    )  # fmt: skip
    assert_equal(*both(seed, 12, 40, terms))
