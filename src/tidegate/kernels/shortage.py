"""Scarce cash: who gets it.

`scale` cuts every entry by one factor, so no asset is preferred. `rank` and `reject` go by priority, then by asset
name, then by place; `rank` cuts the order that does not fit to what is left, `reject` leaves it out. An entry that
fills whole or not at all is left out by `rank` as well; under `scale` such entries are left out one by one, last served
first, until none is cut. The answer
depends on the set of entries alone, never on their order in the arrays.
"""

from tidegate.kernels.arithmetic import FACTOR_ONE, MICROS_MAX, cut
from tidegate.kernels.books import Books
from tidegate.kernels.costs import entry_need
from tidegate.kernels.instruments import LOT
from tidegate.kernels.kernel import Floats, Ints, kernel

SCALE, RANK, REJECT = range(3)


@kernel
def total_cost(
    count: int, asset: Ints, quantity: Floats, price: Floats, factor: int, fractional: bool, books: Books
) -> int:
    """Cash in micro-units for the first `count` entries cut by one factor; stops adding beyond 2**60."""
    total = 0
    for k in range(count):
        a = asset[k]
        total += entry_need(a, cut(quantity[k], factor, books.instruments[LOT, a], fractional), price[k], books)
        if total > MICROS_MAX:
            return MICROS_MAX
    return total


@kernel
def largest_factor(
    count: int, asset: Ints, quantity: Floats, price: Floats, cash: int, fractional: bool, books: Books
) -> int:
    """Largest j in [0, 2**32] for which the entries cut by j / 2**32 cost at most `cash` (bisection)."""
    if total_cost(count, asset, quantity, price, FACTOR_ONE, fractional, books) <= cash:
        return FACTOR_ONE
    low, high = 0, FACTOR_ONE
    while high - low > 1:
        middle = (low + high) // 2
        if total_cost(count, asset, quantity, price, middle, fractional, books) <= cash:
            low = middle
        else:
            high = middle
    return low


@kernel
def goes_before(priority: Floats, asset: Ints, place_of: Ints, left: int, right: int) -> bool:
    """Whether entry `left` is served before `right`: higher priority, then asset name, then place in the queue."""
    if priority[left] != priority[right]:
        return bool(priority[left] > priority[right])
    if asset[left] != asset[right]:
        return bool(asset[left] < asset[right])
    return bool(place_of[left] < place_of[right])


@kernel
def serving_order(count: int, priority: Floats, asset: Ints, place_of: Ints, order: Ints) -> None:
    """Writes the entries' positions into `order`, first served first (insertion sort: batches are small)."""
    for k in range(count):
        place = k
        while place > 0 and goes_before(priority, asset, place_of, k, order[place - 1]):
            order[place] = order[place - 1]
            place -= 1
        order[place] = k


@kernel
def allot(
    rule: int,
    count: int,
    place_of: Ints,
    asset: Ints,
    quantity: Floats,
    priority: Floats,
    price: Floats,
    whole: Ints,
    cash: int,
    fractional: bool,
    books: Books,
    order: Ints,
    granted: Floats,
) -> int:
    """Writes into `granted` what each of `count` entries may buy for `cash`; returns what all together needed.

    Args:
        rule: SCALE, RANK or REJECT.
        place_of, asset, quantity, priority, price: the entries; price includes slippage.
        whole: 1 for entries that take all or nothing; `scale` cuts them like others, see `last_cut_whole`.
        cash: micro-units there are.
        order: scratch.
        granted: result, at most `quantity`.
    """
    need = total_cost(count, asset, quantity, price, FACTOR_ONE, fractional, books)
    if need <= cash:
        for k in range(count):
            granted[k] = quantity[k]
        return need
    if rule == SCALE:
        factor = largest_factor(count, asset, quantity, price, cash, fractional, books)
        for k in range(count):
            granted[k] = cut(quantity[k], factor, books.instruments[LOT, asset[k]], fractional)
        return need
    serving_order(count, priority, asset, place_of, order)
    left = cash
    for place in range(count):
        k = order[place]
        granted[k] = quantity[k]
        if entry_need(asset[k], quantity[k], price[k], books) > left:
            granted[k] = 0.0
            if rule == RANK and whole[k] == 0:
                of, one, at = asset[k : k + 1], quantity[k : k + 1], price[k : k + 1]
                factor = largest_factor(1, of, one, at, left, fractional, books)
                granted[k] = cut(quantity[k], factor, books.instruments[LOT, asset[k]], fractional)
        left -= entry_need(asset[k], granted[k], price[k], books)
    return need


@kernel
def last_cut_whole(
    count: int, place_of: Ints, asset: Ints, quantity: Floats, priority: Floats, whole: Ints, granted: Floats
) -> int:
    """Of the entries that take all or nothing and were cut, the one that is served last; -1 where there is none."""
    last = -1
    for k in range(count):
        cut_short = whole[k] == 1 and granted[k] < quantity[k]
        if cut_short and (last < 0 or goes_before(priority, asset, place_of, last, k)):
            last = k
    return last
