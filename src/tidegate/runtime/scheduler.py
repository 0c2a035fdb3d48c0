"""The scheduler: starts the actors, moves their messages until the run is over, stops them, says what went wrong.

The inner loop (`supersteps`) is synchronous and comes back every few milliseconds, so that the event loop can serve
signals, cancellation and whatever else lives on it. Handlers that wait are awaited here, together, before their
superstep ends.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from tidegate.core.errors import BarrierTimeout
from tidegate.messages.base import Message
from tidegate.messages.clock import RunFinished
from tidegate.runtime.actor import Actor
from tidegate.runtime.hand import Waiting, Watched, failed_in, label_of, mail_of
from tidegate.runtime.host_clock import now_s  # deterministic: paces the event loop
from tidegate.runtime.limits import Limits, MailboxOverflow
from tidegate.runtime.log import DeliveryLog, LogFailed
from tidegate.runtime.logged import NO_CAUSE, LoggedSupersteps
from tidegate.runtime.routing import RoutingTable
from tidegate.runtime.snapshots import Restoring, Stage
from tidegate.runtime.stacks import waiting_stack
from tidegate.runtime.stepping import is_cancellation, stepped
from tidegate.runtime.supersteps import PHASE_QUIESCED, Endless, Order, Overflow, Supersteps
from tidegate.runtime.watchdog import Watchdog, to_stderr

SLICE_S = 0.005
"""How long the inner loop keeps the event loop to itself."""


class Scheduler:
    """Runs a set of actors once, from their start to the end that the Clock declares.

    Args:
        actors: their order breaks ties of delivery.
        limits: what the run may take.
        order: how actors take turns within a superstep; a `Shuffle` in tests, by default their own order.
        log: is told of every message; by default nobody is, which costs nothing.
        restoring: brings the actors to where they were after some barrier; with a log alone.
        report: gets the watchdog's findings at once, from its thread; by default they go to stderr.

    Attributes:
        table: the routes.
        unrouted: messages that nobody handles, counted by type name.

    Raises:
        ConfigError: the actors' routes do not fit together, see `RoutingTable`.
    """

    def __init__(
        self,
        actors: Sequence[Actor],
        *,
        limits: Limits | None = None,
        order: Order | None = None,
        log: DeliveryLog | None = None,
        restoring: Restoring | None = None,
        report: Callable[[str], None] = to_stderr,
    ) -> None:
        self.table = RoutingTable(actors)
        self._limits = limits or Limits()
        self._logged = None if log is None else LoggedSupersteps(self.table, self._limits, order, log)
        self._restoring = restoring
        self._steps = self._logged or Supersteps(self.table, self._limits, order)
        self.unrouted = self._steps.unrouted
        self._watchdog = Watchdog(self._limits.phase_timeout_s, self._overdue, self._overgrown, report)
        self._failure: BaseException | None = None
        self._group: TaskGroup | None = None
        self._timed: object = None  # the barrier and phase that the deadline belongs to
        self._deadline_s = 0.0
        self._began = self._spawned = False

    @property
    def seq(self) -> int:
        """The last barrier that was opened, -1 before the first."""
        return -1 if self._steps.opened is None else self._steps.opened.seq

    @property
    def committed(self) -> int:
        """The last barrier whose phases all came to their end, -1 before that."""
        if self._steps.finished is not None:
            return self._steps.finished.seq
        return max(self.seq - 1, -1)

    @property
    def finished(self) -> RunFinished | None:
        """How the Clock ended the run; None as long as it has not."""
        return self._steps.finished

    @property
    def stop_reason(self) -> str | None:
        """Why somebody called `stop`, None where nobody did."""
        return self._steps.stop_reason

    def stop(self, reason: str) -> None:
        """Asks for the end of the run after the barrier at hand; the first reason counts. Any thread may call it."""
        if self._steps.stop_reason is None:
            self._steps.stop_reason = reason

    def waits_for(self) -> str:
        """Where the run is, and who waits there, in words; any thread may ask."""
        hand = self._steps.hand
        waiting = [self._waits(one) for one in tuple(self._steps.waiting.values()) if not one.done]
        last = f"actor '{self._name(hand.index)}' is at {label_of(hand.message)}"
        return f"{self._place()}: {', '.join(waiting) or last}"

    async def run(self) -> None:
        """Runs to the end; a scheduler does so once.

        Raises:
            ActorFailed: an actor raised, in a handler, a spawned task, or when it started or stopped.
            BarrierTimeout: a phase did not end within the limits.
            MailboxOverflow: too many messages wait for one actor, or come from one.
            RuntimeError: it has run before.
        """
        if self._began:
            raise RuntimeError("a scheduler runs once; make another one")
        self._began = True
        started: list[Actor] = []
        try:
            async with anyio.create_task_group() as self._group:
                try:
                    await self._start(started)
                    if self._restoring is not None:
                        await self._restore(self._restoring)
                    await self._deliver()
                except anyio.get_cancelled_exc_class():
                    raise
                except BaseException as error:
                    self._note(error, self._steps.hand.index, self._steps.hand.message)
                self._group.cancel_scope.cancel()
        finally:
            self._watchdog.stop()
            self._steps.close()
            self._tell_rest()
            with anyio.CancelScope(shield=True):
                await self._stop_actors(started)
        if self._failure is not None:
            raise self._failure

    def _tell_rest(self) -> None:
        """The log gets what was delivered last, up to a failure where there was one."""
        if self._logged is not None:
            try:
                self._logged.tell()
            except LogFailed as error:
                self._fail(error.cause)

    async def _start(self, started: list[Actor]) -> None:
        self._watchdog.start()
        hand = self._steps.hand
        for index, actor in enumerate(self.table.actors):
            hand.index, hand.message = index, "wired"
            actor.wire(self._steps.outboxes[index].append, partial(self._spawn, index))
            actor.wired(self.table.keys)
        for index, actor in enumerate(self.table.actors):
            hand.index, hand.message = index, "started"
            await actor.started()
            started.append(actor)
        self._steps.collect()

    async def _restore(self, restoring: Restoring) -> None:
        """Has all delivered that comes before the first barrier, and then the actors put where they were."""
        assert self._logged is not None
        self._steps.finished = RunFinished(-1, "")  # the loop comes back once nothing is queued
        await self._deliver()
        self._steps.finished = None
        self._logged.tell()
        self._logged.skip_to(await restoring.restore(Stage(self.table, self._steps)))

    async def _deliver(self) -> None:
        steps, watchdog = self._steps, self._watchdog
        while True:
            watchdog.enter()
            try:
                steps.run_slice(now_s() + SLICE_S)
            finally:
                watchdog.leave()
            if watchdog.error is not None:
                raise watchdog.error
            if steps.waiting:
                await self._await_all()
            elif steps.finished is not None and steps.idle:
                return
            else:
                self._check_phase()
                await anyio.lowlevel.checkpoint()
                if self._spawned:
                    steps.collect()

    async def _await_all(self) -> None:
        """Waits for every handler of this superstep that must; the first failure cancels the others."""
        waiting = self._steps.waiting
        clock_waited = any(one.message is PHASE_QUIESCED for one in waiting.values())
        async with anyio.create_task_group() as group:
            if not clock_waited:  # a Clock may wait for real time
                group.start_soon(self._expire, group)
            for one in waiting.values():
                group.start_soon(self._finish, one, group)
        if self._failure is not None:
            raise self._failure
        waiting.clear()
        self._steps.collect()
        if clock_waited:
            self._steps.clock_answered()

    async def _finish(self, one: Waiting, group: TaskGroup) -> None:
        try:
            await stepped(one.work(), lambda: self._enter(one.index, one.message), lambda: self._leave(one))
        except BaseException as error:
            if is_cancellation(error):
                raise
            self._note(error, one.index, one.message)
            group.cancel_scope.cancel()
        if all(other.done for other in self._steps.waiting.values()):
            group.cancel_scope.cancel()  # nobody is left but the timer

    async def _expire(self, group: TaskGroup) -> None:
        await anyio.sleep_until(self._phase_deadline())  # deterministic: ends a run that hangs
        lines = [self._late("not quiescent")]
        for one in self._steps.waiting.values():
            if not one.done:
                lines += [f"  {self._waits(one)}", *(f"    {line}" for line in waiting_stack(one.awaitable))]
        self._fail(BarrierTimeout("\n".join(lines)))
        group.cancel_scope.cancel()

    def _spawn(self, index: int, work: Callable[..., Awaitable[None]], args: tuple[Any, ...]) -> None:
        assert self._group is not None
        self._spawned = True
        if self._logged is not None:
            self._logged.beside += 1
        self._group.start_soon(self._run_beside, index, work, args)

    async def _run_beside(self, index: int, work: Callable[..., Awaitable[None]], args: tuple[Any, ...]) -> None:
        label = f"task {getattr(work, '__qualname__', repr(work))}"

        async def call() -> None:
            await work(*args)

        try:
            await stepped(call(), lambda: self._enter(index, label), lambda: self._leave_task(index))
        except BaseException as error:
            if is_cancellation(error):
                raise
            self._note(error, index, label)
            assert self._group is not None
            self._group.cancel_scope.cancel()
        finally:
            if self._logged is not None:
                self._logged.beside -= 1

    async def _stop_actors(self, started: list[Actor]) -> None:
        for actor in self.table.actors:
            actor.unwire()
        for actor in reversed(started):
            try:
                await actor.stopped()
            except BaseException as error:
                failure = self._failure
                self._note(error, self.table.actors.index(actor), "stopped")
                if failure is not None:
                    failure.add_note(f"then actor '{actor.name}' failed to stop: {type(error).__name__}: {error}")

    def _enter(self, index: int, message: Message | str) -> None:
        hand = self._steps.hand
        hand.index, hand.message, hand.batch = index, message, ()
        self._watchdog.enter()

    def _leave(self, one: Waiting) -> None:
        self._watchdog.leave()
        if isinstance(one, Watched):
            one.note_sent()

    def _leave_task(self, index: int) -> None:
        self._watchdog.leave()
        if self._logged is not None:
            self._logged.note_sent(index, NO_CAUSE)

    def _phase_deadline(self) -> float:
        """In event loop time; a phase's time counts from when the outer loop first sees it."""
        opened = self._steps.opened
        phase = (-1, -1) if opened is None else (opened.seq, opened.phase)
        if self._timed != phase:
            self._timed = phase
            self._deadline_s = anyio.current_time() + self._limits.phase_timeout_s  # deterministic: see `_expire`
        return self._deadline_s

    def _check_phase(self) -> None:
        if anyio.current_time() > self._phase_deadline():  # deterministic: likewise; see `_expire`
            hand = self._steps.hand
            last = f"; the last to handle anything was actor '{self._name(hand.index)}' ({label_of(hand.message)})"
            raise self._fail(BarrierTimeout(self._late("still delivering messages") + last))

    def _overdue(self, stack: list[str]) -> BarrierTimeout:
        hand = self._steps.hand
        what = f"actor '{self._name(hand.index)}' keeps the event loop to itself in {label_of(hand.message)}"
        mail = mail_of(self._steps.depth())
        return BarrierTimeout("\n".join([f"{self._late(what)}, {mail}", *(f"    {line}" for line in stack)]))

    def _overgrown(self) -> MailboxOverflow | None:
        limit = self._limits.mailbox_limit
        for index, outbox in enumerate(self._steps.outboxes):
            if len(outbox) > limit:
                what = f"actor '{self._name(index)}' has sent {len(outbox):,} messages in one go"
                last = type(outbox[-1]).__name__
                return MailboxOverflow(f"{self._place()}: {what}, above {limit:,} (run.mailbox_limit), last a {last}")
        return None

    def _note(self, error: BaseException, index: int, message: Message | str) -> None:
        """Keeps the first failure, as what it is to the caller."""
        if self._failure is None:
            self._fail(self._explained(error, index, message))

    def _fail(self, failure: BaseException) -> BaseException:
        self._failure = self._failure or failure
        return self._failure

    def _explained(self, error: BaseException, index: int, message: Message | str) -> BaseException:
        if self._watchdog.error is not None:
            return self._watchdog.error
        if isinstance(error, LogFailed):
            return error.cause
        if isinstance(error, Endless):
            limit = f"not quiescent after {self._limits.max_supersteps:,} supersteps (run.max_supersteps)"
            return BarrierTimeout(f"{self._place()}: {limit}; messages go round without end: {error}")
        if isinstance(error, Overflow):
            return MailboxOverflow(f"{self._place()}: {error}")
        if not isinstance(error, Exception | anyio.get_cancelled_exc_class()):
            return error
        failed = failed_in(self._name(index), self.seq, self._steps.finished, label_of(message), error)
        failed.__cause__ = error
        return failed

    def _waits(self, one: Waiting) -> str:
        return f"actor '{self._name(one.index)}' waits in {label_of(one.message)}, {mail_of(one.depth)}"

    def _late(self, what: str) -> str:
        return f"{self._place()}: {what} after {self._limits.phase_timeout_s:g} s (run.phase_timeout_s)"

    def _place(self) -> str:
        opened = self._steps.opened
        return "before the first barrier" if opened is None else f"barrier {opened.seq}, phase {opened.phase.name}"

    def _name(self, index: int) -> str:
        return self.table.names[index]
