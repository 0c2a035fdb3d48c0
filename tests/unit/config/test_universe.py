"""What a configuration says of assets."""

import pytest

from tidegate.config.loader import dump_config, load_config
from tidegate.config.text import PARSERS
from tidegate.config.universe import InstrumentTerms
from tidegate.core.errors import ConfigError
from tidegate.data.reference import BOUNDS
from tidegate.messages.instruments import NUMBER_FIELDS


def problems(universe: dict[str, object]) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config({"universe": universe})
    return str(caught.value)


@pytest.mark.parametrize(
    ("universe", "told"),
    [
        ({"defaults": {"lot": -1.0}},                  "universe.defaults.lot: got -1.0, want at least 0"),
        ({"defaults": {"multiplier": 0.0}},            "universe.defaults.multiplier: got 0.0, want greater than 0"),
        ({"defaults": {"lots": 1}},                    "universe.defaults.lots: unknown key; did you mean 'lot'?"),
        ({"defaults": {"currency": "eur"}},            "universe.defaults.currency: got 'eur', want a code of 3 to 5"),
        ({"defaults": {"future": 1}},                  "universe.defaults.future: got 1, want true or false"),
        ({"classes": {"fx": {"tik": 0.01}}},           "universe.classes.fx.tik: unknown key; did you mean 'tick'?"),
        ({"classes": {"future": {"initial": 0}}},      "universe.classes.future.initial: got 0, want greater than 0"),
        ({"classes": {"a": {"asset_class": "b"}}},     "universe.classes.a.asset_class: unknown key"),
        ({"reference": ""},                            "universe.reference: got '', want a path"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_with_its_place(universe: dict[str, object], told: str) -> None:
    assert told in problems(universe)


def test_all_problems_come_at_once() -> None:
    text = problems({"defaults": {"lot": -1}, "classes": {"x": {"tick": -1}}})
    assert "universe.defaults.lot" in text
    assert "universe.classes.x.tick" in text


def test_what_is_said_is_saved_and_loaded_again() -> None:
    universe = {"defaults": {"lot": 10, "asset_class": "stock"}, "classes": {"stock": {"tick": 0.01, "future": False}}}
    config = load_config({"universe": universe})
    assert load_config(PARSERS[".yaml"](dump_config(config))) == config


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.5, 9_999.0, 10_000.0])
@pytest.mark.parametrize("name", [name for name in NUMBER_FIELDS if name != "future"])
def test_table_and_configuration_allow_the_same_numbers(name: str, value: float) -> None:
    from tests.unit.kernels.made import floats

    in_table = bool(BOUNDS[name].holds(floats(value))[0])
    try:
        InstrumentTerms.model_validate({name: value})
        in_config = True
    except ValueError:
        in_config = False
    assert in_table == in_config
