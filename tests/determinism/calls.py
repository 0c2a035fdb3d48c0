"""Rules for calls: what is called, on what, with what."""

import ast
import re
from collections.abc import Callable, Iterator

from tests.determinism import bans
from tests.determinism.kinds import Kinds
from tests.determinism.order import BY_KEY, LOOKING, LOOKING_METHODS, has_key

Tell = Callable[[ast.AST, str], None]
TEXT_MODES = re.compile(r"[rwaxt+]+")


def given(call: ast.Call, name: str, place: int | None = None) -> ast.expr | None:
    """An argument by its name, or its place."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if place is not None and place < len(call.args) else None


def is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


class CallRules:
    """The rules, with what is known at the place of the call."""

    def __init__(self, kinds: Kinds, tell: Tell) -> None:
        self._kinds = kinds
        self._tell = tell

    def judge(self, call: ast.Call) -> None:
        """Tells every breach by the call itself."""
        name = self._name(call)
        if name is not None:
            self._by_name(call, name)
        ours = name is None or name.startswith(("tidegate.", "object."))
        if ours and isinstance(call.func, ast.Attribute):
            self._by_method(call, call.func)
        for keyword in call.keywords:
            if keyword.arg in ("fastmath", "parallel") and not is_constant(keyword.value, False):
                self._tell(call, f"{keyword.arg}: changes the order of operations on floats")

    def looks_at(self, call: ast.Call) -> Iterator[tuple[ast.expr, str]]:
        """The arguments whose elements a call takes one after the other, and the set that gives away one of its own."""
        name, function = self._name(call), call.func
        if name in LOOKING or (name in BY_KEY and has_key(call)):
            yield from ((argument, f"{name}()") for argument in call.args)
        elif isinstance(function, ast.Attribute):
            if function.attr in LOOKING_METHODS:
                yield from ((argument, f"{function.attr}()") for argument in call.args)
            elif function.attr == "pop" and not call.args:
                yield function.value, "pop()"

    def is_listing(self, call: ast.Call) -> bool:
        """Whether a call lists a folder."""
        if self._name(call) is not None:
            return self._name(call) in bans.LISTINGS
        return isinstance(call.func, ast.Attribute) and call.func.attr in bans.LISTING_METHODS

    def imports(self, call: ast.Call) -> str | None:
        """The module that a call imports, where its name is written there."""
        first = call.args[0] if call.args and self._name(call) in bans.IMPORTERS else None
        return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None

    def _name(self, call: ast.Call) -> str | None:
        return self._kinds.scopes.qualified(call.func)

    def _by_name(self, call: ast.Call, name: str) -> None:
        if name in bans.SEEDED:
            seed = call.args[0] if call.args else call.keywords[0].value if call.keywords else None
            if seed is None or is_constant(seed, None):
                self._tell(call, f"{name} without a seed: {bans.DRAWN}")
        elif name == "sum":
            self._sum(call)
        elif name in ("open", "io.open"):
            self._opened(call, 1)
        elif name in bans.LOCAL_TIMES and given(call, "tz", 1) is None:
            self._tell(call, f"{name}: in the time zone of the machine")
        elif name == "numpy.argsort":
            self._unstable(call)
        elif name.startswith("polars.") and name.removeprefix("polars.") in bans.FLOAT_REDUCTIONS:
            self._tell(call, f"{name}: {_REDUCTION}")

    def _by_method(self, call: ast.Call, function: ast.Attribute) -> None:
        method, owner = function.attr, self._kinds.of(function.value)
        head = owner.head if owner is not None else None
        if why := bans.METHODS.get(method):
            self._tell(call, f"{method}(): {why}")
        elif method == "time" and head == "loop":
            self._tell(call, f"{method}(): {bans.CLOCK}")
        elif method == "astimezone" and not call.args and not call.keywords:
            self._tell(call, "astimezone(): in the time zone of the machine")
        elif method == "strftime" and any(_local_words(argument) for argument in call.args):
            self._tell(call, "strftime(): in the words of the locale")
        elif method == "argsort" and head != "polars":
            self._unstable(call)
        elif method in ("read_text", "write_text"):
            if given(call, "encoding", int(method == "write_text")) is None:
                self._tell(call, f"{method}() without encoding: {bans.HOST}")
        elif method == "open":
            mode = given(call, "mode", 0)
            if head == "path" or (isinstance(mode, ast.Constant) and TEXT_MODES.fullmatch(str(mode.value))):
                self._opened(call, 0)
        elif head == "polars" or (head is None and method in ("group_by", "unique", "value_counts")):
            self._polars(call, method)

    def _polars(self, call: ast.Call, method: str) -> None:
        if method in bans.FLOAT_REDUCTIONS:
            self._tell(call, f"{method}() of Polars: {_REDUCTION}")
        elif method in bans.UNORDERED or method in bans.UNSTABLE:
            kept = given(call, "maintain_order")
            if kept is None or is_constant(kept, False) or is_constant(kept, "none"):
                what = "rows come in any order" if method in bans.UNORDERED else "equal rows come in any order"
                self._tell(call, f"{method}() of Polars: {what}; say maintain_order")
        elif method in bans.SAMPLING:
            if given(call, "seed") is None:
                self._tell(call, f"{method}() of Polars without a seed: {bans.DRAWN}")
        elif method in bans.HASHING:
            self._tell(call, f"{method}() of Polars: its order or value is not told by its input")

    def _sum(self, call: ast.Call) -> None:
        """Every builtin sum, save of what is plainly whole."""
        if not call.args:
            return
        argument = call.args[0]
        held = self._kinds.of(argument)
        whole = held is not None and held.args and held.args[0] is not None and held.args[0].head == "int"
        if not whole:
            self._tell(call, "sum(): of floats it differs between Python versions; use numpy or math.fsum")

    def _opened(self, call: ast.Call, place: int) -> None:
        mode = given(call, "mode", place)
        either = [mode.body, mode.orelse] if isinstance(mode, ast.IfExp) else [mode]
        binary = all(isinstance(one, ast.Constant) and "b" in str(one.value) for one in either)
        if not binary and given(call, "encoding", place + 2) is None:
            self._tell(call, f"open() without encoding: {bans.HOST}")

    def _unstable(self, call: ast.Call) -> None:
        kind = given(call, "kind")
        if (
            not (isinstance(kind, ast.Constant) and kind.value in ("stable", "mergesort"))
            and given(call, "stable") is None
        ):
            self._tell(call, "argsort(): equals come in an order that differs between machines; say kind='stable'")


_REDUCTION = "floats are added in an order that differs between runs; use numpy"


def _local_words(argument: ast.expr) -> bool:
    text = argument.value if isinstance(argument, ast.Constant) else ""
    return any(f"%{letter}" in str(text) for letter in bans.LOCAL_LETTERS)
