"""What fills cost at the bar at hand: which models are on, and the rates that follow the trading of a month."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from tests.unit.kernels.made import INF, NAN

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import FillTiming
from tidegate.core.errors import DataError
from tidegate.kernels import costs as entry
from tidegate.kernels.charges import Charges
from tidegate.kernels.estimates import DECAY, FEATURE, NO_AVERAGE, NO_QUOTE, NO_SIGMA, WINDOW
from tidegate.kernels.instruments import (
    AVERAGE_VOLUME,
    BAR_VOLUME,
    HALF_SPREAD,
    SIGMA,
    UNMEASURED,
    plain_instruments,
)
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.shortage import SCALE
from tidegate.kernels.terms import CostModels, Estimate, ExecutionTerms, Tier
from tidegate.messages.market import MarketBatch

WINDOWS = Estimate(WINDOW, window=2, least=2)


def terms_of(models: CostModels, **changed: Any) -> ExecutionTerms:
    usual: dict[str, Any] = {
        "timing": FillTiming.NEXT_OPEN, "commission_bps": 0.0, "per_share": 0.0, "minimum": 0.0, "slippage_bps": 0.0,
        "shortage": SCALE, "fractional": False,
    }  # fmt: skip
    return ExecutionTerms(**(usual | changed), models=models)


class Desk:
    """Charges of two assets, bar by bar."""

    def __init__(self, *, half_spreads: tuple[float, float] = (NAN, NAN), **models: Any) -> None:
        self.instruments = plain_instruments(2)
        self.instruments[HALF_SPREAD] = half_spreads
        terms = terms_of(CostModels(**models), commission_bps=2.0, per_share=0.01)
        self.charges = Charges(terms, self.instruments, INTERPRETED)
        self.before: MarketBatch | None = None
        self.seq = 0

    def bar(self, ts_ns: int = 0, features: FloatArray | None = None, volume: float = 100.0) -> "Desk":
        bars = np.array([[10.0, 20.0]] * 4 + [[volume, volume]])
        none = np.empty((0, 2))
        features = none if features is None else features
        batch = MarketBatch(self.seq, ts_ns or self.seq + 1, bars, none, features, np.empty(0))
        self.charges.begin(batch, self.before)
        self.before, self.seq = batch, self.seq + 1
        return self

    def on(self, row: int) -> bool:
        return bool(self.charges.costs[row])


MODELS = [
    # models                                                             prices  parts  follows
    ({},                                                                 False,  False, False),
    ({"half_spread": 1e-4},                                              True,   True,  False),
    ({"half_spreads": (NAN, 1e-4)},                                      True,   True,  False),
    ({"half_spreads": (0.0, 0.0), "half_spread": 1e-4},                  False,  False, False),
    ({"bid": 0, "ask": 1},                                               True,   True,  True),
    ({"volume_share": 0.1},                                              True,   True,  True),
    ({"volatility": 0.1, "sigma": WINDOWS},                              True,   True,  True),
    ({"square_root": 0.1, "sigma": WINDOWS, "average_volume": WINDOWS},  True,   True,  True),
    ({"permanent": 0.1, "sigma": WINDOWS, "average_volume": WINDOWS},    True,   True,  True),
    ({"maker": -1e-5},                                                   False,  True,  False),
    ({"taker_per_share": 0.1},                                           False,  True,  False),
    ({"per_contract": 0.0},                                              False,  False, False),
    ({"tiers": (Tier(0.0, 1e-4, 0.0),), "tiers_by": entry.BY_VALUE},     False,  False, True),
]  # fmt: skip


@pytest.mark.parametrize(("models", "prices", "parts", "follows"), MODELS)
def test_only_what_is_configured_is_worked_out(models: dict, prices: bool, parts: bool, follows: bool) -> None:
    desk = Desk(**models)
    assert (desk.on(entry.COST_MODELS), desk.on(entry.COST_SPLIT)) == (prices, parts)
    assert (desk.charges.in_parts, desk.charges.follow) == (parts, follows)


def test_an_assets_own_half_spread_goes_before_the_one_for_all() -> None:
    desk = Desk(half_spreads=(NAN, 3e-4), half_spread=1e-4)
    assert desk.instruments[HALF_SPREAD].tolist() == [1e-4, 3e-4]


def test_a_quote_goes_before_both_from_the_bar_after_it() -> None:
    desk = Desk(half_spreads=(NAN, 3e-4), half_spread=1e-4, bid=1, ask=0)
    quotes = np.array([[101.0, NAN], [99.0, 5.0]])
    desk.bar(features=quotes)
    assert desk.instruments[HALF_SPREAD].tolist() == [1e-4, 3e-4]
    assert desk.instruments[UNMEASURED].tolist() == [NO_QUOTE, NO_QUOTE]
    desk.bar(features=quotes)
    assert desk.instruments[HALF_SPREAD].tolist() == [0.01, 3e-4]
    assert desk.instruments[UNMEASURED].tolist() == [0, NO_QUOTE]


def test_estimates_begin_with_their_defaults_and_only_those_that_are_needed() -> None:
    sigma, average = Estimate(DECAY, decay=0.5, default=0.02), Estimate(WINDOW, window=5, least=5, default=300.0)
    desk = Desk(square_root=1.0, sigma=sigma, average_volume=average).bar()
    assert desk.instruments[[SIGMA, AVERAGE_VOLUME, BAR_VOLUME], 0].tolist() == [0.02, 300.0, INF]
    assert desk.instruments[UNMEASURED, 0] == NO_SIGMA | NO_AVERAGE
    desk = Desk(volatility=1.0, sigma=sigma, average_volume=average).bar()
    assert desk.instruments[[SIGMA, AVERAGE_VOLUME, BAR_VOLUME], 0].tolist() == [0.02, INF, INF]
    assert desk.instruments[UNMEASURED, 0] == NO_SIGMA
    desk = Desk(volume_share=1.0, sigma=sigma, average_volume=average).bar(volume=70.0)
    assert desk.instruments[[SIGMA, AVERAGE_VOLUME, BAR_VOLUME], 0].tolist() == [0.0, INF, 70.0]


def test_what_an_estimate_knows_ended_before_the_bar_at_hand() -> None:
    desk = Desk(square_root=1.0, sigma=WINDOWS, average_volume=WINDOWS)
    seen = [float(desk.bar(volume=volume).instruments[AVERAGE_VOLUME, 0]) for volume in (10.0, 30.0, 50.0, 70.0)]
    assert seen == [INF, INF, 20.0, 40.0]


@pytest.mark.parametrize(
    "features",
    [np.zeros((2, 2)), np.zeros((3, 1)), np.zeros(3), np.zeros((3, 2), np.float32), np.asfortranarray(np.ones((3, 2)))],
)
def test_features_of_another_shape_or_kind_are_refused_before_compiled_code_gets_them(features: FloatArray) -> None:
    desk = Desk(volatility=1.0, sigma=Estimate(FEATURE, feature=2)).bar(features=features)
    with pytest.raises(DataError, match="the feed's features"):
        desk.bar(features=features)


def test_features_that_nobody_named_may_be_anything() -> None:
    desk = Desk(volatility=1.0, sigma=WINDOWS)
    desk.bar(features=np.zeros(3)).bar(features=np.zeros(3))


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


TIERS = (Tier(1_000.0, 1e-4, 0.0), Tier(5_000.0, 0.5e-4, 0.005))


@pytest.mark.parametrize(("by", "unit"), [(entry.BY_VALUE, 1e6), (entry.BY_UNITS, 1.0)])
def test_a_tier_follows_what_was_traded_this_month_before_the_bar(by: int, unit: float) -> None:
    desk = Desk(tiers=TIERS, tiers_by=by)
    days = [
        # ends at              traded before it    rate           per unit
        ("2022-01-03T21:00",   0.0,                2e-4,          0.01),
        ("2022-01-04T21:00",   999.99,             2e-4,          0.01),
        ("2022-01-05T21:00",   0.01,               2e-4 + 1e-4,   0.01),
        ("2022-01-06T21:00",   3_000.0,            2e-4 + 1e-4,   0.01),
        ("2022-01-07T21:00",   1_000.0,            2e-4 + 0.5e-4, 0.01 + 0.005),
        ("2022-02-01T00:00",   0.0,                2e-4 + 0.5e-4, 0.01 + 0.005),  # midnight ends the day before
        ("2022-02-01T21:00",   9_000.0,            2e-4,          0.01),          # a new month
        ("2022-02-02T21:00",   1_000.0,            2e-4 + 1e-4,   0.01),
        ("2023-02-01T21:00",   9_000.0,            2e-4,          0.01),          # the same month of another year
    ]  # fmt: skip
    for end, traded, rate, per_unit in days:
        desk.charges.costs[entry.COST_TRADED] += traded * unit
        desk.bar(ns(end))
        found = desk.charges.costs[[entry.COST_RATE, entry.COST_PER_SHARE]].tolist()
        assert found == [rate, per_unit], end


def test_a_split_of_what_is_not_followed_changes_nothing() -> None:
    desk = Desk(half_spread=1e-4)
    before = desk.instruments.copy()
    desk.charges.rescale(0, 2.0)
    assert np.array_equal(desk.instruments, before, equal_nan=True)
    desk = Desk(square_root=1.0, sigma=WINDOWS, average_volume=WINDOWS).bar().bar().bar()
    desk.charges.rescale(0, 2.0)
    assert desk.instruments[AVERAGE_VOLUME].tolist() == [200.0, 100.0]
