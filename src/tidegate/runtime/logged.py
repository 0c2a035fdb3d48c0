"""Delivery with a log: the same loop, which also knows where each message comes from.

Beside the run's queue stand the senders and the causes of its messages, beside each outbox the causes of what is in it.
Whenever an actor's handler, or a stretch of its waiting one, is over, what is new in its outbox was sent because of the
message that it was handling. Where a lone message was handled, one number stands for the causes of all that came of it.

This is a loop of its own so that a run without a log pays nothing for it; with one, a barrier in which little happens
has seven messages, and each step taken for every message counts.
"""

from collections import deque
from collections.abc import Awaitable

from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, RunFinished, StopRequested
from tidegate.runtime.actor import Handler
from tidegate.runtime.hand import Waiting, checked
from tidegate.runtime.host_clock import now_s  # deterministic: paces the event loop
from tidegate.runtime.limits import Limits
from tidegate.runtime.log import COMMIT, DeliveryLog, LogFailed, Told
from tidegate.runtime.routing import RoutingTable
from tidegate.runtime.snapshots import states_of
from tidegate.runtime.supersteps import NO_ANSWER, PHASE_QUIESCED, Delivery, Order, Supersteps

AT_ONCE = 256
"""From so many on, what happened is told at the end of a barrier to a log that does not wait for each."""
IN_A_BARRIER = 4096
"""From so many on it is told before the barrier is over."""
NO_CAUSE = -1


class LoggedSupersteps(Supersteps):
    """The queue of a run, and a log that is told of it.

    Args:
        log: told barrier by barrier, or of several at once; of the last messages, or of those up to a failure, by
            `tell`.

    Attributes:
        beside: how many tasks run beside the actors.
    """

    def __init__(self, table: RoutingTable, limits: Limits, order: Order | None, log: DeliveryLog) -> None:
        super().__init__(table, limits, order)
        self._log = log
        self._at_once = 0 if log.waits else AT_ONCE
        self._scheduler = len(table.actors)
        self._actors = table.actors
        self.beside = 0
        self._senders: list[int] = []  # of what is queued
        self._causes: list[int] = []  # of what is queued, as far as they are known
        self._cause = NO_CAUSE  # of the rest
        self._outbox_causes: list[list[int]] = [[] for _ in table.actors]
        self._told: list[Told] = []  # what the log will be told next
        self._base = 0  # how many it was told before
        self._numbers: list[int] = []  # of this superstep's messages, where there are several
        self._barrier = self._skipped = -1  # the latter was not told of here
        self._last_told = self._failed = False

    def run_slice(self, until_s: float) -> None:  # noqa: C901 - as the loop that it stands for
        """Delivers until the run has ended, some actor must be awaited, or a barrier begins after `until_s`.

        Raises:
            Endless, Overflow: a limit is broken. LogFailed: the log raised. Anything else comes from a handler.
        """
        hand, batch, waiting, by_type, by_phase = self.hand, self._batch, self.waiting, self._by_type, self._by_phase
        senders, causes, cause, told = self._senders, self._causes, self._cause, self._told
        clock_index, clock, clock_outbox = self._clock
        max_depth = self._limits.mailbox_limit
        rounds, slow, look_again_at = self._rounds, self._slow, self._look_again_at
        while True:
            if not batch:
                cause = NO_CAUSE
                if self.finished is not None:
                    break
                if self.stop_reason is not None and not self._stop_told:
                    self._stop_told = True
                    batch.append(StopRequested(self.stop_reason))
                    senders.append(self._scheduler)
                    continue
                hand.index = clock_index
                hand.message = PHASE_QUIESCED
                result = clock(PHASE_QUIESCED)
                if result is not None:
                    self._wait(clock_index, PHASE_QUIESCED, result, NO_CAUSE)
                    break
                for message in clock_outbox:
                    batch.append(message)
                    senders.append(clock_index)
                clock_outbox.clear()
                if not batch:
                    raise RuntimeError(NO_ANSWER)
                message = batch[0]
                if type(message) is PhaseOpened and message.step == 0:
                    rounds, slow, look_again_at = 0, self._order is not None, self._first_look
                    if message.phase is Phase.ADVANCE and now_s() >= until_s:
                        break
            rounds += 1
            if rounds >= look_again_at:
                slow, look_again_at = self._look(rounds)
                if now_s() >= until_s:
                    rounds -= 1
                    break
            if slow or len(batch) > 1:
                self._cause = cause
                self._note_superstep(rounds - 1)
                if slow:
                    self._run_by_actor()
                else:
                    self._run_by_message()
                if waiting:
                    break
                self.collect()
                continue
            message = batch.pop()
            sender = senders.pop()
            if causes:
                cause = causes.pop()
            if type(message) is PhaseOpened:
                self.opened = message
                phase = message.phase
                receivers = by_phase[phase]
                if sender or cause >= 0 or message.step or phase is Phase.ADVANCE or message.seq != self._barrier:
                    self._note_phase(message, rounds - 1, sender, cause)
                else:  # as below, without the call
                    told.append(phase)
            else:
                receivers = by_type.get(type(message)) or self._resolve(message)
                told.append((sender, rounds - 1, 0 if cause < 0 else self._base + len(told) - cause, message))
            cause = self._base + len(told) - 1
            hand.message = message
            for index, handler, outbox in receivers:
                hand.index = index
                result = handler(message)
                if result is not None:
                    self._wait(index, message, result, cause)
                elif outbox:
                    if waiting:
                        self.note_sent(index, cause)
                        continue
                    batch += outbox
                    if len(batch) > max_depth:
                        self._check_depth(index)
                    if len(outbox) == 1:
                        senders.append(index)
                    else:
                        senders += [index] * len(outbox)
                    outbox.clear()
            if waiting:
                break
        self._rounds, self._slow, self._look_again_at, self._cause = rounds, slow, look_again_at, cause

    def collect(self) -> None:
        """Moves what the actors sent into the queue: the end of a superstep."""
        self._know_causes()
        for index, outbox in enumerate(self.outboxes):
            if outbox:
                self.note_sent(index, NO_CAUSE)  # whatever has not been seen yet is a spawned task's
                self._senders += [index] * len(outbox)
                self._causes += self._outbox_causes[index]
                self._outbox_causes[index].clear()
        super().collect()

    def note_sent(self, index: int, cause: int) -> None:
        """What is new in the actor's outbox was sent because of this message."""
        known = self._outbox_causes[index]
        known += [cause] * (len(self.outboxes[index]) - len(known))

    def tell(self) -> None:
        """Tells the log what it has not been told yet, unless it has failed before.

        Raises:
            LogFailed: it cannot take it.
        """
        if self._failed:
            return
        try:
            self._log.take(self._told)
        except Exception as error:
            self._failed = True
            raise LogFailed(error) from error
        self._base += len(self._told)
        self._told.clear()

    def skip_to(self, barrier: int) -> None:
        """What comes follows on this barrier."""
        self._barrier = self._skipped = barrier

    def _tell_states(self, barrier: int) -> None:
        """Tells the states of the actors, if all that is under way is in one of them."""
        alone = not (self.beside or self.waiting or any(self.outboxes)) and len(self._batch) <= 1
        states = states_of(self._actors, self.hand) if alone else {}
        if self._actors[self._clock[0]].name in states:
            self.tell()
            try:
                self._log.take_states(barrier, states)
            except Exception as error:
                self._failed = True
                raise LogFailed(error) from error

    def _know_causes(self) -> None:
        self._causes += [self._cause] * (len(self._batch) - len(self._causes))

    def _wait(self, index: int, message: Message, result: Awaitable[None], cause: int) -> None:
        self.note_sent(index, cause)
        self.waiting[index] = Watched(self, index, message, result, cause)

    def _note_phase(self, message: PhaseOpened, superstep: int, sender: int, cause: int) -> None:
        """Tells that a phase is opened, and where that begins a barrier, that the one before is over."""
        told, phase = self._told, message.phase
        before = self._barrier
        if message.seq != before:
            if before > self._skipped:
                self._commit()
                if before >= self._log.states_at:
                    self._tell_states(before)
            self._barrier = message.seq
        regular = message.seq == (before + 1 if phase is Phase.ADVANCE else before)
        if regular and not sender and not message.step and cause < 0:
            told.append(phase)
        else:
            back = 0 if cause < 0 else self._base + len(told) - cause
            told.append((sender, superstep, back, message, message.seq, phase))

    def _commit(self) -> None:
        self._told.append(COMMIT)
        if len(self._told) >= self._at_once:
            self.tell()

    def _note_superstep(self, superstep: int) -> None:
        """Puts the queue into the order of delivery and tells of it."""
        self._know_causes()
        batch, senders, causes, told, numbers = self._batch, self._senders, self._causes, self._told, self._numbers
        precedence = [message.precedence for message in batch]
        if min(precedence) != max(precedence):
            order = sorted(range(len(batch)), key=precedence.__getitem__)
            batch[:] = [batch[place] for place in order]
            senders[:] = [senders[place] for place in order]
            causes[:] = [causes[place] for place in order]
        if len(told) >= IN_A_BARRIER:
            self.tell()
        numbers.clear()
        for message, sender, cause in zip(batch, senders, causes, strict=True):
            if type(message) is PhaseOpened:
                self._note_phase(message, superstep, sender, cause)
            else:
                if type(message) is RunFinished:
                    self._end_run(message)
                back = 0 if cause < 0 else self._base + len(told) - cause
                told.append((sender, superstep, back, message))
            numbers.append(self._base + len(told) - 1)
        senders.clear()
        causes.clear()

    def _run_by_message(self) -> None:
        hand, batch, waiting, by_type = self.hand, self._batch, self.waiting, self._by_type
        hand.batch = batch
        for message, number in zip(batch, self._numbers, strict=True):
            receivers = by_type.get(type(message))
            if receivers is None:
                receivers = self._resolve(message)
            hand.message = message
            for index, handler, outbox in receivers:
                if waiting and index in waiting:
                    self._defer(index, handler, message, number)
                    continue
                hand.index = index
                result = handler(message)
                if result is not None:
                    self._wait(index, message, result, number)
                elif outbox:
                    self.note_sent(index, number)
        batch.clear()
        hand.batch = ()

    def _run_by_actor(self) -> None:
        batch, hand = self._batch, self.hand
        mailboxes: dict[int, list[tuple[Handler, Message, int]]] = {}
        for message, number in zip(batch, self._numbers, strict=True):
            receivers = self._by_type.get(type(message))
            for index, handler, _ in self._resolve(message) if receivers is None else receivers:
                mailboxes.setdefault(index, []).append((handler, message, number))
        hand.batch = batch
        order = sorted(mailboxes)
        for index in order if self._order is None else self._order(order):
            self._work_off(index, mailboxes[index])
        batch.clear()
        hand.batch = ()

    def _work_off(self, index: int, mailbox: list[tuple[Handler, Message, int]]) -> None:
        self.hand.index = index
        for done, (handler, message, number) in enumerate(mailbox, 1):
            self.hand.message = message
            result = handler(message)
            if result is not None:
                self._wait(index, message, result, number)
                for later in mailbox[done:]:
                    self._defer(index, *later)
                return
            self.note_sent(index, number)

    def _defer(self, index: int, handler: Handler, message: Message, number: int) -> None:
        waiting = self.waiting[index]
        assert isinstance(waiting, Watched)
        waiting.rest.append((handler, message))
        waiting.numbers.append(number)

    def _resolve(self, message: Message) -> tuple[Delivery, ...]:
        if isinstance(message, RunFinished):
            self._end_run(message)
        return super()._resolve(message)

    def _end_run(self, message: RunFinished) -> None:
        """The last barrier, if all of it took place, is over."""
        if message.seq == self._barrier >= 0 and not self._last_told:
            self._last_told = True
            self._commit()


class Watched(Waiting):
    """An actor that waits, and by which message it sends what it sends."""

    __slots__ = ("_steps", "cause", "numbers")

    def __init__(
        self, steps: LoggedSupersteps, index: int, message: Message, awaitable: Awaitable[None], cause: int
    ) -> None:
        super().__init__(index, message, awaitable)
        self._steps = steps
        self.cause = cause
        self.numbers: deque[int] = deque()

    async def work(self) -> None:
        """As `Waiting.work`; what was sent is noted whenever a message has been handled."""
        await checked(self.awaitable, self.message)
        self.note_sent()
        while self.rest:
            handler, self.message = self.rest.popleft()
            self.cause = self.numbers.popleft()
            result = handler(self.message)
            if result is not None:
                self.awaitable = result
                await checked(result, self.message)
            self.note_sent()
        self.done = True

    def note_sent(self) -> None:
        """Called also whenever the work comes to a wait: others may then run and send in the actor's name."""
        self._steps.note_sent(self.index, self.cause)
