"""Where an order shows that is none: what looks at the elements of a set, one after the other, or at equal ones."""

import ast
from collections.abc import Iterator

from tests.determinism.scopes import nodes

INSENSITIVE = {
    "sorted",
    "set",
    "frozenset",
    "len",
    "any",
    "all",
    "bool",
    "min",
    "max",
    "sum",
    "isinstance",
    "math.fsum",
}
"""What gives the same in whatever order it is given things; sums of floats have a rule of their own."""
BY_KEY = {"sorted", "min", "max"}
"""With a key, what is equal by it stays in the order in which it came."""
LOOKING = {
    "list", "tuple", "iter", "enumerate", "zip", "map", "filter", "reversed", "dict", "str", "repr", "format", "print",
    "dict.fromkeys", "functools.reduce", "collections.deque", "collections.Counter", "collections.OrderedDict",
    "numpy.array", "numpy.asarray", "numpy.fromiter", "polars.Series", "polars.DataFrame", "heapq.heapify",
    "itertools.chain", "itertools.chain.from_iterable", "itertools.accumulate", "itertools.islice",
    "itertools.pairwise", "itertools.product", "itertools.permutations", "itertools.combinations", "itertools.groupby",
    "itertools.cycle", "itertools.starmap", "itertools.takewhile", "itertools.dropwhile", "itertools.batched",
    "itertools.zip_longest",
}  # fmt: skip
"""Functions that take things in the order in which they come."""
LOOKING_METHODS = {"join", "extend", "extendleft", "writelines", "choice", "choices", "permutation"}
"""Likewise, of any object."""
CHANGING = {"pop", "popitem", "clear", "update", "setdefault", "add", "discard", "remove"}
"""Methods by which a dict or set gains or loses elements."""


def parents(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    """Every node's parent."""
    return {child: node for node in nodes(tree) for child in ast.iter_child_nodes(node)}


def has_key(call: ast.Call) -> bool:
    return any(keyword.arg == "key" for keyword in call.keywords)


def changes_in_loop(loop: ast.For | ast.AsyncFor) -> Iterator[ast.AST]:
    """Statements in a loop's body that change what it runs over, and go on running."""
    over, key, is_view = iterated(loop)
    for block in blocks(loop):
        for place, statement in enumerate(block):
            leaves = any(isinstance(later, ast.Break | ast.Return | ast.Raise) for later in block[place:])
            if not leaves:
                yield from (node for node in own_nodes(statement) if changes(node, over, key, is_view))


def iterated(loop: ast.For | ast.AsyncFor) -> tuple[str, str | None, bool]:
    """What a loop runs over; the variable that holds its key; and whether by `keys`, `values` or `items`."""
    over, target = loop.iter, loop.target
    name = over.func.attr if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute) else ""
    if name not in ("keys", "values", "items"):
        return ast.unparse(over), target.id if isinstance(target, ast.Name) else None, False
    assert isinstance(over, ast.Call)
    assert isinstance(over.func, ast.Attribute)
    if name == "items" and isinstance(target, ast.Tuple):
        target = target.elts[0]
    key = target.id if isinstance(target, ast.Name) and name != "values" else None
    return ast.unparse(over.func.value), key, True


def changes(node: ast.AST, over: str, key: str | None, is_view: bool) -> bool:
    """Whether the node adds to or takes from what is called `over`; to set the key at hand anew does neither."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=name)):
            return name in CHANGING and ast.unparse(owner) == over
        case ast.Delete(targets=targets):
            return any(isinstance(one, ast.Subscript) and ast.unparse(one.value) == over for one in targets)
        case ast.Subscript(value=owner, slice=at, ctx=ast.Store()):
            return is_view and ast.unparse(owner) == over and ast.unparse(at) != key
    return False


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of statements inside a node, those of functions in it left out."""
    for name in ("body", "orelse", "finalbody"):
        if block := getattr(node, name, None):
            yield block
            for statement in block:
                if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    yield from blocks(statement)
    for handler in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from blocks(handler)


def own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """A statement and its expressions, without the statements inside it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]
