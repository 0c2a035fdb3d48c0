"""One planted fault and how it must be told."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate.core.errors import ActorFailed, TidegateError

Options = dict[str, Any]
LEAKS = (
    r"Traceback|anyio|asyncio|polars|pydantic|validation error|ComputeError|SchemaError|ruamel|msgspec|numba"
    r"|For further information"
)


@dataclass(frozen=True)
class Fault:
    """A row of a table.

    Attributes:
        name: what is wrong.
        plant: from an empty folder to what is given to `Session`.
        error: the exact class that must be raised.
        says: patterns that its text must contain: place, value, limit, remedy.
    """

    name: str
    plant: Callable[[Path], Options]
    error: type[TidegateError]
    says: tuple[str, ...]


def check_text(fault: Fault, error: TidegateError) -> None:
    """The class is the stated one, everything is said, and nothing of a library shows through."""
    assert type(error) is fault.error, f"{type(error).__name__}: {error}"
    text = str(error)
    for pattern in fault.says:
        assert re.search(pattern, text), f"nothing like /{pattern}/ in:\n{text}"
    assert not re.search(LEAKS, text), text
    if isinstance(error, ActorFailed):
        return
    seen: BaseException | None = error
    while seen is not None:
        assert type(seen).__module__.split(".")[0] in ("tidegate", "builtins"), f"chained to {type(seen)}"
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
