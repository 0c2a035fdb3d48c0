"""The journal of a session: whether there is one, where it is, what its header says."""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tidegate
from tidegate.assembly import Parts
from tidegate.config.models import Config
from tidegate.core.enums import RunStatus
from tidegate.core.errors import ConfigError
from tidegate.data.panel import Columns, PanelSource
from tidegate.messages.base import Message
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.results.folder import JOURNAL
from tidegate.results.manifest import versions
from tidegate.runtime.actor import Actor
from tidegate.runtime.routing import SCHEDULER
from tidegate.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from tidegate.journal.recording import Recording


@dataclass(frozen=True, slots=True)
class JournalPlan:
    """A journal that is to be written.

    Attributes:
        path: of its file, which must not be there.
        durability: what a commit promises.
        market: whether batches are recorded whole.
    """

    path: Path
    durability: Literal["barrier", "batch"]
    market: Literal["reference", "value"]

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
        return cls(place, "batch" if mode == "off" else mode, config.journal.market)

    def begin(
        self,
        config: Config,
        parts: Parts,
        frames: Mapping[str, object],
        source: PanelSource,
        columns: Columns,
        actors: Sequence[Actor],
    ) -> "Recording":
        """Makes the file and writes its header; reads all data once, for its fingerprints.

        Args:
            config, parts, source, columns: of the run.
            frames: tables that were given in Python, by source.
            actors: as they will run.

        Raises:
            JournalError: the file is there, or cannot be written.
            DataError: the data cannot be read.
            ConfigError: a message type has a field that cannot be recorded.
        """
        # Keeps zstd and the schema of all messages out of runs that are not recorded.
        from tidegate.journal.header import Durability, Header, Market, schema_of
        from tidegate.journal.recording import Recording
        from tidegate.journal.writer import JournalWriter

        header = Header(
            actors=(*(actor.name for actor in actors), SCHEDULER),
            classes=tuple(class_path(kind) for kind in (*map(type, actors), Scheduler)),
            strategies=tuple(
                {"name": one.name, "class": class_path(type(one.strategy)), "given": parts.given}
                for one in parts.strategies
            ),
            rules=tuple(class_path(type(rule)) for rule in parts.rules),
            universe=columns.universe.names,
            config=_with_paths(config, frames),
            frames=tuple(sorted(name for name, frame in frames.items() if not isinstance(frame, str | Path))),
            seeds={"run": config.run.seed},
            versions=versions(),
            code=_code(parts, actors),
            data=dict(source.fingerprints()),
            market=Market(self.market),
            durability=Durability(self.durability),
            schema=schema_of((*MESSAGE_TYPES, *_own_kinds(actors))),
        )
        by_reference = self.market == "reference"
        feeds = [number for number, actor in enumerate(actors) if by_reference and parts.feeds(actor)]
        return Recording(JournalWriter.create(self.path, header, feeds), self.path.name)


def close_journal(recording: "Recording", status: RunStatus, reason: str | None) -> dict[str, Any]:
    """Seals the journal, and tells what is to be known of it.

    Raises:
        JournalError: it cannot be sealed.
    """
    recording.close(status.value, reason or "")
    writer = recording.writer
    return {"file": recording.name, "digest": writer.digest, "records": writer.records, "committed": writer.committed}


def class_path(kind: type) -> str:
    """`module:Class`; for a class that cannot be imported by it, with `(not importable)` behind."""
    path = f"{kind.__module__}:{kind.__qualname__}"
    module = sys.modules.get(kind.__module__)
    there = getattr(module, kind.__qualname__, None) is kind and kind.__module__ != "__main__"
    return path if there else f"{path} (not importable)"


def _with_paths(config: Config, frames: Mapping[str, object]) -> dict[str, Any]:
    """The configuration as JSON values, with the paths that were given in Python in their places."""
    values = config.model_dump(mode="json")
    for name, frame in frames.items():
        if isinstance(frame, str | Path):
            if name == "reference":
                values["universe"]["reference"] = str(frame)
            else:
                values["data"][name] = (values["data"][name] or {}) | {"path": str(frame)}
    return values


def _own_kinds(actors: Sequence[Actor]) -> list[type[Message]]:
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


@cache
def _own_code() -> str:
    root = Path(tidegate.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\x1f{len(content)}\x1f".encode() + content)
    return digest.hexdigest()
