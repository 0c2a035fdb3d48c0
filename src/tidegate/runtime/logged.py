"""Delivery with a log: the same loop, which also knows where each message comes from.

Beside the run's queue stand the senders and the causes of its messages, beside each outbox the causes of what is in it.
Whenever an actor's handler, or a stretch of its waiting one, is over, what is new in its outbox was sent because of the
message that it was handling. Where a lone message was handled, nothing is noted: what was told last is the cause.

This is a loop of its own so that a run without a log pays nothing for it; with one, a barrier in which little happens
has seven messages, and each step taken for every message counts.
"""

from collections.abc import Awaitable

from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, RunFinished, StopRequested
from tidegate.runtime.actor import Handler
from tidegate.runtime.hand import Watched
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
        self._causes: list[int] = []  # of what is queued, or none: then what was told last is the cause of all
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
        senders, causes, told = self._senders, self._causes, self._told
        clock_index, clock, clock_outbox = self._clock
        max_depth = self._limits.mailbox_limit
        rounds, slow, look_again_at = self._rounds, self._slow, self._look_again_at
        message: Message = PHASE_QUIESCED
        while True:
            receivers = None
            if not batch:
                if self.finished is not None:
                    break
                if self.stop_reason is not None and not self._stop_told:
                    self._stop_told = True
                    self._queue([StopRequested(self.stop_reason)], self._scheduler)
                    continue
                hand.index = clock_index
                hand.message = PHASE_QUIESCED
                result = clock(PHASE_QUIESCED)
                if result is not None:
                    self._wait(clock_index, clock, PHASE_QUIESCED, result, NO_CAUSE)
                    break
                if not clock_outbox:
                    raise RuntimeError(NO_ANSWER)
                message = clock_outbox[0]
                if type(message) is PhaseOpened and message.step == 0:
                    rounds, slow, look_again_at = 0, self._order is not None, self._first_look
                    phase = message.phase
                    if phase is Phase.ADVANCE and now_s() >= until_s:
                        self._queue(clock_outbox, clock_index)
                        break
                    # As below, and shorter: what the Clock opens comes from nothing and follows on what was before.
                    if len(clock_outbox) == 1 and look_again_at > 1 and not slow and self._follows(message):
                        rounds = 1
                        clock_outbox.clear()
                        told.append(phase)
                        self.opened = message
                        receivers = by_phase[phase]
                if receivers is None:
                    self._queue(clock_outbox, clock_index)
            if receivers is None:
                rounds += 1
                if rounds >= look_again_at:
                    slow, look_again_at = self._look(rounds)
                    if now_s() >= until_s:
                        rounds -= 1
                        break
                if slow or len(batch) > 1:
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
                if type(message) is PhaseOpened:
                    self._note_phase(message, rounds - 1, sender, causes.pop() if causes else self._last())
                    self.opened = message
                    receivers = by_phase[message.phase]
                else:
                    receivers = by_type.get(type(message)) or self._resolve(message)
                    told.append((sender, rounds - 1, self._back(causes.pop()) if causes else 1, message))
            hand.message = message
            for index, handler, outbox in receivers:
                hand.index = index
                result = handler(message)
                if result is not None:
                    self._wait(index, handler, message, result, self._last())
                elif outbox:
                    if waiting:
                        self.note_sent(index, self._last())
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
        self._rounds, self._slow, self._look_again_at = rounds, slow, look_again_at

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

    def _queue(self, messages: list[Message], sender: int) -> None:
        """Moves what was sent because of no message into the queue, which is empty."""
        self._batch += messages
        self._senders += [sender] * len(messages)
        self._causes += [NO_CAUSE] * len(messages)
        messages.clear()

    def _last(self) -> int:
        """The number of what was told last."""
        return self._base + len(self._told) - 1

    def _back(self, cause: int) -> int:
        """How far back a cause is from what is told next."""
        return 0 if cause < 0 else self._base + len(self._told) - cause

    def skip_to(self, barrier: int) -> None:
        """What comes follows on this barrier."""
        self._barrier = self._skipped = barrier

    def _tell_states(self, barrier: int) -> None:
        """Tells the states of the actors, if all that is under way is in one of them; the next phase is sent."""
        queued = len(self._batch) + sum(map(len, self.outboxes))  # deterministic: of integers
        alone = queued <= 1 and not (self.beside or self.waiting)
        states = states_of(self._actors, self.hand) if alone else {}
        if self._actors[self._clock[0]].name in states:
            self.tell()
            try:
                self._log.take_states(barrier, states)
            except Exception as error:
                self._failed = True
                raise LogFailed(error) from error

    def _know_causes(self) -> None:
        self._causes += [self._last()] * (len(self._batch) - len(self._causes))

    def _follows(self, message: PhaseOpened) -> bool:
        """Whether the first actor opens a phase of this barrier or of the next, to which it then turns."""
        if self._clock[0]:
            return False
        if message.phase is not Phase.ADVANCE:
            return message.seq == self._barrier
        if message.seq != self._barrier + 1:
            return False
        if self._barrier > self._skipped:
            self._commit()
            if self._barrier >= self._log.states_at:
                self._tell_states(self._barrier)
        self._barrier = message.seq
        return True

    def _wait(self, index: int, handler: Handler, message: Message, result: Awaitable[None], cause: int) -> None:
        self.note_sent(index, cause)
        self.waiting[index] = Watched(self.note_sent, index, handler, message, result, cause)

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
            told.append((sender, superstep, self._back(cause), message, message.seq, phase))

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
                told.append((sender, superstep, self._back(cause), message))
            numbers.append(self._last())
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
                    self._wait(index, handler, message, result, number)
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
                self._wait(index, handler, message, result, number)
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
