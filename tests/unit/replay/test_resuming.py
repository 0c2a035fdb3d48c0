"""A run that was killed goes on to what it would have left; whatever stands against that is said."""

import json
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.recorded import CONFIG, DAYS, Idle, market, session
from tests.unit.replay.killed import Mortal, Server, go_on, run

from tidegate.core.errors import UserError
from tidegate.journal import Journal
from tidegate.journal.storage import DiskFile
from tidegate.replay import Given, resume
from tidegate.results.folder import JOURNAL, MANIFEST, read

MODES = ("barrier/5", "batch/3")
"""Durability, and barriers from one snapshot to the next."""


@pytest.fixture(scope="module", params=MODES)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The folder of a run that nobody interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    run(folder, request.param)
    return request.param, folder


def cut_off(whole: Path, folder: Path, size: int) -> Path:
    """What a kill leaves: a manifest that says `running`, and some bytes of the journal."""
    folder.mkdir()
    manifest = json.loads((whole / MANIFEST).read_text())
    left = {"format": manifest["format"], "status": "running", "versions": manifest["versions"]}
    (folder / MANIFEST).write_text(json.dumps(left))
    (folder / JOURNAL).write_bytes((whole / JOURNAL).read_bytes()[:size])
    return folder


def header_end(whole: Path) -> int:
    with Journal.open(whole / JOURNAL) as journal:
        return next(journal.blocks()).end


def assert_same(folder: Path, whole: Path) -> None:
    assert (folder / JOURNAL).read_bytes() == (whole / JOURNAL).read_bytes()
    assert (folder / "config.yaml").read_text() == (whole / "config.yaml").read_text()
    found, wanted = read(folder), read(whole)
    assert found.digest == wanted.digest
    assert found.manifest["journal"] == wanted.manifest["journal"]
    assert found.manifest["status"] == "completed"


def test_a_run_goes_on_wherever_its_journal_was_cut(whole: tuple[str, Path], tmp_path: Path) -> None:
    first, size = header_end(whole[1]), (whole[1] / JOURNAL).stat().st_size
    for place in np.linspace(first, size, 7, dtype=int).tolist():
        folder = cut_off(whole[1], tmp_path / str(place), place)
        go_on(folder)
        assert_same(folder, whole[1])


LEFT = [
    # what of the file is left  said
    (lambda b: b[:-1],          "the last {cut} bytes, from byte {whole} on, are cut off (cut: "),
    (lambda b: b[:-1] + b"?",   "the last {cut} bytes, from byte {whole} on, are cut off (damaged: "),
    (lambda b: b + b"junk",     "the last {cut} bytes, from byte {whole} on, are cut off (damaged: there is something"),
    (lambda b: b,               "the run had ended (completed); the seal, the last {cut} bytes, from byte {whole} on"),
    (lambda b: b[:len(b) // 2], "the last {cut} bytes, from byte {whole} on, are cut off (cut: "),
]  # fmt: skip


@pytest.mark.parametrize(("left", "said"), LEFT)
def test_what_is_cut_off_is_told(
    left: Callable[[bytes], bytes], said: str, whole: tuple[str, Path], tmp_path: Path
) -> None:
    folder, told = cut_off(whole[1], tmp_path / "run", 0), list[str]()
    stored = left((whole[1] / JOURNAL).read_bytes())
    (folder / JOURNAL).write_bytes(stored)
    with Journal.open(folder / JOURNAL, check=True) as journal:
        end, last = journal.size(), journal.end.barrier
    resume(folder, Given(strategy=Mortal(), source=market()), tell=told.append)
    assert told[0].startswith(f"{JOURNAL}: " + said.format(cut=f"{len(stored) - end:,}", whole=f"{end:,}"))
    found = re.fullmatch(
        rf"the last good barrier is {last}; the run begins at the snapshot after barrier (\d+), with"
        r" (?:none run anew|(\d+) barriers run anew and compared)",
        told[1],
    )
    assert len(told) == 2
    assert found is not None
    snapshot, anew = (int(number or 0) for number in found.groups())
    assert (snapshot + anew, (snapshot + 1) % int(whole[0].partition("/")[2])) == (last, 0)
    assert (anew > 0) == (last < DAYS - 1)
    assert_same(folder, whole[1])


def test_a_journal_that_ends_with_a_whole_block_says_so(whole: tuple[str, Path], tmp_path: Path) -> None:
    with Journal.open(whole[1] / JOURNAL) as journal:
        sizes = [header_end(whole[1]), journal.size()]
    for place, size in enumerate(sizes):
        folder, told = cut_off(whole[1], tmp_path / str(place), size), list[str]()
        resume(folder, Given(strategy=Mortal(), source=market()), tell=told.append)
        assert told[0] == f"{JOURNAL}: it ends at byte {size:,} with a whole block, and nothing is cut off"
        assert (told[1] == "no barrier is committed in it: the run begins anew") == (place == 0)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Makes processes."""
    made = Server()
    yield made
    made.close()


def test_a_run_killed_twice_goes_on(whole: tuple[str, Path], tmp_path: Path, server: Server) -> None:
    mode, wanted = whole
    folder = tmp_path / "run"
    for arguments in (("run", folder, mode, 9), ("resume", folder, 9), ("resume", folder, 22)):
        assert server(*arguments) == -signal.SIGKILL
    go_on(folder)
    assert_same(folder, wanted)
    with pytest.raises(UserError, match="the run is completed: there is nothing to go on with"):
        go_on(folder)


def test_a_few_kills_at_any_moment(whole: tuple[str, Path], tmp_path: Path, server: Server) -> None:
    assert_killed_runs_go_on(4, 3, whole, tmp_path, server)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(8))
def test_many_kills_at_any_moment(seed: int, tmp_path: Path, server: Server) -> None:
    every = int(np.random.default_rng(seed).choice((0, 1, 2, 5, 11)))
    mode = f"{'barrier' if seed % 2 else 'batch'}/{every}"
    run(tmp_path / "whole", mode)
    assert_killed_runs_go_on(25, seed, (mode, tmp_path / "whole"), tmp_path, server)


def assert_killed_runs_go_on(want: int, seed: int, whole: tuple[str, Path], folder: Path, server: Server) -> None:
    """Kills so many processes, those that go on with what others left among them."""
    rng, kills = np.random.default_rng(seed), 0
    for number in count():
        if kills >= want:
            break
        kills += until_it_is_whole(folder / str(number), whole[0], rng, server)
        assert_same(folder / str(number), whole[1])
    assert kills >= want


def until_it_is_whole(folder: Path, mode: str, rng: np.random.Generator, server: Server) -> int:
    """Runs, and resumes what was killed, each time after some milliseconds; returns how many kills there were."""
    kills, patience_s = 0, 0.15
    arguments: tuple[object, ...] = ("run", folder, mode, -1)
    while server(*arguments, killed_after_s=float(rng.uniform(0.0, patience_s))) != 0:
        kills += 1
        patience_s += 0.05
        if not _status(folder):  # killed before there was anything to go on with
            if folder.exists():
                shutil.rmtree(folder)
            arguments = ("run", folder, mode, -1)
        elif _status(folder) != "running":
            break
        elif _has_header(folder / JOURNAL):
            arguments = ("resume", folder, -1)
        else:
            with pytest.raises(UserError):
                go_on(folder)
            shutil.rmtree(folder)
            arguments = ("run", folder, mode, -1)
    return kills


def _status(folder: Path) -> str:
    path = folder / MANIFEST
    return str(json.loads(path.read_text())["status"]) if path.exists() else ""


def _has_header(path: Path) -> bool:
    try:
        Journal.open(path).close()
    except UserError:
        return False
    return True


POORER = {**CONFIG, "account": {"cash": 90_000}}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    # what       is given instead            said
    ("data",     {"source": market(seed=6)}, "arrays: the data is not that of the recorded run"),
    ("strategy", {"strategy": Idle()},       "strategies: .*Mortal.* then, .*Idle"),
    ("config",   {"config": POORER},         r"config\.account\.cash: 100000\.0 then, 90000\.0 now"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "instead", "said"), REFUSED)
def test_what_has_changed_is_named_and_nothing_is_touched(
    what: str, instead: dict[str, Any], said: str, whole: tuple[str, Path], tmp_path: Path
) -> None:
    size = (whole[1] / JOURNAL).stat().st_size - 20
    folder = cut_off(whole[1], tmp_path / "run", size)
    given: dict[str, Any] = {"strategy": Mortal(), "source": market()} | {
        key: value for key, value in instead.items() if key != "config"
    }
    with pytest.raises(UserError, match=said):
        resume(folder, Given(**given), config=instead.get("config"), progress=False)
    assert (folder / JOURNAL).stat().st_size == size, what
    assert json.loads((folder / MANIFEST).read_text())["status"] == "running"


def test_code_that_has_changed_is_named(
    whole: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cut_off(whole[1], tmp_path / "run", 10**9)
    monkeypatch.setattr("tidegate.journaling._own_code", lambda: "f" * 64)
    monkeypatch.setattr("tidegate.journaling.versions", lambda: {"numpy": "1.0"})
    with pytest.raises(UserError) as caught:
        go_on(folder)
    assert "code: tidegate has changed since" in str(caught.value)
    assert "versions: numpy was 2" in str(caught.value)


def test_two_do_not_go_on_at_once_nor_while_the_run_still_runs(whole: tuple[str, Path], tmp_path: Path) -> None:
    folder = cut_off(whole[1], tmp_path / "run", 10**9)
    file = DiskFile(folder / JOURNAL, new=False)
    with pytest.raises(UserError, match=r"journal\.tgj: a process writes to it: the run goes on, or is being resumed"):
        go_on(folder)
    file.close()
    go_on(folder)


class Spying(Mortal):
    """Looks, while its run runs, whether somebody else can go on with it."""

    folder = Path()
    said = ""

    def on_batch(self, ctx: Any) -> None:
        """Tries."""
        if ctx.barrier == 5:
            try:
                DiskFile(self.folder / JOURNAL, new=False)
            except UserError as error:
                self.said = str(error)


def test_a_run_keeps_its_journal_to_itself(tmp_path: Path) -> None:
    strategy = Spying()
    strategy.folder = tmp_path / "run"
    session(None, out=strategy.folder, section={"mode": "batch"}, strategy=strategy).run()
    assert "a process writes to it" in strategy.said


class Forgetful(Mortal):
    """Does not do the same twice."""

    times = 0

    def on_batch(self, ctx: Any) -> None:
        """One more each time."""
        if ctx.barrier == 3:
            type(self).times += 1
            ctx.order("A", type(self).times)


def test_a_run_that_does_not_repeat_itself_cannot_go_on(tmp_path: Path) -> None:
    wanted = tmp_path / "whole"
    session(None, out=wanted, section={"mode": "barrier"}, strategy=Forgetful()).run()
    folder = cut_off(wanted, tmp_path / "run", (wanted / JOURNAL).stat().st_size - 1)
    before = (folder / JOURNAL).read_bytes()
    with pytest.raises(UserError, match="the run does not repeat itself") as caught:
        resume(folder, Given(strategy=Forgetful(), source=market()), progress=False)
    assert "barrier 3, DECIDE, superstep 1: SubmitOrders of 'forgetful'" in str(caught.value)
    assert before.startswith((folder / JOURNAL).read_bytes())
    assert json.loads((folder / MANIFEST).read_text())["status"] == "running"


def test_a_folder_without_a_journal_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no readable manifest\.json"):
        resume(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps({"format": "tidegate-run-1", "status": "running"}))
    with pytest.raises(UserError, match=r"the run has no journal \(journal\.tgj\)"):
        resume(tmp_path)
