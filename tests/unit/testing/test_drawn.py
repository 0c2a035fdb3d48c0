"""What is drawn: every sort of market and order within the bounds that are asked for, and none that cannot be run."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from tidegate import Session
from tidegate.testing.drawn import asks, markets, scripts, shape_bar
from tidegate.testing.market import Market, tape
from tidegate.testing.script import Ask, Script

ONCE = settings(
    max_examples=2000, phases=[Phase.generate], derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@given(st.data())
def test_any_script_runs_in_any_market(data: st.DataObject) -> None:
    market = data.draw(markets(splits=True, volumes=True, signals=("score",)))
    script = data.draw(scripts(market))
    config = {"account": {"cash": 10_000}, "execution": {"participation": {"pct": 0.25}}}
    result = Session(Script(script), source=market.source(), config=config, progress=False).run()
    assert (result.record.ints("equity", "cash_micros") >= 0).all()


@given(markets(assets=(2, 8), barriers=(3, 5), gaps=False, holes=False))
def test_bounds_are_kept(market: Market) -> None:
    assert 2 <= len(market.names) <= 8
    assert 3 <= len(market.ts_ns) <= 5
    assert list(market.names) == sorted(market.names)
    assert not market.actions
    assert not np.isnan(market.bars[:, :4]).any()
    assert np.isnan(market.bars[:, 4]).all()
    np.testing.assert_array_equal(market.bars[1:, 0], market.bars[:-1, 3])


@pytest.mark.parametrize(
    ("what", "holds"),
    [
        ("a late listing", lambda market: np.isnan(market.bars[0, 0, 0]) and not np.isnan(market.bars[-1, 0, 0])),
        ("a hole", lambda market: np.isnan(market.bars[1:-1, 0]).any() and not np.isnan(market.bars[[0, -1], 0]).any()),
        ("a gap", lambda market: (market.bars[1:, 0] > 1.1 * market.bars[:-1, 3]).any()),
        ("a barrier without a bar", lambda market: np.isnan(market.bars[:, 0]).all(axis=1).any()),
        ("a split on the way", lambda market: any(action.ex_ns > market.ts_ns[0] for action in market.actions)),
        ("no trade", lambda market: (market.bars[:, 4] == 0.0).any()),
        ("a tie", lambda market: (np.diff(market.signals["score"][0]) == 0.0).any()),
        ("a name after the first six", lambda market: "s006" in market.names),
    ],
)  # fmt: skip
def test_every_sort_of_market_comes(what: str, holds: object) -> None:
    find(markets((1, 7), (1, 9), splits=True, volumes=True, signals=("score",)), holds, settings=ONCE)  # type: ignore[arg-type]  # a function


@pytest.mark.parametrize(
    "word", ["limit", "stop", "trail_pct", "limit_offset", "stop_loss", "take_profit", "tif", "priority", "reduce_only"]
)
def test_every_sort_of_order_comes(word: str) -> None:
    assert isinstance(find(asks(tape("A 100 110")), lambda ask: word in ask.words, settings=ONCE), Ask)


@given(st.data())
def test_plain_asks_have_no_prices_times_or_exits(data: st.DataObject) -> None:
    ask = data.draw(asks(tape("A 100 110"), resting=False))
    assert ask.words.keys() <= {"priority", "others"}
    assert ask.verb != "order" or ask.number.is_integer()


def test_parts_of_units_come_where_they_may() -> None:
    fractions = asks(tape("A 1"), fractional=True)
    find(fractions, lambda ask: ask.verb == "order" and not ask.number.is_integer(), settings=ONCE)


def test_after_a_split_prices_are_a_part_of_what_they_were() -> None:
    steady = markets((1, 1), (2, 2), gaps=False, holes=False, splits=True)
    market = find(
        steady, lambda one: any(a.ex_ns == one.ts_ns[1] and a.value == 2.0 for a in one.actions), settings=ONCE
    )
    assert market.bars[1, 0, 0] * 2.0 == market.bars[0, 3, 0]


def test_a_bar_is_shaped_by_percents_of_the_last_close() -> None:
    assert shape_bar(100.0, (10, -10, 5, 20)) == pytest.approx((110.0, 115.5, 79.2, 99.0))


NO_HYPOTHESIS = """
import sys
sys.modules["hypothesis"] = None
import tidegate.testing as testing
from tidegate.core.errors import UserError
print(testing.tape("A 1").names)
try:
    testing.markets
except UserError as error:
    print(error)
"""


def test_without_hypothesis_the_rest_works_and_it_is_said_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", NO_HYPOTHESIS], capture_output=True, text=True)
    names, said = done.stdout.splitlines()
    assert names == "('A',)", done.stderr
    assert "there is no Hypothesis: pip install 'tidegate[testing]'" in said
