"""What positions see of the finer bars inside a bar: the range of their prices, and stops that trail the best of them.

To a trailing rule a finer bar is what a bar is: it moves the best price, and with it the stop, when it has ended, so no
level is tested against the high or low that moved it. Its open, which comes before the rest of it, moves both before
the rest is tested. A position sees all finer bars after the one in which it was opened; one that was opened at the
bar's open sees all of them. Of the one in which it is closed it sees the price of that alone.

The stop of the moment is the nearer of the one that was sent and

                long                         short
    trailing    best price x (1 - pct)       best price x (1 + pct)

where a finer bar makes a new best price; until then the stop stays where it was sent.
"""

from tidegate.kernels.books import HIGHEST, LOWEST, QUANTITY
from tidegate.kernels.kernel import FloatRows, Floats, Ints, ReadFloatBlocks, ReadFloats, kernel


@kernel
def widen_ranges(begin: int, end: int, finer: ReadFloatBlocks, since: Ints, positions: FloatRows) -> None:
    """Widens the price range of held positions by the finer bars of rows [begin, end).

    Args:
        finer: (n, 5, n_assets) finer bars, NaN where an asset has none.
        since: (n_assets,) the first row that the position in each asset sees.
        positions: see `books`; LOWEST and HIGHEST change.
    """
    for a in range(positions.shape[1]):
        if positions[QUANTITY, a] == 0.0:
            continue
        for row in range(max(begin, since[a]), end):
            if finer[row, 2, a] < positions[LOWEST, a]:
                positions[LOWEST, a] = finer[row, 2, a]
            if finer[row, 1, a] > positions[HIGHEST, a]:
                positions[HIGHEST, a] = finer[row, 1, a]


@kernel
def move_best(begin: int, end: int, finer: ReadFloatBlocks, since: Ints, held: Floats, best: Floats) -> None:
    """Moves the best prices of held positions by the finer bars of rows [begin, end).

    Args:
        finer, since: see `widen_ranges`.
        held: (n_assets,) units.
        best: (n_assets,) highest price since a long was opened, lowest of a short; NaN where there is none.
    """
    for a in range(len(held)):
        if held[a] == 0.0:
            continue
        for row in range(max(begin, since[a]), end):
            if held[a] > 0.0 and finer[row, 1, a] > best[a]:
                best[a] = finer[row, 1, a]
            elif held[a] < 0.0 and finer[row, 2, a] < best[a]:
                best[a] = finer[row, 2, a]


@kernel
def follow_price(
    a: int, held: float, price: float, pct: float, rule: int, best: Floats, stop: Floats, stop_rule: Ints
) -> None:
    """Moves the stop of a position after a price that is better than all before.

    Args:
        pct, rule: see `TrailingStops`.
        best, stop, stop_rule: (n_assets,) best prices, stops, and the rule of each; changed.
    """
    if held > 0.0 and price > best[a]:
        best[a] = price
        if not stop[a] >= price * (1.0 - pct):
            stop[a] = price * (1.0 - pct)
            stop_rule[a] = rule
    elif held < 0.0 and price < best[a]:
        best[a] = price
        if not stop[a] <= price * (1.0 + pct):
            stop[a] = price * (1.0 + pct)
            stop_rule[a] = rule


@kernel
def follow_bars(
    begin: int,
    end: int,
    finer: ReadFloatBlocks,
    since: Ints,
    held: Floats,
    pct: float,
    rule: int,
    best: Floats,
    stop: Floats,
    stop_rule: Ints,
) -> None:
    """Moves the stops of held positions after the finer bars of rows [begin, end); arguments as above."""
    for a in range(len(held)):
        if held[a] == 0.0:
            continue
        for row in range(max(begin, since[a]), end):
            extreme = finer[row, 1, a] if held[a] > 0.0 else finer[row, 2, a]
            follow_price(a, held[a], extreme, pct, rule, best, stop, stop_rule)


@kernel
def follow_opens(
    opens: ReadFloats, held: Floats, pct: float, rule: int, best: Floats, stop: Floats, stop_rule: Ints
) -> None:
    """Moves the stops of held positions after the opens of finer bars, (n_assets,), NaN for none."""
    for a in range(len(held)):
        follow_price(a, held[a], opens[a], pct, rule, best, stop, stop_rule)


@kernel
def row_reaching_levels(
    passed: int,
    begin: int,
    end: int,
    finer: ReadFloatBlocks,
    since: Ints,
    seq: int,
    stuck: Ints,
    take: ReadFloats,
    positions: FloatRows,
    pct: float,
    best: Floats,
    stop: Floats,
    stop_rule: Ints,
) -> int:
    """The first row in [begin, end) at which a held position's level is reached; `end` where there is none.

    Args:
        passed: the row from which on the best prices have seen nothing.
        finer, since: see `widen_ranges`.
        seq: the barrier.
        stuck: (n_assets,) barrier at which an asset's exit was canceled: it is tried once a barrier.
        take: (n_assets,) profit levels, NaN where there is none.
        positions: see `books`.
        pct, best, stop, stop_rule: see `follow_price`; `best`, `stop` and `stop_rule` are scratch afterwards.
    """
    for a in range(len(stop)):
        held = positions[QUANTITY, a]
        if held == 0.0 or stuck[a] == seq:
            continue
        for row in range(max(passed, since[a]), end):
            first, high, low = finer[row, 0, a], finer[row, 1, a], finer[row, 2, a]
            if row >= begin and first == first:
                reached = _reached(held, first, first, stop[a], take[a])
                follow_price(a, held, first, pct, 0, best, stop, stop_rule)
                if reached or _reached(held, high, low, stop[a], take[a]):
                    end = row
                    break
            follow_price(a, held, high if held > 0.0 else low, pct, 0, best, stop, stop_rule)
    return end


@kernel
def _reached(held: float, high: float, low: float, stop: float, take: float) -> bool:
    """Whether prices between two extremes reach either level of a position."""
    if held > 0.0:
        return low <= stop or high >= take
    return high >= stop or low <= take
