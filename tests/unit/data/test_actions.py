"""Corporate actions in the order in which they take effect, and those of a run."""

from collections import Counter

import numpy as np
import pytest

from tidegate.core.errors import DataError
from tidegate.core.universe import Universe
from tidegate.data.actions import Action, Actions, settle_actions
from tidegate.data.defects import Defects
from tidegate.data.panel import ArraySource

UNIVERSE = Universe(("A", "B"))


def settled(*rows: Action) -> Actions:
    return settle_actions(rows, UNIVERSE, "here", lambda row: f"row {row}", Counter(), Defects())


def test_of_the_halts_before_a_run_those_that_still_hold_are_kept() -> None:
    actions = settled(
        Action("A", 1, "halt"), Action("A", 2, "resume"), Action("A", 3, "halt"), Action("B", 1, "halt"),
        Action("B", 2, "resume"), Action("B", 3, "split", 2.0), Action("B", 10, "split", 2.0),
        Action("B", 20, "split", 2.0), Action("B", 21, "split", 2.0),
    )  # fmt: skip
    counts: Counter[str] = Counter()
    kept = actions.within(10, 20, counts)
    assert kept.ex_ns.tolist() == [3, 10, 20]
    assert counts == {"actions.before_start": 5, "actions.after_end": 1}


def test_a_barrier_gets_a_message_of_its_own_actions() -> None:
    actions = settled(Action("B", 5, "split", 2.0), Action("A", 5, "dividend", 0.5, pay_ns=7), Action("A", 6, "halt"))
    message = actions.message(0, 2, 3, 8)
    assert (message.seq, message.ts_ns) == (3, 8)
    assert message.kind.tolist() == [0, 1]
    assert message.asset.tolist() == [0, 1]
    assert message.pay_ns.tolist() == [7, -(2**63)]
    assert message.value.tolist() == [0.5, 2.0]
    assert np.isnan(message.price).all()
    assert not message.ints.flags.writeable


def test_arrays_may_come_with_actions_and_their_digest_knows() -> None:
    bars = np.full((2, 5, 1), 10.0)
    plain, split = (ArraySource(["A"], [1, 2], bars, actions=rows) for rows in ((), (Action("A", 2, "split", 2.0),)))
    assert plain.open().actions is None
    actions = split.open().actions
    assert actions is not None
    assert actions.ex_ns.tolist() == [2]
    assert plain.fingerprints() != split.fingerprints()


def test_actions_of_arrays_are_looked_at_too() -> None:
    with pytest.raises(DataError, match=r"actions \(rows\): 1 rows whose value .* A 1970-01-01 split in row 0"):
        ArraySource(["A"], [0, 1], np.full((2, 5, 1), 10.0), actions=[Action("A", 0, "split", -1.0)])
