import json
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.unit.cli_bench.markets import walk
from tests.unit.cli_bench.peers import executable, stand_in

from tidegate.cli.bench import peer as peer_module
from tidegate.cli.bench import vectorbt_script
from tidegate.cli.bench.agreement import compare_equity
from tidegate.cli.bench.bare import rotate
from tidegate.cli.bench.panels import Panel
from tidegate.cli.bench.peer import Peer
from tidegate.cli.bench.vectorbt_script import target_weights
from tidegate.cli.bench.workloads import Rotation
from tidegate.core.errors import UserError

ROTATION = Rotation(n=4, every=3, fee_bps=5.0)


def panel() -> Panel:
    bars, scores = walk(11, 40, 12, 0.01)
    return Panel(tuple("abcdefghijkl"), np.arange(40), bars, scores)


def data_folder(folder: Path) -> Path:
    (folder / "data").mkdir()
    return folder / "data"


def test_the_script_states_the_same_problem(tmp_path: Path) -> None:
    peer, market = Peer(stand_in(tmp_path)), panel()
    peer.prepare(data_folder(tmp_path), market, ROTATION)
    answer = peer.ask(tmp_path / "data")
    agreement = compare_equity(rotate(market.bars, market.scores, ROTATION).equity_micros, answer.equity)
    assert agreement.agrees
    assert agreement.difference < 1e-9
    assert answer.version == peer.version == "0.0.1"
    assert answer.call("first") == answer.seconds["first_simulate"] + answer.seconds["first_value"] > 0
    assert set(answer.seconds) >= {"import", "weights", "second_simulate", "second_value"}


def test_the_script_tells_its_seconds_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    peer, folder = Peer(stand_in(tmp_path)), data_folder(tmp_path)
    peer.prepare(folder, panel(), ROTATION)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    vectorbt_script.main(folder)
    said = json.loads(capsys.readouterr().out)
    calls = {f"{call}_{part}" for call in ("first", "second") for part in ("simulate", "value")}
    assert set(said) == {"version", "seconds", "peak_bytes"}
    assert set(said["seconds"]) == {"import", "weights"} | calls
    assert all(seconds >= 0 for seconds in said["seconds"].values())
    assert np.load(folder / "equity.npy").shape == (40,)


def test_a_peer_with_other_costs_does_not_agree(tmp_path: Path) -> None:
    peer, market = Peer(stand_in(tmp_path, fees=2.0)), panel()
    peer.prepare(data_folder(tmp_path), market, ROTATION)
    ours = rotate(market.bars, market.scores, ROTATION).equity_micros
    agreement = compare_equity(ours, peer.ask(tmp_path / "data").equity)
    assert not agreement.agrees
    assert "at barrier 1" in agreement.text


def test_weights_stand_on_the_bar_after_the_decision_and_the_rest_is_sold() -> None:
    scores = np.array([[1.0, 3.0, np.nan], [5.0, 1.0, 1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    weights = target_weights(scores, n=2, every=2, gross=0.9)
    nan = np.nan
    expected = [[nan] * 3, [0.45, 0.45, 0.0], [nan] * 3, [0.45, 0.45, 0.0]]
    np.testing.assert_array_equal(weights, expected)
    best = target_weights(scores, n=1, every=1, gross=0.9)[1:]
    np.testing.assert_array_equal(best, [[0.0, 0.9, 0.0], [0.9, 0.0, 0.0], [0.9, 0.0, 0.0]])


def test_an_interpreter_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match=r"peer '/no/python'.*TIDEGATE_BENCH_PEER"):
        Peer("/no/python")


def test_an_interpreter_without_vectorbt_is_refused() -> None:
    with pytest.raises(UserError, match="vectorbt did not run there"):
        Peer(sys.executable)


def test_a_peer_that_breaks_off_is_told_with_its_last_words(tmp_path: Path) -> None:
    python = executable(tmp_path / "python", 'if [ "$1" = -c ]; then echo 1.0; else echo out of memory >&2; exit 3; fi')
    peer = Peer(python)
    with pytest.raises(UserError, match="out of memory"):
        peer.ask(tmp_path)


def test_a_peer_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_module, "LIMIT_S", 0.1)
    with pytest.raises(UserError, match="no answer within"):
        Peer(executable(tmp_path / "python", "exec sleep 5"))
