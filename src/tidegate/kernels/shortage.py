"""Scarce cash: who gets it. `allot` declares the rule, and is what others call; the rest are its parts.

It is asked at each price point, once for all of its entries, after its reductions; prices are known before.

Where this is unrealistic: brokers serve orders one after the other, as they come.
"""

from tidegate.kernels.arithmetic import FACTOR_ONE, MICROS_MAX, cut
from tidegate.kernels.books import Books
from tidegate.kernels.costs import entry_need
from tidegate.kernels.instruments import LOT
from tidegate.kernels.kernel import Floats, Ints, kernel

SCALE, RANK, REJECT = range(3)


@kernel
def total_cost(
    count: int, asset: Ints, quantity: Floats, price: Floats, left: Ints, factor: int, fractional: bool, books: Books
) -> int:
    """Cash in micro-units for those of `count` entries that have not left, cut by one factor; at most 2**60."""
    total = 0
    for k in range(count):
        if left[k] > 0:
            continue
        a = asset[k]
        total += entry_need(a, cut(quantity[k], factor, books.instruments[LOT, a], fractional), price[k], books)
        if total > MICROS_MAX:
            return MICROS_MAX
    return total


@kernel
def largest_factor(
    count: int, asset: Ints, quantity: Floats, price: Floats, left: Ints, there: int, fractional: bool, books: Books
) -> int:
    """Largest j in [0, 2**32] for which the entries cut by j / 2**32 cost at most what is there (bisection)."""
    if total_cost(count, asset, quantity, price, left, FACTOR_ONE, fractional, books) <= there:
        return FACTOR_ONE
    low, high = 0, FACTOR_ONE
    while high - low > 1:
        middle = (low + high) // 2
        if total_cost(count, asset, quantity, price, left, middle, fractional, books) <= there:
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
    there: int,
    fractional: bool,
    books: Books,
    serving: Ints,
    left: Ints,
    needed: Ints,
    granted: Floats,
) -> int:
    """The shortage rule: what each entry of a batch gets where all of them together need more than there is.

    An entry of quantity q takes what `entry_need` says, c(q). Where the sum of all c(q) is at most what is there, all
    get what they asked for. Else:

    SCALE   Every entry gets q x j / 2**32, in lots or whole units, with the one largest whole j in [0, 2**32] for
            which the sum of them is at most what is there: no asset is preferred. If that cuts entries that
            take all or nothing, the one of them that would be served last leaves the batch with nothing, and the rule
            begins again with the rest; and so on until none is cut.
    RANK    Entries are served one after the other. One that costs no more than what is left gets all; one that does
            not fit gets q x j / 2**32 with the largest j that fits, or nothing if it takes all or nothing.
    REJECT  The same, but what does not fit gets nothing.

    Entries are served by priority, highest first; equal ones by asset, which is by name; then by their place in the
    queue. An entry that gets less leaves what it did not take to those after it.

    So the answer is one of the set of entries: neither their order in the arrays nor that of the universe matters.

    Args:
        rule: SCALE, RANK or REJECT.
        place_of, asset, quantity, priority, price: the first `count` are the entries; price includes slippage.
        whole: 1 for entries that take all or nothing.
        there: micro-units to be shared.
        serving: scratch.
        left: result, 0; or 1, 2, 3... for the first, second, third... entry that left the batch.
        needed: result, what all of the batch needed the last time that this entry was of it.
        granted: result, at most `quantity`.

    Returns:
        how many left the batch.
    """
    left[:count] = 0
    rounds = 0
    while True:
        need = total_cost(count, asset, quantity, price, left, FACTOR_ONE, fractional, books)
        for k in range(count):
            if left[k] == 0:
                needed[k] = need
                granted[k] = quantity[k]
        if need <= there:
            return rounds
        if rule != SCALE:
            serving_order(count, priority, asset, place_of, serving)
            _serve_in_turn(rule, count, asset, quantity, price, whole, left, there, fractional, books, serving, granted)
            return rounds
        factor = largest_factor(count, asset, quantity, price, left, there, fractional, books)
        for k in range(count):
            if left[k] == 0:
                granted[k] = cut(quantity[k], factor, books.instruments[LOT, asset[k]], fractional)
        last = _last_cut_whole(count, place_of, asset, quantity, priority, whole, left, granted)
        if last < 0:
            return rounds
        rounds += 1
        left[last] = rounds
        granted[last] = 0.0


@kernel
def _serve_in_turn(
    rule: int,
    count: int,
    asset: Ints,
    quantity: Floats,
    price: Floats,
    whole: Ints,
    left: Ints,
    there: int,
    fractional: bool,
    books: Books,
    serving: Ints,
    granted: Floats,
) -> None:
    """`rank` and `reject`, see `allot`; the entries are served in this order."""
    for place in range(count):
        k = serving[place]
        if entry_need(asset[k], quantity[k], price[k], books) > there:
            granted[k] = 0.0
            if rule == RANK and whole[k] == 0:
                of, one, at = asset[k : k + 1], quantity[k : k + 1], price[k : k + 1]
                factor = largest_factor(1, of, one, at, left[k : k + 1], there, fractional, books)
                granted[k] = cut(quantity[k], factor, books.instruments[LOT, asset[k]], fractional)
        there -= entry_need(asset[k], granted[k], price[k], books)


@kernel
def _last_cut_whole(
    count: int,
    place_of: Ints,
    asset: Ints,
    quantity: Floats,
    priority: Floats,
    whole: Ints,
    left: Ints,
    granted: Floats,
) -> int:
    """Of the entries that take all or nothing and were cut, the one that is served last; -1 where there is none."""
    last = -1
    for k in range(count):
        cut_short = whole[k] == 1 and left[k] == 0 and granted[k] < quantity[k]
        if cut_short and (last < 0 or goes_before(priority, asset, place_of, last, k)):
            last = k
    return last
