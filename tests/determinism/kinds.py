"""What an expression's value is, as far as annotations, literals and the names of methods tell.

Where nothing tells, the answer is None, and nothing is said against it. An attribute or method of an object whose class
is not known counts as a set where every class of the package that has one of the name says so.
"""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.determinism.scopes import INT, LOOP, PATH, POLARS, SET, VIEW, Kind, Known, Scopes, either, nodes

HEADS = {
    **dict.fromkeys(("set", "frozenset", "Set", "FrozenSet", "AbstractSet", "MutableSet", "WeakSet"), "set"),
    **dict.fromkeys(("dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict", "Counter"), "dict"),
    **dict.fromkeys(("list", "Sequence", "Iterable", "Iterator", "Collection", "deque", "MutableSequence"), "list"),
    **dict.fromkeys(("Path", "PurePath"), "path"),
    **dict.fromkeys(("int", "bool"), "int"),
    "tuple": "tuple",
    "AbstractEventLoop": "loop",
}
WRAPPERS = ("Optional", "Final", "ClassVar", "Annotated", "Required", "NotRequired", "ReadOnly")
SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
SET_OPERATORS = (ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub)
PATH_METHODS = {"joinpath", "with_suffix", "with_name", "with_stem", "resolve", "absolute", "expanduser", "relative_to"}
LOOPS = ("asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop")
OUT_OF_POLARS = {"to_numpy", "to_list", "to_dict", "to_dicts", "item", "rows", "row", "iter_rows", "height", "shape"}


def annotated(node: ast.expr | None) -> Kind | None:
    """What an annotation says."""
    match node:
        case ast.Constant(value=str() as text):
            return annotated(ast.parse(text, mode="eval").body)
        case ast.BinOp(op=ast.BitOr()):
            return either(annotated(node.left), annotated(node.right))
        case ast.Subscript():
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            head = last_name(node.value)
            if head in WRAPPERS:
                return annotated(inner[0])
            return Kind(HEADS.get(head, head), tuple(annotated(part) for part in inner))
        case ast.Attribute(value=ast.Name(id="pl")):
            return POLARS
        case ast.Name() | ast.Attribute():
            head = last_name(node)
            return Kind(HEADS.get(head, head))
    return None


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Known:
    """A function's parameters, with what is known of them."""
    args = function.args
    named = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    found = {one.arg: annotated(one.annotation) for one in named}
    if args.vararg:
        found[args.vararg.arg] = Kind("tuple", (annotated(args.vararg.annotation),))
    if args.kwarg:
        found[args.kwarg.arg] = Kind("dict", (annotated(args.kwarg.annotation),))
    return found


@dataclass
class Index:
    """What the package's classes, functions and constants are declared to be.

    Attributes:
        members: attributes and methods by class; what a method returns.
        bases: by class.
        names: functions of modules, what they return, and the modules' variables.
    """

    members: dict[str, Known] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)
    names: Known = field(default_factory=dict)

    @classmethod
    def of(cls, trees: Iterable[ast.Module]) -> "Index":
        """Reads modules."""
        index = cls()
        trees = list(trees)
        for tree in trees:
            for node in nodes(tree):
                if isinstance(node, ast.ClassDef):
                    index.members.setdefault(node.name, {})
                    index.bases.setdefault(node.name, []).extend(map(last_name, node.bases))
        for tree in trees:
            reader = Kinds(Scopes(tree), index)
            index.names |= reader.declared(tree.body)
            for node in nodes(tree):
                if isinstance(node, ast.ClassDef):
                    index.members[node.name] |= reader.declared(node.body)
                    for method in node.body:
                        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                            index.members[node.name] |= reader.own_attributes(method)
        return index

    def member(self, owner: Kind | None, name: str) -> Kind | None:
        """An attribute, or what a method returns."""
        if owner is not None and owner.head in self.members:
            chain, seen = [owner.head], list[str]()
            while chain:
                kind = chain.pop(0)
                if kind not in seen and kind in self.members:
                    seen.append(kind)
                    if name in self.members[kind]:
                        return self.members[kind][name]
                    chain += self.bases[kind]
            return None
        if owner is not None:
            return None
        declared = [members[name] for members in self.members.values() if name in members]
        return declared[0] if declared and len(dict.fromkeys(declared)) == 1 else None


class Kinds:
    """Tells kinds, with the variables of the place that is being read."""

    def __init__(self, scopes: Scopes, index: Index) -> None:
        self.scopes = scopes
        self.index = index
        self.owner: list[str] = []  # classes around the place

    def declared(self, body: list[ast.stmt]) -> Known:
        """What the statements of a module or class declare."""
        found: Known = {}
        for node in body:
            match node:
                case ast.AnnAssign(target=ast.Name(id=name)):
                    found[name] = annotated(node.annotation)
                case ast.Assign(targets=[ast.Name(id=name)]):
                    found[name] = self.of(node.value)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    found[node.name] = annotated(node.returns)
        return found

    def own_attributes(self, method: ast.FunctionDef | ast.AsyncFunctionDef) -> Known:
        """What a method leaves on `self`."""
        found: Known = {}
        with self.scopes.scope(parameters(method)):
            for node in ast.walk(method):
                match node:
                    case ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                        found[name] = annotated(node.annotation)
                    case ast.Assign(targets=targets):
                        for name, value in own_targets(targets, node.value):
                            found[name] = either(found.get(name), self.of(value))
        return found

    def of(self, node: ast.expr) -> Kind | None:  # noqa: C901 - one case for each sort of expression
        """What the expression's value is."""
        match node:
            case ast.Set() | ast.SetComp():
                return SET
            case ast.Dict():
                return Kind("dict", (either(*map(self.of, node.values)),))
            case ast.DictComp():
                return Kind("dict", (self.of(node.value),))
            case ast.List():
                return Kind("list", (either(*map(self.of, node.elts)),))
            case ast.ListComp() | ast.GeneratorExp():
                with self.scopes.scope():
                    for generator in node.generators:
                        for name, kind in spread(generator.target, element(self.of(generator.iter))).items():
                            self.scopes.bind(name, kind)
                    return Kind("list", (self.of(node.elt),))
            case ast.Tuple():
                return Kind("tuple", tuple(map(self.of, node.elts)))
            case ast.Constant(value=int()) | ast.Compare():
                return INT
            case ast.IfExp():
                return either(self.of(node.body), self.of(node.orelse))
            case ast.BoolOp():
                return either(*map(self.of, node.values))
            case ast.NamedExpr() | ast.Await() | ast.Starred():
                return self.of(node.value)
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return element(self.of(node.value), node.slice)
            case ast.BinOp():
                return self._operation(node)
            case ast.Call():
                return self._call(node)
        return None

    def _name(self, node: ast.Name) -> Kind | None:
        if node.id == "self" and self.owner:
            return Kind(self.owner[-1])
        if (self.scopes.imports.get(node.id) or "").startswith("tidegate."):
            return self.index.names.get(node.id)
        return self.scopes.known(node.id)

    def _attribute(self, node: ast.Attribute) -> Kind | None:
        if node.attr == "parent":
            return PATH if self.of(node.value) == PATH else self.index.member(self.of(node.value), node.attr)
        return self.index.member(self.of(node.value), node.attr)

    def _operation(self, node: ast.BinOp) -> Kind | None:
        left, right = self.of(node.left), self.of(node.right)
        if isinstance(node.op, SET_OPERATORS) and (SET in (kinds := head_of(left, right)) or VIEW in kinds):
            return SET
        if isinstance(node.op, ast.Div) and PATH in (left, right):
            return PATH
        return INT if left == right == INT and not isinstance(node.op, ast.Div) else None

    def _call(self, node: ast.Call) -> Kind | None:
        function = node.func.value if isinstance(node.func, ast.Subscript) else node.func  # set[int]()
        full = self.scopes.qualified(function)
        if full in ("set", "frozenset", "weakref.WeakSet"):
            return SET
        if full in ("list", "sorted", "tuple"):
            return Kind("list", (element(self.of(node.args[0])),)) if node.args else Kind("list")
        if full in ("len", "int", "bool"):
            return INT
        if full == "collections.defaultdict" and node.args:
            made = self.scopes.qualified(node.args[0])
            return Kind("dict", (SET if made in ("set", "frozenset") else None,))
        if full == "dict.fromkeys":
            return Kind("dict")
        if full == "pathlib.Path":
            return PATH
        if full in LOOPS:
            return LOOP
        if full is not None and full.startswith("polars."):
            return POLARS
        if isinstance(function, ast.Name):
            return Kind(function.id) if function.id in self.index.members else self._name(function)
        return self._method(function, node) if isinstance(function, ast.Attribute) else None

    def _method(self, function: ast.Attribute, node: ast.Call) -> Kind | None:
        owner, name = self.of(function.value), function.attr
        if name in SET_METHODS:
            return SET
        if name in ("keys", "items") and not node.args:
            held = owner.args[-1] if owner and owner.args else None
            return Kind("view", (Kind("tuple", (None, held)),) if name == "items" else ())
        if name == "copy":
            return owner
        if owner is not None and owner.head == "dict" and owner.args:
            if name in ("get", "pop", "setdefault"):
                return owner.args[-1]
            if name == "values":
                return Kind("list", owner.args[-1:])
        if owner == PATH:
            return PATH if name in PATH_METHODS else None
        if owner == POLARS:
            return None if name in OUT_OF_POLARS else POLARS
        return self.index.member(owner, name)


def head_of(*kinds: Kind | None) -> list[Kind]:
    return [Kind(kind.head) for kind in kinds if kind is not None]


def element(kind: Kind | None, at: ast.expr | None = None) -> Kind | None:
    """What a container holds; `at` is the index in brackets, or None for what a loop over it gives."""
    if kind is None or not kind.args:
        return None
    if at is None:
        return kind.args[0] if kind.head in ("list", "set", "tuple", "view") else None
    if kind.head == "tuple" and isinstance(at, ast.Constant) and isinstance(at.value, int):
        return kind.args[at.value] if -len(kind.args) <= at.value < len(kind.args) else None
    return kind if isinstance(at, ast.Slice) else kind.args[-1] if kind.head in ("dict", "list") else None


def own_targets(targets: list[ast.expr], value: ast.expr) -> list[tuple[str, ast.expr]]:
    """Attributes of `self` and what is put into them, pair by pair where both sides are tuples."""
    found: list[tuple[str, ast.expr]] = []
    for target in targets:
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            pairs = list(zip(target.elts, value.elts, strict=True))
        for one, part in pairs:
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "self":
                found.append((one.attr, part))
    return found


def spread(target: ast.expr, kind: Kind | None) -> Mapping[str, Kind | None]:
    """The variables that an assignment of a value of this kind binds."""
    match target:
        case ast.Name(id=name):
            return {name: kind}
        case ast.Starred():
            return spread(target.value, None)
        case ast.Tuple() | ast.List():
            parts = kind.args if kind is not None and kind.head == "tuple" else ()
            if len(parts) != len(target.elts):
                parts = (element(kind),) * len(target.elts)
            return {
                name: one
                for part, own in zip(target.elts, parts, strict=True)
                for name, one in spread(part, own).items()
            }
    return {}
