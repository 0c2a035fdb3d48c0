"""A halt ends with the rule that wanted it, where rules are others from a barrier on."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.recorded import DAYS, market
from tests.unit.replay import turned
from tests.unit.replay.test_branching import HERE, again, branch, made

from tidegate.core.enums import Phase
from tidegate.journal import Journal
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import Fills, OrdersDenied
from tidegate.messages.risk import TradingHalted
from tidegate.replay import Again, Given, run_again

FIRST, NEVER = 12, 99


def fuse(at: int, name: str = "fuse") -> dict[str, Any]:
    """A rule as it is configured."""
    return {"custom": {"use": f"{HERE}:Fuse", "params": {"at": at, "name": name}}}


STOP = {"stop_loss": {"pct": 0.5}}
LIFTED = "the rule that halted trading (fuse: blown) is gone: entries pass again"
STAYS = "the rule that halted trading (fuse: blown) is gone: it stays halted (b: blown)"
HALTS = [
    # recorded rules                       from the barrier on             halted      said there
    ((fuse(5),),                           (),                             (5, FIRST), [LIFTED]),
    ((fuse(5),),                           (STOP,),                        (5, FIRST), [LIFTED]),
    ((fuse(5), STOP),                      (fuse(NEVER), STOP),            (5, FIRST), [LIFTED]),
    ((fuse(5),),                           (fuse(20),),                    None,       [LIFTED]),
    ((fuse(5),),                           (fuse(5), STOP),                (5, DAYS),  []),
    ((fuse(NEVER, "b"), fuse(5)),          (fuse(5),),                     (5, DAYS),  []),
    ((fuse(NEVER, "b"), fuse(5)),          (fuse(NEVER, "b"),),            (5, FIRST), [LIFTED]),
    ((fuse(6, "b"), fuse(5)),              (STOP, fuse(6, "b")),           (5, DAYS),  [STAYS]),
    ((fuse(6, "b"), fuse(5), fuse(7)),     (fuse(7), fuse(6, "b")),        (5, DAYS),  [STAYS]),
    ((fuse(6, "b"), fuse(5)),              (STOP,),                        (5, FIRST), [LIFTED]),
    ((fuse(NEVER), STOP),                  (STOP,),                        (0, 0),     []),
]  # fmt: skip


@pytest.mark.parametrize(("recorded", "now", "halted", "said"), HALTS)
def test_a_halt_goes_with_its_rule(
    tmp_path: Path,
    recorded: tuple[Any, ...],
    now: tuple[Any, ...],
    halted: tuple[int, int] | None,
    said: list[str],
) -> None:
    """Orders of a barrier at which nothing halts trading are filled at the next; what is said once more is the same."""
    path = made(tmp_path / "a.tgj", turned.Adding(), config={"risk": {"rules": list(recorded)}})
    target = branch(path, tmp_path / "b.tgj", FIRST, again({"risk.rules": json.dumps(now)}, turned.Adding()))
    with Journal.open(target) as journal:
        frames = list(journal.frames())
    filled = [frame.message.seq for frame in frames if isinstance(frame.message, Fills)]
    between = range(*halted) if halted is not None else (*range(5, FIRST), *range(20, DAYS))
    assert filled == [asked + 1 for asked in range(DAYS - 1) if asked not in between]
    remarks = [frame for frame in frames if isinstance(frame.message, LogWritten)]
    assert [(one.barrier, one.phase, one.message.text) for one in remarks if isinstance(one.message, LogWritten)] == [
        (FIRST, Phase.ADVANCE, text) for text in said
    ]
    if STAYS in said:
        texts = {text for one in frames if isinstance(one.message, OrdersDenied) for text in one.message.texts}
        assert texts == {"fuse: blown", "b: blown"}
    again_halted = [one.barrier for one in frames if isinstance(one.message, TradingHalted)]
    assert again_halted == ([] if halted == (0, 0) else [5] if halted is not None else [5, 20])
    same = run_again(target, Again(Given(strategy=turned.Adding(), source=market())))
    assert (same.difference, same.restored) == (None, FIRST - 1)
