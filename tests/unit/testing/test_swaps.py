"""Other parts than those with which a test was made."""

import pytest

from tidegate import BuyAndHold
from tidegate.core.errors import ConfigError
from tidegate.runtime.clock import Clock
from tidegate.testing.scenarios import Scenario
from tidegate.testing.swaps import parse_swaps, run_swapped, settings_of

ROW = Scenario("x", "A 100 110 120", "0 A+5", ("account.cash=1000",))


class Early(BuyAndHold):
    """Another strategy."""


class OtherClock(Clock):
    """Another clock."""


def test_roles_and_settings_are_told_apart() -> None:
    swaps = parse_swaps(
        ["strategy=my.module:Class", "execution.fill=same_close", "risk.rules=[{stop_loss: {pct: 0.1}}]"]
    )
    assert settings_of(swaps) == ["execution.fill=same_close", "risk.rules=[{stop_loss: {pct: 0.1}}]"]
    assert swaps["strategy"] == "my.module:Class"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["strategy"], "swap 'strategy': want ROLE=module:Class, or a setting"),
        (["=a:B"], "want ROLE=module:Class"),
        (["clock=Clock"], "want ROLE=module:Class"),
        (["a.b="], "want ROLE=module:Class"),
        (["a.b=1", "a.b=2"], "a.b has been swapped for 1 already"),
    ],
)
def test_what_is_neither_is_refused(texts: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_swaps(texts)


def test_a_setting_lies_over_those_of_the_row() -> None:
    result = run_swapped(ROW, {"execution.fill": "same_close", "account.cash": "2000"})
    assert result.fills["price"].to_list() == [100.0]
    assert result.record.initial_cash_micros == 2_000_000_000


def test_a_strategy_takes_the_place_of_the_script() -> None:
    assert run_swapped(ROW, {"strategy": f"{__name__}:Early"}).fills["quantity"].to_list() == [9.0]


def test_an_actor_takes_the_place_of_its_role() -> None:
    assert run_swapped(ROW, {"clock": f"{__name__}:OtherClock"}).digest == run_swapped(ROW, {}).digest


@pytest.mark.parametrize(
    ("swap", "said"),
    [
        ({"strategy": "nowhere.at.all:X"}, "no module 'nowhere'"),
        ({"clok": f"{__name__}:OtherClock"}, "no role 'clok'; did you mean 'clock'"),
        ({"clock": f"{__name__}:Early"}, "not a Actor: 'Early'"),
    ],
)
def test_what_cannot_be_put_there_is_refused(swap: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        run_swapped(ROW, swap)


def test_actors_may_run_in_another_order() -> None:
    assert run_swapped(ROW, {}, shuffle_seed=3).digest == run_swapped(ROW, {}).digest
