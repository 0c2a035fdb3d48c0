"""The import contract names the tree as it is; what it says of imports is checked by `lint-imports`."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
LAYERS = next(contract["layers"] for contract in SETTINGS["contracts"] if contract["type"] == "layers")
NAMES = [name.strip() for layer in LAYERS for name in layer.replace("|", ":").split(":")]


def modules() -> Iterator[str]:
    """Modules and packages right below `tidegate`; a folder without sources is a leftover of another version."""
    for path in (ROOT / "src" / "tidegate").iterdir():
        if path.suffix == ".py" and path.stem != "__init__":
            yield path.stem
        elif (path / "__init__.py").is_file():
            yield path.name


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_is_optional_exactly_as_long_as_it_is_not_written(name: str) -> None:
    assert name.startswith("(") == (name.strip("()") not in set(modules()))


def test_every_module_has_its_layer() -> None:
    assert set(modules()) <= {name.strip("()") for name in NAMES}
