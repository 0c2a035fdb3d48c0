"""A session that is over is let go of, whatever it was held against: what decodes journals keeps nobody."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest
from tests.unit.recorded import Busy, market, session
from tests.unit.replay.test_resuming import cut_off

from tidegate.replay import Again, Given, record_from, replay, resume, run_again
from tidegate.results.folder import JOURNAL
from tidegate.session import Session
from tidegate.verify import verify


def given(strategy: Any = None) -> Given:
    return Given(strategy=strategy or Busy(), source=market())


def resumed(whole: Path, folder: Path) -> None:
    resume(cut_off(whole, folder / "cut", (whole / JOURNAL).stat().st_size // 2), given(), progress=False)


def replayed(whole: Path, _: Path) -> None:
    assert replay(whole, given=given()) is None


def differing(whole: Path, _: Path) -> None:
    idle = Busy()
    vars(idle)["on_batch"] = lambda ctx: None
    assert replay(whole, given=given(idle)) is not None


def from_a_snapshot(whole: Path, _: Path) -> None:
    assert run_again(whole, Again(given()), first=20).difference is None


def with_other_parts(whole: Path, folder: Path) -> None:
    again = Again(given(), swaps={"execution.commission.bps": "7"})
    assert record_from(whole, folder / "other.tgj", again, first=12).difference is None


def verified(whole: Path, _: Path) -> None:
    assert verify(whole / JOURNAL, market()).clean


@pytest.mark.parametrize("way", [resumed, replayed, differing, from_a_snapshot, with_other_parts, verified])
def test_no_session_is_kept(way: Callable[[Path, Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: WeakSet[Session] = WeakSet()
    original = Session.__init__

    def noted(self: Session, *given: Any, **named: Any) -> None:
        original(self, *given, **named)
        alive.add(self)

    session(None, out=tmp_path / "whole", section={"mode": "batch", "snapshots": 4}).run()
    monkeypatch.setattr(Session, "__init__", noted)
    way(tmp_path / "whole", tmp_path)
    for _ in range(3):  # what is let go of when a generator is closed goes the next time
        gc.collect()
    assert not list(alive), [gc.get_referrers(one) for one in alive]
