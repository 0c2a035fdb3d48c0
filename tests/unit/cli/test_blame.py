"""Finding the caller's own frames in a traceback."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tidegate.cli.blame import SHOWN, own_frames
from tidegate.core.time import parse_duration


def raised_by(script: Path, code: str, name: str = "go") -> BaseException:
    """What the function of that name in a script of that code raises."""
    script.write_text(code)
    scope: dict[str, Callable[[], object]] = {"np": np, "parse_duration": parse_duration}  # type: ignore[dict-item]  # modules as names of the script
    exec(compile(code, script, "exec"), scope)
    with pytest.raises(BaseException) as caught:
        scope[name]()
    return caught.value


def own(error: BaseException, script: Path) -> list[str]:
    return [frame for frame in own_frames(error) if script.name in frame]


def test_frames_of_libraries_and_of_ours_are_left_out(tmp_path: Path) -> None:
    script = tmp_path / "strategy.py"
    numpy_error = raised_by(script, "def go():\n    return np.stack([])\n")
    assert own_frames(numpy_error)[-1] == f"{script}:2 in go: return np.stack([])"
    our_error = raised_by(script, "def go():\n    inner()\ndef inner():\n    parse_duration('5')\n")
    assert own(our_error, script) == [f"{script}:2 in go: inner()", f"{script}:4 in inner: parse_duration('5')"]
    assert not any("tidegate/core" in frame for frame in own_frames(our_error))


def test_frames_of_the_standard_library_are_left_out(tmp_path: Path) -> None:
    script = tmp_path / "strategy.py"
    error = raised_by(script, "import json\ndef go():\n    json.loads('{')\n")
    assert own_frames(error)[-1] == f"{script}:3 in go: json.loads('{{')"


def test_frames_of_compiled_libraries_are_left_out_although_no_such_file_is_there() -> None:
    with pytest.raises(MemoryError) as caught:
        np.random.default_rng(1).standard_normal((10**6, 10**8))
    (frame,) = own_frames(caught.value)
    assert frame.endswith("standard_normal((10**6, 10**8))")


def test_an_error_without_a_traceback_blames_nobody() -> None:
    assert own_frames(ValueError("x")) == []


def test_endless_recursion_shows_its_end(tmp_path: Path) -> None:
    frames = own_frames(raised_by(tmp_path / "deep.py", "def go():\n    go()\n"))
    assert len(frames) == SHOWN + 1
    assert frames[0].startswith("... ")
    assert frames[0].endswith(" more")


def test_a_syntax_error_names_the_file_that_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_strategy.py").write_text("x = 1\ndef go(:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SyntaxError) as caught:
        importlib.import_module("broken_strategy")
    assert own_frames(caught.value)[-1] == "broken_strategy.py:2: def go(:"
    assert "broken_strategy" not in sys.modules


def test_paths_under_the_working_folder_are_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    error = raised_by(tmp_path / "strategy.py", "def go():\n    raise ValueError('x')\n")
    assert own_frames(error)[-1] == "strategy.py:2 in go: raise ValueError('x')"
