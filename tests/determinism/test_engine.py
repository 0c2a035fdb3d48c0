"""The engine holds to what makes runs repeatable, or says on the line why it does not have to."""

from functools import cache

from tests.determinism.gate import Fault, judged
from tests.determinism.kinds import Index
from tests.tree import Source, listed, sources

ENGINE = (
    "core", "messages", "kernels", "runtime", "config", "data", "strategy", "risk", "actors", "journal", "results",
    "session.py", "assembly.py", "ending.py", "cost_models.py",
)  # fmt: skip
"""Whatever can reach a recorded number. The command line and the test kit may look at the clock."""
OUTSIDE = {
    "runtime/host_clock.py": "the one reading of the host's clock",
    "data/synthetic.py": "makes sample files from a seed; a run reads them like any others",
}


@cache
def verdicts() -> list[tuple[Source, list[Fault], list[int]]]:
    """The engine's modules with their breaches and their idle reasons."""
    index = Index.of(source.tree for source in sources())
    engine = [source for source in sources() if source.within(*ENGINE) and source.module not in OUTSIDE]
    return [(source, *judged(source.tree, source.text, index)) for source in engine]


def test_the_engine_uses_nothing_that_differs_between_runs_or_machines() -> None:
    found = [f"{source.place}:{fault.line}: {fault.text}" for source, left, _ in verdicts() for fault in left]
    assert not found, listed(found)


def test_no_reason_is_given_for_what_is_no_breach() -> None:
    found = [f"{source.place}:{line}: excuses nothing" for source, _, idle in verdicts() for line in idle]
    assert not found, listed(found)


def test_every_part_of_the_engine_is_there() -> None:
    """A part that was renamed would be outside of the rules without a word."""
    modules = {source.module for source in sources()}
    assert modules >= OUTSIDE.keys()
    assert {module.split("/")[0] for module in modules} >= set(ENGINE)
