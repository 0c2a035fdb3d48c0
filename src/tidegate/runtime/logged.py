"""Delivery with a log: the same loop, which also knows where each message comes from.

Beside each queue of messages stands one of their origins, sender and cause: beside the run's queue, and beside each
outbox, where the origins are those of what the actor has been seen to send. Whenever an actor's handler, or a stretch
of its waiting one, is over, what is new in its outbox is by the message that it was handling. This is a loop of its
own so that a run without a log pays nothing for it.
"""

from collections import deque
from collections.abc import Awaitable

from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, RunFinished, StopRequested
from tidegate.runtime.actor import Handler
from tidegate.runtime.hand import Waiting, checked
from tidegate.runtime.host_clock import now_s
from tidegate.runtime.limits import Limits
from tidegate.runtime.log import Delivered, DeliveryLog, LogFailed
from tidegate.runtime.routing import RoutingTable
from tidegate.runtime.supersteps import NO_ANSWER, PHASE_QUIESCED, Delivery, Order, Supersteps

TOLD_AT_ONCE = 4096
"""So many messages of one barrier are told before it is over."""
_Origin = tuple[int, tuple[int, ...]]
"""Sender and causes."""
_NONE: tuple[int, ...] = ()


class LoggedSupersteps(Supersteps):
    """The queue of a run, and a log that is told of it.

    Args:
        log: told of messages barrier by barrier; of the last ones, or of those up to a failure, by `tell`.
    """

    def __init__(self, table: RoutingTable, limits: Limits, order: Order | None, log: DeliveryLog) -> None:
        super().__init__(table, limits, order)
        self._log = log
        self._scheduler = len(table.actors)
        self._sent = [0] * (len(table.actors) + 1)
        self._origins: list[_Origin] = []
        self._outbox_origins: list[list[_Origin]] = [[] for _ in table.actors]
        self._entries: list[Delivered] = []  # what the log has not been told yet
        self._base = 0  # the number of the first of them
        self._numbers: list[int] = []  # of this superstep's messages, where there are several
        self._barrier = -1
        self._phase: Phase | None = None
        self._last_told = self._failed = False

    def run_slice(self, until_s: float) -> None:  # noqa: C901 - as the loop that it stands for
        """Delivers until the run has ended, some actor must be awaited, or a barrier begins after `until_s`.

        Raises:
            Endless, Overflow: a limit is broken. LogFailed: the log raised. Anything else comes from a handler.
        """
        hand, batch, waiting, by_type, by_phase = self.hand, self._batch, self.waiting, self._by_type, self._by_phase
        origins, entries, sent = self._origins, self._entries, self._sent
        clock_index, clock, clock_outbox = self._clock
        max_depth = self._limits.mailbox_limit
        rounds, slow, look_again_at = self._rounds, self._slow, self._look_again_at
        from_clock = (clock_index, _NONE)
        while True:
            if not batch:
                if self.finished is not None:
                    break
                if self.stop_reason is not None and not self._stop_told:
                    self._stop_told = True
                    batch.append(StopRequested(self.stop_reason))
                    origins.append((self._scheduler, _NONE))
                    continue
                hand.index = clock_index
                hand.message = PHASE_QUIESCED
                result = clock(PHASE_QUIESCED)
                if result is not None:
                    self._wait(clock_index, PHASE_QUIESCED, result, _NONE)
                    break
                for message in clock_outbox:
                    batch.append(message)
                    origins.append(from_clock)
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
            sender, causes = origins.pop()
            if type(message) is PhaseOpened:
                if message.seq != self._barrier:
                    self._end_barrier(message.seq)
                self._phase = message.phase
                self.opened = message
                receivers = by_phase[message.phase]
            else:
                receivers = by_type.get(type(message)) or self._resolve(message)
            number = self._base + len(entries)
            entries.append((self._barrier, self._phase, rounds - 1, sender, sent[sender], causes, message))
            sent[sender] += 1
            hand.message = message
            cause = (number,)
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
                    origins += [(index, cause)] * len(outbox)
                    outbox.clear()
            if waiting:
                break
        self._rounds, self._slow, self._look_again_at = rounds, slow, look_again_at

    def collect(self) -> None:
        """Moves what the actors sent into the queue: the end of a superstep."""
        for index, outbox in enumerate(self.outboxes):
            if outbox:
                self.note_sent(index, _NONE)  # whatever has not been seen yet is a spawned task's
                self._origins += self._outbox_origins[index]
                self._outbox_origins[index].clear()
        super().collect()

    def note_sent(self, index: int, causes: tuple[int, ...]) -> None:
        """What is new in the actor's outbox was sent because of this."""
        known = self._outbox_origins[index]
        known += [(index, causes)] * (len(self.outboxes[index]) - len(known))

    def tell(self) -> None:
        """Tells the log what it has not been told yet, unless it has failed before.

        Raises:
            LogFailed: it cannot take it.
        """
        self._tell(None)

    def _tell(self, committed: int | None) -> None:
        if self._failed:
            return
        try:
            self._base = self._log.take(self._entries, committed)
        except Exception as error:
            self._failed = True
            raise LogFailed(error) from error
        self._entries.clear()

    def _end_barrier(self, following: int) -> None:
        """A new barrier begins: the one before is over."""
        if self._barrier >= 0:
            self._tell(self._barrier)
        self._barrier = following

    def _wait(self, index: int, message: Message, result: Awaitable[None], causes: tuple[int, ...]) -> None:
        self.note_sent(index, causes)
        self.waiting[index] = Watched(self, index, message, result, causes)

    def _note_superstep(self, superstep: int) -> None:
        """Puts the queue into the order of delivery and tells of it."""
        batch, origins, entries, sent, numbers = self._batch, self._origins, self._entries, self._sent, self._numbers
        if not self._uncommon.isdisjoint(map(type, batch)):
            order = sorted(range(len(batch)), key=lambda place: batch[place].precedence)
            batch[:] = [batch[place] for place in order]
            origins[:] = [origins[place] for place in order]
        if len(entries) >= TOLD_AT_ONCE:
            self._tell(None)
        numbers.clear()
        for message, (sender, causes) in zip(batch, origins, strict=True):
            if type(message) is PhaseOpened:
                if message.seq != self._barrier:
                    self._end_barrier(message.seq)
                self._phase = message.phase
            elif type(message) is RunFinished:
                self._end_run(message)
            numbers.append(self._base + len(entries))
            entries.append((self._barrier, self._phase, superstep, sender, sent[sender], causes, message))
            sent[sender] += 1
        origins.clear()

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
                    self._wait(index, message, result, (number,))
                elif outbox:
                    self.note_sent(index, (number,))
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
                self._wait(index, message, result, (number,))
                for later in mailbox[done:]:
                    self._defer(index, *later)
                return
            self.note_sent(index, (number,))

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
            self._tell(self._barrier)


class Watched(Waiting):
    """An actor that waits, and by which message it sends what it sends."""

    __slots__ = ("_steps", "causes", "numbers")

    def __init__(
        self, steps: LoggedSupersteps, index: int, message: Message, awaitable: Awaitable[None], causes: tuple[int, ...]
    ) -> None:
        super().__init__(index, message, awaitable)
        self._steps = steps
        self.causes = causes
        self.numbers: deque[int] = deque()

    async def work(self) -> None:
        """As `Waiting.work`; what was sent is noted whenever a message has been handled."""
        await checked(self.awaitable, self.message)
        self.note_sent()
        while self.rest:
            handler, self.message = self.rest.popleft()
            self.causes = (self.numbers.popleft(),)
            result = handler(self.message)
            if result is not None:
                self.awaitable = result
                await checked(result, self.message)
            self.note_sent()
        self.done = True

    def note_sent(self) -> None:
        """Called also whenever the work comes to a wait: others may then run and send in the actor's name."""
        self._steps.note_sent(self.index, self.causes)
