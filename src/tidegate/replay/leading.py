"""The recorded run up to a barrier from which other parts are to go on: run, compared, and asked where it stands."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tidegate.actors.risk import RiskManager
from tidegate.actors.strategy import StrategyActor
from tidegate.assembly import Parts
from tidegate.core.errors import UserError
from tidegate.diffing import Difference
from tidegate.journal.middle import find_middle
from tidegate.journal.reader import Journal
from tidegate.journaling import PreparedRun, RunLog
from tidegate.messages.state import encode_state
from tidegate.replay.again import Again, Given, from_journal, make_session
from tidegate.replay.comparing import Comparing, Ended
from tidegate.replay.plans import CheckedPlan, Compares, run_compared
from tidegate.runtime.log import NEVER, Told

WHOLE = "replay from the first barrier (without --from or `first`)"
"""What can always be done."""


@dataclass(frozen=True, slots=True)
class RiskState:
    """What a risk manager knows, and what each of the user's rules keeps.

    Attributes:
        book: what it knows.
        rules: what they keep, None of one that does not say.
        halts: why trading is halted, by the numbers of the rules that want it so.
    """

    book: bytes
    rules: tuple[bytes | None, ...]
    halts: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Reached:
    """Where the recorded run stood between two barriers.

    Attributes:
        barrier: the last that was over.
        number: of the next record.
        states: of the actors that told one, by name.
        strategies: what other strategies in the places of these would know, by name.
        risk: what another risk manager would know; None where the standard one was not there.
        parts: of the recorded run.
    """

    barrier: int
    number: int
    states: Mapping[str, bytes]
    strategies: Mapping[str, bytes]
    risk: RiskState | None
    parts: Parts


def lead_up(path: Path, journal: Journal, again: Again, first: int) -> tuple[Reached | None, Difference | None]:
    """Runs the recorded parts up to a barrier, from the last snapshot that leaves one to run.

    Args:
        path: of the journal.
        journal: itself.
        again: how the run goes on from there; of its parts those stay that merely say where the data is.
        first: the barrier, above 0.

    Returns:
        where the run stood, or the first message that is not as it was recorded.

    Raises:
        UserError: something that was given in Python is absent or cannot be copied, or nobody can say where it stood.
    """
    parts = {key: value for key, value in again.swaps.items() if key not in again.other_parts}
    before = Again(_copied(again.given, first), parts)
    middle = find_middle(journal, first - 2)
    begin = -1 if middle is None else middle.snapshot.barrier + 1
    with ExitStack() as files:
        feeding = files.enter_context(Journal.open(path)) if from_journal(journal.header, before) else journal
        try:
            session = make_session(feeding, path, before)
        except UserError as error:
            said = f"before barrier {first:,} the run is that of the recorded parts, which cannot be made"
            raise UserError(said, *error.problems, f"otherwise {WHOLE}") from error
        leads = Leads(path, session, begin, files, last=first - 1)
        session.attach(CheckedPlan(journal.header, before, leads))
        difference = run_compared(session, leads)
        if difference is None and leads.reached is None:
            raise UserError(
                f"barrier {first:,} to go on from: a task runs beside the actors there, so nobody can say what they"
                f" are; take another barrier, or {WHOLE}"
            )
        return leads.reached, difference


@dataclass(slots=True)
class Leads(Compares):
    """Plans to compare a run with a journal as far as a barrier.

    Attributes:
        last: that barrier.
        reached: where the run stood behind it; None until then, or where nobody could say.
    """

    last: int = -1
    reached: Reached | None = None

    def begin(self, run: PreparedRun) -> RunLog:
        """The log; see `LogPlan`."""
        Compares.begin(self, run)
        assert self.log is not None
        return Leading(self, self.log, run)


class Leading:
    """Compares until the states of the actors are told, and ends the run there.

    Args:
        leads: gets them.
        comparing: holds all before against the journal.
        run: that is compared.
    """

    def __init__(self, leads: Leads, comparing: Comparing, run: PreparedRun) -> None:
        self.waits, self.states_at, self.complete = False, leads.last, False
        self.restoring = comparing.restoring
        self._leads, self._comparing, self._run = leads, comparing, run

    def take(self, told: Sequence[Told]) -> None:
        """As of `Comparing`."""
        self._comparing.take(told)

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """Notes where the run stands; states that come later than they should are of no use.

        Raises:
            Ended: always.
        """
        self.states_at = NEVER
        self._comparing.settle()
        if barrier == self._leads.last:
            self._leads.reached = self._reached(barrier, states)
        raise Ended

    def close(self, status: str, reason: str = "") -> dict[str, Any] | None:
        """Compares the end, where that came first."""
        return None if self.states_at == NEVER else self._comparing.close(status, reason)

    def _reached(self, barrier: int, states: Mapping[str, bytes]) -> Reached:
        strategies, risk = dict[str, bytes](), None
        for actor in self._run.actors:
            if isinstance(actor, StrategyActor) and (known := actor.state_for_another()) is not None:
                strategies[actor.name] = encode_state(known)
            elif isinstance(actor, RiskManager) and (kept := actor.state_for_others()) is not None:
                book, rules, halts = kept
                told = tuple(None if one is None else encode_state(one) for one in rules)
                risk = RiskState(encode_state(book), told, dict(halts))
        return Reached(barrier, self._comparing.number, dict(states), strategies, risk, self._run.parts)


def _copied(given: Given, first: int) -> Given:
    """What was given, once more: strategies and rules are of no use after one run."""
    try:
        return replace(given, strategy=deepcopy(given.strategy), risk=deepcopy(given.risk))
    except Exception as error:  # whatever a class of the user's raises
        raise UserError(
            f"barrier {first:,} to go on from: a strategy or rule that was given in Python cannot be copied, and both"
            f" runs, before and from there, need their own ({type(error).__name__}: {error}); {WHOLE}"
        ) from error
