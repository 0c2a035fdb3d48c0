"""Each of the twelve scenarios is of what it says it is, and has one digest, recorded or not and in any order.

`test_surroundings` runs them in other processes, `test_pythons` in other Pythons, `test_schedules` in many orders.
"""

from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

import numpy as np
import pytest
from tests.property.company import Scout
from tests.property.from_tables import write_tables
from tests.property.scenarios import SCENARIOS
from tests.property.surroundings import Digest, Heard, outcome, recorded

from tidegate import Actor, Session
from tidegate.core.enums import ActionKind, FillPoint, OrderKind, PostingKind, Reason
from tidegate.core.errors import ActorFailed
from tidegate.journal import Journal

SHUFFLES = 2
WORDS: dict[str, type[IntEnum]] = {"kind": PostingKind, "reason": Reason, "point": FillPoint, "type": OrderKind}
"""Of columns that hold numbers; those of actions have their own."""
HAPPENS: dict[str, str] = {
    # at least this is in its tables
    "from files":          "stop_loss trailing_stop bracket_stop one_cancels_other time_in_force finer close",
    "at the same close":   "target cash_shortage max_weight max_gross below_threshold",
    "conditional orders":  "limit stop stop_limit trailing_stop trailing_stop_limit one_cancels_other replaced guard",
    "by event":            "bracket_stop bracket_profit dips time_in_force parent_ended",
    "exit rules":          "stop_loss take_profit trailing_stop Weary",
    "margin":              "margin_call recall borrow financing interest margin_shortage borrow_unavailable",
    "futures":             "variation commission bracket_stop",
    "currencies":          "conversion no_price target",
    "corporate actions":   "split dividend payment halt resume merger_stock merger_cash delisting cash_shortage",
    "liquidity":           "volume_limit minimum_size held_back",
    "finer bars, failing": "trailing_stop bracket_stop finer target",
    "company, stopped":    "clerk second_clerk bracket_stop target",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables")
    write_tables(path)
    return path


def ended(session: Session) -> str:
    """How a session ends."""
    try:
        return session.run().status
    except ActorFailed:
        return "failed"


def words(session: Session) -> Iterator[str]:
    """What happened in a session that has run, as its tables tell it."""
    for table, columns in session.tape.tables()[0].items():
        if np.greater(columns.get("finer_ts_ns", ()), 0).any():
            yield "finer"
        for column in columns.keys() & {"tag", "kind", "reason", "point", "type", "source"}:
            kinds = ActionKind if table == "actions" else WORDS.get(column)
            for value in np.unique(np.asarray(columns[column])).tolist():
                word = value if kinds is None or isinstance(value, str) else kinds(value).name.lower()
                yield word.replace(" ", "_")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_what_it_is_called(name: str, folder: Path) -> None:
    session = SCENARIOS[name](folder)
    assert ended(session) == {"finer bars, failing": "failed", "company, stopped": "interrupted"}.get(name, "completed")
    missing = set(HAPPENS[name].split()) - set(words(session))
    assert not missing, f"{sorted(missing)} of {sorted(set(words(session)))}"
    assert session.tape.committed >= 19
    assert len(session.tape.tables()[0]["fills"]["barrier"]) > 30


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_the_same_recorded_or_not_and_in_any_order(name: str, folder: Path, tmp_path: Path) -> None:
    first = recorded(name, folder)
    assert outcome(SCENARIOS[name](folder)).run == first.run
    path = tmp_path / "run.tgj"
    assert outcome(SCENARIOS[name](folder, journal=path)).run == first.run
    with Journal.open(path) as journal:
        assert journal.digest() == first.journal
    assert {recorded(name, folder, shuffle_seed=seed) for seed in range(SHUFFLES)} == {first}


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_others_say_the_same_without_a_recorder(name: str, folder: Path) -> None:
    """Where an actor that does nothing stands in the recorder's place there are no results: what is left is talk.

    The recorder itself speaks where somebody wants to hear of commits, which is so in one scenario.
    """
    heard = []
    for there in (True, False):
        session, log = SCENARIOS[name](folder), Heard()
        session.attach(log)
        if not there:
            session.swap("recorder", Actor("recorder"))
        outcome(session)
        heard.append(log)
    with_it, without = heard
    assert len(without.messages) > 200
    assert with_it.of_others("recorder") == without.messages
    assert (with_it.messages != without.messages) == (name == "company, stopped")


def test_what_differs_has_another_digest(folder: Path) -> None:
    """Digests that told nothing would be equal, too."""
    found = {name: recorded(name, folder) for name in SCENARIOS}
    assert len({one.run for one in found.values()}) == len({one.journal for one in found.values()}) == 12
    session, plan = SCENARIOS["margin"](folder), Digest()
    session.attach(plan)
    session.add(Scout("scout"))
    assert outcome(session).run == found["margin"].run
    assert plan.recording.writer.digest != found["margin"].journal
