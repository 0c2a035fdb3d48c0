"""Delivery: the loop that all messages of a run pass through.

What is sent in one superstep is delivered in the next. Each actor has its own outbox; after a superstep the outboxes
are emptied in actor order, so the next superstep's messages stand in the order (sender, sender's sequence), and a
stable sort by precedence makes that (precedence, sender, sequence). Every receiver gets its messages in this order.
Since an actor touches only its own state and its own outbox, it does not matter in which order actors run within a
superstep, nor how long those that wait take. A superstep that nobody sent anything for is the end of the phase: the
actor that handles `PhaseQuiesced`, the Clock, gets it and says what comes next.

`run_slice` is written for speed: no `try` and no method call around a delivery, what is in hand is left in slots for
those who must name it (errors, the watchdog), a lone message needs neither sorting nor mailboxes. Whatever is rare,
a shuffled order, phases near their limit, waiting handlers, leaves the short way.
"""

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, PhaseQuiesced, RunFinished, StopRequested
from tidegate.runtime.actor import Handler, RouteKey
from tidegate.runtime.hand import Hand, Waiting
from tidegate.runtime.host_clock import now_s  # deterministic: paces the event loop
from tidegate.runtime.limits import Limits
from tidegate.runtime.routing import RoutingTable

Order = Callable[[list[int]], list[int]]
"""Permutes the numbers of the actors that run in a superstep."""

PHASE_QUIESCED = PhaseQuiesced()
TRACED_SUPERSTEPS = 32
"""How many of a phase's last supersteps are watched, to say who keeps sending when it does not end."""
NO_ANSWER = "PhaseQuiesced was answered with nothing; it must open a phase or end the run"
LOOK_EVERY = 256
"""Supersteps of one phase between looks at the host clock and the limit."""
_PRECEDENCE = attrgetter("precedence")
Delivery = tuple[int, Handler, list[Message]]
"""Actor number, handler, the actor's outbox."""


class Endless(Exception):
    """A phase took `limits.max_supersteps`; the argument says who keeps sending what."""


class Overflow(Exception):
    """A mailbox or outbox is over its limit; the argument says whose, by how much and because of whom."""


class Supersteps:
    """The queue of a run and its progress.

    Attributes:
        opened: the phase being worked on, None before the first.
        finished: the end of the run, once the Clock has said it.
        waiting: the actors that must be awaited before the superstep is over, by number.
        unrouted: how many messages nobody handles, by type name.
    """

    def __init__(self, table: RoutingTable, limits: Limits, order: Order | None) -> None:
        self.hand = Hand()
        self.opened: PhaseOpened | None = None
        self.finished: RunFinished | None = None
        self.waiting: dict[int, Waiting] = {}
        self.unrouted: dict[str, int] = {}
        self.stop_reason: str | None = None
        self.outboxes: tuple[list[Message], ...] = tuple([] for _ in table.actors)
        self._names = table.names
        self._limits = limits
        self._order = order
        self._stop_told = False
        self._batch: list[Message] = []  # one object for the whole run
        self._rounds = 0
        self._traced_from = max(limits.max_supersteps - TRACED_SUPERSTEPS, 0)
        self._first_look = min(self._traced_from + 1, LOOK_EVERY)
        self._slow = order is not None
        self._look_again_at = self._first_look
        self._tracing = False
        self._talk: list[dict[str, int]] = [{} for _ in table.actors]

        everything = {key: self._deliveries(table, key) for key in table.keys}  # deterministic: looked up, never listed
        self._by_phase = tuple(everything.get(phase, ()) for phase in Phase)
        self._by_type = {key: to for key, to in everything.items() if not isinstance(key, Phase)}
        self._finish = self._by_type.pop(RunFinished, ())
        self._clock = self._by_type[PhaseQuiesced][0]
        self._uncommon = frozenset(kind for kind in self._by_type if kind.precedence != Message.precedence)

    def _deliveries(self, table: RoutingTable, key: RouteKey) -> tuple[Delivery, ...]:
        return tuple((r.actor, r.handler, self.outboxes[r.actor]) for r in table.receivers(key))

    def run_slice(self, until_s: float) -> None:  # noqa: C901 - one loop on purpose, a call would cost what a message does
        """Delivers until the run has ended, some actor must be awaited, or a barrier begins after `until_s`.

        Raises:
            Endless, Overflow: a limit is broken; anything else comes from the handler in `hand`.
        """
        hand, batch, waiting, by_type, by_phase = self.hand, self._batch, self.waiting, self._by_type, self._by_phase
        clock_index, clock, clock_outbox = self._clock
        max_depth = self._limits.mailbox_limit
        rounds, slow, look_again_at = self._rounds, self._slow, self._look_again_at
        shuffled, first_look = self._order is not None, self._first_look
        lone = first_look > 1 and not shuffled
        message: Message = PHASE_QUIESCED
        while True:
            receivers = None
            if not batch:
                if self.finished is not None:
                    break
                if self.stop_reason is not None and not self._stop_told:
                    self._stop_told = True
                    batch.append(StopRequested(self.stop_reason))
                    continue
                hand.index = clock_index
                hand.message = PHASE_QUIESCED
                result = clock(PHASE_QUIESCED)
                if result is not None:
                    waiting[clock_index] = Waiting(clock_index, clock, PHASE_QUIESCED, result)
                    break
                if not clock_outbox:
                    raise RuntimeError(NO_ANSWER)
                message = clock_outbox[0]
                if type(message) is PhaseOpened and message.step == 0:
                    rounds, slow, look_again_at = 0, shuffled, first_look
                    phase = message.phase
                    if phase is Phase.ADVANCE and now_s() >= until_s:
                        batch += clock_outbox
                        clock_outbox.clear()
                        break
                    # As below, and shorter: nearly all of a quiet barrier is phases that the Clock opens.
                    if lone and len(clock_outbox) == 1:
                        rounds = 1
                        self.opened = message
                        receivers = by_phase[phase]
                if receivers is None:
                    batch += clock_outbox
                clock_outbox.clear()
            if receivers is None:
                rounds += 1
                if rounds >= look_again_at:
                    slow, look_again_at = self._look(rounds)
                    if now_s() >= until_s:
                        rounds -= 1
                        break
                if slow or len(batch) > 1:
                    if slow:
                        self._run_by_actor()
                    else:
                        self._run_by_message()
                    if waiting:
                        break
                    self.collect()
                    continue
                message = batch.pop()
                if type(message) is PhaseOpened:
                    self.opened = message
                    receivers = by_phase[message.phase]
                else:
                    receivers = by_type.get(type(message)) or self._resolve(message)
            hand.message = message
            for index, handler, outbox in receivers:
                hand.index = index
                result = handler(message)
                if result is not None:
                    waiting[index] = Waiting(index, handler, message, result)
                elif outbox and not waiting:
                    batch += outbox
                    if len(batch) > max_depth:
                        self._check_depth(index)
                    outbox.clear()
            if waiting:
                break
        self._rounds, self._slow, self._look_again_at = rounds, slow, look_again_at

    def collect(self) -> None:
        """Moves what the actors sent into the queue: the end of a superstep."""
        batch = self._batch
        for index, outbox in enumerate(self.outboxes):
            if outbox:
                batch += outbox
                if len(batch) > self._limits.mailbox_limit:
                    self._check_depth(index)
                if self._tracing:
                    self._talk[index] = _count(outbox)
                outbox.clear()

    @property
    def idle(self) -> bool:
        """Nothing is queued."""
        return not self._batch

    def depth(self) -> int:
        """How many messages of this superstep the actor in hand has not finished, that in hand included."""
        hand = self.hand
        if hand.index in self.waiting:
            return self.waiting[hand.index].depth
        start = next((i for i, message in enumerate(hand.batch) if message is hand.message), None)
        if start is None:
            return 1
        return sum(1 for message in hand.batch[start:] if hand.index in self._receiving(message))

    def clock_answered(self) -> None:
        """After a Clock that had to wait: what `run_slice` does where it does not."""
        if not self._batch:
            raise RuntimeError(NO_ANSWER)
        message = self._batch[0]
        if isinstance(message, PhaseOpened) and message.step == 0:
            self._rounds, self._slow, self._look_again_at = 0, self._order is not None, self._first_look

    def close(self) -> None:
        """Closes the coroutines that will not be awaited any more."""
        for waiting in self.waiting.values():
            if inspect.iscoroutine(waiting.awaitable):
                waiting.awaitable.close()
        self.waiting.clear()

    def _run_by_message(self) -> None:
        """A superstep of several messages, actors in their own order."""
        hand, batch, waiting, by_type = self.hand, self._batch, self.waiting, self._by_type
        if self._uncommon and not self._uncommon.isdisjoint(map(type, batch)):
            batch.sort(key=_PRECEDENCE)
        hand.batch = batch
        for message in batch:
            receivers = by_type.get(type(message))
            if receivers is None:
                receivers = self._resolve(message)
            hand.message = message
            for index, handler, _ in receivers:
                if waiting and index in waiting:
                    waiting[index].rest.append((handler, message))
                    continue
                hand.index = index
                result = handler(message)
                if result is not None:
                    waiting[index] = Waiting(index, handler, message, result)
        batch.clear()
        hand.batch = ()

    def _run_by_actor(self) -> None:
        """The same, actor by actor in the run's `Order`."""
        batch, hand = self._batch, self.hand
        batch.sort(key=_PRECEDENCE)
        mailboxes: dict[int, list[tuple[Handler, Message]]] = {}
        for message in batch:
            receivers = self._by_type.get(type(message))
            for index, handler, _ in self._resolve(message) if receivers is None else receivers:
                mailboxes.setdefault(index, []).append((handler, message))
        hand.batch = batch
        order = sorted(mailboxes)
        for index in order if self._order is None else self._order(order):
            self._empty_mailbox(index, mailboxes[index])
        batch.clear()
        hand.batch = ()

    def _empty_mailbox(self, index: int, mailbox: list[tuple[Handler, Message]]) -> None:
        self.hand.index = index
        for done, (handler, message) in enumerate(mailbox, 1):
            self.hand.message = message
            result = handler(message)
            if result is not None:
                self.waiting[index] = waiting = Waiting(index, handler, message, result)
                waiting.rest.extend(mailbox[done:])
                return

    def _resolve(self, message: Message) -> tuple[Delivery, ...]:
        """The receivers of what is not simply routed by type."""
        if isinstance(message, PhaseOpened):
            self.opened = message
            return self._by_phase[message.phase]
        if isinstance(message, RunFinished):
            self.finished = message
            return self._finish
        name = type(message).__name__
        self.unrouted[name] = self.unrouted.get(name, 0) + 1
        return ()

    def _receiving(self, message: Message) -> list[int]:
        """The numbers of the actors that get a message."""
        if isinstance(message, PhaseOpened):
            return [to[0] for to in self._by_phase[message.phase]]
        deliveries = self._finish if isinstance(message, RunFinished) else self._by_type.get(type(message), ())
        return [to[0] for to in deliveries]

    def _look(self, rounds: int) -> tuple[bool, int]:
        """Whether to go the slow way from here, and when to look again: every superstep once the limit is near."""
        if rounds == self._first_look:
            self._talk = [{} for _ in self._names]
        if rounds > self._limits.max_supersteps:
            raise Endless("; ".join(self._talkers()))
        self._tracing = rounds > self._traced_from
        if self._tracing:
            return True, rounds + 1
        return self._order is not None, min(rounds + LOOK_EVERY, self._traced_from + 1)

    def _talkers(self) -> Iterator[str]:
        for name, talk in zip(self._names, self._talk, strict=True):
            if talk:
                yield f"actor '{name}' sent " + ", ".join(f"{kind} x{count}" for kind, count in talk.items())

    def _check_depth(self, sender: int) -> None:
        """Raises where a mailbox or the sender's outbox is over its limit; the queue as a whole may be longer."""
        limit, who = self._limits.mailbox_limit, self._names[sender]
        outbox = self.outboxes[sender]
        kinds = ", ".join(f"{kind} x{n:,}" for kind, n in _count(outbox).items())
        depths = self._depths(self._batch)
        for index, depth in sorted(depths.items()):
            if depth > limit:
                others = depth - self._depths(outbox)[index]
                more = f" after {others:,} of others" if others else ""
                raise Overflow(
                    f"the mailbox of actor '{self._names[index]}' holds {depth:,} messages, above {limit:,}"
                    f" (run.mailbox_limit); actor '{who}' sent {kinds}{more}"
                )
        if len(outbox) > limit:
            raise Overflow(
                f"actor '{who}' sent {len(outbox):,} messages at once, above {limit:,} (run.mailbox_limit): {kinds}"
            )

    def _depths(self, messages: Iterable[Message]) -> Counter[int]:
        """How many of the messages each actor gets."""
        return Counter(index for message in messages for index in self._receiving(message))


def _count(messages: Iterable[Message]) -> dict[str, int]:
    return dict(Counter(type(message).__name__ for message in messages))
