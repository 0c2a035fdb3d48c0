"""Whose code raised: the caller's own frames of a traceback, without ours and without any library's."""

import sysconfig
import traceback
from functools import cache
from importlib.util import find_spec
from pathlib import Path

SHOWN = 5
"""The innermost frames that are shown; endless recursion has a thousand."""
_LIBRARIES = ("anyio", "cyclopts", "llvmlite", "msgspec", "numba", "numpy", "plotly", "polars", "pydantic", "ruamel")


def own_frames(error: BaseException) -> list[str]:
    """Lines such as `strategy.py:14 in on_batch: x = 1 / 0`, outermost first; empty where none is the caller's."""
    found = traceback.extract_tb(error.__traceback__)
    own = {filename for filename in {frame.filename for frame in found} if _is_own(filename)}
    frames = [
        f"{_short(Path(frame.filename))}:{frame.lineno} in {frame.name}: {frame.line}"
        for frame in found
        if frame.filename in own
    ]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(f"{_short(Path(error.filename))}:{error.lineno}: {(error.text or '').strip()}")
    more = len(frames) - SHOWN
    return [f"... {more} more", *frames[-SHOWN:]] if more > 0 else frames


def _is_own(filename: str) -> bool:
    path = Path(filename)
    # Compiled code of a library names its source as that lay where it was built: numpy/random/_generator.pyx.
    if filename.startswith("<frozen") or path.parts[0] in _LIBRARIES or not _library_folders().isdisjoint(path.parents):
        return False
    installed = "site-packages" in path.parts or "dist-packages" in path.parts
    return installed or not path.is_relative_to(sysconfig.get_path("stdlib"))


@cache
def _library_folders() -> frozenset[Path]:
    # A strategy may be installed beside our libraries, so these are named rather than all of site-packages.
    folders = {Path(__file__).parents[1]}
    for name in _LIBRARIES:
        spec = find_spec(name)
        folders.update(map(Path, (spec.submodule_search_locations or ()) if spec else ()))
    return frozenset(folders)


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
