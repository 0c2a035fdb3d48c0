"""A module's breaches of what makes runs repeatable.

Engine code must give the same on every machine, in every process, at every time. What may differ is looked for in the
syntax tree: by name, and, for the order of sets and the like, by what is known of values (see `kinds`). A line that
breaks a rule for a reason says so at its end: `# deterministic: the reason`; on an import, that speaks for all uses of
what is imported.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from tests.determinism import bans
from tests.determinism.calls import CallRules
from tests.determinism.kinds import Index
from tests.determinism.order import BY_KEY, INSENSITIVE, changes_in_loop, has_key, parents
from tests.determinism.reader import Comprehension, Reader
from tests.determinism.scopes import imported

WAIVER = re.compile(r"# deterministic: (\S+ \S.*)")
"""A reason has two words at the least."""
SET_ORDER = "a set has no order; sort it"


@dataclass(frozen=True, order=True)
class Fault:
    """A breach, and the lines of its statement, on any of which a comment may excuse it."""

    line: int
    text: str
    lines: tuple[int, int]


def waivers(text: str) -> dict[int, str]:
    """The reasons given in a module, by line."""
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and (match := WAIVER.search(token.string)):
            found[token.start[0]] = match.group(1)
    return found


def judged(tree: ast.Module, text: str, index: Index) -> tuple[list[Fault], list[int]]:
    """The breaches that no reason is given for, and the lines of reasons that excuse nothing."""
    reasons = waivers(text)
    left, used = [], set[int]()
    for fault in faults(tree, index):
        lines = [line for line in reasons if fault.lines[0] <= line <= fault.lines[1]]
        used.update(lines)
        if not lines:
            left.append(fault)
    return left, sorted(reasons.keys() - used)


def faults(tree: ast.Module, index: Index) -> list[Fault]:
    """All breaches, in the order of lines."""
    gate = Gate(tree, index)
    gate.visit(tree)
    return sorted(dict.fromkeys(gate.found))


def banned(name: str) -> str | None:
    """Why a full name must not be used, if so."""
    if name in bans.SEEDED or name in bans.TAKES_SEEDED:
        return None
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        part = ".".join(parts[:length])
        why = bans.NAMES.get(part) or bans.BUILTINS.get(part) or (length < len(parts) and bans.NAMES.get(f"{part}."))
        if why:
            return why
    return None


def banned_module(name: str) -> str | None:
    """Why a module, or what is in it, must not be imported, if so."""
    return next((why for module, why in bans.MODULES.items() if f"{name}.".startswith(f"{module}.")), None)


class Gate(Reader):
    """The rules."""

    def __init__(self, tree: ast.Module, index: Index) -> None:
        super().__init__(tree, index)
        self.found: list[Fault] = []
        self._parents = parents(tree)
        self._calls = CallRules(self.kinds, self._tell)
        for name, full in imported(tree):
            if banned(full) or banned_module(full):
                self.scopes.imports.pop(name, None)  # told at the import

    def _tell(self, node: ast.AST, text: str) -> None:
        self.found.append(Fault(getattr(node, "lineno", 0), text, self._statement(node)))

    def _statement(self, node: ast.AST) -> tuple[int, int]:
        """The lines of the statement around a node, of one with a block those above the block."""
        while not isinstance(node, ast.stmt):
            node = self._parents[node]
        first = min((mark.lineno for mark in getattr(node, "decorator_list", ())), default=node.lineno)
        block = getattr(node, "body", None)
        return first, max(node.lineno, block[0].lineno - 1) if block else node.end_lineno or first

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if why := banned_module(alias.name) or banned(alias.name):
                self._tell(node, f"import of {alias.name}: {why}")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            if why := banned_module(full) or banned(full):
                self._tell(node, f"import of {full}: {why}")

    def used(self, node: ast.Name | ast.Attribute) -> bool:
        """Names that must not be used."""
        full = self.scopes.qualified(node) if isinstance(node.ctx, ast.Load) else None
        why = banned(full) if full else None
        if why is None and isinstance(node, ast.Attribute):
            full, why = node.attr, bans.ATTRIBUTES.get(node.attr)
        if why:
            self._tell(node, f"{full}: {why}")
        return why is not None

    def called(self, node: ast.Call) -> None:
        """What depends on what is called, and with what."""
        self._calls.judge(node)
        if (module := self._calls.imports(node)) and (why := banned_module(module) or banned(module)):
            self._tell(node, f"import of {module}: {why}")
        for argument, how in self._calls.looks_at(node):
            self.looked_at(argument, how)
        if self._calls.is_listing(node) and not self._order_is_lost(node):
            self._tell(node, f"{ast.unparse(node.func)}: {bans.LISTING}")

    def looked_at(self, node: ast.expr, how: str) -> None:
        """The elements of a set."""
        kind = self.kinds.of(node)
        if kind is not None and kind.head == "set":
            self._tell(node, f"{how} of {ast.unparse(node)}: {SET_ORDER}")

    def gathered(self, node: Comprehension) -> None:
        """Comprehensions over sets, where the order is not lost again."""
        if isinstance(node, ast.SetComp) or (not isinstance(node, ast.DictComp) and self._order_is_lost(node)):
            return
        for generator in node.generators:
            self.looked_at(generator.iter, "a comprehension")

    def looped(self, node: ast.For | ast.AsyncFor) -> None:
        """Dicts and sets that change under the loop over them."""
        for change in changes_in_loop(node):
            over = ast.unparse(node.iter)
            self._tell(change, f"{over} changes while a loop runs over it; loop over a copy")

    def formatted(self, node: ast.FormattedValue) -> None:
        """Numbers in the manner of the locale."""
        spec = node.format_spec
        last = spec.values[-1] if isinstance(spec, ast.JoinedStr) and spec.values else None
        if isinstance(last, ast.Constant) and str(last.value).endswith("n"):
            self._tell(node, "format n: in the manner of the locale")

    def multiplied(self, node: ast.BinOp | ast.AugAssign) -> None:
        """Products of matrices."""
        self._tell(node, f"@: {bans.DIGITS}")

    def _order_is_lost(self, node: ast.expr) -> bool:
        """Whether what takes this, directly or through comprehensions, gives the same in any order."""
        parent = self._parents.get(node)
        if isinstance(parent, ast.comprehension):
            outer = self._parents[parent]
            if isinstance(outer, ast.SetComp):
                return True
            return isinstance(outer, ast.ListComp | ast.GeneratorExp) and self._order_is_lost(outer)
        if not isinstance(parent, ast.Call) or node not in parent.args:
            return False
        name = self.scopes.qualified(parent.func)
        return name in INSENSITIVE and not (name in BY_KEY and has_key(parent))
