"""The import contract names the tree as it is; what it says of imports is checked by `lint-imports`."""

import ast
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from tests.tree import sources

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


def imported(tree: ast.AST) -> Iterator[str]:
    """Modules of the package that are imported when code runs, be it inside a function."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tidegate."):
            yield str(node.module)
            yield from (f"{node.module}.{name.name}" for name in node.names)
        todo += ast.iter_child_nodes(node)


def test_no_modules_import_one_another() -> None:
    trees = {"tidegate." + source.module.removesuffix(".py").replace("/", "."): source.tree for source in sources()}
    graph = {name: {other for other in imported(tree) if other in trees} for name, tree in trees.items()}
    assert len(graph["tidegate.results.result"]) > 1
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
