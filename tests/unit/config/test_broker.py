"""How the broker works when nothing is said, and what cannot be said."""

import pytest
from pydantic import ValidationError

from tidegate.config.broker import AccountConfig
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


def test_an_account_is_paid_in_full_unless_it_is_on_margin() -> None:
    account = Config().account
    assert (account.kind, account.settlement, account.margin, account.rates) == ("cash", 0, None, {})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"margin": {"initial": 0.5}},                 "a cash account has no use for margin"),
        ({"borrow": {"rate": 0.1}},                    "no use for borrow"),
        ({"interest": {"debit": 0.1}},                 "no use for interest.debit"),
        ({"short_proceeds": "credited"},               "no use for short_proceeds"),
        ({"kind": "margin", "settlement": 2},          "settlement is for cash accounts"),
        ({"kind": "margin", "margin": {"initial": 0.2, "maintenance": 0.3}}, "maintenance 0.3 is above initial 0.2"),
        ({"kind": "margin", "margin": {"initial": 0.0}}, "greater than 0"),
        ({"rates": {"USD": "usd"}},                    "want other currencies than the account's USD"),
        ({"rates": {"euro": "eurusd"}},                "rates: euro"),
        ({"kind": "gross"},                            "'cash' or 'margin'"),
    ],
)  # fmt: skip
def test_an_account_that_makes_no_sense_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        AccountConfig.model_validate(given)
