"""What comes of the scenarios here: `python -m tests.property.surroundings LOOP FOLDER` prints it as JSON.

The folder has the tables of `from_tables`. Beside the outcomes stand the Python and the package that they are of.
"""

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import anyio
from tests.property.scenarios import SCENARIOS

import tidegate
from tidegate import Session
from tidegate.core.errors import ActorFailed
from tidegate.journal import JournalWriter
from tidegate.journal.recording import Recording
from tidegate.journaling import PreparedRun, feeds_of, make_header
from tidegate.messages.codec import encode
from tidegate.runtime.log import NEVER, Told


class Outcome(NamedTuple):
    """What came of a run.

    Attributes:
        run: the digest of its result; of one that failed, which has none, the error.
        journal: the digest of its journal, where it has one.
        fills: how many there were.
    """

    run: str
    journal: str
    fills: int


class Nowhere:
    """Storage for a journal of which the digest alone is wanted."""

    def write(self, data: memoryview) -> int:
        return len(data)

    def sync(self) -> None: ...

    def close(self) -> None: ...


class Digest:
    """Has a session record into nothing.

    Attributes:
        recording: of the run, once it has begun.
    """

    recording: Recording

    def begin(self, run: PreparedRun) -> Recording:
        header = make_header(run, "batch", "reference")
        self.recording = Recording(JournalWriter(Nowhere(), header, feeds=feeds_of(run)))
        return self.recording


class Heard:
    """Has a session tell all its messages, with who sent them, to this list.

    Attributes:
        actors: names by number.
        messages: of all senders in order of delivery: a phase that was opened, the end of a barrier, or a sender's
            number and its message.
    """

    complete, waits, states_at, restoring = True, False, NEVER, None

    def __init__(self) -> None:
        self.actors: tuple[str, ...] = ()
        self.messages: list[Any] = []

    def begin(self, run: PreparedRun) -> "Heard":
        self.actors = tuple(actor.name for actor in run.actors)
        return self

    def take(self, told: Sequence[Told]) -> None:
        self.messages += [one if isinstance(one, int) else (one[0], encode(one[3])) for one in told]

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """Nothing: none are wanted."""

    def close(self, status: str, reason: str = "") -> None:
        self.messages.append((status, reason))

    def of_others(self, name: str) -> list[Any]:
        """All but the messages of one actor."""
        number = self.actors.index(name)
        return [one for one in self.messages if isinstance(one, int) or one[0] != number]


def outcome(session: Session, loop: str = "asyncio") -> Outcome:
    """Runs a session on asyncio's loop or on uvloop's; a strategy may fail."""
    try:
        result = anyio.run(session.arun, backend_options={"use_uvloop": loop == "uvloop"})
    except ActorFailed as error:
        if not isinstance(error.cause, ValueError):
            raise
        return Outcome(str(error), "", 0)
    journal = "" if result.journal is None else str(result.journal["digest"])
    return Outcome(result.digest, journal, len(result.record.tables["fills"]["barrier"]))


def recorded(name: str, folder: Path, loop: str = "asyncio", **given: Any) -> Outcome:
    """Of a scenario whose journal is kept nowhere; `given` goes to the session."""
    session, plan = SCENARIOS[name](folder, **given), Digest()
    session.attach(plan)
    return outcome(session, loop)._replace(journal=plan.recording.writer.digest)


if __name__ == "__main__":
    found = {name: recorded(name, Path(sys.argv[2]), sys.argv[1])[:2] for name in SCENARIOS}
    print(json.dumps([platform.python_version(), tidegate.__file__, found]))
