"""What takes turns in the measurement of one workload."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tidegate.cli.bench import engine
from tidegate.cli.bench.agreement import Agreement, compare_equity, compare_tapes
from tidegate.cli.bench.bare import Tape, rotate, stand_still
from tidegate.cli.bench.bare_exits import rotate_with_exits
from tidegate.cli.bench.bare_finer import rotate_along
from tidegate.cli.bench.journals import JournalFile
from tidegate.cli.bench.panels import Panel, PanelFiles, read, read_tables
from tidegate.cli.bench.peer import Peer
from tidegate.cli.bench.timing import Subject
from tidegate.cli.bench.workloads import Workload
from tidegate.replay import Given, replay
from tidegate.verify import verify

BARE, FILES, VECTORBT = "bare", "files", "vectorbt"
NO_STOPS = "no vectorbt: from_orders, which knows target weights and shared cash, has no stops"


def run_yardstick(workload: Workload, panel: Panel) -> Tape:
    """Trades the workload with the manual loop."""
    rotation = workload.rotation
    if rotation is None:
        return stand_still(len(panel.ts_ns))
    if panel.finer is not None:
        return rotate_along(panel.bars, panel.finer[1], panel.scores, rotation)
    loop = rotate_with_exits if rotation.has_exits else rotate
    return loop(panel.bars, panel.scores, rotation)


class Subjects:
    """All ways to run one workload.

    Args:
        workload: what to run.
        files: its panel.
        folder: an empty one for what the peer reads and writes.
        peer: vectorbt's interpreter, where there is one.

    Attributes:
        asides: seconds that a turn measured besides those that count, by name, one for each round.
        peer_peak_bytes: most memory that the peer's calls took; -1 where it was not asked or does not know.
    """

    def __init__(self, workload: Workload, files: PanelFiles, folder: Path, peer: Peer | None) -> None:
        self._workload, self._files = workload, files
        self._panel = read(files)
        self._arrays = engine.source(self._panel)
        self._peer = peer if workload.peer else None
        self._folder = folder
        self._journal = JournalFile(folder)
        self._in_memory = self._arrays, workload
        self._on_disk = files, workload
        self.asides: dict[str, list[float]] = {}
        self.peer_peak_bytes = -1

    def check(self) -> dict[str, Agreement]:
        """Runs each once, untimed, and compares the engine's answer with every other."""
        ours = engine.tape(engine.run_from_memory(self._arrays, self._workload).result.record)
        from_files = engine.tape(engine.run_from_files(self._files, self._workload).result.record)
        agreements = {
            BARE: compare_tapes(ours, run_yardstick(self._workload, self._panel)),
            FILES: compare_tapes(from_files, ours),
        }
        if self._peer and self._workload.rotation:
            self._peer.prepare(self._folder, self._panel, self._workload.rotation)
            agreements[VECTORBT] = compare_equity(ours.equity_micros, self._peer.ask(self._folder).equity)
        return agreements

    def turns(self, agreements: dict[str, Agreement]) -> dict[str, Subject]:
        """Those that take turns: whose results agree."""
        turns: dict[str, Subject] = {"tidegate": self._from_memory}
        rotation = self._workload.rotation
        if rotation:
            turns["bare"] = self._seconds(lambda: run_yardstick(self._workload, self._panel))
        if rotation and rotation != rotation.plain():
            plain = replace(self._workload, rotation=rotation.plain())
            turns["plain"] = lambda: engine.run_from_memory(self._arrays, plain).barriers_s
        if VECTORBT in agreements and agreements[VECTORBT].agrees:
            turns["vectorbt second"] = self._ask_peer
        if agreements[FILES].agrees:
            turns["files"] = self._from_files
        if self._workload.recorded:
            turns["recorded"] = self._recorded
            turns["files recorded"] = lambda: engine.run_from_files(*self._on_disk, self._journal.fresh()).total_s
            turns["folder"] = lambda: self._into_folder(journal=False)
            turns["folder recorded"] = lambda: self._into_folder(journal=True)
        turns["read"] = self._seconds(lambda: read_tables(self._files))
        if rotation:
            turns["bare files"] = self._seconds(lambda: run_yardstick(self._workload, read(self._files)))
        return turns

    @property
    def journal_bytes(self) -> int:
        """Size of the journal of the last turn that was recorded."""
        return self._journal.bytes

    def opening(self, messages: int) -> float:
        """Seconds to open a journal of so many messages."""
        self._journal.fill(messages)
        return self._journal.open_s()

    def _from_memory(self) -> float:
        timed = engine.run_from_memory(self._arrays, self._workload)
        self._note("tidegate results", timed.results_s)
        self._note("tidegate call", timed.total_s)
        return timed.barriers_s

    def _from_files(self) -> float:
        timed = engine.run_from_files(self._files, self._workload)
        self._note("files barriers", timed.barriers_s)
        self._note("files results", timed.results_s)
        return timed.total_s

    def _into_folder(self, *, journal: bool) -> float:
        folder = self._folder / "run"
        shutil.rmtree(folder, ignore_errors=True)
        return engine.run_into_folder(*self._on_disk, folder, journal=journal).total_s

    def _recorded(self) -> float:
        """Records a run from memory; its journal is checked and replayed."""
        path = self._journal.fresh()
        seconds = engine.run_from_memory(*self._in_memory, path).total_s
        given = Given(engine.strategy(self._workload.rotation), source=self._arrays)
        start = time.perf_counter()
        clean = verify(path, self._arrays).clean
        verified = time.perf_counter()
        difference = replay(path, given=given)
        self._note("verified", verified - start)
        self._note("replayed", time.perf_counter() - verified)
        if not clean or difference is not None:
            raise RuntimeError(f"{self._workload.key}: the journal of a run is not in order: {difference or 'verify'}")
        return seconds

    def _ask_peer(self) -> float:
        assert self._peer
        answer = self._peer.ask(self._folder)
        self._note("vectorbt first", answer.call("first"))
        for part, seconds in answer.seconds.items():
            self._note(f"vectorbt {part}", seconds)
        self.peer_peak_bytes = max(self.peer_peak_bytes, answer.peak_bytes)
        return answer.call("second")

    def _note(self, name: str, seconds: float) -> None:
        self.asides.setdefault(name, []).append(seconds)

    @staticmethod
    def _seconds(work: Callable[[], object]) -> Subject:
        def subject() -> float:
            start = time.perf_counter()
            work()
            return time.perf_counter() - start

        return subject
