"""What the schema says of each setting, and what every model says of itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from tidegate.config import broker, costs, risk
from tidegate.config.loader import json_schema
from tidegate.config.models import Config
from tidegate.config.section import Section

SCHEMA = json_schema()
SECTIONS: dict[str, Any] = {"Config": SCHEMA} | SCHEMA["$defs"]
LABELS = ("When", "Price", "Order", "Unrealistic")
# Sections that only hold others, or a part of a model beside them.
HOLDERS = ("ExecutionConfig", "RiskConfig", "LimitConfig", "TierStep", "Use", "Section")


def places(section: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, settings in section.get("properties", {}).items():
        yield name, settings.get("description", "")


@pytest.mark.parametrize("name", SECTIONS)
def test_the_schema_says_what_every_setting_is_for(name: str) -> None:
    section = SECTIONS[name]
    assert section["description"]
    assert "Attributes:" not in section["description"]
    assert [setting for setting, said in places(section) if len(said) < 8] == []


def test_what_a_docstring_says_of_several_settings_is_said_of_each() -> None:
    said = dict(places(SECTIONS["HalfSpread"]))
    assert said["bid"] == said["ask"] == "names of the features that quote it; the last usable quote counts."
    # Lines that go on belong to their setting, and what a base says holds for those made from it.
    assert dict(places(SECTIONS["MinTrade"]))["weight"] == "as a fraction of equity; of the two the larger holds."
    assert dict(places(SECTIONS["FinerSource"]))["stamp"] == dict(places(SECTIONS["ValueSource"]))["stamp"]


def test_a_docstring_speaks_of_no_setting_that_is_not_there() -> None:
    class Wrong(Section):
        """A section.

        Attributes:
            absent: is not there.
        """

    with pytest.raises(KeyError, match="absent"):
        Wrong.model_json_schema()
    Config.model_json_schema()


def models() -> dict[str, type[Section]]:
    found = {name: value for module in (broker, costs, risk) for name, value in vars(module).items()}
    kinds = {name: kind for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, Section)}
    return {name: kind for name, kind in kinds.items() if name not in HOLDERS}


@pytest.mark.parametrize("name", sorted(models()))
def test_every_model_says_when_it_acts_at_what_price_in_which_order_and_what_is_unrealistic(name: str) -> None:
    said = SECTIONS[name]["description"]
    lines = said.splitlines()
    missing = [label for label in LABELS if not any(line.startswith(f"{label}: ") for line in lines)]
    referred = "When, price, order, where unrealistic: " in said  # to another, which says it
    assert referred or not missing, missing
