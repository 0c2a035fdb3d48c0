"""The engine equals a naive broker in all that a broker does: in every message, number, posting and row of the account.

The usual run and one pass of the soak take at least 50,000 steps together: orders, changes, cancellations, corporate
actions, and times at which bars come.
"""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from tests.conftest import soaking
from tests.oracle.whole.markets import Barrier, World, courses, worlds
from tests.property.pair import run

from tidegate.kernels.kernel import INTERPRETED, Kernels

LEAST_STEPS, LEAST_SOAKED = 24_000, 30_000
STEPS: list[int] = []
"""Of each course so far."""


@pytest.fixture(scope="module")
def enough_steps(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails where a search that found nothing was shorter than it says."""
    STEPS.clear()
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed == failed:
        least = LEAST_SOAKED if soaking(request.config) else LEAST_STEPS
        assert sum(STEPS) >= least, f"{sum(STEPS)} steps, and not {least}: ask for more examples"


@pytest.mark.untraced
@pytest.mark.usefixtures("enough_steps")
@given(world=worlds, course=courses)
@settings(max_examples=1000 if settings().max_examples == 50 else 9 * settings().max_examples)
def test_the_engine_equals_a_broker_that_does_one_thing_at_a_time(world: World, course: list[Barrier]) -> None:
    # The soak has compiled kernels at hand.
    soaked = settings().max_examples > 1000
    STEPS.append(run(world, course, Kernels(compiled=True) if soaked else INTERPRETED))
