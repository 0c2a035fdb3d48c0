"""Where code stands: of a thread that runs, and of a coroutine that waits. Lines are innermost last.

Frames of the event loop and the rest of the standard library are left out: which of their lines is waited in says
nothing that the caller's line does not. Where there are no others they are shown after all.
"""

import asyncio
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType

import anyio

_OWN_FOLDER = str(Path(__file__).parent) + os.sep
_EVENT_LOOP = (str(Path(anyio.__file__).parent) + os.sep, "<frozen ")
_STANDARD = str(Path(os.__file__).parent) + os.sep
_INSTALLED = tuple(_STANDARD + name + os.sep for name in ("site-packages", "dist-packages"))
_TRACER = "coverage"
_DEPTH_MAX = 24

_Place = tuple[CodeType, int]


def thread_stack(thread_id: int) -> list[str]:
    """The frames of a thread inside the handler that the runtime called; all of them where it called none."""
    places: list[_Place] = []
    frame: FrameType | None = sys._current_frames().get(thread_id)  # noqa: SLF001 - there is no public way
    while frame is not None and not frame.f_code.co_filename.startswith(_OWN_FOLDER):
        places.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return _lines(reversed(places))


def is_traced(thread_id: int) -> bool:
    """Whether a thread is in the code of the tool that measures coverage.

    It is called at every call of what it measures and keeps a lock of its own: an exception raised inside it from
    outside would leave that held, and every thread waiting.
    """
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001 - there is no public way
    return frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == _TRACER


def waiting_stack(awaitable: object) -> list[str]:
    """The frames of a coroutine, task or generator down to the one that waits; its `repr` where it has none."""
    return _lines(_waiting_places(awaitable)) or [repr(awaitable)]


def _waiting_places(awaitable: object) -> Iterator[_Place]:
    while awaitable is not None:
        if isinstance(awaitable, asyncio.Task):
            awaitable = awaitable.get_coro()
        for kind, inner in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            if hasattr(awaitable, inner):
                frame = getattr(awaitable, f"{kind}_frame")
                if frame is not None and not frame.f_code.co_filename.startswith(_OWN_FOLDER):
                    yield frame.f_code, frame.f_lineno
                awaitable = getattr(awaitable, inner)
                break
        else:
            return


def _lines(places: Iterable[_Place]) -> list[str]:
    every = list(places)
    shown = [(code, line) for code, line in every if not _is_library(code.co_filename)] or every
    return [f"{code.co_filename}:{line} in {code.co_qualname}" for code, line in shown[-_DEPTH_MAX:]]


def _is_library(filename: str) -> bool:
    if filename.startswith(_EVENT_LOOP):
        return True
    # What is installed lies inside the standard library's folder where there is no environment, and may be the user's.
    return filename.startswith(_STANDARD) and not filename.startswith(_INSTALLED)
