"""Records that stand elsewhere than they did, are missing or come twice, and journals that end as they should not."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.unit.journal.made import Memory
from tests.unit.verify.altered import places, with_place
from tests.unit.verify.planted import expect
from tests.unit.verify.recorded import Sent, Steps, checked, recorded, written

from tidegate.core.enums import Phase
from tidegate.journal import Header, Journal, JournalWriter
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import Fills, SubmitOrders
from tidegate.verify import Referred, Rule, check

Spoil = Callable[[Steps], tuple[int, Steps]]
"""The number of the record that is then wrong, and the steps."""


def middle(steps: Steps, kind: type) -> int:
    numbers = places(steps, kind)
    return numbers[len(numbers) // 2]


def said_to_be(kind: type, **changes: object) -> Spoil:
    def spoil(steps: Steps) -> tuple[int, Steps]:
        number = middle(steps, kind)
        return number, with_place(steps, number, **changes)

    return spoil


def later(name: str, by: int = 1) -> Spoil:
    def spoil(steps: Steps) -> tuple[int, Steps]:
        number = middle(steps, Fills)
        step = steps[number]
        assert isinstance(step, Sent)
        return number, with_place(steps, number, **{name: getattr(step, name) + by})

    return spoil


def swapped(steps: Steps) -> tuple[int, Steps]:
    """Two messages of one superstep, in the other order."""
    for number in range(len(steps) // 2, len(steps) - 1):
        one, other = steps[number : number + 2]
        if isinstance(one, Sent) and isinstance(other, Sent) and one.place[:3] == other.place[:3]:
            return number + 1, (*steps[:number], other, one, *steps[number + 2 :])
    raise AssertionError("no superstep has two messages")


def left_out(steps: Steps) -> tuple[int, Steps]:
    """A message is not there; the next of its sender shows it."""
    number = middle(steps, AccountSnapshot)
    step = steps[number]
    assert isinstance(step, Sent)
    after = next(
        k for k, other in enumerate(steps) if k > number and isinstance(other, Sent) and other.sender == step.sender
    )
    return after - 1, renumbered((*steps[:number], *steps[number + 1 :]), number, -1)


def told_twice(steps: Steps) -> tuple[int, Steps]:
    number = middle(steps, SubmitOrders)
    return number + 1, renumbered((*steps[: number + 1], *steps[number:]), number + 1, 1)


def without_commit(steps: Steps) -> tuple[int, Steps]:
    """A barrier is not committed; the next commit shows it."""
    commits = [number for number, step in enumerate(steps) if isinstance(step, int)]
    number, after = commits[20:22]
    return after - 1, renumbered((*steps[:number], *steps[number + 1 :]), number, -1)


def without_phase(steps: Steps) -> tuple[int, Steps]:
    """A MARK is not opened: what belongs to it stands in FILL, and its barrier has one phase less."""
    marks = places(steps, PhaseOpened, lambda opened: opened.phase is Phase.MARK and opened.seq == 20)
    return marks[0], renumbered((*steps[: marks[0]], *steps[marks[0] + 1 :]), marks[0], -1)


def renumbered(steps: Steps, first: int, by: int) -> Steps:
    """Causes from a record on, when that many were put in or taken out there."""
    return tuple(
        replace(step, causes=tuple(cause + by if cause >= first else cause for cause in step.causes))
        if isinstance(step, Sent)
        else step
        for step in steps
    )


SPOILED: dict[str, tuple[Rule, Spoil]] = {
    "in another superstep":     (Rule.DELIVERY, later("superstep", 2)),
    "of another sequence":      (Rule.DELIVERY, later("sender_seq")),
    "of another sender":        (Rule.DELIVERY, later("sender")),
    "before its turn":          (Rule.DELIVERY, swapped),
    "left out":                 (Rule.DELIVERY, left_out),
    "told twice":               (Rule.DELIVERY, told_twice),
    "caused by an earlier one": (Rule.CAUSES,   said_to_be(Fills, causes=(3,))),
    "in another phase":         (Rule.BARRIERS, said_to_be(Fills, phase=Phase.MARK)),
    "in no phase":              (Rule.BARRIERS, said_to_be(MarketBatch, phase=None)),
    "a phase left out":         (Rule.BARRIERS, without_phase),
    "a commit left out":        (Rule.BARRIERS, without_commit),
}  # fmt: skip


@pytest.mark.parametrize("what", list(SPOILED))
def test_what_stands_elsewhere_is_named(what: str) -> None:
    rule, spoil = SPOILED[what]
    header, steps = recorded("cash")
    number, spoiled = spoil(steps)
    expect(checked(header, spoiled), rule, number)


def test_a_journal_that_nobody_closed_says_so_at_its_end() -> None:
    header, steps = recorded("cash")
    report = check(written(header, steps, sealed=False), Referred())
    (found,) = report.findings.found
    assert (found.rule, found.record, report.status) == (Rule.END, report.end.record, "cut")


@pytest.mark.parametrize("flipped", [False, True])
def test_a_file_that_is_cut_or_damaged_is_checked_up_to_there(flipped: bool) -> None:
    header, steps = recorded("cash")
    storage = bytearray(whole(header, steps))
    if flipped:
        storage[len(storage) // 2] ^= 1
    else:
        del storage[len(storage) // 2 :]
    with Journal(io.BytesIO(bytes(storage))) as journal:
        report = check(journal, Referred())
    (found,) = report.findings.found
    assert (found.rule, report.status) == (Rule.END, "damaged" if flipped else "cut")
    assert str(report.end) in found.found
    assert 0 < report.barriers < 40


def whole(header: Header, steps: Steps) -> bytes:
    storage = Memory()
    writer = JournalWriter(storage, header, block_bytes=4096)
    for step in steps:
        if isinstance(step, int):
            writer.commit(step)
        else:
            writer.append(step.message, *step.place)
    writer.close("completed")
    return bytes(storage.data)
