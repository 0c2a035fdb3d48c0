"""What a run leaves, however it ended: its result, and its folder where there is one."""

from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.config.loader import dump_config
from tidegate.config.models import Config
from tidegate.core.enums import RunStatus
from tidegate.core.errors import ActorFailed, UserError
from tidegate.core.money import to_micros
from tidegate.data.panel import Columns, PanelSource
from tidegate.results.folder import RunFolder
from tidegate.results.record import Column, RunRecord, Table
from tidegate.results.result import Result
from tidegate.results.tape import Tape
from tidegate.runtime.host_clock import now_s  # deterministic: measures durations

Tables = dict[str, Table]


@dataclass(frozen=True, slots=True)
class Ending:
    """Everything that a run's result is made from.

    Attributes:
        senders: names behind the sender numbers of order ids.
        timings: seconds by part of the run; gets those that making the result took.
        folder: where it is to be written, if anywhere.
        source, columns: what was read; None where the run did not get that far.
        journal: facts of the journal, where one was written; see `manifest.make_manifest`.
    """

    config: Config
    senders: dict[int, str]
    tape: Tape
    timings: dict[str, float]
    folder: RunFolder | None
    source: PanelSource | None
    columns: Columns | None
    journal: dict[str, Any] | None = None

    def result(self, status: RunStatus, error: str | None) -> Result:
        """The result, written where it is to be; raises whatever making or writing it does."""
        began_s = now_s()
        tables, counts = self.tape.tables()
        data = {}
        if self.source is not None and self.columns is not None:
            counts |= self.source.counts()
            data = self.source.fingerprints() if self.folder is not None else {}
        record = self._record(status, error, tables, counts)
        result = Result(record, config=self.config.model_dump(mode="json"), data=data, journal=self.journal)
        self.timings["results"] = now_s() - began_s
        self._seal(result, report=self.config.record.report)
        return result

    def remains(self, status: RunStatus, error: str | None) -> Result:
        """What can still be had where `result` failed: without report and fingerprints, at worst without tables.

        Where the folder cannot be written either it keeps saying that the run is running, and is refused by readers.
        """
        for make_tables in (self.tape.tables, _no_tables):
            try:
                record, config = self._record(status, error, *make_tables()), self.config.model_dump(mode="json")
                result = Result(record, config=config, journal=self.journal)
                self._seal(result, report=False)
            except Exception:  # what is wrong has been told already, by `result`
                continue
            return result
        return Result(self._record(status, error, *_no_tables()))

    def _seal(self, result: Result, *, report: bool) -> None:
        if self.folder is not None:
            self.folder.seal(result, dump_config(self.config), report=report)

    def _record(self, status: RunStatus, error: str | None, tables: Tables, counts: dict[str, int]) -> RunRecord:
        committed = self.tape.committed if status is RunStatus.COMPLETED else _cut(tables, self.tape.committed)
        return RunRecord(
            assets=self.columns.universe.names if self.columns is not None else (),
            initial_cash_micros=to_micros(self.config.account.cash),
            currency=self.config.account.currency,
            fill=self.config.execution.fill,
            senders=self.senders,
            periods_per_year=self.config.record.periods_per_year,
            tables=tables,
            counts=counts,
            timings=self.timings,
            status=status,
            error=error,
            barriers=committed + 1,
        )


def first_of(failure: BaseException | None, what: str, later: BaseException) -> BaseException:
    """What ended the run, with what else went wrong afterwards as a note; the latter alone where nothing had."""
    if failure is None:
        return later
    if not str(later) or str(later) not in str(failure):  # which has not been told yet
        failure.add_note(f"then {what}: {type(later).__name__}: {later}")
    return failure


def unwrapped(error: BaseException) -> BaseException:
    """What the user did wrong before the first barrier is told as such, not as an actor's failure."""
    if isinstance(error, ActorFailed) and error.barrier < 0 and isinstance(error.cause, UserError):
        return error.cause
    return error


def _no_tables() -> tuple[Tables, dict[str, int]]:
    return {}, {}


def _cut(tables: Tables, committed: int) -> int:
    """Cuts the tables, in place, after the last barrier that has its row of equity; returns that barrier.

    A recorder that failed or was interrupted may have kept some of a barrier before its row was whole.
    """
    known = np.asarray(tables["equity"]["barrier"] if tables else (), np.int64)
    last = min(committed, int(known[-1])) if known.size else -1
    for name, table in tables.items():
        kept = np.asarray(table["barrier"], np.int64) <= last
        if not kept.all():
            tables[name] = {column: _chosen(values, kept) for column, values in table.items()}
    return last


def _chosen(values: Column, kept: NDArray[np.bool_]) -> Column:
    return values[kept] if isinstance(values, np.ndarray) else list(compress(values, kept.tolist()))
