"""Two recorded runs, message by message: where they part, how much of them is equal, what that came to.

Messages are compared in order of delivery, bit for bit, until the first that differ. From there on numbers shift, so
messages are counted as equal that a barrier has in both runs, from senders of the same name, whatever their order.
Where one run goes on from barriers of the other, and these are equal, what is counted is what came after them.

Where a run has its batches by reference, batches are compared by their number and time alone and marks, which are
recorded as references too, not at all: whether the data was the same the headers say.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from typing import Any, NamedTuple

import msgspec
import numpy as np

from tidegate.core.arrays import freeze
from tidegate.diffing import NOTHING, Delivered, Difference, recorded
from tidegate.diffing import compare as compare_messages
from tidegate.explain.effect import Effect, EffectDifference
from tidegate.explain.headers import KeyDifference, header_differences
from tidegate.explain.opening import Recorded
from tidegate.explain.summaries import summary
from tidegate.journal.header import Market
from tidegate.journal.records import Frame
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.codec import encode
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch, MarketBatchReference

_NOT_COMPARED = freeze(np.empty(0))


class Told(NamedTuple):
    """A message of one run, ready to be compared.

    Attributes:
        place: phase, superstep, name of the sender.
        causes: numbers of the records that made the sender send it.
        data: the encoding of what is compared.
        compared: the message, or what can be compared of it.
    """

    place: tuple[str | None, int, str]
    type: str
    causes: tuple[int, ...]
    data: bytes
    frame: Frame
    message: Message
    compared: Message


@dataclass(frozen=True, slots=True)
class TypeTally:
    """How many messages of a type there are in each run, and how many are in both."""

    a: int
    b: int
    equal: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two recorded runs differ.

    Attributes:
        headers: keys in which the headers differ.
        first: the first message that differs; None where all are equal.
        when: its barrier, with its time where it has one.
        types: by name of the type, in order of first appearance.
        effect: fills, equity, positions.
        by_reference: whether batches were compared by number and time alone.
        shared: how many barriers are those of one run in both; types and effect are of what came after them.
    """

    headers: tuple[KeyDifference, ...]
    first: Difference | None
    when: str
    types: dict[str, TypeTally]
    effect: EffectDifference
    by_reference: bool
    shared: int = 0

    @property
    def data_differs(self) -> bool:
        """Whether batches that are only referred to are those of other data."""
        return self.by_reference and any(key.key.startswith("data.") for key in self.headers)

    @property
    def equal(self) -> bool:
        """Whether the runs are the same: all messages, and the data that they refer to."""
        return self.first is None and not self.data_differs

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        first = None if self.first is None else self.first.as_json() | {"when": self.when}
        return {
            "equal": self.equal,
            "shared": self.shared,
            "headers": [{"key": one.key, "a": one.a, "b": one.b} for one in self.headers],
            "first": first,
            "types": {name: {"a": one.a, "b": one.b, "equal": one.equal} for name, one in self.types.items()},
            **self.effect.as_json(),
        }


def compare(a: Recorded, b: Recorded) -> Comparison:
    """How two runs differ, A being what is expected and B what is found; reads both once.

    Raises:
        JournalError: a journal is damaged, or holds messages that are not known here.
    """
    by_reference = Market.REFERENCE in (a.header.market, b.header.market)
    effects, counts = _nothing(a, b)
    first: Difference | None = None
    fork, shared = max(_shared(a), _shared(b)), 0
    for barrier, left, right in _barriers(a, b, by_reference):
        if 0 < fork <= barrier:
            if first is None or first.barrier < 0:
                shared = fork
                effects, counts = _nothing(a, b)
            fork = 0
        for effect, told in zip(effects, (left, right), strict=True):
            for one in told:
                effect.take(one.message)
        for count, told in zip(counts, (left, right), strict=False):
            count.update(one.type for one in told)
        counts[2].update(_equal(left, right))
        if first is None:
            first = _parting(a, b, left, right)
    types = {name: TypeTally(counts[0][name], counts[1][name], counts[2][name]) for name in counts[0] | counts[1]}
    headers = tuple(header_differences(a.header, b.header))
    when = "" if first is None else a.when(first.barrier) if first.expected != NOTHING else b.when(first.barrier)
    return Comparison(headers, first, when, types, EffectDifference.of(*effects), by_reference, shared)


def _shared(run: Recorded) -> int:
    """How many of its barriers are another run's."""
    return 0 if run.header.shared is None else run.header.shared.barrier


def _nothing(a: Recorded, b: Recorded) -> tuple[tuple[Effect, Effect], tuple[Counter[str], Counter[str], Counter[str]]]:
    """Effects of both runs, and how many messages there are in each and in both, before any was looked at."""
    return (Effect(a.universe), Effect(b.universe)), (Counter(), Counter(), Counter())


def _barriers(a: Recorded, b: Recorded, by_reference: bool) -> Iterator[tuple[int, list[Told], list[Told]]]:
    """The messages of each barrier in both runs."""
    left, right = (groupby(one.journal.frames(), lambda frame: frame.barrier) for one in (a, b))
    none: tuple[int | None, list[Told]] = None, []
    one, other = _next(a, left, by_reference), _next(b, right, by_reference)
    while one is not None or other is not None:
        barrier = min(each[0] for each in (one, other) if each is not None)
        here, there = (each if each is not None and each[0] == barrier else none for each in (one, other))
        yield barrier, here[1], there[1]
        if here is one:
            one = _next(a, left, by_reference)
        if there is other:
            other = _next(b, right, by_reference)


def _next(run: Recorded, groups: Iterator[tuple[int, Iterator[Frame]]], by_reference: bool) -> Any:
    found = next(groups, None)
    if found is None:
        return None
    barrier, frames = found
    return barrier, [_told(run, frame, by_reference) for frame in frames]


def _told(run: Recorded, frame: Frame, by_reference: bool) -> Told:
    message = frame.message
    compared = _comparable(message) if by_reference else message
    phase = None if frame.phase is None else frame.phase.name
    place = phase, frame.superstep, run.sender(frame)
    return Told(place, type(compared).__name__, frame.causes, encode(compared), frame, message, compared)


def _comparable(message: Message) -> Message:
    """What can be compared of a message where one run has its batches by reference."""
    if isinstance(message, MarketBatch):
        return MarketBatchReference(message.seq, message.ts_ns)
    if isinstance(message, FinerBars):
        return FinerBarsReference(message.seq, len(message.ts_ns))
    if isinstance(message, AccountSnapshot):
        return msgspec.structs.replace(message, mark=_NOT_COMPARED)
    return message


def _equal(left: Sequence[Told], right: Sequence[Told]) -> Counter[str]:
    """How many messages of each type are in both, whatever their order."""
    both = Counter((one.place[2], one.type, one.data) for one in left)
    both &= Counter((one.place[2], one.type, one.data) for one in right)
    found: Counter[str] = Counter()
    for (_, kind, _), count in both.items():
        found[kind] += count
    return found


def _parting(a: Recorded, b: Recorded, left: Sequence[Told], right: Sequence[Told]) -> Difference | None:
    """The first message of a barrier that differs; None where none does."""
    for one, other in zip_longest(left, right):
        if one is None or other is None or one[:4] != other[:4]:
            difference = compare_messages(_delivered(a, one), _delivered(b, other), a.universe)
            assert difference is not None
            run, told, among = (b, other, right) if difference.expected == NOTHING else (a, one, left)
            assert told is not None
            return replace(difference, chain=tuple(_chain(run, told, among)))
    return None


def _delivered(run: Recorded, told: Told | None) -> Delivered | None:
    if told is None:
        return None
    found = recorded(told.frame, run.header.actors)
    return found and replace(found, message=told.compared)


def _line(run: Recorded, told: Told) -> str:
    said = summary(told.message, run.universe)
    return f"{told.place[2]}'s {told.type}" + (f" ({said})" if said else "")


def _chain(run: Recorded, told: Told, among: Sequence[Told]) -> Iterator[str]:
    """The message, what its sender was handling when it sent it, and so on; then the barrier's batch."""
    by_number = {one.frame.number: one for one in among}
    at: Told | None = told
    last = told.frame.number
    while at is not None:
        last = at.frame.number
        yield _record(run, at)
        at = by_number.get(max(at.causes, default=-1))
    for one in among:
        if one.type in (MarketBatch.__name__, MarketBatchReference.__name__) and one.frame.number < last:
            yield _record(run, one)


def _record(run: Recorded, told: Told) -> str:
    return f"record {told.frame.number:,}: {_line(run, told)}"
