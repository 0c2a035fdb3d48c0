"""What a night brings and costs: variation of futures, the price of borrowed shares, interest, and settlement.

All of it is booked at the first barrier of a new day, at the marks and rates of the barrier before, before anything of
the new bar is looked at; a day ends at midnight UTC, which still belongs to it. Days without a barrier count: interest
and borrow are those of a year's 365th part for each.

Where this is unrealistic: no rate has a floor, a spread or a tier; a year has 365 days; and a day is one of the
calendar in UTC, whatever hours an exchange keeps.
"""

from tidegate.kernels.arithmetic import micros
from tidegate.kernels.books import (
    CARRY,
    CASH,
    COST,
    LOCKED,
    MARK,
    POSTED_BORROW,
    POSTED_FINANCING,
    POSTED_INTEREST,
    POSTED_VARIATION,
    QUANTITY,
    SETTLED,
    UNSETTLED,
    Books,
    post,
)  # fmt: skip
from tidegate.kernels.funds import gained, worth
from tidegate.kernels.instruments import BORROW_RATE, FUTURE, UNIT
from tidegate.kernels.kernel import IntRows, kernel

DAY_NS = 86_400_000_000_000


def day_of(ts_ns: int) -> int:
    """The number of the day in which a bar ends."""
    return (ts_ns - 1) // DAY_NS


@kernel
def pass_night(days: int, credit: float, debit: float, books: Books, postings: IntRows) -> None:
    """Books a night of so many days, in this order: variation, borrow, interest, settlement.

    Args:
        credit, debit: interest a year, as fractions, on cash and on cash that is lent.
        postings: result, see `books`; room for two of every asset and one more.
        books: changed in place.
    """
    totals = books.totals
    positions = books.positions
    for a in range(positions.shape[1]):
        if positions[QUANTITY, a] != 0.0 and books.instruments[FUTURE, a] != 0.0 and positions[MARK, a] > 0.0:
            variation = gained(a, worth(a, books), books) - books.basis[SETTLED, a]
            if variation != 0:
                totals[CASH] += variation
                books.basis[SETTLED, a] += variation
                post(POSTED_VARIATION, 0, a, -1, variation, totals, books.foreign, postings)
    part = days / 365.0
    locked = 0
    for a in range(positions.shape[1]):
        held = positions[QUANTITY, a]
        if held < 0.0 and books.instruments[FUTURE, a] == 0.0:
            locked += books.basis[COST, a]
            if positions[MARK, a] > 0.0:
                value = -held * positions[MARK, a] * books.instruments[UNIT, a]
                fee = micros((value * books.instruments[BORROW_RATE, a]) * part)
                if fee != 0:
                    totals[CASH] -= fee
                    totals[CARRY] -= fee
                    post(POSTED_BORROW, 0, a, -1, -fee, totals, books.foreign, postings)
    base = totals[CASH] - (locked if books.kind[LOCKED] != 0 else 0)
    interest = micros((base / 1e6) * (credit if base > 0 else debit) * part)
    if interest != 0:
        totals[CASH] += interest
        totals[CARRY] += interest
        post(POSTED_INTEREST if base > 0 else POSTED_FINANCING, 0, -1, -1, interest, totals, books.foreign, postings)
    for k in range(len(books.settling)):
        if k == 0:
            totals[UNSETTLED] -= books.settling[0]
        books.settling[k] = books.settling[k + 1] if k + 1 < len(books.settling) else 0
