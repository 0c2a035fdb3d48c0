"""A session: one run, from configuration and data to its result."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from tidegate.assembly import Parts, load_rules, load_strategies
from tidegate.config.loader import Source, dump_config, load_config
from tidegate.config.models import Config
from tidegate.core.enums import RunStatus
from tidegate.core.errors import ActorFailed, KernelBug, RunInterrupted, UserError
from tidegate.core.money import to_micros
from tidegate.data.panel import Columns, PanelSource
from tidegate.kernels.kernel import Kernels, compile_all, is_cached
from tidegate.results.folder import RunFolder
from tidegate.results.progress import Progress, choose
from tidegate.results.record import RunRecord
from tidegate.results.result import Result
from tidegate.results.tape import Tape
from tidegate.risk.rules import RiskRule
from tidegate.runtime.actor import Actor
from tidegate.runtime.entry import run_anywhere
from tidegate.runtime.host_clock import now_s
from tidegate.runtime.interrupts import interrupts
from tidegate.runtime.limits import Limits
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.shuffle import Shuffle
from tidegate.strategy.strategy import Strategy

if TYPE_CHECKING:
    from tidegate.data.table import Frame

COMPILED_FROM_CELLS = 2_000_000
"""Assets times barriers from which `run.kernels: auto` compiles: below it, loading numba takes longer than it saves."""


class Session:
    """One run. Everything about it hangs on this object; sessions do not know of one another.

    Args:
        strategy: one, several, or an empty sequence for none; by default those of the configuration.
        prices, signals, features, context: paths, globs or frames that take the place of the configured ones.
        config: a mapping, a file or a model.
        risk: rules and limits beside the configured ones.
        out: the run folder; by default nothing is written.
        progress: False for none, or your own; by default a bar on a terminal and lines elsewhere once it takes long.
        source: a panel that takes the place of all tables.
        shuffle_seed: lets actors take turns in a random order within each superstep, which must change nothing.

    Raises:
        ConfigError: the configuration, a strategy or a rule cannot be used.
    """

    def __init__(
        self,
        strategy: Strategy | Sequence[Strategy] | None = None,
        *,
        prices: "Frame | None" = None,
        signals: "Frame | None" = None,
        features: "Frame | None" = None,
        context: "Frame | None" = None,
        config: Source = None,
        risk: Sequence[RiskRule] | None = None,
        out: str | Path | None = None,
        progress: bool | Progress | None = None,
        source: PanelSource | None = None,
        shuffle_seed: int | None = None,
    ) -> None:
        self.config: Config = load_config(config)
        tables = {"prices": prices, "signals": signals, "features": features, "context": context}
        self._frames = {name: frame for name, frame in tables.items() if frame is not None}
        self._source = source
        self._out = out
        self._shuffle_seed = shuffle_seed
        self._progress = choose(progress)
        self.tape = Tape(self.config.record.positions)
        self._parts = Parts(
            self.config,
            load_strategies(self.config, strategy),
            (*load_rules(self.config), *(risk or ())),
            self.tape,
            self._progress,
        )
        self._scheduler: Scheduler | None = None
        self._stop_reason: str | None = None
        self._signaled = False
        self._began = False
        self._timings = dict.fromkeys(("load", "run", "results"), 0.0)

    def add(self, actor: Actor) -> None:
        """Adds an actor of yours beside the standard ones."""
        self._parts.added.append(actor)

    def swap(self, role: str, actor: Actor) -> None:
        """Replaces a standard actor: clock, feed, broker, risk, recorder, or a strategy by its name.

        A recorder that takes its place should keep what it is to return on `session.tape`.

        Raises:
            ConfigError: no such role.
        """
        self._parts.swap(role, actor)

    def actors(self) -> tuple[Actor, ...]:
        """The actors as they would run, in order; no data is read."""
        return self._parts.actors()

    def stop(self, reason: str = "stopped") -> None:
        """Ends the run after the barrier at hand; its result says `interrupted`. Any thread may call it."""
        self._stop_reason = reason
        if self._scheduler is not None:
            self._scheduler.stop(reason)

    def run(self) -> Result:
        """Runs to the end, in a script or in a notebook; Ctrl-C and SIGTERM end it at a barrier.

        Raises:
            RunInterrupted: by a signal; its result holds what was committed.
            UserError, ActorFailed, BarrierTimeout, MailboxOverflow: as `arun`.
        """
        with interrupts(self._interrupt):
            return run_anywhere(self.arun, self._interrupt)

    async def arun(self) -> Result:
        """The same as a coroutine; signals are the caller's.

        Raises:
            UserError: the data or the run folder cannot be used.
            ActorFailed: an actor raised; the run folder holds what was committed, marked failed.
            BarrierTimeout, MailboxOverflow: a phase did not end within its limits; likewise.
        """
        if self._began:
            raise KernelBug("a session runs once; make another one")
        self._began = True
        folder = RunFolder.create(self._out) if self._out is not None else None
        failure: BaseException | None = None
        columns = None
        source = None
        try:
            source = self._panel()
            began_s = now_s()
            columns = await to_thread.run_sync(source.open)
            self._timings["load"] = now_s() - began_s
            await self._simulate(source, columns)
        except BaseException as error:
            failure = _unwrapped(error)
        result = self._result(folder, source, columns, failure)
        self._progress.finish(result.status)
        if failure is not None:
            raise failure
        if self._signaled and result.status is RunStatus.INTERRUPTED:
            raise RunInterrupted(result.error or "interrupted", result)
        return result

    def _interrupt(self, reason: str) -> None:
        self._signaled = True
        self.stop(reason)

    def _panel(self) -> PanelSource:
        if self._source is not None:
            return self._source
        from tidegate.data.tables import TableSource  # Polars: only where tables are read

        return TableSource(self.config.data, self.config.universe, self._frames)

    async def _simulate(self, source: PanelSource, columns: Columns) -> None:
        run = self.config.run
        kernels = self._kernels(columns)
        self.tape.use(kernels)
        actors = self._parts.actors(columns, source.chunks(), kernels)
        self._scheduler = Scheduler(
            actors,
            limits=Limits(run.phase_timeout_s, run.max_supersteps, run.mailbox_limit),
            order=None if self._shuffle_seed is None else Shuffle(self._shuffle_seed),
        )
        if self._stop_reason is not None:
            self._scheduler.stop(self._stop_reason)
        self._progress.start(columns.barriers)
        began_s = now_s()
        try:
            await self._scheduler.run()
        finally:
            self._timings["run"] = now_s() - began_s

    def _kernels(self, columns: Columns) -> Kernels:
        """Interpreted or compiled, as configured; compiling for the first time is said aloud."""
        wanted = self.config.run.kernels
        long = columns.barriers < 0 or columns.barriers * len(columns.universe) >= COMPILED_FROM_CELLS
        if wanted == "interpreted" or (wanted == "auto" and not long):
            return Kernels(compiled=False)
        if not is_cached():
            sys.stderr.write("tidegate: compiling kernels, once for this version (about 10 s)\n")
            compile_all()
        return Kernels(compiled=True)

    def _result(
        self,
        folder: RunFolder | None,
        source: PanelSource | None,
        columns: Columns | None,
        failure: BaseException | None,
    ) -> Result:
        began_s = now_s()
        assets = columns.universe.names if columns is not None else ()
        tables, counts = self.tape.tables()
        if source is not None and columns is not None:
            counts |= source.counts()
        status, error = self._status(failure)
        record = RunRecord(
            assets=assets,
            initial_cash_micros=to_micros(self.config.account.cash),
            currency=self.config.account.currency,
            fill=self.config.execution.fill,
            senders=self._parts.senders(),
            periods_per_year=self.config.record.periods_per_year,
            tables=tables,
            counts=counts,
            timings=self._timings,
            status=status,
            error=error,
            barriers=self.tape.committed + 1,
        )
        data = source.fingerprints() if folder is not None and source is not None and columns is not None else {}
        result = Result(record, config=self.config.model_dump(mode="json"), data=data)
        self._timings["results"] = now_s() - began_s
        if folder is not None:
            folder.seal(result, dump_config(self.config), report=self.config.record.report)
        return result

    def _status(self, failure: BaseException | None) -> tuple[RunStatus, str | None]:
        if failure is not None:
            interrupted = isinstance(failure, KeyboardInterrupt)
            status = RunStatus.INTERRUPTED if interrupted else RunStatus.FAILED
            return status, str(failure) or type(failure).__name__
        ended = self._scheduler.finished if self._scheduler is not None else None
        if ended is not None and ended.reason == self._stop_reason:
            return RunStatus.INTERRUPTED, ended.reason
        return RunStatus.COMPLETED, None


def _unwrapped(error: BaseException) -> BaseException:
    """What the user did wrong before the first barrier is told as such, not as an actor's failure."""
    if isinstance(error, ActorFailed) and error.barrier < 0 and isinstance(error.cause, UserError):
        return error.cause
    return error


def run(
    strategy: Strategy | Sequence[Strategy] | None = None,
    *,
    prices: "Frame | None" = None,
    signals: "Frame | None" = None,
    features: "Frame | None" = None,
    context: "Frame | None" = None,
    config: Source = None,
    risk: Sequence[RiskRule] | None = None,
    out: str | Path | None = None,
    progress: bool | Progress | None = None,
) -> Result:
    """Runs strategies over data; works in scripts and in notebooks. Arguments and errors as for `Session`."""
    return Session(
        strategy, prices=prices, signals=signals, features=features, context=context,
        config=config, risk=risk, out=out, progress=progress,
    ).run()  # fmt: skip


async def arun(
    strategy: Strategy | Sequence[Strategy] | None = None,
    *,
    prices: "Frame | None" = None,
    signals: "Frame | None" = None,
    features: "Frame | None" = None,
    context: "Frame | None" = None,
    config: Source = None,
    risk: Sequence[RiskRule] | None = None,
    out: str | Path | None = None,
    progress: bool | Progress | None = None,
) -> Result:
    """`run` as a coroutine."""
    return await Session(
        strategy, prices=prices, signals=signals, features=features, context=context,
        config=config, risk=risk, out=out, progress=progress,
    ).arun()  # fmt: skip
