"""Where code stands: of a thread that runs, and of a coroutine that waits. Lines are innermost last."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

_OWN_FOLDER = str(Path(__file__).parent) + os.sep
_DEPTH_MAX = 24


def thread_stack(thread_id: int) -> list[str]:
    """The frames of a thread inside the handler that the runtime called; all of them where it called none."""
    frames = []
    frame: FrameType | None = sys._current_frames().get(thread_id)  # noqa: SLF001 - there is no public way
    while frame is not None and not frame.f_code.co_filename.startswith(_OWN_FOLDER):
        frames.append(_line(frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return frames[:_DEPTH_MAX][::-1]


def waiting_stack(awaitable: object) -> list[str]:
    """The frames of a coroutine, task or generator down to the one that waits; its `repr` where it has none."""
    lines = list(_waiting_frames(awaitable))
    return lines[-_DEPTH_MAX:] or [repr(awaitable)]


def _waiting_frames(awaitable: object) -> Iterator[str]:
    while awaitable is not None:
        if isinstance(awaitable, asyncio.Task):
            awaitable = awaitable.get_coro()
        for kind, inner in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            if hasattr(awaitable, inner):
                frame = getattr(awaitable, f"{kind}_frame")
                if frame is not None and not frame.f_code.co_filename.startswith(_OWN_FOLDER):
                    yield _line(frame.f_code, frame.f_lineno)
                awaitable = getattr(awaitable, inner)
                break
        else:
            return


def _line(code: CodeType, line: int) -> str:
    return f"{code.co_filename}:{line} in {code.co_qualname}"
