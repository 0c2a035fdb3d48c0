"""What every asset is, put together."""

from typing import Any

import pytest

from tidegate.config.universe import UniverseConfig
from tidegate.core.errors import DataError
from tidegate.data.instruments import make_instruments

NAMES = ("A", "B")


def config(**said: Any) -> UniverseConfig:
    return UniverseConfig.model_validate(said)


def test_nothing_said_makes_nothing() -> None:
    assert make_instruments(config(), NAMES) is None


def test_what_is_said_of_one_asset_is_not_said_of_another() -> None:
    found = make_instruments(config(), NAMES, {"lot": [None, 5.0], "currency": ["EUR", None]})
    assert found is not None
    assert found.lot.tolist() == [0.0, 5.0]
    assert found.currency == ("EUR", "")


def test_a_table_that_says_no_is_not_overruled() -> None:
    found = make_instruments(
        config(defaults={"future": True, "lot": 5}), NAMES, {"future": [0.0, None], "lot": [0.0, None]}
    )
    assert found is not None
    assert found.future.tolist() == [0.0, 1.0]
    assert found.lot.tolist() == [0.0, 5.0]


def test_classes_without_any_asset_class_are_refused() -> None:
    with pytest.raises(DataError, match="nothing says the class of any asset"):
        make_instruments(config(classes={"x": {"lot": 1}}), NAMES)
