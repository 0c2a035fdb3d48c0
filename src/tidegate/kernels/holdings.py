"""What an account holds, as rows."""

from tidegate.kernels.kernel import FloatRows, IntRows, ReadFloats, ReadInts, kernel

HELD_BARRIER, HELD_TS_NS, HELD_ASSET, HELD_COST = range(4)
HELD_QUANTITY, HELD_MARK, HELD_UNIT = range(3)
"""Rows of `ints` and `floats`."""


@kernel
def append_holdings(
    seq: int,
    ts_ns: int,
    quantity: ReadFloats,
    mark: ReadFloats,
    cost: ReadInts,
    unit: ReadFloats,
    at: int,
    ints: IntRows,
    floats: FloatRows,
) -> int:
    """Writes a column for each asset held, from column `at` on; returns the first column that is free after that.

    Args:
        quantity, mark, cost, unit: (n_assets,) see `messages.account.AccountSnapshot`.
        ints, floats: (4, room), (3, room) result, see the rows above.
    """
    for asset in range(len(quantity)):
        if quantity[asset] != 0.0:
            ints[HELD_BARRIER, at] = seq
            ints[HELD_TS_NS, at] = ts_ns
            ints[HELD_ASSET, at] = asset
            ints[HELD_COST, at] = cost[asset]
            floats[HELD_QUANTITY, at] = quantity[asset]
            floats[HELD_MARK, at] = mark[asset]
            floats[HELD_UNIT, at] = unit[asset]
            at += 1
    return at
