"""Takes one workload through agreement, then speed, then memory."""

import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tidegate.cli.bench import worker
from tidegate.cli.bench.agreement import Agreement
from tidegate.cli.bench.journals import MESSAGES
from tidegate.cli.bench.panels import PanelFiles, chunk_bytes, provide
from tidegate.cli.bench.peer import Peer
from tidegate.cli.bench.subjects import BARE, FILES, NO_STOPS, VECTORBT, Subjects
from tidegate.cli.bench.timing import ratio, take_turns
from tidegate.cli.bench.workloads import Workload

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """How to measure.

    Attributes:
        data: folder of the panels.
        repeat: rounds of turns.
        scale: size of the panels against the full ones.
        peer: vectorbt's interpreter, where there is one.
        memory: whether fresh processes measure first calls and memory.
    """

    data: Path
    repeat: int
    scale: float
    peer: Peer | None
    memory: bool


@dataclass(slots=True)
class Measured:
    """All that is known of one workload.

    Attributes:
        agreements: by what the engine's run from memory was compared with.
        seconds: of every round, by what took its turn.
        figures: ratios and other numbers that targets are held against, by name.
        memory: bytes by what they are.
        notes: what was left out, and why.
    """

    workload: Workload
    agreements: dict[str, Agreement] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether every comparison came out well."""
        return all(agreement.agrees for agreement in self.agreements.values())


def measure(workload: Workload, settings: Settings, say: Say) -> Measured:
    """Measures one workload; where the engine and the manual loop disagree, nothing is timed."""
    measured = Measured(workload)
    files = provide(workload.shape, settings.data, say)
    # What the peer reads is as large as the panel: it goes when the workload is done.
    with tempfile.TemporaryDirectory(prefix="peer-", dir=settings.data) as folder:
        subjects = Subjects(workload, files, Path(folder), settings.peer)
        _measure_speed(measured, subjects, settings, say)
    if settings.memory and measured.seconds:
        say(f"{workload.key}: memory, in fresh processes")
        _weigh(measured, files, settings)
        if subjects.peer_peak_bytes >= 0:
            measured.memory["vectorbt"] = subjects.peer_peak_bytes
    return measured


def _measure_speed(measured: Measured, subjects: Subjects, settings: Settings, say: Say) -> None:
    say(f"{measured.workload.key}: do the results agree?")
    measured.agreements = subjects.check()
    _note_what_is_left_out(measured)
    if measured.agreements[BARE].agrees:
        say(f"{measured.workload.key}: {settings.repeat} rounds")
        measured.seconds = take_turns(subjects.turns(measured.agreements), settings.repeat) | subjects.asides
        _compare(measured)
        if "recorded" in measured.seconds:
            measured.figures["journal bytes/barrier"] = subjects.journal_bytes / measured.workload.shape.barriers
            measured.figures["journal open s"] = subjects.opening(max(1_000, round(MESSAGES * settings.scale)))


def _note_what_is_left_out(measured: Measured) -> None:
    rotation = measured.workload.rotation
    if rotation and rotation.has_exits:
        measured.notes.append(NO_STOPS)
    for other, consequence in (
        (BARE, "nothing is timed, for the engine and the manual loop disagree"),
        (FILES, "no time from files, for the run from memory came to another result"),
        (VECTORBT, "no ratio to vectorbt, for its result is another"),
    ):
        agreement = measured.agreements.get(other)
        if agreement and not agreement.agrees:
            measured.notes.append(f"{consequence}: {agreement.text}")


def _compare(measured: Measured) -> None:
    """The figures, each ratio being the median of those within the rounds."""
    seconds, figures = measured.seconds, measured.figures
    for of, to in (
        ("tidegate", "bare"),
        ("tidegate", "plain"),
        ("vectorbt second", "tidegate"),
        ("vectorbt first", "tidegate"),
        ("files", "read"),
        ("files", "bare files"),
        ("recorded", "tidegate call"),
        ("files recorded", "files"),
        ("folder recorded", "folder"),
        ("verified", "recorded"),
        ("replayed", "recorded"),
    ):
        if of in seconds and to in seconds:
            figures[f"{of}/{to}"] = ratio(seconds[of], seconds[to])
    figures["us/barrier"] = statistics.median(seconds["tidegate"]) / measured.workload.shape.barriers * 1e6


def _weigh(measured: Measured, files: PanelFiles, settings: Settings) -> None:
    """Memory and the first call, each in a process of its own."""
    workload, memory = measured.workload, measured.memory
    for origin in ("memory", "files"):
        found = worker.ask(workload.key, settings.scale, settings.data, origin)
        memory[f"from {origin}"] = found["peak_bytes"] - found["before_bytes"]
        memory["results"] = found["results_bytes"]
        for part in ("import_s", "kernels_s", "small_s", "first_s"):
            measured.seconds[f"fresh process, from {origin}: {part[:-2]}"] = [found[part]]
    memory["chunk"] = chunk_bytes(files, workload)
    memory["files"] = files.bytes()
    measured.figures["memory beyond results/chunk"] = (memory["from files"] - memory["results"]) / memory["chunk"]
