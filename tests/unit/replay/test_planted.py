"""Whatever is not the same twice is found by replay: at the message that it changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.recorded import Busy, market, record
from tests.unit.replay.planted import APART, AT, HERE, Chatter, Dawdler, Planted, Whim, added

from tidegate.core.enums import Phase
from tidegate.diffing import Difference
from tidegate.replay import Given, replay

ROOT = Path(__file__).resolve().parents[3]


def place(found: Difference | None) -> tuple[int, Phase | None, str, str, str]:
    assert found is not None, "the replay found nothing"
    return found.barrier, found.phase, found.sender, found.type, found.field


@pytest.mark.parametrize("what", HERE)
def test_what_differs_between_two_runs_is_found_where_it_comes_in(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_FOLDER", str(tmp_path))
    monkeypatch.setenv("PLANTED_COUNT", "0")
    record(tmp_path / "run.tgj", strategy=Planted(what))
    found = replay(tmp_path / "run.tgj", given=Given(strategy=Planted(what), source=market()))
    assert place(found) == (AT, Phase.DECIDE, "planted", "SubmitOrders", "quantity"), found


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Journals that another process recorded, with another hash seed."""
    folder = tmp_path_factory.mktemp("elsewhere")
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    code = "import sys; from tests.unit.replay.planted import record_apart; record_apart(sys.argv[1])"
    command = [sys.executable, "-c", code, str(folder)]
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path})
    return folder


@pytest.mark.parametrize("what", APART)
def test_what_differs_between_two_processes_is_found_where_it_comes_in(what: str, elsewhere: Path) -> None:
    found = replay(elsewhere / f"{what}.tgj", given=Given(strategy=Planted(what), source=market()))
    assert place(found) == (AT, Phase.DECIDE, "planted", "SubmitOrders", "quantity"), found


def test_a_rule_is_found_by_what_the_risk_manager_says(tmp_path: Path) -> None:
    record(tmp_path / "run.tgj", risk=[Whim()])
    found = replay(tmp_path / "run.tgj", given=Given(strategy=Busy(), source=market(), risk=[Whim()]))
    assert place(found) == (AT, Phase.GUARD, "risk", "TradingHalted", "text"), found


@pytest.mark.parametrize("actor", [Chatter, Dawdler])
def test_an_actor_of_the_users_is_found_by_name(actor: type[Chatter | Dawdler], tmp_path: Path) -> None:
    given = added(tmp_path / "run.tgj", actor)
    found = replay(tmp_path / "run.tgj", given=given)
    assert place(found) == (AT, Phase.DECIDE, actor.__name__.lower(), "LogWritten", "text"), found
