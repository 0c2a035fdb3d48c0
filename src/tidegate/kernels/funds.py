"""What there is to pay entries with, and what positions take of it.

A cash account pays in full, out of cash that has settled. An account on margin sets aside a part of the value of every
position, long or short, and may enter as long as its equity covers that; cash that it has not got is lent. Positions
count at their last marks, for a batch is valued once, before any of its fills; what was opened before it had a mark
counts at its cost.

Where this is unrealistic: a broker also looks at the prices of the moment.
"""

from tidegate.kernels.arithmetic import micros
from tidegate.kernels.books import CASH, COST, MARGIN, MARK, QUANTITY, SETTLED, UNSETTLED, Books
from tidegate.kernels.instruments import FUTURE, INITIAL, UNIT
from tidegate.kernels.kernel import kernel


@kernel
def worth(asset: int, books: Books) -> int:
    """A position at its last mark, in micro-units, negative for a short; at its cost where it has no mark yet."""
    held, mark = books.positions[QUANTITY, asset], books.positions[MARK, asset]
    if mark == mark:
        return micros(held * mark * books.instruments[UNIT, asset])
    cost = books.basis[COST, asset]
    return int(cost) if held > 0.0 else int(-cost)


@kernel
def gained(asset: int, worth_of: int, books: Books) -> int:
    """What a position is worth beyond its cost, in micro-units."""
    cost = books.basis[COST, asset]
    return int(worth_of - cost) if books.positions[QUANTITY, asset] > 0.0 else int(worth_of + cost)


@kernel
def margin(asset: int, fraction: float, books: Books) -> int:
    """A part of a position's absolute value, in micro-units."""
    held, mark = books.positions[QUANTITY, asset], books.positions[MARK, asset]
    if mark == mark:
        return micros(abs(held) * mark * books.instruments[UNIT, asset] * fraction)
    return micros(books.basis[COST, asset] / 1e6 * fraction)


@kernel
def available(books: Books) -> int:
    """What entries may take, in micro-units: settled cash, or on margin equity less the margin of what is held."""
    if books.kind[MARGIN] == 0:
        return int(books.totals[CASH] - books.totals[UNSETTLED])
    free = books.totals[CASH]
    for a in range(books.positions.shape[1]):
        if books.positions[QUANTITY, a] == 0.0:
            continue
        value = worth(a, books)
        free -= margin(a, books.instruments[INITIAL, a], books)
        if books.instruments[FUTURE, a] != 0.0:
            free += gained(a, value, books) - books.basis[SETTLED, a]
        else:
            free += value
    return int(max(free, 0))
