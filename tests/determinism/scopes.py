"""Which names stand for what: imports by their full names, variables by what is known of their values."""

import ast
import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple


class Kind(NamedTuple):
    """What is known of a value: `set`, `view` (of a dict's keys or items), `dict`, `list`, `tuple`, `int`, `path`,
    `polars`, `loop` (an event loop), or the name of a class; and what it holds, a dict's values last."""

    head: str
    args: tuple["Kind | None", ...] = ()


SET, VIEW, PATH, POLARS, LOOP, INT = (Kind(head) for head in ("set", "view", "path", "polars", "loop", "int"))
Known = dict[str, Kind | None]


def either(*kinds: Kind | None) -> Kind | None:
    """A value that is one of several: a set where any of them is, since that is what would be missed."""
    known = [kind for kind in kinds if kind is not None]
    return next((kind for kind in known if kind.head in ("set", "view")), known[0] if known else None)


class Scopes:
    """The names of a module while it is read from top to bottom."""

    def __init__(self, tree: ast.Module) -> None:
        self.imports = dict(imported(tree))
        self._scopes: list[Known] = [{}]

    def qualified(self, node: ast.AST) -> str | None:
        """The full name of what a name or attribute stands for: `datetime.datetime.now`, or `hash` for a builtin."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or any(node.id in scope for scope in self._scopes):
            return None
        full = self.imports.get(node.id) or (node.id if hasattr(builtins, node.id) else None)
        return full and ".".join((full, *reversed(parts)))

    def known(self, name: str) -> Kind | None:
        """What a variable holds here."""
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)

    def bind(self, name: str, kind: Kind | None) -> None:
        """A variable gets a value."""
        self._scopes[-1][name] = kind

    @contextmanager
    def scope(self, names: Known | None = None) -> Iterator[None]:
        """A function or comprehension of its own."""
        self._scopes.append(dict(names or {}))
        yield
        self._scopes.pop()

    def state(self) -> Known:
        """The innermost variables as they are now."""
        return dict(self._scopes[-1])

    def restore(self, *states: Known) -> None:
        """After branches: what any of them may have left."""
        names = [name for state in states for name in state]
        self._scopes[-1] = {name: either(*(state.get(name) for state in states)) for name in names}


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Every node of a module; walking it takes longer than all that is made of it."""
    return tuple(ast.walk(tree))


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every name that an import binds, anywhere in the module, with the full name behind it."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
