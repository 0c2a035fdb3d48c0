"""The engine holds to what makes runs repeatable, or says on the line why it does not have to."""

from functools import cache

from tests.determinism.gate import Fault, judged
from tests.determinism.kinds import Index
from tests.tree import Source, listed, sources

OUTSIDE = {
    "__init__.py": "loads names when they are used",
    "__main__.py": "starts the command line",
    "cli": "prints, and measures how long things take",
    "testing": "waits for runs in other threads",
    "runtime/host_clock.py": "the one reading of the host's clock",
    "data/synthetic.py": "makes sample files from a seed; a run reads them like any others",
}
"""Parts and modules that can reach no recorded number; all others are the engine."""


def is_outside(source: Source) -> bool:
    return source.module in OUTSIDE or (source.module.split("/")[0] in OUTSIDE and "/" in source.module)


@cache
def verdicts() -> list[tuple[Source, list[Fault], list[int]]]:
    """The engine's modules with their breaches and their idle reasons."""
    index = Index.of(source.tree for source in sources())
    engine = [source for source in sources() if not is_outside(source)]
    return [(source, *judged(source.tree, source.text, index)) for source in engine]


def test_the_engine_uses_nothing_that_differs_between_runs_or_machines() -> None:
    found = [f"{source.place}:{fault.line}: {fault.text}" for source, left, _ in verdicts() for fault in left]
    assert not found, listed(found)


def test_no_reason_is_given_for_what_is_no_breach() -> None:
    found = [f"{source.place}:{line}: excuses nothing" for source, _, idle in verdicts() for line in idle]
    assert not found, listed(found)


def test_what_is_outside_of_the_rules_is_there() -> None:
    """So that a part which gets another name is not let through by the old one."""
    modules = [source.module for source in sources()]
    assert all(any(module == name or module.startswith(f"{name}/") for module in modules) for name in OUTSIDE)
    assert len(verdicts()) > 100
