"""A journal as a whole: what its header says, how much of what is in it, how it ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tidegate.core.errors import UserError
from tidegate.core.time import format_ts
from tidegate.explain.opening import Recorded, batch_time
from tidegate.explain.wording import counted, listed


@dataclass(slots=True)
class TypeCount:
    """How much of a journal messages of one type are.

    Attributes:
        messages: how many.
        stored_bytes: of their records, before compression and without arrays, which stand beside them and are shared.
    """

    messages: int = 0
    stored_bytes: int = 0


class Overview:
    """What is in a journal; reads all of it once.

    Attributes:
        types: by name of the type, the most frequent first.
        records: how many there are, commits and seal included.
        first_ns, last_ns: when the first and the last batch were; None where there is none.
        size: of the file in bytes.
    """

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        types: dict[str, TypeCount] = {}
        self.records = 0
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        for frame in recorded.journal.frames():
            count = types.setdefault(frame.type, TypeCount())
            count.messages += 1
            count.stored_bytes += len(memoryview(frame.stored))
            ts_ns = batch_time(frame)
            if ts_ns is not None:
                self.first_ns = ts_ns if self.first_ns is None else self.first_ns
                self.last_ns = ts_ns
        self.types = dict(sorted(types.items(), key=lambda item: (-item[1].messages, item[0])))
        self.size = recorded.path.stat().st_size

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return sum(count.messages for count in self.types.values())  # deterministic: of integers

    def facts(self) -> Iterator[tuple[str, str]]:
        """What the header says and how much there is, as label and text."""
        recorded, header = self._recorded, self._recorded.header
        last = recorded.last
        per_barrier = f", {self.size / (last + 1):,.0f} a barrier" if last >= 0 else ""
        yield "Journal", f"{recorded.path.name}, {self.size:,} bytes{per_barrier}"
        yield "Ended", ended(recorded)
        times = f", {format_ts(self.first_ns)} to {format_ts(self.last_ns)}" if self.first_ns and self.last_ns else ""
        yield "Barriers", f"{last + 1:,} committed{times}"
        if header.shared is not None:
            yield "Shared", f"the first {counted(header.shared.barrier, 'barrier')}: another run's, with other parts"
        yield "Messages", f"{self.messages:,} in {counted(len(self.types), 'type')}"
        yield "Actors", ", ".join(header.actors)
        for one in header.strategies:
            yield "Strategy", f"{one['name']}: {one['class']}" + (", given in Python" if one.get("given") else "")
        yield "Rules", ", ".join(rule.partition(":")[2] for rule in header.rules) or "none"
        yield "Universe", f"{counted(len(header.universe), 'asset')}: {listed(header.universe, 6)}"
        for table, entries in header.data.items():
            yield f"Data {table}", listed([f"{one['name']} (sha256 {one['sha256'][:12]})" for one in entries])
        yield "Batches", "recorded whole" if header.market == "value" else "recorded as references to the data"
        yield "Seeds", ", ".join(f"{name} {seed}" for name, seed in header.seeds.items()) or "none"
        yield "Versions", ", ".join(f"{name} {version}" for name, version in header.versions.items())
        yield "Code", ", ".join(f"{name} {digest[:12]}" for name, digest in header.code.items())
        strangers = header.strangers()
        if strangers:
            yield "Own types", f"{listed(tuple(strangers))}: their classes are not at hand; shown as they are stored"
        changed = [name for name in header.changed() if name not in strangers]
        if changed:
            yield "Old types", f"{listed(changed)}: fields are not those of today and may be misread"

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        recorded, header = self._recorded, self._recorded.header
        seal = recorded.journal.seal
        return {
            "journal": recorded.path.name,
            "bytes": self.size,
            "ended": ended(recorded),
            "status": None if seal is None else seal.status,
            "barriers": recorded.last + 1,
            "messages": self.messages,
            "first": None if self.first_ns is None else format_ts(self.first_ns),
            "last": None if self.last_ns is None else format_ts(self.last_ns),
            "types": {
                name: {"messages": count.messages, "stored_bytes": count.stored_bytes}
                for name, count in self.types.items()
            },
            "header": {
                "actors": list(header.actors), "classes": list(header.classes),
                "strategies": list(header.strategies), "rules": list(header.rules),
                "universe": list(header.universe), "config": header.config, "frames": list(header.frames),
                "seeds": header.seeds, "versions": header.versions, "code": header.code, "data": header.data,
                "market": header.market.value, "durability": header.durability.value,
                "shared": 0 if header.shared is None else header.shared.barrier,
                "changed_types": list(header.changed()), "unknown_types": list(header.strangers()),
            },
        }  # fmt: skip


def ended(recorded: Recorded) -> str:
    """How a journal ends, for a person."""
    seal = recorded.journal.seal
    if seal is None:
        return f"without a seal: {recorded.journal.end}"
    return seal.status + (f": {seal.reason}" if seal.reason else "")


def barrier_at(recorded: Recorded, ts_ns: int) -> int:
    """The first barrier at a time or after it.

    Raises:
        UserError: all barriers are before it, or there is none.
    """
    low, high = 0, recorded.last + 1
    while low < high:
        middle = (low + high) // 2
        found = recorded.time_ns(middle)
        if found is not None and found < ts_ns:
            low = middle + 1
        else:
            high = middle
    if low > recorded.last:
        first, last = (recorded.time_ns(barrier) for barrier in (0, recorded.last))
        there = f"{format_ts(first)} to {format_ts(last)}" if first is not None and last is not None else "no barrier"
        raise UserError(
            f"--at {format_ts(ts_ns)}: {recorded.name} has {there}; name a time in it, or a barrier's number"
        )
    return low
