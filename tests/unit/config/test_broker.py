"""How the broker works when nothing is said, and what cannot be said."""

from tidegate.config.models import Config
from tidegate.core.enums import FillTiming, ShortageRule


def test_the_defaults_decide_at_the_close_and_fill_at_the_next_open_without_costs() -> None:
    execution = Config().execution
    assert execution.fill is FillTiming.NEXT_OPEN
    assert execution.shortage is ShortageRule.SCALE
    assert execution.commission.model_dump() == {
        "bps": 0, "per_share": 0, "per_trade": 0, "minimum": 0, "cap_bps": None, "tiers": None,
        "per_contract": None, "maker_taker": None,
    }  # fmt: skip
    slippage = execution.slippage.model_dump()
    estimate = {"window": 20, "decay": None, "feature": None, "least": None, "default": None}
    assert slippage.pop("sigma") == slippage.pop("average_volume") == estimate
    assert not any(slippage.values())
