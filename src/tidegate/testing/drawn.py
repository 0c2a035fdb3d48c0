"""Small markets and what may be asked in them, for Hypothesis.

    @given(st.data())
    def test_cash_never_falls_below_zero(data):
        market = data.draw(markets(splits=True))
        script = data.draw(scripts(market))
        result = Session(Script(script), source=market.source(), progress=False).run()
        assert (result.equity["cash"] >= 0).all()

A failing market is shown as the table that makes it again. Hypothesis is an extra: `pip install 'tidegate[testing]'`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tidegate.core.arrays import FloatArray
from tidegate.core.errors import UserError
from tidegate.core.time import NS_PER
from tidegate.data.actions import Action
from tidegate.testing.market import Market
from tidegate.testing.script import Ask

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as error:
    raise UserError("tidegate.testing: there is no Hypothesis: pip install 'tidegate[testing]'") from error

NAMES = ("AA", "B", "BB", "C", "a", "b-1")
"""In name order, with a prefix, a lower case and a hyphen; after them come s006, s007 and so on."""
FIRST_PRICES = (100.0, 33.0, 7.5, 1250.0, 0.4)
RATIOS = (2.0, 3.0, 1.5, 0.5, 0.1)
VOLUMES = (1e6, 1000.0, 20.0, 1.0, 0.0, math.nan)
WEIGHTS = (0.0, 0.04, 0.1, 0.25, 1 / 3, 0.5, 0.9)
VALUES = (0.0, 90.0, 450.0, 5000.0)
ONE_BAR = ("day", "ioc", "fok", "on_open", "on_close")

SCORES = st.sampled_from((0.0, 0.5, 0.5, -1.0, 2.0, math.nan))

T = TypeVar("T")
Percents = tuple[int, int, int, int]
"""Gap from the last close, body, wick up and wick down."""


def markets(
    assets: tuple[int, int] = (1, 4),
    barriers: tuple[int, int] = (1, 12),
    *,
    gaps: bool = True,
    holes: bool = True,
    splits: bool = False,
    volumes: bool = False,
    signals: Sequence[str] = (),
) -> st.SearchStrategy[Market]:
    """Markets of daily bars.

    Args:
        assets, barriers: how many at least and at most.
        gaps: whether bars may open elsewhere than the one before closed.
        holes: whether bars may be missing: late listings, halts, days on which nobody trades.
        splits: whether prices may split, raw, with the actions that say so.
        volumes: whether volumes are drawn, small ones, 0 and unknown among them; else all are unknown.
        signals: names of signals with values that tie and that are missing.
    """
    return _market(assets, barriers, _Draws(_courses(gaps, holes), splits, volumes, tuple(signals)))


def asks(market: Market, *, fractional: bool = False, resting: bool = True) -> st.SearchStrategy[Ask]:
    """Anything that a strategy may ask for in this market, sensible or not.

    Args:
        fractional: whether orders may be for parts of a unit.
        resting: whether there are limit, stop and trailing orders, brackets and times in force as well.
    """
    asset = st.sampled_from(market.names)
    size = st.integers(1, 400).map(float)
    if fractional:
        size = st.one_of(size, st.floats(1e-6, 300.0, allow_subnormal=False))
    signed = st.builds(float.__mul__, size, st.sampled_from((1.0, -1.0)))
    weights = st.dictionaries(asset, st.sampled_from(WEIGHTS), max_size=len(market.names))
    others = st.sampled_from(({}, {"others": "keep"}))
    plain = st.sampled_from(({}, {}, {"priority": -1.0}, {"priority": 2.0}))
    kinds = [
        st.builds(lambda chosen, words: Ask("weights", weights=chosen, words=words), weights, others),
        st.builds(lambda name, weight: Ask("percent", name, weight), asset, st.sampled_from(WEIGHTS)),
        st.builds(lambda name, value: Ask("value", name, value), asset, st.sampled_from(VALUES)),
        st.builds(lambda name, units, words: Ask("order", name, units, words=words), asset, signed, plain),
        st.just(Ask("cancel_all")),
        st.builds(lambda place: Ask("cancel_open", number=float(place)), st.integers(0, 3)),
    ]
    if resting:
        kinds += [
            asset.flatmap(lambda name: _order(market, name, signed)),
            asset.flatmap(lambda name: _bracket(market, name, size)),
        ]
    return st.one_of(kinds)


def scripts(
    market: Market, *, fractional: bool = False, resting: bool = True, at_once: int = 3
) -> st.SearchStrategy[dict[int, list[Ask]]]:
    """What a strategy asks for at the barriers of a market, for `Script`; see `asks`.

    Args:
        at_once: most things to ask for at one barrier.
    """
    count = len(market.ts_ns)
    asked = st.lists(asks(market, fractional=fractional, resting=resting), max_size=at_once)
    return st.dictionaries(st.integers(0, count - 1), asked, max_size=count)


def _courses(gaps: bool, holes: bool) -> st.SearchStrategy[Percents | None]:
    """A bar by its percents; small ones, in which levels meet, as often as large ones."""
    far, near = (20, 3) if gaps else (0, 0)
    large = st.tuples(st.integers(-far, far), st.integers(-15, 15), st.integers(0, 12), st.integers(0, 12))
    small = st.tuples(st.integers(-near, near), st.integers(-3, 3), st.integers(0, 3), st.integers(0, 3))
    return st.one_of(large, small, st.none()) if holes else st.one_of(large, small)


@dataclass(frozen=True)
class _Draws:
    """What the parts of a market are drawn from."""

    course: st.SearchStrategy[Percents | None]
    splits: bool
    volumes: bool
    signals: tuple[str, ...]


@st.composite
def _market(draw: st.DrawFn, assets: tuple[int, int], barriers: tuple[int, int], draws: _Draws) -> Market:
    count, rows = draw(st.integers(*assets)), draw(st.integers(*barriers))
    names = NAMES[:count] + tuple(f"s{number:03d}" for number in range(len(NAMES), count))
    times = np.arange(1, rows + 1, dtype=np.int64) * NS_PER["d"]
    bars = np.empty((rows, 5, count))
    actions = []
    for at, name in enumerate(names):
        split = draw(st.one_of(st.none(), st.integers(0, rows - 1))) if draws.splits else None
        ratio = 1.0 if split is None else draw(st.sampled_from(RATIOS))
        course = draw(_several(draws.course, rows))
        bars[:, :4, at] = _bars(draw(st.sampled_from(FIRST_PRICES)), course, split, ratio)
        volumes = draw(_several(st.sampled_from(VOLUMES), rows)) if draws.volumes else [math.nan] * rows
        bars[:, 4, at] = np.where(np.isnan(bars[:, 3, at]), np.nan, volumes)
        if split is not None:
            actions.append(Action(name, int(times[split]), "split", ratio))
    actions.sort(key=lambda action: action.ex_ns)
    signals = {name: np.array(draw(_several(_several(SCORES, count), rows))) for name in draws.signals}
    return Market(names, times, bars, signals, actions=tuple(actions))


def _several(values: st.SearchStrategy[T], count: int) -> st.SearchStrategy[list[T]]:
    return st.lists(values, min_size=count, max_size=count)


def _bars(last: float, course: list[Percents | None], split: int | None, ratio: float) -> FloatArray:
    """(T, 4) prices of one asset, raw: after a split they are a `ratio`-th of what they were."""
    bars = np.full((len(course), 4), np.nan)
    for at, percents in enumerate(course):
        if split == at:
            last /= ratio
        if percents is not None:
            bars[at] = shape_bar(last, percents)
            last = float(bars[at, 3])
    return bars


def shape_bar(last: float, percents: Percents) -> tuple[float, float, float, float]:
    """(open, high, low, close) after a close of `last`."""
    gap, body, up, down = (percent / 100 for percent in percents)
    first = last * (1 + gap)
    close = first * (1 + body)
    return first, max(first, close) * (1 + up), min(first, close) * (1 - down), close


def _prices(market: Market, name: str) -> st.SearchStrategy[float]:
    """Prices at which something happens to an asset: those of its bars, and a little beside them."""
    bars = market.bars[:, :4, market.names.index(name)]
    known = list(dict.fromkeys(bars[~np.isnan(bars)].tolist())) or list(FIRST_PRICES)
    return st.builds(float.__mul__, st.sampled_from(known), st.sampled_from((1.0, 1.0, 0.99, 1.01)))


def _order(market: Market, name: str, signed: st.SearchStrategy[float]) -> st.SearchStrategy[Ask]:
    """An order with a price, a time in force, or both."""
    price = _prices(market, name)
    distance = st.sampled_from(({"trail_pct": 0.05}, {"trail_pct": 0.01, "limit_offset": 0.0}))
    limit, stop = price.map(lambda at: {"limit": at}), price.map(lambda at: {"stop": at})
    both = st.builds(lambda level, at: {"stop": level, "limit": at}, price, price)
    lives = st.sampled_from(({}, {}, {"tif": "day"}, {"reduce_only": True}, {"tif": "day", "reduce_only": True}))
    short = st.sampled_from([{"tif": tif} for tif in ONE_BAR])
    words = st.one_of(
        st.builds(dict.__or__, st.one_of(limit, stop, both, distance), lives),
        st.builds(dict.__or__, st.one_of(limit, st.just({})), short),
    )
    return st.builds(lambda units, said: Ask("order", name, units, words=said), signed, words)


def _bracket(market: Market, name: str, size: st.SearchStrategy[float]) -> st.SearchStrategy[Ask]:
    """A buy with exits on either side of a price."""
    return st.builds(
        lambda units, at, words: Ask(
            "order", name, units, words={"stop_loss": 0.97 * at, "take_profit": 1.03 * at} | words
        ),
        size,
        _prices(market, name),
        st.sampled_from(({}, {"tif": "day"})),
    )
