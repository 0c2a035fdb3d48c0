import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tidegate.core.errors import ConfigError
from tidegate.core.loading import make

MODULE = """
from tidegate.core.errors import RequestError

class Base: ...

class Plain(Base):
    def __init__(self, n: int = 1) -> None:
        if n < 0:
            raise ValueError("n is below 0")
        if n > 9:
            raise RequestError("n is above 9", "n is far above 9")
        self.n = n

class Stranger: ...

not_a_class = 3
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type:
    """Base class of a module `made` that can be imported while the test runs."""
    (tmp_path / "made.py").write_text(MODULE)
    (tmp_path / "broken.py").write_text("1 / 0\n")
    (tmp_path / "needs_more.py").write_text("import no_such_module_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("made", "broken", "needs_more"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    found: type = importlib.import_module("made").Base
    return found


def test_the_named_class_is_made_with_its_parameters(base: type) -> None:
    made: object = make("strategy", "made:Plain", {"n": 3}, base)
    assert type(made).__name__ == "Plain"
    assert vars(made) == {"n": 3}


FAULTS: list[tuple[str, dict[str, Any], str]] = [
    # use                 params       said, after the place
    ("nowhere_x:Plain",   {},          ".use: no module 'nowhere_x' to import for 'nowhere_x:Plain'"),
    ("needs_more:Plain",  {},          ".use: no module 'no_such_module_at_all' to import for 'needs_more:Plain'"),
    ("broken:Plain",      {},          ".use: importing 'broken' failed: ZeroDivisionError"),
    ("made:Plane",        {},          ".use: no class 'Plane' in module 'made'; did you mean 'Plain'?"),
    ("made:Stranger",     {},          ".use: not a Base: 'Stranger' in module 'made'"),
    ("made:not_a_class",  {},          ".use: not a Base: 'not_a_class' in module 'made'"),
    ("made:Plain",        {"m": 1},    ".params: made:Plain takes parameters n: "),
    ("made:Base",         {"m": 1},    ".params: made:Base takes parameters "),
    ("made:Plain",        {"n": -1},   ".params: made:Plain refused them: ValueError: n is below 0"),
    ("made:Plain",        {"n": "x"},  ".params: made:Plain refused them: TypeError: "),
]  # fmt: skip


@pytest.mark.parametrize(("use", "params", "said"), FAULTS, ids=[f"{row[0]} {row[1]}" for row in FAULTS])
def test_what_goes_wrong_is_told_with_its_place(base: type, use: str, params: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make("strategy", use, params, base)
    (problem,) = caught.value.problems
    assert problem.startswith("strategy" + said)


def test_every_problem_that_a_class_finds_is_told(base: type) -> None:
    with pytest.raises(ConfigError) as caught:
        make("risk.rules[0].custom", "made:Plain", {"n": 10}, base)
    assert caught.value.problems == (
        "risk.rules[0].custom.params: n is above 9",
        "risk.rules[0].custom.params: n is far above 9",
    )
