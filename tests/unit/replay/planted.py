"""Strategies, a rule and actors that do not do the same twice: each at one barrier, for a reason of its own."""

import gc
import itertools
import os
import random
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import numpy as np
from tests.unit.recorded import Busy, market, record, session

import tidegate as tg
from tidegate.core.enums import Phase
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.control import LogWritten
from tidegate.replay import Given
from tidegate.runtime.actor import on_phase
from tidegate.session import Session

AT = 7
"""The barrier."""
_counter = itertools.count(1)
_seen: dict[str, int] = {"first": 1}
_file = f"{os.getpid()}.count"
_GENERATOR = np.random.default_rng(0)


def _remember(notes: list[int] = []) -> int:  # noqa: B006 - the fault
    notes.append(1)
    return len(notes)


def _dict_mutation() -> int:
    _seen[f"added {len(_seen)}"] = len(_seen)
    return sum(place * value for place, value in enumerate(_seen.values()))


def _in_file() -> int:
    path = Path(os.environ["PLANTED_FOLDER"]) / _file
    count = len(path.read_bytes()) + 1 if path.exists() else 1
    path.write_bytes(b"x" * count)
    return count


def _thread_race() -> int:
    counted, over = [0], threading.Event()

    def count() -> None:
        while not over.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    time.sleep(0.005)
    over.set()
    thread.join()
    return counted[0]


def _float_sum() -> int:
    """Of fifty sums, so that they are not all the same in two orders by chance."""
    bits = 0
    for one in range(50):
        values = {f"asset {one} {number}": (-1.1) ** (number * 7 % 300) for number in range(300)}
        total = 0.0
        for name in set(values):
            total += values[name]
        bits = 31 * bits + int(np.float64(total).view(np.int64))
    return bits


def _set_order() -> int:
    return int("".join(str(number) for number in [int(name[1:]) for name in {f"A{n}" for n in range(9)}]))


def _environment() -> int:
    before = int(os.environ.get("PLANTED_COUNT", "0"))
    os.environ["PLANTED_COUNT"] = str(before + 1)
    return before


class Counting:
    """What a class keeps outlives a run."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1


def _class_attribute() -> int:
    Counting()
    return Counting.made


def _global_numpy() -> int:
    return int(getattr(np.random, "randint")(1, 2**31 - 1))  # noqa: B009 - the fault, under its name


HERE: dict[str, Callable[[], int]] = {
    "clock":             time.time_ns,
    "monotonic clock":   time.perf_counter_ns,
    "date":              lambda: int(datetime.now(UTC).timestamp() * 1e6),
    "uuid":              lambda: uuid.uuid4().int,
    "urandom":           lambda: int.from_bytes(os.urandom(8), "little"),
    "secrets":           lambda: secrets.randbits(60),
    "global random":     lambda: random.getrandbits(60),
    "global numpy":      _global_numpy,
    "own generator":     lambda: int(_GENERATOR.integers(2**40)),
    "environment":       _environment,
    "global counter":    lambda: next(_counter),
    "default argument":  _remember,
    "class attribute":   _class_attribute,
    "dict mutation":     _dict_mutation,
    "file":              _in_file,
    "thread race":       _thread_race,
    "garbage collector": lambda: gc.collect(0) * 0 + 1_000 * gc.get_stats()[0]["collections"],
    "process time":      time.process_time_ns,
}  # fmt: skip
"""What differs between two runs of one process, by name."""
APART: dict[str, Callable[[], int]] = {
    "process id":  os.getpid,
    "id":          lambda: id(_counter) >> 4,
    "hash":        lambda: hash("AAPL"),
    "set order":   _set_order,
    "float sum":   _float_sum,
    "arguments":   lambda: len(" ".join(sys.argv)),
}  # fmt: skip
"""What differs between two processes, with other hash seeds."""
SOURCES = HERE | APART


class Planted(tg.Strategy):
    """Orders as many as something says that is not the same twice."""

    def __init__(self, what: str) -> None:
        self.value = SOURCES[what]

    def on_batch(self, ctx: tg.Context) -> None:
        """Buys."""
        if ctx.barrier % 5 == 0:
            ctx.order("E", 10)
        if ctx.barrier == AT:
            ctx.order("A", 100 + self.value() % 1_000_003)


class Whim(tg.RiskRule):
    """Halts trading, for a reason that is never the same."""

    def __init__(self) -> None:
        self.checked = -1

    def check_exits(self, ctx: Any) -> tg.RiskDecision | None:
        """At one barrier."""
        self.checked += 1
        return tg.RiskDecision(halt=f"whim {uuid.uuid4()}") if self.checked == AT else None


class Chatter(tg.Actor):
    """Tells, beside the run, what time it is."""

    sends = (LogWritten,)

    def __init__(self) -> None:
        super().__init__("chatter")

    @on_phase(Phase.DECIDE)
    def on_decide(self, phase: PhaseOpened) -> None:
        """Tells it."""
        if phase.seq == AT:
            self.send(LogWritten(AT, self.name, str(time.time_ns())))


class Dawdler(tg.Actor):
    """Two waits whose order the machine decides: what comes of them is told in that order."""

    sends = (LogWritten,)

    def __init__(self) -> None:
        super().__init__("dawdler")

    @on_phase(Phase.DECIDE)
    async def on_decide(self, phase: PhaseOpened) -> None:
        """Waits for as long as chance has it."""
        if phase.seq != AT:
            return
        waits = {name: secrets.randbelow(1_000) / 1e6 for name in "abcdefghij"}
        async with anyio.create_task_group() as group:
            for name, wait_s in waits.items():
                group.start_soon(self._tell_after, name, wait_s)

    async def _tell_after(self, name: str, wait_s: float) -> None:
        await anyio.sleep(wait_s)
        self.send(LogWritten(AT, self.name, name))


def adds(actor: type[tg.Actor]) -> Callable[[Session], None]:
    """Adds an actor of a class."""
    return lambda run: run.add(actor())  # type: ignore[call-arg] # theirs take nothing


def added(path: Path, actor: type[tg.Actor]) -> Given:
    """Records a run with the actor, and returns what it takes to replay it."""
    run = session(path)
    run.add(actor())  # type: ignore[call-arg] # theirs take nothing
    run.run()
    return Given(strategy=Busy(), source=market(), prepare=adds(actor))


def record_apart(folder: str) -> None:
    """Records those that differ between processes alone, a journal each."""
    for each in APART:
        record(Path(folder) / f"{each}.tgj", strategy=Planted(each))
