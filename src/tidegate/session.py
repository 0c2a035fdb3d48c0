"""A session: one run, from configuration and data to its result."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import get_cancelled_exc_class, to_thread  # deterministic: begins the log, which is waited for

from tidegate.assembly import Parts, given_rules, load_rules, load_strategies
from tidegate.config.loader import Source, blaming, load_config
from tidegate.config.models import Config
from tidegate.core.enums import RunStatus
from tidegate.core.errors import RunInterrupted, UserError
from tidegate.data.instruments import make_instruments
from tidegate.data.panel import Columns, PanelSource
from tidegate.ending import Ending, first_of, unwrapped
from tidegate.journaling import JournalPlan, LogPlan, PreparedRun, RunLog
from tidegate.kernels.kernel import Kernels, compile_all, is_cached
from tidegate.results.folder import RunFolder
from tidegate.results.progress import Progress, choose
from tidegate.results.result import Result
from tidegate.results.tape import Tape
from tidegate.risk.rules import RiskRule
from tidegate.runtime.actor import Actor
from tidegate.runtime.entry import apart, run_anywhere
from tidegate.runtime.host_clock import now_s  # deterministic: measures durations
from tidegate.runtime.interrupts import interrupts
from tidegate.runtime.limits import Limits
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.shuffle import Shuffle
from tidegate.strategy.strategy import Strategy

if TYPE_CHECKING:
    from tidegate.data.table import Frame

COMPILED_FROM_WORK, COMPILING_FROM_WORK = 250_000, 5_000_000
"""From how much work `run.kernels: auto` loads machine code, and from how much it makes it where there is none yet.

Work is barriers x (assets + 50): what an interpreted kernel costs beyond its assets equals about 50 of them. Measured
over 20 to 500 assets and 250 to 10,000 barriers, a rotation of 25 with and without exit rules, machine code saves 1.3
microseconds a unit without rules and 2.3 with. Loading numba and the cache takes 0.45 s, which that makes up from
350,000 units on without rules and from 200,000 with; making machine code takes 30 s, once, and pays from about the
fifth run of five million units on.
"""
_OVERHEAD_ASSETS = 50


class Session:
    """One run. Everything about it hangs on this object; sessions do not know of one another.

    Args:
        strategy: one, several, or an empty sequence for none; by default those of the configuration.
        prices, finer_prices, signals, features, context, actions: paths, globs or frames that take the place of the
            configured ones.
        reference: likewise, a table of what the assets are.
        config: a mapping, a file or a model.
        risk: rules and limits beside the configured ones.
        out: the run folder; by default nothing is written.
        journal: a new file for the journal of all messages, whether or not the configuration asks for one; by default
            it is in the run folder where the configuration does.
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
        finer_prices: "Frame | None" = None,
        signals: "Frame | None" = None,
        features: "Frame | None" = None,
        context: "Frame | None" = None,
        actions: "Frame | None" = None,
        reference: "Frame | None" = None,
        config: Source = None,
        risk: Sequence[RiskRule] | None = None,
        out: str | Path | None = None,
        journal: str | Path | None = None,
        progress: bool | Progress | None = None,
        source: PanelSource | None = None,
        shuffle_seed: int | None = None,
    ) -> None:
        self.config: Config = load_config(config)
        tables = {
            "prices": prices, "finer_prices": finer_prices, "signals": signals, "features": features,
            "context": context, "reference": reference, "actions": actions,
        }  # fmt: skip
        self._frames = {name: frame for name, frame in tables.items() if frame is not None}
        self._source = source
        self._out = out
        self._shuffle_seed = shuffle_seed
        self._progress = choose(progress)
        self.tape = Tape(self.config.record.positions)
        with blaming(config if strategy is None else None):
            strategies = load_strategies(self.config, strategy)
        with blaming(config):
            rules = (*load_rules(self.config), *given_rules(risk))
            self._log_plan: LogPlan | None = JournalPlan.of(self.config, out, journal)
        self._parts = Parts(self.config, strategies, rules, self.tape, self._progress, given=strategy is not None)
        self._log: RunLog | None = None
        self._folder: RunFolder | None = None
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

    def attach(self, plan: LogPlan, folder: RunFolder | None = None) -> None:
        """Has another log take the place of the journal.

        Args:
            plan: makes it.
            folder: is there already, and gets the results.
        """
        self._log_plan, self._folder = plan, folder

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
        with interrupts(self._interrupt, self._waits_for):
            return run_anywhere(self.arun, self._interrupt)

    async def arun(self) -> Result:
        """The same as a coroutine; signals are the caller's.

        Raises:
            UserError: the data or the run folder cannot be used.
            ActorFailed: an actor raised; the run folder holds what was committed, marked failed.
            BarrierTimeout, MailboxOverflow: a phase did not end within its limits; likewise.
        """
        if self._began:
            raise UserError("a session runs once; make another one")
        self._began = True
        folder = self._folder or (RunFolder.create(self._out) if self._out is not None else None)
        failure: BaseException | None = None
        columns = source = None
        try:
            source = self.panel(identified=self._log_plan is not None or folder is not None)
            began_s = now_s()
            columns = await apart(partial(self._open, source), self._given_up)
            self._timings["load"] = now_s() - began_s
            await self._simulate(source, columns)
        except BaseException as error:
            failure = unwrapped(error)
        journal = None
        if self._folder is not None and (self._log is None or not self._log.complete):
            folder = None  # the run has not come to where it was, and leaves the folder as it is
        if self._log is not None:
            status, reason = self._status(failure)
            try:
                journal = self._log.close(status.value, reason or "")
            except Exception as error:
                failure = first_of(failure, "its journal could not be closed", error)
        ending = Ending(self.config, self._parts.senders(), self.tape, self._timings, folder, source, columns, journal)
        try:
            result = ending.result(*self._status(failure))
        except (Exception, KeyboardInterrupt) as error:
            failure = first_of(failure, "its results could not all be made", error)
            result = ending.remains(*self._status(failure))
        try:
            self._progress.finish(result.status)
        except Exception as error:
            failure = first_of(failure, "its progress could not be ended", error)
        if failure is not None and not isinstance(failure, RunInterrupted):
            raise failure
        if self._signaled and result.status is RunStatus.INTERRUPTED:
            raise RunInterrupted(result.error or "interrupted", result)
        return result

    def _interrupt(self, reason: str) -> None:
        if self._signaled:  # the signal handlers have passed on the first; whoever waits for the run gets the second
            raise KeyboardInterrupt(reason)
        self._signaled = True
        self.stop(reason)

    def _given_up(self) -> str | None:
        """Why the data is to be opened no longer: nothing has begun, so that there is no barrier to wait for."""
        return f"{self._stop_reason}, before the data was opened" if self._signaled else None

    def _waits_for(self) -> str:
        if self._scheduler is None:
            return "its journal is being begun"
        return "its results are being made" if self._scheduler.finished is not None else self._scheduler.waits_for()

    def panel(self, *, identified: bool = False) -> PanelSource:
        """The data: the source given, or one made anew from the tables, `identified` if asked for its fingerprints."""
        if self._source is not None:
            return self._source
        from tidegate.data.tables import TableSource  # Polars: only where tables are read

        config, frames = self.config, self._frames
        fills = config.execution.participation.zero_volume == "fill"
        return TableSource(config.data, config.universe, frames, zero_fills=fills, identified=identified)

    def _open(self, source: PanelSource) -> Columns:
        """Opens the source; one that is given in Python and says nothing of its assets leaves that to the settings."""
        columns, universe = source.open(), self.config.universe
        if source is not self._source or columns.instruments is not None:
            return columns
        if universe.reference is not None or "reference" in self._frames:
            from tidegate.data.reference import read_reference  # Polars: only where tables are read

            found = read_reference(universe, self._frames.get("reference"), columns.universe).instruments
        else:
            found = make_instruments(universe, columns.universe.names)
        return columns if found is None else replace(columns, instruments=found)

    async def _simulate(self, source: PanelSource, columns: Columns) -> None:
        run = self.config.run
        kernels = self._kernels(columns)
        self.tape.use(kernels)
        actors = self._parts.actors(columns, source.chunks(), kernels)
        if self._log_plan is not None:
            prepared = PreparedRun(self.config, self._parts, self._frames, source, columns, actors)
            self._log = await to_thread.run_sync(self._log_plan.begin, prepared)
        self._scheduler = Scheduler(
            actors,
            limits=Limits(run.phase_timeout_s, run.max_supersteps, run.mailbox_limit),
            order=None if self._shuffle_seed is None else Shuffle(self._shuffle_seed),
            log=self._log,
            restoring=None if self._log is None else self._log.restoring,
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
        if wanted == "interpreted" or (wanted == "auto" and not worth_compiling(columns, cached=True)):
            return Kernels(compiled=False)
        if not is_cached():
            if wanted == "auto" and not worth_compiling(columns, cached=False):
                return Kernels(compiled=False)
            sys.stderr.write("tidegate: compiling kernels, once for this version (about half a minute)\n")
            compile_all()
        return Kernels(compiled=True)

    def _status(self, failure: BaseException | None) -> tuple[RunStatus, str | None]:
        if isinstance(failure, get_cancelled_exc_class()):  # by the caller, or by a second signal while it waited
            return RunStatus.INTERRUPTED, self._stop_reason or "canceled"
        if failure is not None:
            status = RunStatus.INTERRUPTED if isinstance(failure, KeyboardInterrupt) else RunStatus.FAILED
            return status, str(failure) or type(failure).__name__
        ended = self._scheduler.finished if self._scheduler is not None else None
        if ended is not None and ended.reason == self._stop_reason:
            return RunStatus.INTERRUPTED, ended.reason
        return RunStatus.COMPLETED, None


def worth_compiling(columns: Columns, *, cached: bool) -> bool:
    """Whether a run of this size is over sooner with machine code; see `COMPILED_FROM_WORK`.

    Args:
        columns: what will be read; of unknown length counts as long.
        cached: whether the machine code is there, or would have to be made first.
    """
    work = columns.barriers * (len(columns.universe) + _OVERHEAD_ASSETS) + columns.finer * len(columns.universe)
    return columns.barriers < 0 or work >= (COMPILED_FROM_WORK if cached else COMPILING_FROM_WORK)


def run(
    strategy: Strategy | Sequence[Strategy] | None = None,
    *,
    prices: "Frame | None" = None,
    finer_prices: "Frame | None" = None,
    signals: "Frame | None" = None,
    features: "Frame | None" = None,
    context: "Frame | None" = None,
    actions: "Frame | None" = None,
    reference: "Frame | None" = None,
    config: Source = None,
    risk: Sequence[RiskRule] | None = None,
    out: str | Path | None = None,
    progress: bool | Progress | None = None,
) -> Result:
    """Runs strategies over data; works in scripts and in notebooks. Arguments and errors as for `Session`."""
    return Session(
        strategy, prices=prices, finer_prices=finer_prices, signals=signals, features=features, context=context,
        actions=actions, reference=reference, config=config, risk=risk, out=out, progress=progress,
    ).run()  # fmt: skip


async def arun(
    strategy: Strategy | Sequence[Strategy] | None = None,
    *,
    prices: "Frame | None" = None,
    finer_prices: "Frame | None" = None,
    signals: "Frame | None" = None,
    features: "Frame | None" = None,
    context: "Frame | None" = None,
    actions: "Frame | None" = None,
    reference: "Frame | None" = None,
    config: Source = None,
    risk: Sequence[RiskRule] | None = None,
    out: str | Path | None = None,
    progress: bool | Progress | None = None,
) -> Result:
    """`run` as a coroutine."""
    return await Session(
        strategy, prices=prices, finer_prices=finer_prices, signals=signals, features=features, context=context,
        actions=actions, reference=reference, config=config, risk=risk, out=out, progress=progress,
    ).arun()  # fmt: skip
