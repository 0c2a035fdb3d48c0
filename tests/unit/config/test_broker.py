"""How the broker works when nothing is said, and what cannot be said."""

import pytest

from tidegate.config.loader import load_config
from tidegate.config.models import Config
from tidegate.core.enums import FillTiming, ShortageRule
from tidegate.core.errors import ConfigError


def test_the_defaults_decide_at_the_close_and_fill_at_the_next_open_without_costs() -> None:
    execution = Config().execution
    assert execution.fill is FillTiming.NEXT_OPEN
    assert execution.shortage is ShortageRule.SCALE
    assert execution.commission.model_dump() == {
        "bps": 0, "per_share": 0, "per_trade": 0, "minimum": 0, "cap_bps": None,
    }  # fmt: skip
    assert execution.slippage.model_dump() == {"bps": 0, "fixed": 0}
    assert execution.participation.model_dump() == {"pct": None, "remainder": "open", "zero_volume": "wait"}
    assert execution.tick == "refuse"


@pytest.mark.parametrize(
    ("participation", "told"),
    [
        ({"pct": 0},                "execution.participation.pct: got 0, want greater than 0"),
        ({"pct": 1.5},              "execution.participation.pct: got 1.5, want at most 1"),
        ({"pct": "2 %"},            "execution.participation.pct: got '2 %', want a number"),
        ({"remainder": "keep"},     "execution.participation.remainder: got 'keep', want one of open, cancel"),
        ({"zero_volume": "skip"},   "execution.participation.zero_volume: got 'skip', want one of wait, fill"),
        ({"percent": 0.1},          "execution.participation.percent: unknown key"),
    ],
)  # fmt: skip
def test_what_a_participation_cannot_be(participation: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config({"execution": {"participation": participation}})
    assert told in str(caught.value)
