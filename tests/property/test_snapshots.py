"""From a snapshot after any barrier each scenario goes on as it went, message by message.

Some strategies, rules and actors of the scenarios tell what they keep, and some are told again what they were sent.
"""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.property.from_tables import write_tables
from tests.property.scenarios import SCENARIOS

from tidegate import Session
from tidegate.actors.broker import Broker
from tidegate.actors.risk import RiskManager
from tidegate.actors.strategy import StrategyActor
from tidegate.core.errors import ActorFailed
from tidegate.journal import Journal
from tidegate.journal.middle import snapshot_barriers
from tidegate.journaling import JournalPlan
from tidegate.messages.state import Stateful
from tidegate.replay.branching import ComparesBranch
from tidegate.replay.comparing import Ended
from tidegate.replay.leading import Leads
from tidegate.replay.plans import Compares
from tidegate.runtime.actor import Actor

BARRIER = 13
"""After which the snapshot is looked at in the usual run; a soak looks at all."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where scenarios have their files."""
    path = tmp_path_factory.mktemp("scenarios")
    write_tables(path)
    return path


def run(session: Session) -> None:
    """To its end, whatever that is."""
    with suppress(ActorFailed, Ended):  # some scenarios fail, and what has been compared ends
        session.run()


def recorded(name: str, folder: Path, path: Path) -> list[int]:
    """Records a scenario with a snapshot after each barrier; returns these."""
    session = SCENARIOS[name](folder)
    session.attach(JournalPlan(path, "batch", "reference", snapshots=1))
    run(session)
    with Journal.open(path) as journal:
        return [barrier for _, barrier in snapshot_barriers(journal)]


def assert_goes_on(name: str, folder: Path, path: Path, barrier: int) -> None:
    """From the snapshot after a barrier, the rest is the same."""
    with ExitStack() as files:
        session = SCENARIOS[name](folder)
        plan = Compares(path, session, barrier + 1, files)
        session.attach(plan)
        run(session)
        assert plan.middle is not None
        assert plan.middle.snapshot.barrier == barrier
        assert plan.difference is None, f"from {barrier}: {plan.difference}"
        assert plan.log is not None
        assert plan.log.ended_as_recorded


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_goes_on_from_a_snapshot(name: str, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.tgj"
    taken = recorded(name, folder, path)
    assert len(taken) >= 19
    assert_goes_on(name, folder, path, BARRIER)


@pytest.mark.soak
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_goes_on_from_every_snapshot(name: str, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.tgj"
    for barrier in recorded(name, folder, path):
        assert_goes_on(name, folder, path, barrier)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_goes_on_from_where_it_was_run_to(name: str, folder: Path, tmp_path: Path) -> None:
    """As other parts do; here they are the same."""
    path = tmp_path / "run.tgj"
    recorded(name, folder, path)
    with ExitStack() as files:
        before, after = SCENARIOS[name](folder), SCENARIOS[name](folder)
        leads = Leads(path, before, -1, files, last=BARRIER)
        before.attach(leads)
        run(before)
        assert leads.difference is None
        assert leads.reached is not None
        plan = ComparesBranch(path, after, BARRIER + 1, files, reached=leads.reached)
        after.attach(plan)
        run(after)
        assert plan.difference is None
        assert plan.log is not None
        assert plan.log.ended_as_recorded


def parts(value: Any, seen: dict[int, object]) -> Iterator[Stateful]:
    """Everything that tells a state, reached from an actor by its attributes."""
    if id(value) in seen or not type(value).__module__.startswith("tidegate."):
        return
    seen[id(value)] = value
    if isinstance(value, Stateful):
        yield value
    for name in attributes(value):
        inner = getattr(value, name)
        for one in inner if isinstance(inner, tuple) else (inner,):
            yield from parts(one, seen)


def attributes(value: object) -> set[str]:
    """Names of an object's own attributes."""
    slots = {name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())}
    return set(getattr(value, "__dict__", ())) | {name for name in slots if hasattr(value, name)}


KNOWN: dict[type[Actor], set[str]] = {
    Broker: {
        "_at_same_close", "_make", "_guarded", "_execution", "_batch", "_deciding", "_extended", "_charges_anew",
        "_measuring",
    },
    RiskManager: {"_rules", "_make", "_made", "_anew", "_takes"},
    StrategyActor: {"strategy", "_make", "_made", "_by_event", "_wants_fills", "_anew"},
}  # fmt: skip
"""What the actors themselves have: their states name what of it lives on."""


def test_every_attribute_is_kept_or_said_not_to_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gives a class another attribute must say in its table, or its actor's state, whether it is kept."""
    found: dict[type, set[str]] = {}
    for name, make in SCENARIOS.items():
        session, actors = make(folder), list[Actor]()
        monkeypatch.setattr(Broker, "stopped", keeping(Broker, actors))
        monkeypatch.setattr(RiskManager, "stopped", keeping(RiskManager, actors))
        monkeypatch.setattr(StrategyActor, "stopped", keeping(StrategyActor, actors))
        run(session)
        assert len(actors) >= 3, name
        for actor in actors:
            own = attributes(actor) - {"name", "send", "_spawner"}
            assert own == KNOWN[type(actor)], type(actor).__name__
            for part in parts(actor, {}):
                found.setdefault(type(part), set()).update(attributes(part) ^ set(type(part).KEEPS))
    lately = {"rows", "_read", "done"}  # made with the first bar
    wrong = {kind.__name__: names - lately for kind, names in found.items() if names - lately}
    assert wrong == {}
    assert len(found) >= 20


def keeping(kind: type[Actor], actors: list[Actor]) -> Any:
    """What `stopped` is to be, so that the actors of a run are seen at its end."""

    async def stopped(self: Actor) -> None:
        actors.append(self)

    return stopped
