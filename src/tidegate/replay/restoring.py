"""Actors brought to where they were after a barrier: by their states in a snapshot, or by what they were sent.

Who told a state takes it over. Who did not is delivered all that the journal has for it, in that order, and must send
what it sent before. Batches of the data are not in a state, and perhaps not in the journal: they are read again.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from tidegate.actors.broker import MEASURED, Broker
from tidegate.actors.risk import OBSERVED, RiskManager
from tidegate.core.enums import Phase
from tidegate.core.errors import UserError
from tidegate.data.batches import Batches
from tidegate.data.panel import PanelSource
from tidegate.diffing import Delivered, Difference, chain_of, compare, recorded
from tidegate.journal.header import Header
from tidegate.journal.reader import Journal
from tidegate.journal.records import Commit, Frame
from tidegate.journaling import PreparedRun, class_path
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch, MarketBatchReference
from tidegate.messages.state import BATCH_EXT, Place, declares, decode_state, places_in
from tidegate.replay.comparing import Ended
from tidegate.runtime.clock import Clock
from tidegate.runtime.log import LogFailed
from tidegate.runtime.snapshots import Stage

_REFERRED = {
    MarketBatchReference.__name__: MarketBatch.__name__,
    FinerBarsReference.__name__: FinerBars.__name__,
}
_BATCHES = (MarketBatchReference.__name__, MarketBatch.__name__)


class Standing(Protocol):
    """Where actors stand between two barriers.

    Attributes:
        barrier: the last that is over.
        number: of the next record.
        states: of the actors that tell one, by name.
    """

    @property
    def barrier(self) -> int:
        """See above."""
        ...

    @property
    def number(self) -> int:
        """See above."""
        ...

    @property
    def states(self) -> Mapping[str, bytes]:
        """See above."""
        ...


class Sent(NamedTuple):
    """What a rebuilt actor sent, and the number of the message because of which it did."""

    message: Message
    cause: int


class Rebuilt:
    """An actor that is delivered once more what it was sent.

    Attributes:
        sent: what it sent and was not compared yet.
    """

    def __init__(self, stage: Stage, index: int) -> None:
        self.sent: deque[Sent] = deque()
        self._stage, self._index = stage, index
        keys = stage.keys(index)
        self._types = {key.__name__ for key in keys if not isinstance(key, Phase)}
        self._phases = {key for key in keys if isinstance(key, Phase)}

    def gets(self, name: str, phase: Phase | None) -> bool:
        """Whether it handles messages of a type, or, of phases that open, this one."""
        return phase in self._phases if name == PhaseOpened.__name__ else name in self._types

    async def take(self, message: Message, number: int) -> None:
        """Delivers a message."""
        for one in await self._stage.deliver(self._index, message):
            self.sent.append(Sent(one, number))


class Observing:
    """A risk manager, or a broker, that is shown what happened under other rules, or costs, than its own."""

    def __init__(self, stage: Stage, index: int) -> None:
        self._stage, self._index = stage, index
        keys = MEASURED if isinstance(stage.actors[index], Broker) else OBSERVED
        self._types = {key.__name__ for key in keys if not isinstance(key, Phase)}
        self._phases = {key for key in keys if isinstance(key, Phase)}

    def gets(self, name: str, phase: Phase | None) -> bool:
        """As of `Rebuilt`."""
        return phase in self._phases if name == PhaseOpened.__name__ else name in self._types

    async def take(self, message: Message, _: int) -> None:
        """Shows it a message."""
        actor = self._stage.take(self._index, message)
        assert isinstance(actor, (RiskManager, Broker))
        actor.observe(message)


class Data:
    """What records say of the market, with what they refer to.

    Args:
        source: makes the data; read where it is asked for, from its beginning and forwards.
    """

    def __init__(self, source: Callable[[], PanelSource]) -> None:
        self._source = source
        self._batches: Batches | None = None

    def message(self, frame: Frame) -> Message:
        """The message that was sent."""
        message = frame.message
        if isinstance(message, MarketBatchReference):
            return self._read().market(message.seq)
        return self._read().finer(message.seq) if isinstance(message, FinerBarsReference) else message

    def _read(self) -> Batches:
        if self._batches is None:
            self._batches = Batches(self._source())
        return self._batches


@dataclass(frozen=True, slots=True)
class Takeover:
    """What actors take over, by their numbers.

    Attributes:
        states: of those that take one over.
        observers: risk managers that are shown what happened in place of a state, and brokers that are before they take
            theirs over. Whoever is neither is told again what it was sent.
        remedy: what to do where a state cannot be taken over.
    """

    states: Mapping[int, bytes]
    observers: tuple[int, ...] = ()
    remedy: str = ""


@dataclass(slots=True)
class Restored:
    """Brings the actors of a run to where those of a recorded run were.

    Attributes:
        standing: where that is.
        journal: of the recorded run, with all that it takes to decode its messages.
        chosen: says what each of them takes over.
        source: makes the data.
        turned: called once they are there.
        difference: the first message that an actor did not send as before.
        over: whether they are there.
    """

    standing: Standing
    journal: Journal
    chosen: Callable[[Stage], Takeover]
    source: Callable[[], PanelSource]
    turned: Callable[[], None]
    difference: Difference | None = None
    over: bool = False

    async def restore(self, stage: Stage) -> int:
        """See `runtime.snapshots.Restoring`."""
        try:
            taken = self.chosen(stage)
        except UserError as error:
            raise LogFailed(error) from error
        states = taken.states
        needed = {place for data in states.values() for place in places_in(data)}
        found = await self._rebuild(stage, taken, needed)
        for index, data in states.items():
            try:
                stage.restore(index, decode_state(data, found.__getitem__))
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                name, barrier = stage.actors[index].name, self.standing.barrier
                where = "" if taken.remedy else "in the snapshot "
                what = f"the state of actor '{name}' {where}after barrier {barrier:,} cannot be taken over"
                raise LogFailed(UserError(f"{what}: {error}{taken.remedy}")) from error
        try:
            self.turned()
        except (UserError, Ended) as error:
            raise LogFailed(error) from error
        self.over = True
        return self.standing.barrier

    async def _rebuild(self, stage: Stage, taken: Takeover, needed: set[Place]) -> Mapping[Place, Message]:
        """Delivers what actors without a state were sent; returns the batches of the data that are needed."""
        names = self.journal.header.actors
        silent = [index for index in range(len(stage.actors)) if index not in taken.states]
        rebuilt = {
            names.index(stage.actors[index].name): Rebuilt(stage, index)
            for index in silent
            if index not in taken.observers
        }
        hearers: list[Rebuilt | Observing] = [
            *rebuilt.values(),
            *(Observing(stage, index) for index in taken.observers),
        ]
        hearing: dict[tuple[str, Phase | None], list[Rebuilt | Observing]] = {}
        found: dict[Place, Message] = {}
        data, last = Data(self.source), self.standing.barrier
        first = 0 if hearers else min((barrier for _, barrier in needed), default=last + 1)
        for frame in self._until_commit(first, last):
            if frame.sender in rebuilt:
                sent = rebuilt[frame.sender].sent
                self._check(recorded(frame, names), sent.popleft() if sent else None)
            name = frame.type
            key = name, frame.phase
            receivers = hearing.get(key)
            if receivers is None:
                heard = _REFERRED.get(name, name)
                receivers = hearing[key] = [one for one in hearers if one.gets(heard, frame.phase)]
            asked = name in _BATCHES and (BATCH_EXT, frame.barrier) in needed
            if receivers or asked:
                message = data.message(frame)
                if asked:
                    found[BATCH_EXT, frame.barrier] = message
                for one in receivers:
                    await one.take(message, frame.number)
        for sender, one in rebuilt.items():
            if one.sent:
                end = Delivered(self.standing.number, last, Phase.RECORD, 0, names[sender], sender, 0, None)
                self._check(end, one.sent[0])
        return found

    def _until_commit(self, first: int, last: int) -> Iterator[Frame]:
        for record in self.journal.records(first) if first <= last else ():
            if isinstance(record, Commit) and record.barrier == last:
                return
            if isinstance(record, Frame) and record.barrier >= first:
                yield record

    def _check(self, expected: Delivered | None, sent: Sent | None) -> None:
        """Compares what an actor sent with what it sent before.

        Raises:
            LogFailed: they differ.
        """
        assert expected is not None
        found = None
        if sent is not None:
            found = replace(expected, message=sent.message, back=expected.number - sent.cause)
        if expected.message is None:
            difference = compare(None, found, ends=("the end of what it sent before", ""))
        else:
            difference = compare(expected, found, self.journal.header.universe, ends=("", "nothing"))
        if difference is not None:
            back = None if sent is None else difference.number - sent.cause
            self.difference = replace(difference, chain=chain_of(self.journal, difference.number, back))
            raise LogFailed(Ended())


def told_states(standing: Standing, header: Header, run: PreparedRun, stage: Stage) -> Takeover:
    """What actors that are those of the recorded run take over: their states; the Clock may be another."""
    told, states = standing.states, dict[int, bytes]()
    classes = dict(zip(header.actors, header.classes, strict=False))
    strategies = {one["name"]: one["class"] for one in header.strategies}
    now = {one.name: class_path(type(one.strategy)) for one in run.parts.strategies}
    for index, actor in enumerate(stage.actors):
        name = actor.name
        same = classes.get(name) == class_path(type(actor)) and strategies.get(name) == now.get(name)
        if name in told and ((same and declares(actor)) or (index == stage.clock and isinstance(actor, Clock))):
            states[index] = told[name]
    return Takeover(states)
