"""The clock of a run that is repeated: it waits for real time, and has the run stopped where it was stopped before."""

import anyio
import pytest
from tests.unit.recorded import DAY_NS, DAYS, Ear, market

from tidegate.actors.feed import DataFeed
from tidegate.core.enums import Phase
from tidegate.messages.clock import PhaseOpened, RunFinished, StopRequested
from tidegate.runtime import steered
from tidegate.runtime.clock import Clock
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.steered import SteeredClock, StopAt


def heard(clock: Clock) -> list[tuple[str, int | None, Phase | None]]:
    """What everybody hears, in order."""
    source = market(chunk_rows=7)
    ear = Ear()
    scheduler = Scheduler([clock, DataFeed(source.open(), source.chunks()), ear])
    if isinstance(clock, SteeredClock):
        clock.stop_with(scheduler.stop)
    anyio.run(scheduler.run)
    return [(type(one).__name__, getattr(one, "seq", None), getattr(one, "phase", None)) for one in ear.heard]


def test_a_paced_run_says_what_any_run_says_and_waits_for_the_time_of_each_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    waits: list[float] = []

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)
        now[0] += wait_s

    monkeypatch.setattr(steered, "now_s", lambda: now[0])
    monkeypatch.setattr(anyio, "sleep", sleep)
    assert heard(SteeredClock(pace=60.0)) == heard(Clock())
    assert len(waits) == DAYS
    assert waits[0] == 0.0
    assert waits[1:] == pytest.approx([DAY_NS / 1e9 / 60.0] * (DAYS - 1))


@pytest.mark.parametrize("opened", [None, PhaseOpened(Phase.ADVANCE, 4, 0), PhaseOpened(Phase.RECORD, 4, 0)])
def test_it_has_the_run_stopped_in_the_phase_in_which_it_was(opened: PhaseOpened | None) -> None:
    said = heard(SteeredClock(stop=StopAt(opened, "enough")))
    place = next(at for at, one in enumerate(said) if one[0] == StopRequested.__name__)
    before = [one for one in said[:place] if one[0] == PhaseOpened.__name__]
    assert before[-1:] == ([] if opened is None else [(PhaseOpened.__name__, opened.seq, opened.phase)])
    assert said[-1] == (RunFinished.__name__, -1 if opened is None else 4, None)
