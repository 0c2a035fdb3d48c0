"""Whose code raised: the caller's own frames of a traceback, without ours and without any library's."""

import sysconfig
import traceback
from importlib.util import find_spec
from pathlib import Path

SHOWN = 5
"""The innermost frames that are shown; endless recursion has a thousand."""
_LIBRARIES = ("anyio", "cyclopts", "llvmlite", "msgspec", "numba", "numpy", "plotly", "polars", "pydantic", "ruamel")


def own_frames(error: BaseException) -> list[str]:
    """Lines such as `strategy.py:14 in on_batch: x = 1 / 0`, outermost first; empty where none is the caller's."""
    others = _folders_of_others()
    frames = [
        f"{_short(Path(frame.filename))}:{frame.lineno} in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen") and not any(map(Path(frame.filename).is_relative_to, others))
    ]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(f"{_short(Path(error.filename))}:{error.lineno}: {(error.text or '').strip()}")
    more = len(frames) - SHOWN
    return [f"... {more} more", *frames[-SHOWN:]] if more > 0 else frames


def _folders_of_others() -> list[Path]:
    # A strategy may be installed beside our libraries, so these are named rather than all of site-packages.
    paths = sysconfig.get_paths()
    folders = [Path(__file__).parents[1]]
    for name in _LIBRARIES:
        spec = find_spec(name)
        folders += map(Path, (spec.submodule_search_locations or ()) if spec else ())
    site = {Path(paths[key]) for key in ("purelib", "platlib")}
    standard = Path(paths["stdlib"])
    folders += [entry for entry in standard.iterdir() if entry not in site] if standard.is_dir() else []
    return folders


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
