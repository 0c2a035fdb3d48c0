"""Markets, settings and plans for the oracle and the engine: drawn by Hypothesis, or made from a seed."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from tests.oracle.records import Floats, Request, Settings
from tests.scenario.tape import request_of

from tidegate.testing.drawn import scripts
from tidegate.testing.market import Market

Prices = dict[str, Floats]
FIELDS = ("open", "high", "low", "close")


def settings_of_all_kinds(*, plain: bool = False) -> st.SearchStrategy[Settings]:
    """Every setting of the engine's execution, account and risk; `plain` leaves out what treats orders one by one."""
    shares = st.sampled_from((None, 0.1, 0.25, 0.5, 1.0))
    return st.builds(
        Settings,
        cash=st.sampled_from((500.0, 10_000.0, 1_000_000.0)),
        fill=st.sampled_from(("next_open", "next_close", "same_close")),
        bps=st.sampled_from((0.0, 1.0, 25.0)),
        per_share=st.sampled_from((0.0, 0.005)),
        minimum=st.just(0.0) if plain else st.sampled_from((0.0, 1.0, 30.0)),
        per_trade=st.just(0.0) if plain else st.sampled_from((0.0, 0.0, 4.95)),
        cap_bps=st.sampled_from((None, None, 20.0)),
        slippage_bps=st.sampled_from((0.0, 5.0, 120.0)),
        slippage_fixed=st.sampled_from((0.0, 0.0, 0.02)),
        shortage=st.just("scale") if plain else st.sampled_from(("scale", "rank", "reject")),
        fractional=st.booleans(),
        stop_loss=st.sampled_from((None, 0.05, 0.15)),
        take_profit=st.sampled_from((None, 0.04, 0.2)),
        trailing_stop=st.sampled_from((None, 0.03, 0.1)),
        max_weight=st.just(None) if plain else shares,
        max_weight_action=st.sampled_from(("trim", "deny")),
        max_gross=st.just(None) if plain else shares,
        max_gross_action=st.sampled_from(("trim", "deny")),
        sizing=st.sampled_from(("decision", "decision", "fill")),
        least_value=st.sampled_from((0.0, 0.0, 40.0)),
        least_weight=st.sampled_from((0.0, 0.0, 0.001, 0.1)),
        kept_free=st.sampled_from((0.0, 0.0, 0.0025, 0.25)),
        floor=st.sampled_from((0.0, 0.0, 0.002, 0.3)),
    )


def plans(market: Market, *, fractional: bool) -> st.SearchStrategy[dict[int, list[Request]]]:
    """Requests by barrier: anything that the oracle knows, sensible or not."""
    return scripts(market, fractional=fractional, resting=False).map(
        lambda script: {at: [request_of(ask, market.names) for ask in asked] for at, asked in script.items()}
    )


def seeded_prices(seed: int, assets: int, barriers: int, *, holes: float = 0.0, vol: float = 0.02) -> Prices:
    """Random walks with gaps; a share `holes` of the bars is missing, and every fifth asset then lists late."""
    random = np.random.Generator(np.random.PCG64(seed))
    steps = random.normal(0.0003, vol, (barriers, assets))
    close = 20.0 + 180.0 * random.random(assets) * np.exp(np.cumsum(steps, axis=0))
    first = close * np.exp(random.normal(0.0, vol / 2, (barriers, assets)))
    high = np.maximum(first, close) * (1 + np.abs(random.normal(0.0, vol / 2, (barriers, assets))))
    low = np.minimum(first, close) * (1 - np.abs(random.normal(0.0, vol / 2, (barriers, assets))))
    absent = random.random((barriers, assets)) < holes
    if holes:
        for asset in range(0, assets, 5):
            absent[: int(random.integers(0, barriers // 2)), asset] = True
    table = np.array([first, high, low, close])
    table[:, absent] = np.nan
    return dict(zip(FIELDS, table, strict=True))


def seeded_scores(seed: int, assets: int, barriers: int, *, absent: float = 0.02) -> Floats:
    """Scores with ties and with NaN."""
    random = np.random.Generator(np.random.PCG64(seed))
    scores = np.round(random.normal(0.0, 1.0, (barriers, assets)), 2)
    scores[random.random((barriers, assets)) < absent] = np.nan
    return scores


def names_of(assets: int) -> list[str]:
    """Names in order."""
    return [f"S{number:03d}" for number in range(assets)]


def describe(settings: Settings) -> dict[str, Any]:
    """What a setting has beyond the defaults, for a reader of a failure."""
    return {key: value for key, value in vars(settings).items() if value != vars(Settings())[key]}
