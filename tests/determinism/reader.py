"""Reading a module from top to bottom, with the variables known at each place, for rules that look at places."""

import ast
from collections.abc import Sequence

from tests.determinism.kinds import Index, Kinds, annotated, element, parameters, spread
from tests.determinism.scopes import Kind, Scopes

LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Reader(ast.NodeVisitor):
    """Keeps book of scopes and variables; what branches leave is put together where they meet.

    Rules are methods that do nothing here: `called`, `used`, `looked_at` and so on. Annotations are not visited.
    """

    def __init__(self, tree: ast.Module, index: Index) -> None:
        self.scopes = Scopes(tree)
        self.kinds = Kinds(self.scopes, index)

    # --- what rules hear of ------------------------------------------------------------------------------------

    def used(self, node: ast.Name | ast.Attribute) -> bool:
        """A name is used; True where there is no more to say of its parts."""
        return False

    def called(self, node: ast.Call) -> None:
        """A call, before what is in it."""

    def looked_at(self, node: ast.expr, how: str) -> None:
        """Something's elements are taken one after the other, or it is made into text."""

    def gathered(self, node: Comprehension) -> None:
        """A comprehension, with its variables known."""

    def looped(self, node: ast.For | ast.AsyncFor) -> None:
        """A loop, before what is in it."""

    def formatted(self, node: ast.FormattedValue) -> None:
        """A value in a text."""

    def multiplied(self, node: ast.BinOp | ast.AugAssign) -> None:
        """A product of matrices."""

    # --- scopes ------------------------------------------------------------------------------------------------

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._each([*node.decorator_list, *node.bases, *node.keywords])
        self.kinds.owner.append(node.name)
        with self.scopes.scope():
            self._each(node.body)
        self.kinds.owner.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._each([*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)])
        with self.scopes.scope(parameters(node)):
            self._each(node.body)
        if not self.kinds.owner:
            self.scopes.bind(node.name, annotated(node.returns))

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._each([*node.args.defaults, *filter(None, node.args.kw_defaults)])
        with self.scopes.scope(parameters(node)):
            self.visit(node.body)

    def _comprehension(self, node: Comprehension) -> None:
        with self.scopes.scope():
            for generator in node.generators:
                self.visit(generator.iter)
                self.bind(generator.target, element(self.kinds.of(generator.iter)))
                self._each(generator.ifs)
            self.gathered(node)
            self._each([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    # --- variables ---------------------------------------------------------------------------------------------

    def bind(self, target: ast.expr, kind: Kind | None) -> None:
        """Variables get values."""
        for name, part in spread(target, kind).items():
            self.scopes.bind(name, part)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
        self.visit(node.target)
        self.bind(node.target, annotated(node.annotation))

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        kind = self.kinds.of(node.value)
        for target in node.targets:
            self.visit(target)
            if isinstance(target, ast.Tuple | ast.List):
                self.looked_at(node.value, "unpacking")
            self.bind(target, kind)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.bind(node.target, self.kinds.of(node.value))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._each([node.target, node.value])
        if isinstance(node.op, ast.Add):
            self.looked_at(node.value, "+=")
        elif isinstance(node.op, ast.MatMult):
            self.multiplied(node)

    # --- branches ----------------------------------------------------------------------------------------------

    def _branches(self, branches: list[list[ast.stmt]]) -> None:
        """Each from the same start; one that leaves the function or loop has no say in what comes after."""
        start = self.scopes.state()
        left = []
        for block in branches:
            self.scopes.restore(start)
            self._each(block)
            if not block or not isinstance(block[-1], LEAVING):
                left.append(self.scopes.state())
        self.scopes.restore(*(left or [start]))

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._branches([node.body, node.orelse])

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._branches([node.body, node.orelse])

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.looked_at(node.iter, "a loop")
        self.looped(node)
        self.bind(node.target, element(self.kinds.of(node.iter)))
        self.visit(node.target)
        self._branches([node.body, node.orelse])

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_Try(self, node: ast.Try) -> None:
        self._branches([[*node.body, *node.orelse], *(handler.body for handler in node.handlers)])
        self._each(node.finalbody)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, self.kinds.of(item.context_expr))
        self._each(node.body)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self.visit_With(node)

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        self._branches([*(case.body for case in node.cases), []])

    # --- expressions -------------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> None:
        self.used(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not self.used(node):
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        self.called(node)
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        if isinstance(node.ctx, ast.Load):
            self.looked_at(node.value, "unpacking")
        self.visit(node.value)

    def visit_Set(self, node: ast.Set) -> None:
        self._each([part.value if isinstance(part, ast.Starred) else part for part in node.elts])

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        self.looked_at(node.value, "yield from")
        self.visit(node.value)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        self.looked_at(node.value, "text")
        self.formatted(node)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.MatMult):
            self.multiplied(node)
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
            self.looked_at(node.right, "text")
        self.generic_visit(node)

    def _each(self, nodes: Sequence[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)
