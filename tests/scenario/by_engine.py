"""A case run by the engine."""

from tests.oracle.engine import config_of
from tests.oracle.halting import HaltFrom
from tests.scenario.tape import Case

from tidegate import Session
from tidegate.testing.market import tape
from tidegate.testing.outcomes import Outcome, outcome_of
from tidegate.testing.script import Script


def run_case(case: Case) -> Outcome:
    """What the engine makes of a case."""
    settings = case.chosen
    config = config_of(settings) | {"run": {"kernels": "interpreted"}}
    risk = [] if settings.halt_from is None else [HaltFrom(settings.halt_from)]
    source = tape(case.bars).source()
    return outcome_of(Session(Script(case.asks), source=source, config=config, risk=risk, progress=False).run())
