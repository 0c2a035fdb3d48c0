"""How the broker works when nothing is said, and what cannot be said."""

from tidegate.config.models import Config
from tidegate.core.enums import FillTiming, ShortageRule


def test_the_defaults_decide_at_the_close_and_fill_at_the_next_open_without_costs() -> None:
    execution = Config().execution
    assert execution.fill is FillTiming.NEXT_OPEN
    assert execution.shortage is ShortageRule.SCALE
    assert execution.commission.model_dump() == {
        "bps": 0, "per_share": 0, "per_trade": 0, "minimum": 0, "cap_bps": None,
    }  # fmt: skip
    assert execution.slippage.model_dump() == {"bps": 0, "fixed": 0}
