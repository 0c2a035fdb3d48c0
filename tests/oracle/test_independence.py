"""The oracle proves something only as long as it shares no code with the engine."""

import ast
from pathlib import Path

import pytest

ORACLE = ("asking", "books", "checks", "decisions", "manual_loop", "naive_costs", "records")
WHOLE = (
    "actions", "books", "broker", "changes", "charges", "desk", "estimates", "finer", "levels", "orders", "paths",
    "point", "rules", "sessions", "shortage", "volume",
)  # fmt: skip
MODULES = (*ORACLE, *(f"whole.{name}" for name in WHOLE))
ALLOWED = {
    "collections",
    "dataclasses",
    "datetime",
    "math",
    "numpy",
    "typing",
    *(f"tests.oracle.{name}" for name in MODULES),
}


@pytest.mark.parametrize("module", MODULES)
def test_the_oracle_imports_nothing_of_the_package(module: str) -> None:
    tree = ast.parse((Path(__file__).parent / f"{module.replace('.', '/')}.py").read_text())
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name if name.startswith("tests.") else name.split(".")[0] for name in named} <= ALLOWED
