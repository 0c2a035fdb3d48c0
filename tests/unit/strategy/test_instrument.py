"""What a strategy sees of an asset, and what it holds of a contract."""

import pytest
from tests.unit.actors.letters import snapshot
from tests.unit.kernels.made import instruments

from tidegate.strategy.instrument import Reference
from tidegate.strategy.position import Position


def test_nothing_said_is_a_share_in_the_accounts_currency() -> None:
    found = Reference(("A", "B"), None, "USD").of(1)
    assert (found.asset, found.multiplier, found.lot, found.future, found.currency) == ("B", 1.0, 0.0, False, "USD")
    assert found.initial != found.initial
    assert found.asset_class == ""


def test_what_is_said_is_seen() -> None:
    said = instruments(
        2, multiplier=(1, 50), future=(0, 1), currency=("", "EUR"), asset_class=("", "index"), initial=0.1
    )
    found = Reference(("A", "B"), said, "USD").of(1)
    assert (found.multiplier, found.future, found.currency, found.asset_class, found.initial) == (
        50,
        True,
        "EUR",
        "index",
        0.1,
    )
    assert Reference(("A", "B"), said, "USD").of(0).currency == "USD"


def test_the_average_price_of_a_contract_is_comparable_to_its_price() -> None:
    held = Position("A", 3.0, 12.0, 3.0 * 12.0 * 50.0, 1500.0, 50.0)
    assert held.average_price == 10.0
    assert held.unrealized == pytest.approx(300.0)


def test_snapshots_say_what_a_unit_is_worth() -> None:
    assert snapshot().unit.tolist() == [1.0, 1.0, 1.0]
