"""One source, interpreted or compiled.

A kernel is an ordinary function whose parameters are numbers, the array types below, or named tuples of these. It makes
no arrays: results and scratch are handed in.
Interpreted, it is called as it is. Compiled, numba makes machine code for exactly the annotated types (read-only arrays
are a type of their own) with neither `fastmath` nor `parallel`, so both do the same IEEE operations in the same order
and agree bit for bit.

The machine code is cached on disk in a folder named after a digest of all kernel sources and versions: numba's own
check sees a change only in the file of the outermost function. That check also looks at where a file is and when it was
written; so what has been compiled is noted for each place of the sources, with those times.
"""

import hashlib
import importlib
import os
import pkgutil
import platform  # deterministic: names the folder of the machine code
import sys
import tempfile  # deterministic: where the machine code is kept
import threading  # deterministic: one lock around what is compiled once
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """What numba must know of an array beyond its element type: C order is a matter of course."""

    element: str
    ndim: int
    readonly: bool = False


Floats = Annotated[NDArray[np.float64], ArraySpec("float64", 1)]
Ints = Annotated[NDArray[np.int64], ArraySpec("int64", 1)]
Bools = Annotated[NDArray[np.bool_], ArraySpec("bool_", 1)]
FloatRows = Annotated[NDArray[np.float64], ArraySpec("float64", 2)]
IntRows = Annotated[NDArray[np.int64], ArraySpec("int64", 2)]
ReadFloats = Annotated[NDArray[np.float64], ArraySpec("float64", 1, readonly=True)]
ReadInts = Annotated[NDArray[np.int64], ArraySpec("int64", 1, readonly=True)]
ReadFloatRows = Annotated[NDArray[np.float64], ArraySpec("float64", 2, readonly=True)]
ReadFloatBlocks = Annotated[NDArray[np.float64], ArraySpec("float64", 3, readonly=True)]

_REGISTERED: dict[str, FunctionType] = {}
_INLINED: set[str] = set()
_COMPILED: dict[str, Any] = {}
_COMPILING = threading.RLock()


def kernel(function: F) -> F:
    """Registers a kernel; the function itself stays as it is and may be called interpreted."""
    assert isinstance(function, FunctionType)
    known = _REGISTERED.setdefault(function.__name__, function)
    if known.__module__ != function.__module__:
        raise TypeError(f"two kernels are named {function.__name__}")
    return function


def inlined(function: F) -> F:
    """Registers a kernel whose machine code becomes part of what calls it.

    For kernels that take all books and are called for every order: to hand those on costs several times what it takes
    to book a fill.
    """
    _INLINED.add(function.__name__)
    return kernel(function)


class Kernels:
    """Chooses, for one session, how kernels run.

    Args:
        compiled: machine code by numba, or the Python source as it is.
    """

    __slots__ = ("compiled",)

    def __init__(self, *, compiled: bool) -> None:
        self.compiled = compiled

    def __call__(self, function: F) -> F:
        """The kernel in this session's form; the same signature and the same results in both."""
        return _compile(function.__name__) if self.compiled else function

    def unchecked(self, function: F) -> F:
        """The same, but compiled code takes arrays for what they are annotated as and does not look.

        For kernels that take named tuples: to tell the type of one costs numba ten times what the call does. Who calls
        vouches for element types, dimensions, C order and positional arguments; anything else reads foreign memory.
        """
        if not self.compiled:
            return function
        entry: F = _entry_point(function.__name__)
        return entry


INTERPRETED = Kernels(compiled=False)


def loaded(function: F) -> F | None:
    """The compiled form of a kernel where some session of this process has loaded it; None where none has.

    For functions that belong to no session; what they return must not depend on the answer.
    """
    return _COMPILED.get(function.__name__)


def all_kernels() -> tuple[str, ...]:
    """Names of all kernels of the package, in order of their modules."""
    package = importlib.import_module(__package__)
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        if module != "__main__":
            importlib.import_module(f"{__package__}.{module}")
    return tuple(_REGISTERED)


def is_cached() -> bool:
    """Whether every kernel of this version has been compiled on this machine before."""
    return _is_complete(cache_folder())


def _is_complete(folder: Path) -> bool:
    place, written = _sources_place(Path(__file__).parent)
    try:
        return (folder / place).read_text(encoding="utf-8") == written
    except OSError:
        return False


def compile_all(progress: Callable[[str], None] = lambda name: None) -> int:
    """Compiles every kernel, or loads it from the cache; returns how many there are."""
    names = all_kernels()
    for name in names:
        progress(name)
        _compile(name)
    place, written = _sources_place(Path(__file__).parent)
    (cache_folder() / place).write_text(written, encoding="utf-8")
    return len(names)


def cache_folder() -> Path:
    """Where this version's machine code is kept; under TIDEGATE_CACHE if that is set, made where it is missing.

    Falls back to the system's temporary folder where the user's cache cannot be written, or there is no home folder.
    """
    wanted = (
        os.environ.get("TIDEGATE_CACHE") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    )  # deterministic: where the machine code is kept
    name = f"kernels-{_sources_digest()}"
    for parent, shared in ((wanted, False), (tempfile.gettempdir(), True)):
        try:
            root = Path(parent).expanduser() / "tidegate"  # deterministic: where the machine code is kept
            root.mkdir(mode=0o700 if shared else 0o777, parents=True, exist_ok=True)
            (root / name).mkdir(exist_ok=True)
        except (OSError, RuntimeError):  # the latter where nothing says whose home `~` is
            continue
        if os.access(root / name, os.W_OK) and not (shared and _others_can_write(root)):
            return root / name
    return _folder_of_this_process()


def _others_can_write(folder: Path) -> bool:
    """Whether somebody else could plant code where all users have their temporary files."""
    state = folder.stat()
    return hasattr(os, "getuid") and (state.st_uid != os.getuid() or bool(state.st_mode & 0o022))


@cache
def _folder_of_this_process() -> Path:
    return Path(tempfile.mkdtemp(prefix="tidegate-"))


def _sources_digest() -> str:
    digest = hashlib.blake2b(_digest_of(Path(__file__).parent), digest_size=8)
    digest.update(f"{sys.version_info[:2]} {platform.machine()} {np.__version__} {_numba_version()}".encode())
    return digest.hexdigest()


@cache
def _digest_of(folder: Path) -> bytes:
    """Of all sources in a folder, as they are when it is first asked for: what this process has loaded or soon will."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.digest()


@cache
def _sources_place(folder: Path) -> tuple[str, str]:
    """A name for where the sources are, and when each was written, in words; numba goes by both, too."""
    place = hashlib.blake2b(str(folder.resolve()).encode(), digest_size=8).hexdigest()
    files = sorted(folder.glob("*.py"))
    written = [f"{path.name} {path.stat().st_mtime_ns}\n" for path in files]  # deterministic: whether code was compiled
    return f"complete-{place}", "".join(written)


@cache
def _numba_version() -> str:
    """What numba says its version is, without the second that importing it takes."""
    spec = find_spec("numba")
    told = Path(spec.origin).with_name("_version.py") if spec is not None and spec.origin else None
    return told.read_text(encoding="utf-8") if told is not None and told.exists() else "unknown"


def _compile(name: str) -> Any:
    with _COMPILING:
        if name not in _COMPILED:
            _COMPILED[name] = _jit(_REGISTERED[name])
        return _COMPILED[name]


@cache
def _entry_point(name: str) -> Any:
    (overload,) = _compile(name).overloads.values()
    return overload.entry_point


def _jit(function: FunctionType) -> Any:
    import numba  # heavy: only a session that compiles pays for it

    folder = cache_folder()
    used = [name for name in function.__code__.co_names if _REGISTERED.get(name) is function.__globals__.get(name, 0)]
    if used and _is_complete(folder):
        try:
            return _dispatcher(function, {}, folder)  # its machine code has in it what it calls
        except numba.errors.TypingError:  # numba finds the cache outdated, as when a source file was touched
            pass
    return _dispatcher(function, {name: _compile(name) for name in used}, folder)


def _dispatcher(function: FunctionType, used: dict[str, Any], folder: Path) -> Any:
    """The kernel as machine code, from the cache or made; the latter takes the kernels it calls, compiled."""
    import numba  # see `_jit`

    twin = FunctionType(function.__code__, function.__globals__ | used, function.__name__)
    twin.__qualname__, twin.__module__, twin.__doc__ = function.__qualname__, function.__module__, function.__doc__
    settings: Any = numba.config
    njit: Any = numba.njit  # its stubs leave out `_nrt`
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(folder)
    try:
        signature = _signature(numba.types, function)
        # Kernels make no arrays, so nothing needs counting; counting references costs a fill six times its arithmetic.
        forced = function.__name__ in _INLINED
        return njit(signature, cache=True, error_model="numpy", forceinline=forced, _nrt=False)(twin)
    finally:
        settings.CACHE_DIR = before


def _signature(types: Any, function: FunctionType) -> tuple[Any, ...]:
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    return tuple(_type(types, hint) for hint in hints.values())


def _type(types: Any, hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, tuple):
        fields = [_type(types, field) for field in get_type_hints(hint, include_extras=True).values()]
        return types.NamedTuple(fields, hint)
    if get_origin(hint) is Annotated:
        spec: ArraySpec = get_args(hint)[1]
        return types.Array(getattr(types, spec.element), spec.ndim, "C", readonly=spec.readonly)
    return {int: types.int64, float: types.float64, bool: types.boolean}[hint]
