"""From configuration to the models of what fills cost."""

import math
from typing import Any

import numpy as np
import pytest
from tests.unit.config.test_costs import EVERYTHING

from tidegate import ConfigError, Session, Strategy
from tidegate.config.loader import load_config
from tidegate.cost_models import cost_models
from tidegate.data.panel import ArraySource
from tidegate.kernels import costs
from tidegate.kernels.estimates import DECAY, FEATURE, WINDOW
from tidegate.kernels.terms import CostModels, Estimate, Tier


def models_of(execution: dict[str, Any], features: tuple[str, ...] = ()) -> CostModels:
    return cost_models(load_config({"execution": execution}).execution, features)


def test_nothing_said_is_no_model() -> None:
    usual = Estimate(WINDOW, window=20, least=20)
    found = models_of({})
    assert str(found) == str(CostModels(sigma=usual, average_volume=usual))
    assert not found.venue


def test_every_model_reaches_the_kernels() -> None:
    found = models_of(EVERYTHING, ("ask", "x", "bid"))
    assert (found.half_spread, found.bid, found.ask) == (1.5 * 1e-4, 2, 0)
    assert (found.volume_share, found.share_cap, found.volatility, found.square_root) == (0.1, 0.025, 0.1, 0.8)
    assert (found.temporary, found.permanent, found.per_contract) == (0.14, 0.31, 1.25)
    assert (found.maker, found.maker_per_share) == (-0.2 * 1e-4, -0.002)
    assert (found.taker, found.taker_per_share) == (0.3 * 1e-4, 0.003)
    assert found.sigma == Estimate(DECAY, decay=0.94, least=17, default=0.02)
    volume = found.average_volume
    assert (volume.how, volume.window, volume.least, math.isnan(volume.default)) == (WINDOW, 21, 5, True)
    assert found.tiers == (Tier(0, 0.0, 0.0035), Tier(300_000, 0.5 * 1e-4, 0.0))
    assert found.tiers_by == costs.BY_UNITS
    assert found.venue


@pytest.mark.parametrize(("decay", "least"), [(0.5, 2), (0.1, 2), (0.94, 17), (0.99, 100)])
def test_a_decay_wants_as_many_values_as_weigh_anything(decay: float, least: int) -> None:
    assert models_of({"slippage": {"sigma": {"decay": decay}}}).sigma.least in (least, least + 1)


def test_a_feature_is_found_by_its_name_and_one_that_is_not_there_is_named_with_those_that_are() -> None:
    said = {"slippage": {"sigma": {"feature": "vol"}, "average_volume": {"feature": "adv"}}}
    assert str(models_of(said, ("adv", "vol")).sigma) == str(Estimate(FEATURE, feature=1))
    with pytest.raises(ConfigError) as refused:
        models_of(said, ("vols", "sec"))
    assert refused.value.problems == (
        "execution.slippage.sigma.feature: no feature 'vol'; did you mean 'vols'?; there are vols, sec (data.features)",
        "execution.slippage.average_volume.feature: no feature 'adv'; there are vols, sec (data.features)",
    )
    with pytest.raises(ConfigError, match=r"no feature 'vol'; there are none \(data.features\)"):
        models_of(said)


def test_a_run_is_refused_before_its_first_barrier_where_a_feature_is_not_there() -> None:
    source = ArraySource(["A"], [1, 2], np.full((2, 5, 1), 10.0), features={"bid": np.ones((2, 1))})
    config = {"execution": {"slippage": {"half_spread": {"bid": "bid", "ask": "ask"}}}}
    session = Session(Strategy(), config=config, source=source, progress=False)
    with pytest.raises(ConfigError, match=r"execution\.slippage\.half_spread\.ask: no feature 'ask'"):
        session.run()
    assert session.actors()
