"""Recorded runs: what is in the journal, what is in its header, and what becomes of it when something goes wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.faults.planted import market as table
from tests.unit.recorded import (
    ASSETS,
    CONFIG,
    DAYS,
    Busy,
    Ear,
    Idle,
    Patient,
    digest,
    frames,
    market,
    record,
    restored,
    session,
)

import tidegate as tg
from tidegate.actors.feed import DataFeed
from tidegate.core.enums import Phase
from tidegate.core.errors import ActorFailed, ConfigError, UserError
from tidegate.data.batches import Batches
from tidegate.journal import Commit, Ending, Journal, JournalError, Seal
from tidegate.journal.storage import DiskFile
from tidegate.journaling import class_path
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.codec import same
from tidegate.runtime.actor import on_phase
from tidegate.runtime.clock import Clock

SECTIONS = [{"mode": mode, "market": how} for mode in ("batch", "barrier") for how in ("reference", "value")]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("finer", [False, True])
@pytest.mark.parametrize("kind", [Busy, Patient])
def test_a_journal_has_every_message_that_is_heard_in_that_order(
    tmp_path: Path, section: dict[str, str], finer: bool, kind: type[Busy]
) -> None:
    ear, source = Ear(), market(finer=finer, chunk_rows=7)
    run = session(tmp_path / "run.tgj", source, kind(), section=section, config=CONFIG | {"journal": section})
    run.add(ear)
    run.run()
    found, batches = frames(tmp_path / "run.tgj", source), Batches(source)
    assert len(found) == len(ear.heard) > 400
    for frame, heard in zip(found, ear.heard, strict=True):
        message = frame.message
        if section["market"] == "value":
            assert not frame.type.endswith("Reference")
        assert same(restored(message, batches), heard), (frame.number, frame.type)


@pytest.mark.unverified("one of its sessions must record nothing")
def test_recording_changes_no_result_and_nor_do_turns_chunks_modes_and_waits(tmp_path: Path) -> None:
    off = session(None).run()
    assert off.journal is None
    assert off.manifest["journal"] is None
    ways: dict[str, dict[str, Any]] = {
        "plain": {}, "shuffled": {"shuffle_seed": 7}, "otherwise": {"shuffle_seed": 8},
        "chunks": {"source": market(chunk_rows=4)}, "barrier": {"section": {"mode": "barrier"}},
        "patient": {"strategy": type("Busy", (Patient,), {})()},
        "machine code": {"config": {"run": {"kernels": "compiled"}}},
    }  # fmt: skip
    digests = {}
    for name, way in ways.items():
        result = record(tmp_path / name, **way)
        assert result.journal is not None
        digests[name] = result.journal["digest"]
        assert result.digest == off.digest, name
        assert digest(tmp_path / name) == digests[name], name
    assert len(set(digests.values())) == 1, digests
    assert record(tmp_path / "other", market(seed=6)).journal != digests["plain"]


PROCESS = """
import sys
from pathlib import Path
from tests.unit.recorded import record
print(record(Path(sys.argv[1])).journal["digest"])
"""


def test_hash_seeds_change_no_digest(tmp_path: Path, repository: Path) -> None:
    said = set()
    here = record(tmp_path / "here").journal
    assert here is not None
    for seed in ("1", "77"):
        command = [sys.executable, "-c", PROCESS, str(tmp_path / seed)]
        env = {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{repository / 'src'}:{repository}", "HOME": str(tmp_path)}
        said.add(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
    assert said == {here["digest"] + "\n"}


def test_marks_are_the_data_s_closes_and_unknown_without_them(tmp_path: Path) -> None:
    record(tmp_path / "run.tgj")
    with Journal.open(tmp_path / "run.tgj") as journal:
        snapshots = [frame.message for frame in journal.frames() if frame.type == "AccountSnapshot"]
    assert len(snapshots) == DAYS
    assert all(isinstance(one, AccountSnapshot) and np.isnan(one.mark).all() for one in snapshots)
    # Whoever looks at single barriers, in any order, gets the same marks.
    marks: dict[int, bytes] = {}
    with Journal.open(tmp_path / "run.tgj", closes=Batches(market()).closes) as journal:
        for barrier in (*range(DAYS), 29, 3, 15):
            for frame in journal.frames(barrier, barrier):
                message = frame.message
                if isinstance(message, AccountSnapshot):
                    assert marks.setdefault(barrier, message.mark.tobytes()) == message.mark.tobytes()
    last = np.frombuffer(marks[29])
    assert not np.isnan(last).any()


def test_a_run_folder_has_the_journal_and_its_manifest_says_so(tmp_path: Path) -> None:
    result = session(None, out=tmp_path / "run").run()
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    with Journal.open(tmp_path / "run" / "journal.tgj") as journal:
        facts = {
            "file": "journal.tgj",
            "digest": journal.digest(),
            "records": journal.end.record,
            "committed": DAYS - 1,
        }
        assert journal.seal == Seal("completed", "", DAYS - 1)
    assert manifest["journal"] == facts == result.journal == tg.read(tmp_path / "run").journal
    assert "journal.tgj" in manifest["files"]


def test_the_header_says_what_the_run_was(tmp_path: Path) -> None:
    prices = tmp_path / "prices.parquet"
    table().write_parquet(prices)
    config = {"journal": {"mode": "batch"}, "run": {"seed": 9}, "strategy": {"use": "tidegate.strategy:BuyAndHold"}}
    stamped = {"data": {"prices": {"stamp": "end"}}}
    others: dict[str, Any] = {"risk": [tg.StopLoss(0.1)], "out": tmp_path / "1", "progress": False}
    tg.Session(Idle(), prices=prices, config=config | stamped, **others).run()
    tg.Session(prices=table(), config=config | stamped, out=tmp_path / "2", progress=False).run()
    with Journal.open(tmp_path / "1" / "journal.tgj") as journal:
        header = journal.header
    assert header.actors == ("clock", "feed", "broker", "risk", "idle", "recorder", "scheduler")
    assert (
        header.classes[:2]
        == (class_path(Clock), class_path(DataFeed))
        == ("tidegate.runtime.clock:Clock", "tidegate.actors.feed:DataFeed")
    )
    assert header.strategies == ({"name": "idle", "class": "tests.unit.recorded:Idle", "given": True},)
    assert header.rules == ("tidegate.risk.rules:StopLoss",)
    assert header.universe == ("AAPL", "MSFT", "XOM")
    assert header.config["data"]["prices"]["path"] == str(prices)
    assert (header.frames, header.seeds) == ((), {"run": 9})
    assert {"python", "tidegate", "numpy"} <= set(header.versions)
    assert set(header.code) == {"tidegate", "tests.unit.recorded"}
    manifest = json.loads((tmp_path / "1" / "manifest.json").read_text())
    assert header.data == manifest["data"]
    with Journal.open(tmp_path / "2" / "journal.tgj") as journal:
        header = journal.header
    assert header.strategies[0] == {
        "name": "buyandhold",
        "class": "tidegate.strategy.library:BuyAndHold",
        "given": False,
    }
    assert header.frames == ("prices",)


class Aside(Message, frozen=True):
    """A message of the user's own."""

    text: str


class Whisperer(tg.Actor):
    """Says something of its own."""

    sends = (Aside,)

    @on_phase(Phase.MARK)
    def on_mark(self, _: Any) -> None:
        self.send(Aside("psst"))


class Stranger(tg.Actor):
    """Does so without a word about it."""

    @on_phase(Phase.MARK)
    def on_mark(self, _: Any) -> None:
        self.send(Aside("psst"))


def test_messages_of_the_user_s_own_are_recorded_where_an_actor_names_them(tmp_path: Path) -> None:
    run = session(tmp_path / "run.tgj")
    run.add(Whisperer("whisperer"))
    run.run()
    with Journal.open(tmp_path / "run.tgj") as journal:
        assert journal.header.schema["Aside"] == {"text": "str"}
        assert sum(frame.type == "Aside" for frame in journal.frames()) == DAYS
    run = session(tmp_path / "other.tgj")
    run.add(Stranger("stranger"))
    with pytest.raises(JournalError, match=r"a Aside cannot be appended: .* must name them in its `sends`"):
        run.run()


class OwnFeed(DataFeed):
    """A feed that is not the standard one."""


def test_batches_of_another_feed_are_recorded_whole(tmp_path: Path) -> None:
    source = market()
    run = session(tmp_path / "run.tgj", source)
    run.swap("feed", OwnFeed(source.open(), source.chunks()))
    run.run()
    found = frames(tmp_path / "run.tgj", source)
    assert sum(frame.type == "MarketBatch" for frame in found) == DAYS


def test_a_recorder_of_the_user_s_own_is_recorded_too(tmp_path: Path) -> None:
    class Deaf(tg.Actor):
        """Keeps nothing."""

        @on_phase(Phase.RECORD)
        def on_record(self, _: Any) -> None:
            """Nothing."""

    run = session(tmp_path / "run.tgj")
    run.swap("recorder", Deaf("recorder"))
    run.run()
    record(tmp_path / "other.tgj")
    assert digest(tmp_path / "run.tgj") == digest(tmp_path / "other.tgj")


class Failing(Busy):
    """Fails on a day."""

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 9:
            raise ZeroDivisionError("on the tenth day")
        super().on_batch(ctx)


def test_the_journal_of_a_failed_run_is_sealed_as_such_with_all_that_was_delivered(tmp_path: Path) -> None:
    with pytest.raises(ActorFailed, match="on the tenth day"):
        session(None, strategy=Failing(), out=tmp_path / "run").run()
    with Journal.open(tmp_path / "run" / "journal.tgj") as journal:
        assert journal.seal is not None
        assert (journal.seal.status, journal.seal.barrier) == ("failed", 8)
        assert "on the tenth day" in journal.seal.reason
        *_, last = journal.frames()
        assert (last.barrier, last.phase, last.type) == (9, Phase.DECIDE, "PhaseOpened")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert (manifest["status"], manifest["journal"]["committed"]) == ("failed", 8)


class Stopping(Busy):
    """Wants to stop on a day."""

    run: tg.Session

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 9:
            self.run.stop("enough of it")
        super().on_batch(ctx)


def test_the_journal_of_a_stopped_run_ends_at_a_barrier(tmp_path: Path) -> None:
    strategy = Stopping()
    strategy.run = session(tmp_path / "run.tgj", strategy=strategy)
    result = strategy.run.run()
    assert result.status == "interrupted"
    with Journal.open(tmp_path / "run.tgj") as journal:
        assert journal.seal == Seal("interrupted", "enough of it", 9)
        *_, stop, record_opened, committed, finished, _ = journal.records()
    assert isinstance(committed, Commit)
    found = [getattr(one, "type", "") for one in (stop, record_opened, finished)]
    assert found == ["StopRequested", "PhaseOpened", "RunFinished"]


@pytest.mark.unverified("its disk is full, so its journal may end before its header")
@pytest.mark.parametrize(("mode", "room"), [("batch", 0), ("barrier", 0), ("batch", 8_000), ("barrier", 15_000)])
def test_a_full_disk_ends_the_run_and_leaves_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, room: int
) -> None:
    written, write = [0], DiskFile.write

    def fill(self: DiskFile, data: memoryview) -> int | None:
        written[0] += len(data)
        if written[0] > room:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(DiskFile, "write", fill)
    with pytest.raises(JournalError, match=r"the journal cannot be written at byte .*No space left on device"):
        session(None, out=tmp_path / "run", section={"mode": mode}).run()
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["status"] == "failed"
    assert "No space left" in manifest["error"]
    path = tmp_path / "run" / "journal.tgj"
    if not room:
        with pytest.raises(JournalError, match="the file has 0 of the 12 bytes"):
            Journal.open(path)
        return
    with Journal.open(path) as journal:
        assert journal.end.ending is Ending.CUT
        assert (journal.end.barrier >= 0) == (mode == "barrier")
        told = manifest["journal"]  # what is there, not what was to be; where it failed as it was closed, nothing
        assert (told is None) == (mode == "batch")
        if told is not None:
            assert (told["records"], told["committed"]) == (journal.end.record, journal.end.barrier)
            assert told["digest"] == journal.digest()


@pytest.mark.unverified("there is a file of text where its journal would be")
def test_a_journal_replaces_no_file_and_needs_a_place(tmp_path: Path) -> None:
    (tmp_path / "run.tgj").write_text("precious")
    with pytest.raises(UserError, match=r"run\.tgj: there is such a file already"):
        record(tmp_path / "run.tgj")
    assert (tmp_path / "run.tgj").read_text() == "precious"
    with pytest.raises(JournalError, match=r"run\.tgj: cannot be made: No such file"):
        record(tmp_path / "nowhere" / "run.tgj")
    with pytest.raises(ConfigError, match=r"journal\.mode: batch, but there is no run folder .* pass out= or journal="):
        tg.Session(Busy(), source=market(), config={"journal": {"mode": "batch"}})


def test_a_path_in_python_is_wish_enough(tmp_path: Path) -> None:
    tg.Session(Busy(), source=market(), journal=tmp_path / "run.tgj", progress=False).run()
    with Journal.open(tmp_path / "run.tgj") as journal:
        assert (journal.header.durability, journal.header.market) == ("batch", "reference")
        assert journal.header.universe == ASSETS


def test_classes_that_cannot_be_imported_are_told_as_such() -> None:
    class Inner:
        """Inside a function."""

    assert class_path(Inner).endswith("<locals>.Inner (not importable)")
    assert class_path(Busy) == "tests.unit.recorded:Busy"
