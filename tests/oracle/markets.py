"""Markets for the oracle and the engine: drawn by Hypothesis bar by bar, or made from a seed."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from tests.oracle.records import Floats, Request, Settings

Prices = dict[str, Floats]
FIELDS = ("open", "high", "low", "close")
NAMES = ("AA", "B", "BB", "C", "a", "b-1")
"""In name order, with a prefix, a lower case and a hyphen."""

Bar = tuple[int, int, int, int] | None
bars: st.SearchStrategy[Bar] = st.one_of(
    st.tuples(st.integers(-20, 20), st.integers(-15, 15), st.integers(0, 12), st.integers(0, 12)),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(0, 3), st.integers(0, 3)),
    st.none(),
)
"""Gap from the last close, body, wick up and wick down, in percent; None where there is no bar."""


@st.composite
def prices(draw: st.DrawFn, assets: int, barriers: int) -> Prices:
    """(barriers, assets) bars with gaps, holes and late listings; some barrier may have no bar at all."""
    table = np.full((4, barriers, assets), np.nan)
    for asset in range(assets):
        last = float(draw(st.sampled_from((100, 33, 7.5, 1250, 0.4))))
        for t, bar in enumerate(draw(st.lists(bars, min_size=barriers, max_size=barriers))):
            if bar is not None:
                table[:, t, asset] = shape_bar(last, bar)
                last = float(table[3, t, asset])
    return dict(zip(FIELDS, table, strict=True))


def shape_bar(last: float, bar: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    """(open, high, low, close) after a close of `last`."""
    gap, body, up, down = (percent / 100 for percent in bar)
    first = last * (1 + gap)
    close = first * (1 + body)
    return first, max(first, close) * (1 + up), min(first, close) * (1 - down), close


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


def requests(assets: int, *, fractional: bool) -> st.SearchStrategy[Request]:
    """Anything a strategy may ask for, sensible or not."""
    asset = st.integers(0, assets - 1)
    weight = st.sampled_from((0.0, 0.04, 0.1, 0.25, 1 / 3, 0.5, 0.9))
    whole = st.integers(1, 400).map(float)
    size = st.one_of(whole, st.floats(1e-6, 300.0)) if fractional else whole
    signed = st.tuples(size, st.booleans()).map(lambda pair: pair[0] if pair[1] else -pair[0])
    weights = st.dictionaries(asset, weight, max_size=assets)
    return st.one_of(
        st.tuples(st.just("weights"), weights),
        st.tuples(st.just("weights"), weights, st.sampled_from(("close", "keep"))),
        st.tuples(st.just("percent"), asset, weight),
        st.tuples(st.just("value"), asset, st.sampled_from((0.0, 90.0, 450.0, 5000.0))),
        st.tuples(st.just("order"), asset, signed),
        st.tuples(st.just("order"), asset, signed, st.sampled_from((-1.0, 0.0, 2.0))),
        st.tuples(st.just("cancel_all")),
        st.tuples(st.just("cancel_nth"), st.integers(0, 3)),
    )


def plans(assets: int, barriers: int, *, fractional: bool) -> st.SearchStrategy[dict[int, list[Request]]]:
    """Requests by barrier."""
    asked = st.lists(requests(assets, fractional=fractional), max_size=3)
    return st.dictionaries(st.integers(0, barriers - 1), asked, max_size=barriers)


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
