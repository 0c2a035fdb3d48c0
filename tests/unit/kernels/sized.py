"""Targets of a book, and the orders that reach them as short rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from tests.unit.kernels.made import NAN, UNWRITTEN, floats

from tidegate.kernels.sizing import ORDER_ASSET, ORDER_ID, ORDER_PRIORITY, ORDER_QUANTITY, orders_to_targets

EQUITY = 1000.0
WHOLE, FRACTIONAL = False, True
FIRST_ID, SKIPPED = 700, 3
"""The first number that is free, and columns before it that belong to earlier requests."""


class Sized(NamedTuple):
    orders: list[tuple[int, float, float]]
    unpriced: list[int]
    asked: list[float]
    small: list[tuple[int, float, float]] = []  # noqa: RUF012 - nobody changes it


def arguments(
    book: Sequence[Sequence[float]],
    close_others: bool,
    fractional: bool,
    unit: float = 1.0,
    lot: float = 0.0,
    *,
    shorts: bool = False,
    least: float = 0.0,
) -> tuple[object, ...]:
    n = len(book[0])
    weights, mark, *rest = (floats(*column) for column in book)
    kind = np.full(n, unit), np.full(n, lot)
    room = 2 * n + SKIPPED
    results = np.full((2, room), UNWRITTEN), np.full((2, room), NAN), np.full(n, UNWRITTEN)
    return weights, EQUITY, least, mark, *kind, *rest, close_others, fractional, shorts, FIRST_ID, SKIPPED, *results


def size(
    *book: Sequence[float],
    close_others: bool = True,
    fractional: bool = WHOLE,
    unit: float = 1.0,
    lot: float = 0.0,
    shorts: bool = False,
    least: float = 0.0,
) -> Sized:
    """Orders as (asset, quantity, priority), columns without a price, what has been asked for by now, small changes.

    The book is weights, marks, and then units held, pending and asked for, each of nothing where not given.
    """
    nothing = [[0.0] * len(book[0])] * (5 - len(book))
    called = arguments([*book, *nothing], close_others, fractional, unit, lot, shorts=shorts, least=least)
    count, missing, little = orders_to_targets(*called)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
    asked_for, ints, floats, unpriced = (np.asarray(called[place]) for place in (8, 14, 15, 16))
    assert (ints[:, :SKIPPED] == UNWRITTEN).all()
    assert np.isnan(floats[:, :SKIPPED]).all()
    written = slice(SKIPPED, SKIPPED + count)
    first = FIRST_ID + missing
    assert ints[ORDER_ID, written].tolist() == list(range(first, first + count))
    columns = ints[ORDER_ASSET, written], floats[ORDER_QUANTITY, written], floats[ORDER_PRIORITY, written]
    orders = list(zip(*(column.tolist() for column in columns), strict=True))
    last = SKIPPED + 2 * len(book[0]) - 1
    places = range(last, last - little, -1)
    small = [(int(ints[ORDER_ASSET, k]), float(floats[0, k]), float(floats[1, k])) for k in places]
    return Sized(orders, unpriced[:missing].tolist(), asked_for.tolist(), small)


changes = st.integers(-5, 5).map(float)
