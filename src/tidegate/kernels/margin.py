"""Margin calls: which positions the broker closes when an account has less than they need.

At the mark, what is missing is maintenance margin less equity. Positions are closed in the order of the margin they
need, the largest first, then by asset; of the last no more than must be. An account that is worth nothing or less is
closed: all positions go, whatever they need. The orders are at the market, meet the next price point that market orders
meet, and only ever reduce.

Where this is unrealistic: brokers give warning, or a day to bring money, or sell at once and not at the next bar.
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.books import QUANTITY, Books
from tidegate.kernels.funds import margin
from tidegate.kernels.instruments import FUTURE, MAINTENANCE
from tidegate.kernels.kernel import Floats, Ints, kernel


@kernel
def liquidate(missing: int, everything: bool, fractional: bool, closing: Floats, books: Books, need: Ints) -> int:
    """Writes into `closing` what is to be closed; returns of how many positions.

    Args:
        missing: micro-units of margin that positions must give back.
        everything: whether all positions are closed, whatever is missing.
        fractional: whether a part of a position may have a fraction.
        closing: (n_assets,) what is being closed already, signed; result: what is to be closed beside that.
        books: not changed.
        need: scratch, (n_assets,).
    """
    count = 0
    for a in range(len(need)):
        need[a] = 0
        held = books.positions[QUANTITY, a]
        if held != 0.0:
            need[a] = margin(a, books.instruments[MAINTENANCE, a], books)
            if closing[a] != 0.0:
                missing -= need[a]
                need[a] = 0
                if everything and abs(held) - abs(closing[a]) >= DUST:
                    closing[a] = -held - closing[a]
                    count += 1
                    continue
            elif everything:
                closing[a] = -held
                count += 1
                continue
        closing[a] = 0.0
    while missing > 0 and not everything:
        largest = 0
        for a in range(len(need)):
            if need[a] > need[largest]:
                largest = a
        if need[largest] <= 0:
            break
        held = books.positions[QUANTITY, largest]
        size = abs(held)
        if need[largest] > missing:
            size = size * (missing / need[largest])
            if not fractional:
                size = min(float(np.ceil(size)), abs(held))
        closing[largest] = -size if held > 0.0 else size
        missing -= need[largest]
        need[largest] = 0
        count += 1
    return count


@kernel
def recall(available: Floats, fractional: bool, closing: Floats, books: Books) -> int:
    """Writes into `closing` what of shorts must be bought back because the lender wants it; returns of how many.

    Nobody lends a future; and of what is less than dust not even a whole unit is bought.

    Args:
        available: (n_assets,) units that can be borrowed.
        closing: (n_assets,) what is being bought back already; result: what is to be bought back beside that.
    """
    count = 0
    for a in range(len(available)):
        excess = -books.positions[QUANTITY, a] - available[a] - closing[a]
        closing[a] = 0.0
        if excess >= DUST and books.positions[QUANTITY, a] < 0.0 and books.instruments[FUTURE, a] == 0.0:
            closing[a] = excess if fractional else float(np.ceil(excess))
            count += 1
    return count
