"""What goes wrong after a run, when its results are made and written, never takes the place of what ended it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from msgspec.structs import replace
from tests.faults.planted import FailsOnBatch, bars, daily

from tidegate import ActorFailed, Context, DataError, Phase, Session, Strategy, on_phase, read
from tidegate.actors.recorder import Recorder
from tidegate.core.enums import RunStatus
from tidegate.core.universe import Universe
from tidegate.data.panel import Columns, PanelChunk
from tidegate.data.tables import TableSource
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.clock import PhaseOpened
from tidegate.results import facts as facts_module
from tidegate.results.folder import RunFolder
from tidegate.results.holdings import Holdings
from tidegate.results.progress import Silent
from tidegate.results.result import Result
from tidegate.results.tape import Tape
from tidegate.runtime.actor import Handler, RouteKey

DAY = 86_400_000_000_000


class Rotates(Strategy):
    """Holds another asset every day, so that every table has rows of every barrier."""

    def on_batch(self, ctx: Context) -> None:
        ctx.target_weights({ctx.barrier % len(ctx.universe): 0.5})


class Breaks(Rotates):
    """The same, until barrier 3."""

    def on_batch(self, ctx: Context) -> None:
        super().on_batch(ctx)
        if ctx.barrier == 3:
            raise ZeroDivisionError("division by zero")


class TornRow(Recorder):
    """Fails half-way through a row of equity."""

    def routes(self) -> dict[RouteKey, Handler]:
        return {**super().routes(), AccountSnapshot: self.keep_spoiled}

    def keep_spoiled(self, snapshot: AccountSnapshot) -> None:
        self._tape.keep_snapshot(replace(snapshot, equity_micros=2**70) if snapshot.seq == 3 else snapshot)


class FailsToRecord(Recorder):
    """Fails after a barrier, which is whole."""

    @on_phase(Phase.RECORD)
    def on_record(self, phase: PhaseOpened) -> None:
        super().on_record(phase)
        if phase.seq == 3:
            raise OSError("cannot record")


def run_with(recorder: Callable[[Tape, Silent], Recorder], out: Path) -> BaseException:
    session = Session(Rotates(), prices=daily(), out=out, progress=False)
    session.swap("recorder", recorder(session.tape, Silent()))
    with pytest.raises(ActorFailed) as caught:
        session.run()
    return caught.value


def test_a_recorder_s_torn_row_is_cut_off_and_the_barriers_before_it_are_kept(tmp_path: Path) -> None:
    error = run_with(TornRow, tmp_path / "run")
    assert str(error).startswith("actor 'recorder' failed at barrier 3 handling PhaseOpened: error: ")
    kept = read(tmp_path / "run")
    assert (kept.status, kept.error) == ("failed", str(error))
    assert kept.record.barriers == 3
    last = {name: kept.record.ints(name, "barrier").max() for name in ("equity", "orders", "fills", "positions")}
    assert last == {"equity": 2, "orders": 2, "fills": 2, "positions": 2}


def test_a_run_that_is_broken_off_in_the_middle_of_a_commit_ends_with_the_barrier_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Holdings.note

    def interrupted(self: Holdings, snapshot: AccountSnapshot) -> None:
        note(self, snapshot)
        if snapshot.seq == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Holdings, "note", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Session(Rotates(), prices=daily(), out=tmp_path / "run", progress=False).run()
    result = read(tmp_path / "run")
    assert (result.status, result.record.barriers) == (RunStatus.INTERRUPTED, 3)
    assert {name: int(result.record.ints(name, "barrier").max()) for name in ("equity", "positions")} == {
        "equity": 2,
        "positions": 2,
    }


def test_a_recorder_that_fails_once_a_barrier_is_whole_keeps_it(tmp_path: Path) -> None:
    error = run_with(FailsToRecord, tmp_path / "run")
    assert not hasattr(error, "__notes__")
    kept = read(tmp_path / "run")
    assert (kept.status, kept.record.barriers) == ("failed", 4)
    assert kept.fills["barrier"].max() == 3


def test_tables_that_cannot_be_made_leave_a_readable_folder_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tape, "tables", no_tables)
    error = run_with(FailsToRecord, tmp_path / "run")
    assert str(error) == "actor 'recorder' failed at barrier 3 handling PhaseOpened: OSError: cannot record"
    assert error.__notes__ == ["then its results could not all be made: ValueError: no tables"]
    kept = read(tmp_path / "run")
    assert (kept.status, kept.error) == ("failed", str(error))
    assert kept.record.barriers == kept.record.rows("equity") == 0


# --- where the recorder is sound ---------------------------------------------------------------------------------


@dataclass
class Source:
    """Six barriers of two assets; some of what is asked of it afterwards fails."""

    fails: str = ""

    def open(self) -> Columns:
        return Columns(Universe(("A", "B")), (), (), (), 6)

    def chunks(self) -> Iterator[PanelChunk]:
        none = np.empty((6, 0, 2))
        yield PanelChunk(np.arange(6) * DAY, bars(6), none, none, np.empty((6, 0)))

    def counts(self) -> dict[str, int]:
        return {"prices.dropped_null": 1 // (self.fails != "counts")}

    def fingerprints(self) -> dict[str, Any]:
        return {"prices": 1 // (self.fails != "fingerprints")}


class Watching(Silent):
    """Is told how the run ended."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def finish(self, status: str) -> None:
        self.told.append(status)


def no_tables(self: Tape) -> NoReturn:
    raise ValueError("no tables")


def no_report(self: Result, path: Path) -> NoReturn:
    raise ValueError("no report")


def no_manifest(*_: Any) -> NoReturn:
    raise ValueError("no manifest")


def no_fingerprints(patch: pytest.MonkeyPatch, source: Source) -> str:
    source.fails = "fingerprints"
    return "ZeroDivisionError: integer division or modulo by zero"


def no_counts(patch: pytest.MonkeyPatch, source: Source) -> str:
    source.fails = "counts"
    return "ZeroDivisionError: integer division or modulo by zero"


def spoiled_report(patch: pytest.MonkeyPatch, _: Source) -> str:
    patch.setattr(Result, "report", no_report)
    return "ValueError: no report"


UNRECORDED = pytest.mark.unverified("a journal asks for fingerprints, too: its session must record nothing")
SPOILT = [pytest.param(no_fingerprints, marks=UNRECORDED), no_counts, spoiled_report]
Spoil = Callable[[pytest.MonkeyPatch, Source], str]


@pytest.mark.parametrize("spoil", SPOILT)
def test_what_goes_wrong_after_a_failure_is_a_note_on_it(
    spoil: Spoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, progress = Source(), Watching()
    told = spoil(monkeypatch, source)
    with pytest.raises(ActorFailed, match="actor 'breaks' failed at barrier 3") as caught:
        Session(Breaks(), source=source, out=tmp_path / "run", progress=progress).run()
    assert caught.value.__notes__ == [f"then its results could not all be made: {told}"]
    assert progress.told == ["failed"]
    kept = read(tmp_path / "run")
    assert (kept.status, kept.error) == ("failed", str(caught.value))
    assert kept.equity["barrier"].to_list() == [0, 1, 2]
    assert kept.fills["barrier"].max() == 2


@pytest.mark.parametrize(("fails_at", "told"), [(0, DataError), (2, ActorFailed)])
def test_what_ended_the_run_is_not_told_again_as_a_note(
    fails_at: int, told: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily().write_parquet(tmp_path / "prices.parquet")
    chunks = TableSource.chunks

    def written_to(self: TableSource) -> Iterator[PanelChunk]:
        for number, chunk in enumerate(chunks(self)):
            if number == fails_at:
                os.utime(tmp_path / "prices.parquet", ns=(0, 0))
                self.fingerprints()
            yield chunk

    monkeypatch.setattr(TableSource, "chunks", written_to)
    config = {"data": {"chunk": "day"}}
    with pytest.raises(told, match="changed while it was being read") as caught:
        Session(Rotates(), prices=tmp_path / "prices.parquet", config=config, out=tmp_path / "run").run()
    assert not hasattr(caught.value, "__notes__")
    assert read(tmp_path / "run").record.barriers == fails_at


@pytest.mark.parametrize("spoil", SPOILT)
def test_what_goes_wrong_after_a_whole_run_is_its_failure(
    spoil: Spoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, progress = Source(), Watching()
    told = spoil(monkeypatch, source)
    with pytest.raises((ZeroDivisionError, ValueError)) as caught:
        Session(Rotates(), source=source, out=tmp_path / "run", progress=progress).run()
    assert f"{type(caught.value).__name__}: {caught.value}" == told
    assert progress.told == ["failed"]
    kept = read(tmp_path / "run")
    assert (kept.status, kept.error) == ("failed", str(caught.value))
    assert kept.record.barriers == kept.record.rows("equity") == 6


def test_a_folder_that_cannot_be_written_any_more_leaves_the_failure_what_it_is(tmp_path: Path) -> None:
    class TakesTheFolderAway(FailsOnBatch):
        def on_batch(self, ctx: Context) -> None:
            shutil.rmtree(tmp_path / "run", ignore_errors=True)
            super().on_batch(ctx)

    with pytest.raises(ActorFailed, match=r"failed at barrier 3 .*ZeroDivisionError") as caught:
        Session(TakesTheFolderAway(), prices=daily(), out=tmp_path / "run", progress=False).run()
    (note,) = caught.value.__notes__
    assert note.startswith("then its results could not all be made: FileNotFoundError: ")


def test_a_manifest_that_cannot_be_written_leaves_a_folder_that_readers_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts_module, "make_manifest", no_manifest)
    with pytest.raises(ActorFailed, match="failed at barrier 3"):
        Session(Breaks(), source=Source(), out=tmp_path / "run", progress=False).run()
    with pytest.raises(DataError, match="not sealed"):
        read(tmp_path / "run")


def test_a_progress_that_fails_at_the_end_is_a_note_too(tmp_path: Path) -> None:
    class Fails(Silent):
        def finish(self, status: str) -> None:
            raise OSError("terminal gone")

    with pytest.raises(ActorFailed, match="failed at barrier 3") as caught:
        Session(Breaks(), source=Source(), progress=Fails()).run()
    assert caught.value.__notes__ == ["then its progress could not be ended: OSError: terminal gone"]
    with pytest.raises(OSError, match="terminal gone"):
        Session(Rotates(), source=Source(), out=tmp_path / "run", progress=Fails()).run()
    assert read(tmp_path / "run").status is RunStatus.COMPLETED


def test_a_run_that_is_sound_is_sealed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal, sealed = RunFolder.seal, []

    def counting(self: RunFolder, *given: Any, **options: Any) -> Path:
        sealed.append(options["report"])
        return seal(self, *given, **options)

    monkeypatch.setattr(RunFolder, "seal", counting)
    Session(Rotates(), source=Source(), out=tmp_path / "run", progress=False).run()
    assert sealed == [True]
