"""Entries that share scarce cash, and what the rule gives to each."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from tests.unit.kernels.made import books, floats, ints
from tests.unit.kernels.naive import Entry

from tidegate.core.arrays import FloatArray
from tidegate.kernels import shortage

WHOLE, FRACTIONAL = False, True


def columns(entries: Sequence[Entry]) -> tuple[np.ndarray, ...]:
    return (
        ints(*(entry.order_id for entry in entries)),
        ints(*(entry.asset for entry in entries)),
        floats(*(entry.quantity for entry in entries)),
        floats(*(entry.priority for entry in entries)),
        floats(*(entry.price for entry in entries)),
    )


def arguments(
    rule: int,
    entries: Sequence[Entry],
    cash: int,
    fractional: bool,
    charged: FloatArray,
    whole: Collection[int] = (),
) -> tuple[object, ...]:
    n = len(entries)
    scratch, granted = np.zeros(n, np.int64), np.full(n, -1.0)
    left, needed = np.full(n, -1), np.full(n, -1)
    flags = np.array([int(entry.order_id in whole) for entry in entries], np.int64)
    return (
        rule,
        n,
        *columns(entries),
        flags,
        cash,
        fractional,
        books(cash, 9, charged),
        scratch,
        left,
        needed,
        granted,
    )


class Shared(NamedTuple):
    """What the rule gave to each order, and who left the batch, in turn, with what all of it needed by then."""

    granted: dict[int, float]
    needed: dict[int, int]
    left: list[int]


def share(
    rule: int,
    entries: Sequence[Entry],
    cash: int,
    fractional: bool,
    charged: FloatArray,
    whole: Collection[int] = (),
) -> Shared:
    """`whole` are those that take all or nothing."""
    called = arguments(rule, entries, cash, fractional, charged, whole)
    rounds = shortage.allot(*called)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
    left, needed, granted = (np.asarray(column).tolist() for column in called[-3:])
    ids = [entry.order_id for entry in entries]
    turn = {place: order for order, place in zip(ids, left, strict=True)}
    return Shared(
        dict(zip(ids, granted, strict=True)),
        dict(zip(ids, needed, strict=True)),
        [turn[place] for place in range(1, rounds + 1)],
    )


def allot(
    rule: int,
    entries: Sequence[Entry],
    cash: int,
    fractional: bool,
    charged: FloatArray,
    whole: Collection[int] = (),
) -> tuple[int, dict[int, float]]:
    """What all together needed, and what each order was granted."""
    got = share(rule, entries, cash, fractional, charged, whole)
    return max(got.needed.values(), default=0), got.granted
