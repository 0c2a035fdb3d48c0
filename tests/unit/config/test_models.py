"""The models themselves: what Python code meets that makes or holds one."""

import pytest
from pydantic import BaseModel, ValidationError

from tidegate.config.models import Config, StrategyConfig
from tidegate.config.risk import LimitConfig, MaxGross, RuleConfig, StopLoss, TakeProfit
from tidegate.config.section import Section


def test_one_strategy_stays_one_and_several_stay_several() -> None:
    one = StrategyConfig(use="a:B")
    assert Config(strategy=one).strategy == one
    assert Config(strategy=(one, one)).strategy == (one, one)
    assert Config.model_validate({"strategy": {"use": "a:B"}}).strategy == one
    assert Config.model_validate({"strategy": [{"use": "a:B"}]}).strategy == (one,)
    assert Config().strategy == ()


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Config().account.cash = 5  # type: ignore[misc]  # the point of the test


def test_an_item_of_rules_or_limits_is_exactly_one() -> None:
    assert RuleConfig(stop_loss=StopLoss(pct=0.1), take_profit=None).stop_loss == StopLoss(pct=0.1)
    assert LimitConfig(max_gross=MaxGross(pct=1)).max_gross == MaxGross(pct=1, action="trim")
    with pytest.raises(ValidationError, match="exactly one rule"):
        RuleConfig(stop_loss=StopLoss(pct=0.1), take_profit=TakeProfit(pct=0.1))
    with pytest.raises(ValidationError, match="exactly one limit"):
        LimitConfig()


def sections(model: type[BaseModel]) -> list[type[BaseModel]]:
    found = [model]
    for kind in model.__subclasses__():
        found += sections(kind)
    return found


@pytest.mark.parametrize("section", sections(Section))
def test_every_section_is_frozen_and_refuses_unknown_keys_and_infinities(section: type[BaseModel]) -> None:
    config = section.model_config
    assert (config.get("frozen"), config.get("extra"), config.get("allow_inf_nan")) == (True, "forbid", False)
