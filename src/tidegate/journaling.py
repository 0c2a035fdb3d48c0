"""The journal of a session: whether there is one, where it is, what its header says."""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tidegate.assembly import Parts
from tidegate.config.models import Config
from tidegate.core.errors import ConfigError
from tidegate.data.panel import Columns, PanelSource
from tidegate.messages.base import Message
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.results.folder import JOURNAL
from tidegate.results.manifest import versions
from tidegate.runtime.actor import Actor
from tidegate.runtime.log import DeliveryLog
from tidegate.runtime.routing import SCHEDULER, RoutingTable
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.snapshots import Restoring

if TYPE_CHECKING:
    from tidegate.journal.header import Header, Shared
    from tidegate.journal.recording import Recording


class RunLog(DeliveryLog, Protocol):
    """What a session tells of its messages, and of its end.

    Attributes:
        complete: whether the run may leave results; not while a run that was cut off is being repeated.
        restoring: puts the actors where they were before the run goes on; None where it begins at its beginning.
    """

    @property
    def restoring(self) -> Restoring | None:
        """See above."""
        ...

    @property
    def complete(self) -> bool:
        """See above."""
        ...

    def close(self, status: str, reason: str = "") -> dict[str, Any] | None:
        """Hears how the run ended; returns what the manifest is to say of the journal, if there is one."""


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run of which everything is known and nothing has happened.

    Attributes:
        config, parts: of the session.
        frames: tables that were given in Python, by source.
        source, columns: of the data.
        actors: as they will run.
    """

    config: Config
    parts: Parts
    frames: Mapping[str, object]
    source: PanelSource
    columns: Columns
    actors: Sequence[Actor]


class LogPlan(Protocol):
    """Makes the log of a run once everything is known of it."""

    def begin(self, run: PreparedRun) -> RunLog:
        """The log; what this raises ends the run before its first message."""
        ...


@dataclass(frozen=True, slots=True)
class JournalPlan:
    """A journal that is to be written.

    Attributes:
        path: of its file, which must not be there.
        durability: what a commit promises.
        market: whether batches are recorded whole.
        classes: to be told instead of those of the actors of these names, which stand for others.
        snapshots: barriers from one to the next; 0 for none.
        shared: what its first barriers are, where these are another run's.
    """

    path: Path
    durability: str
    market: str
    classes: Mapping[str, str] = field(default_factory=dict)
    snapshots: int = 0
    shared: "Shared | None" = None

    @classmethod
    def of(cls, config: Config, out: str | Path | None, path: str | Path | None) -> "JournalPlan | None":
        """What the settings ask for: a path given in Python is a wish for a journal, too.

        Raises:
            ConfigError: there is no place for it.
        """
        mode = config.journal.mode
        if path is None and mode == "off":
            return None
        if path is None and out is None:
            raise ConfigError(
                f"journal.mode: {mode}, but there is no run folder to put the journal in; pass out= or journal=,"
                " or leave the mode off"
            )
        place = Path(path) if path is not None else Path(out or "") / JOURNAL
        durability = "batch" if mode == "off" else mode
        return cls(place, durability, config.journal.market, snapshots=config.journal.snapshots)

    def begin(self, run: PreparedRun) -> "Recording":
        """Makes the file and writes its header; reads all data once, for its fingerprints.

        Raises:
            JournalError: the file is there, or cannot be written.
            DataError: the data cannot be read.
            ConfigError: the actors cannot be wired, see `RoutingTable`.
        JournalError: a message type has a field that cannot be recorded.
        """
        # Keeps zstd and the schema of all messages out of runs that are not recorded.
        from tidegate.journal.recording import Recording
        from tidegate.journal.writer import JournalWriter

        header = make_header(run, self.durability, self.market)
        told = [self.classes.get(*pair) for pair in zip(header.actors, header.classes, strict=True)]
        header = msgspec.structs.replace(header, classes=tuple(told), shared=self.shared)
        feeds = feeds_of(run) if self.market == "reference" else ()
        return Recording(JournalWriter.create(self.path, header, feeds), self.path.name, self.snapshots)


def feeds_of(run: PreparedRun) -> tuple[int, ...]:
    """Numbers of the actors whose batches are those of the data, and can be referred to."""
    return tuple(number for number, actor in enumerate(run.actors) if run.parts.feeds(actor))


def make_header(run: PreparedRun, durability: str, market: str) -> "Header":
    """What a journal says of its run; reads all data once, for its fingerprints.

    Raises:
        DataError: the data cannot be read.
        ConfigError: the actors cannot be wired, see `RoutingTable`.
        JournalError: a message type has a field that cannot be recorded.
    """
    from tidegate.journal.header import Durability, Header, Market, schema_of  # as above: zstd, and the schema

    config, parts, frames, actors = run.config, run.parts, run.frames, run.actors
    return Header(
        actors=(*RoutingTable(actors).names, SCHEDULER),
        classes=tuple(class_path(kind) for kind in (*map(type, actors), Scheduler)),
        strategies=tuple(
            {"name": one.name, "class": class_path(type(one.strategy)), "given": parts.given}
            for one in parts.strategies
        ),
        rules=tuple(class_path(type(rule)) for rule in parts.rules),
        universe=run.columns.universe.names,
        config=_with_paths(config, frames),
        frames=tuple(sorted(name for name, frame in frames.items() if not isinstance(frame, str | Path))),
        seeds={"run": config.run.seed},
        versions=_versions(),
        code=_code(parts, actors),
        folders=_folders(_code(parts, actors)),
        data=dict(run.source.fingerprints()),
        market=Market(market),
        durability=Durability(durability),
        schema=schema_of((*MESSAGE_TYPES, *own_kinds(actors))),
    )


def class_path(kind: type) -> str:
    """`module:Class`; for a class that cannot be imported by it, with `(not importable)` behind."""
    path = f"{kind.__module__}:{kind.__qualname__}"
    module = sys.modules.get(kind.__module__)
    there = getattr(module, kind.__qualname__, None) is kind and kind.__module__ != "__main__"
    return path if there else f"{path} (not importable)"


def _versions() -> dict[str, str]:
    """Of what a run can depend on: not of numba, for machine code does the same, and it may be loaded for others."""
    return {name: version for name, version in versions().items() if name != "numba"}


def _with_paths(config: Config, frames: Mapping[str, object]) -> dict[str, Any]:
    """The configuration as JSON values, with the paths that were given in Python in their places."""
    values = config.model_dump(mode="json")
    for name, frame in frames.items():
        if isinstance(frame, str | Path):
            frame = str(frame) if "://" in str(frame) else str(Path(frame).absolute())
            if name == "reference":
                values["universe"]["reference"] = frame
            else:
                values["data"][name] = (values["data"][name] or {}) | {"path": frame}
    return values


def own_kinds(actors: Sequence[Actor]) -> list[type[Message]]:
    """Message types that are the user's, as far as actors declare that they handle or send them."""
    found: dict[type[Message], None] = {}
    for actor in actors:
        keys = (*actor.sends, *(key for key in actor.routes() if isinstance(key, type)))
        found |= dict.fromkeys(key for key in keys if key not in MESSAGE_TYPES)
    return list(found)


def _code(parts: Parts, actors: Sequence[Actor]) -> dict[str, str]:
    """SHA-256 of the sources: this package's, and those of the modules that the user's classes come from."""
    kinds = [type(one) for one in (*actors, *(one.strategy for one in parts.strategies), *parts.rules)]
    modules = sorted({kind.__module__ for kind in kinds if kind.__module__.partition(".")[0] != "tidegate"})
    found = {"tidegate": _own_code()}
    for name in modules:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is not None and Path(file).is_file():
            found[name] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return found


def _folders(code: Mapping[str, str]) -> tuple[str, ...]:
    """Where the modules that are the user's can be imported from, each once."""
    found: dict[str, None] = {}
    for name in code:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is not None and name.partition(".")[0] != "tidegate":
            path = Path(file).absolute()
            found[str(path.parents[name.count(".") + (path.name == "__init__.py")])] = None
    return tuple(found)


@cache
def _own_code() -> str:
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\x1f{len(content)}\x1f".encode() + content)
    return digest.hexdigest()
