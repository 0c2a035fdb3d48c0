"""A journal opened for reading, with the market data that it refers to."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from tidegate.config.loader import load_config
from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.enums import RunStatus
from tidegate.core.errors import UserError
from tidegate.core.time import format_ts
from tidegate.data.batches import Batches
from tidegate.data.panel import PanelSource
from tidegate.journal.header import Header
from tidegate.journal.reader import Journal
from tidegate.journal.records import Frame
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch, MarketBatchReference, UniverseDeclared
from tidegate.results.folder import JOURNAL, MANIFEST, manifest_of

KEPT_MAX = 64
"""So many batches are kept once they were read: who looks backwards has the data read again from its beginning."""


class Recorded:
    """A recorded run.

    Args:
        path: a journal, or a run folder that holds one.
        overrides: settings laid over the recorded ones to find the data, such as `data.prices.path=other.parquet`.
        source: the data, where it was given in Python.
        market: whether marks, which are recorded as references to the data, are wanted; they are NaN otherwise.

    Attributes:
        path: of the journal.
        name: what was given, for a person.
        market: the data that the journal refers to.

    Raises:
        UserError: there is no journal, no header can be read, or an override is no setting.
    """

    def __init__(
        self,
        path: Path | str,
        overrides: Sequence[str] = (),
        source: PanelSource | None = None,
        *,
        market: bool = False,
    ) -> None:
        self.name = str(path)
        self.path = journal_path(Path(path))
        self.journal = Journal.open(self.path, closes=self._closes if market else None, strangers=True)
        self.header: Header = self.journal.header
        if overrides:
            try:
                load_config(self.header.config, overrides)  # what is no setting is told at once
            except UserError:
                self.journal.close()
                raise
        self.market = MarketData(self.journal, overrides, source)
        self._times: dict[int, int | None] = {}

    @property
    def actors(self) -> tuple[str, ...]:
        """Names of those who send."""
        return self.header.actors

    @property
    def last(self) -> int:
        """The last committed barrier; -1 where there is none."""
        return self.journal.end.barrier

    @cached_property
    def declared(self) -> UniverseDeclared | None:
        """What the feed declared before the first barrier."""
        for frame in self.journal.frames(-1, -1):
            if frame.type == UniverseDeclared.__name__:
                message = frame.message
                return message if isinstance(message, UniverseDeclared) else None
        return None

    @property
    def universe(self) -> tuple[str, ...]:
        """Names of the assets, by column."""
        return self.header.universe or (self.declared.assets if self.declared else ())

    def sender(self, frame: Frame) -> str:
        """Who sent a message."""
        return self.actors[frame.sender]

    def time_ns(self, barrier: int) -> int | None:
        """When a barrier's bars closed; None where it had none."""
        if barrier not in self._times:
            found = (batch_time(frame) for frame in self.journal.frames(barrier, barrier))
            self._times[barrier] = next((ts_ns for ts_ns in found if ts_ns is not None), None)
        return self._times[barrier]

    def when(self, barrier: int) -> str:
        """`barrier 12 (2024-01-17)`."""
        if barrier < 0:
            return "before the first barrier"
        ts_ns = self.time_ns(barrier)
        return f"barrier {barrier:,}" + ("" if ts_ns is None else f" ({format_ts(ts_ns)})")

    def close(self) -> None:
        """Closes the file."""
        self.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _closes(self, barrier: int, since: int) -> FloatArray:
        return self.market.closes(barrier, since)


class MarketData:
    """The batches of a run: those in its journal, or those that it refers to.

    Data is looked for when it is first asked for; where it cannot be had, `missing` says why and nothing is made up.

    Attributes:
        missing: why there is none; empty where there is, or where nobody has asked.
    """

    def __init__(self, journal: Journal, overrides: Sequence[str], source: PanelSource | None) -> None:
        self.missing = ""
        self._journal = journal
        self._overrides = overrides
        self._source = source
        self._batches: Batches | None = None
        self._kept: dict[int, MarketBatch | None] = {}

    def at(self, barrier: int) -> MarketBatch | None:
        """The batch of a barrier; None where there is none, or it cannot be had."""
        if barrier not in self._kept:
            while len(self._kept) >= KEPT_MAX:
                del self._kept[next(iter(self._kept))]
            self._kept[barrier] = self._read(barrier)
        return self._kept[barrier]

    def _read(self, barrier: int) -> MarketBatch | None:
        for frame in self._journal.frames(barrier, barrier):
            if frame.type == MarketBatch.__name__:
                message = frame.message
                return message if isinstance(message, MarketBatch) else None
            if frame.type == MarketBatchReference.__name__:
                batches = self._found()
                return None if batches is None else batches.market(barrier)
        return None

    def closes(self, barrier: int, since: int) -> FloatArray:
        """(n_assets,) see `journal.arrays.Closes`; NaN where the data cannot be had."""
        batches = self._found()
        if batches is None:
            return freeze(np.full(len(self._journal.header.universe), np.nan))
        return batches.closes(barrier, since)

    def _found(self) -> Batches | None:
        if self._batches is None and not self.missing:
            try:
                source = self._source or table_source(self._journal.header, self._overrides)
                self._batches = Batches(source)
                self.missing = changed_data(self._journal.header, source)
            except UserError as error:
                self.missing = error.problems[0]
            if self.missing:
                self._batches = None
        return self._batches


def journal_path(path: Path) -> Path:
    """The journal that a person means by a path: the file itself, or that in the run folder.

    Raises:
        UserError: there is none.
    """
    if not path.is_dir():
        return path
    journal = path / JOURNAL
    if journal.is_file():
        return journal
    raise UserError(f"{path}: has no {JOURNAL}: {_why_absent(path)}")


def _why_absent(folder: Path) -> str:
    """Why a folder has no journal, by its manifest."""
    asked = "runs are recorded with `journal: {mode: batch}`"
    if not (folder / MANIFEST).is_file():
        return f"it is no run folder; {asked}"
    manifest = manifest_of(folder)
    journal, status, config = (manifest.get(name) for name in ("journal", "status", "config"))
    if isinstance(journal, dict):
        return f"the run's is {journal.get('file')}, which is elsewhere or gone; name that file"
    if status == RunStatus.RUNNING:
        return "the run has only begun, or was killed before its first barrier; run it again"
    section = config.get("journal") if isinstance(config, dict) else None
    if not isinstance(section, dict) or section.get("mode", "off") == "off":
        return f"it was not recorded; {asked}"
    error, _, more = str(manifest.get("error")).partition("\n")
    return f"the run ended before its first barrier, {status}: {error}{' ...' if more else ''}"


def table_source(header: Header, overrides: Sequence[str] = ()) -> PanelSource:
    """The tables that a journal refers to.

    Raises:
        UserError: the run was given its data in Python, or the configuration cannot be read.
    """
    if header.frames:
        raise UserError(f"{', '.join(header.frames)}: given to the run as frames, which are not in its journal")
    if not any(override.startswith("data.prices") for override in overrides) and not _has_prices(header.config):
        raise UserError("prices: the run was given its data in Python, and it is not in its journal")
    from tidegate.data.tables import TableSource  # Polars: only where tables are read

    config = load_config(header.config, overrides)
    fills = config.execution.participation.zero_volume == "fill"
    return TableSource(config.data, config.universe, zero_fills=fills, identified=True)


def changed_data(header: Header, source: PanelSource) -> str:
    """Which table is not what the journal's header says; empty where all are."""
    found = source.fingerprints()
    for name in sorted({*header.data, *found}):
        recorded, here = _digests(header.data.get(name)), _digests(found.get(name))
        if recorded != here:
            return f"{name}: the data is not that of the run; recorded {recorded}, found {here}"
    return ""


def batch_time(frame: Frame) -> int | None:
    """When the bars of a batch closed; None for what is no batch."""
    if frame.type in (MarketBatch.__name__, MarketBatchReference.__name__):
        message: Message = frame.message
        if isinstance(message, MarketBatch | MarketBatchReference):
            return message.ts_ns
    return None


def _has_prices(config: Mapping[str, Any]) -> bool:
    return bool((config.get("data") or {}).get("prices"))


def _digests(entries: Any) -> str:
    return ", ".join(f"{entry['sha256'][:12]}" for entry in entries or ()) or "nothing"
