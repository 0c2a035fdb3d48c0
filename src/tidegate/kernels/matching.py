"""Market orders and protective levels against one bar.

A batch is one decision. At a price point of the bar, reductions go first, in the order of their ids, because they
bring the cash; then all entries together, under the shortage rule. Fills are booked in the order of ids within each.
An order whose asset has no bar waits. A long position with a stop and a profit level is closed at the open where the
open is already beyond one of them, and else at the level that the rest of the bar touches; when both are touched the
path is not known, the stop is taken, and the clash is reported.

Where this is unrealistic: any quantity fills at the one price, and a touched level always fills in full.
"""

import numpy as np

from tidegate.kernels.arithmetic import COST_BUY, COST_SELL, DUST, commission, micros
from tidegate.kernels.kernel import (
    FloatRows,
    Floats,
    IntRows,
    Ints,
    ReadFloatRows,
    ReadFloats,
    ReadInts,
    kernel,
)
from tidegate.kernels.ledger import (
    CASH,
    EXITS_MADE,
    N_CANCELS,
    N_CLASHES,
    QUANTITY,
    book_fill,
)
from tidegate.kernels.shortage import allot

CANCEL_QUANTITY, CANCEL_MEASURED, CANCEL_LIMIT = range(3)
CANCEL_SOURCE, CANCEL_REASON = range(2)
"""Rows of `cancels_f` and `cancels_i`."""
NO_POSITION, CASH_SHORTAGE, SHORT_NOT_ALLOWED = 3, 4, 2
"""Values of `core.enums.Reason`, as plain numbers for compiled code."""
WAITING, DONE = 0, 1


@kernel
def _cancel(
    source: int,
    reason: int,
    quantity: float,
    measured: float,
    limit: float,
    totals: Ints,
    cancels_f: FloatRows,
    cancels_i: IntRows,
) -> None:
    row = totals[N_CANCELS]
    cancels_f[CANCEL_QUANTITY, row] = quantity
    cancels_f[CANCEL_MEASURED, row] = measured
    cancels_f[CANCEL_LIMIT, row] = limit
    cancels_i[CANCEL_SOURCE, row] = source
    cancels_i[CANCEL_REASON, row] = reason
    totals[N_CANCELS] = row + 1


@kernel
def fill_reductions(
    seq: int,
    reference: ReadFloats,
    count: int,
    order_id: Ints,
    asset: Ints,
    quantity: Floats,
    state: Ints,
    costs: Floats,
    positions: FloatRows,
    basis: IntRows,
    totals: Ints,
    fills_f: FloatRows,
    fills_i: IntRows,
    trades_f: FloatRows,
    trades_i: IntRows,
    cancels_f: FloatRows,
    cancels_i: IntRows,
) -> None:
    """Fills sells out of what is held, as far as it reaches; the rest is canceled, for a cash account has no shorts.

    Args:
        seq: barrier.
        reference: (n_assets,) price of this point of the bar, NaN where the asset has no bar.
        count: how many orders the book holds, by ascending id in the next four arrays.
        state: set to DONE for every order handled here.
        costs, positions, basis, totals, fills_f, fills_i, trades_f, trades_i: see `ledger.book_fill`.
        cancels_f, cancels_i: rows are appended at totals[N_CANCELS].
    """
    for k in range(count):
        a = asset[k]
        at = reference[a]
        if at != at or quantity[k] > 0.0:
            continue
        state[k] = DONE
        wanted = -quantity[k]
        held = positions[QUANTITY, a]
        size = min(wanted, held)
        if abs(held - wanted) < DUST:
            size = held
        price = at * costs[COST_SELL]
        if size <= 0.0:
            _cancel(k, NO_POSITION, quantity[k], wanted, held, totals, cancels_f, cancels_i)
            continue
        after = totals[CASH] + micros(size * price) - commission(size, price, costs)
        if after < 0:
            _cancel(k, CASH_SHORTAGE, quantity[k], after / 1e6, 0.0, totals, cancels_f, cancels_i)
            continue
        book_fill(
            seq, order_id[k], k, a, -size, price, at, costs, positions, basis, totals,
            fills_f, fills_i, trades_f, trades_i,
        )  # fmt: skip
        if wanted - size >= DUST:
            _cancel(k, NO_POSITION, size - wanted, wanted, held, totals, cancels_f, cancels_i)


@kernel
def fill_entries(
    seq: int,
    reference: ReadFloats,
    count: int,
    order_id: Ints,
    asset: Ints,
    quantity: Floats,
    priority: Floats,
    state: Ints,
    rule: int,
    fractional: bool,
    costs: Floats,
    positions: FloatRows,
    basis: IntRows,
    totals: Ints,
    fills_f: FloatRows,
    fills_i: IntRows,
    trades_f: FloatRows,
    trades_i: IntRows,
    cancels_f: FloatRows,
    cancels_i: IntRows,
) -> None:
    """Fills buys, cut by the shortage rule where cash does not reach; arguments as for `fill_reductions`."""
    row = np.empty(count, np.int64)
    e_order, e_asset = np.empty(count, np.int64), np.empty(count, np.int64)
    e_quantity, e_priority = np.empty(count, np.float64), np.empty(count, np.float64)
    e_price, granted = np.empty(count, np.float64), np.empty(count, np.float64)
    n = 0
    for k in range(count):
        at = reference[asset[k]]
        if at != at or quantity[k] < 0.0:
            continue
        state[k] = DONE
        row[n] = k
        e_order[n], e_asset[n] = order_id[k], asset[k]
        e_quantity[n], e_priority[n] = quantity[k], priority[k]
        e_price[n] = at * costs[COST_BUY]
        n += 1
    cash = totals[CASH]
    serving = np.empty(count, np.int64)
    need = allot(rule, n, e_order, e_asset, e_quantity, e_priority, e_price, cash, fractional, costs, serving, granted)
    for e in range(n):
        k = row[e]
        a = asset[k]
        if granted[e] > 0.0:
            book_fill(
                seq, order_id[k], k, a, granted[e], e_price[e], reference[a], costs, positions, basis, totals,
                fills_f, fills_i, trades_f, trades_i,
            )  # fmt: skip
        if granted[e] < e_quantity[e]:
            rest = e_quantity[e] - granted[e]
            _cancel(k, CASH_SHORTAGE, rest, need / 1e6, cash / 1e6, totals, cancels_f, cancels_i)


@kernel
def exit_at_levels(
    seq: int,
    at_open: bool,
    bars: ReadFloatRows,
    stop: ReadFloats,
    take: ReadFloats,
    stop_rule: ReadInts,
    take_rule: ReadInts,
    costs: Floats,
    positions: FloatRows,
    basis: IntRows,
    totals: Ints,
    fills_f: FloatRows,
    fills_i: IntRows,
    trades_f: FloatRows,
    trades_i: IntRows,
    clashes: Ints,
) -> None:
    """Closes the long positions whose level is reached, in column order.

    Args:
        at_open: whether only the open is looked at, or the whole bar after it.
        bars: (5, n_assets) open, high, low, close, volume.
        stop, take: (n_assets,) levels, NaN where there is none.
        stop_rule, take_rule: (n_assets,) rule of each level; a fill's source is -1 - rule.
        clashes: assets whose bar touched both levels are appended at totals[N_CLASHES].
        costs, positions, basis, totals, fills_f, fills_i, trades_f, trades_i: see `ledger.book_fill`.
    """
    for a in range(stop.shape[0]):
        held = positions[QUANTITY, a]
        first = bars[0, a]
        if held <= 0.0 or first != first:
            continue
        low = first if at_open else bars[2, a]
        high = first if at_open else bars[1, a]
        stopped, taken = low <= stop[a], high >= take[a]
        if not (stopped or taken):
            continue
        if stopped and taken and not at_open:
            clashes[totals[N_CLASHES]] = a
            totals[N_CLASHES] += 1
        if stopped:
            reference = min(stop[a], first)
            price, source = reference * costs[COST_SELL], -1 - stop_rule[a]
        else:
            reference = max(take[a], first)
            price, source = reference, -1 - take_rule[a]
        if totals[CASH] + micros(held * price) - commission(held, price, costs) < 0:
            continue
        order = totals[EXITS_MADE]
        totals[EXITS_MADE] = order + 1
        book_fill(
            seq, order, source, a, -held, price, reference, costs, positions, basis, totals,
            fills_f, fills_i, trades_f, trades_i,
        )  # fmt: skip


@kernel
def check_sells(count: int, asset: Ints, quantity: Floats, positions: FloatRows, sells: Floats, reasons: Ints) -> int:
    """Marks the sells that exceed what is held less what is being sold already; returns how many.

    Args:
        sells: (n_assets,) net quantity of open sells, never positive; accepted ones are added.
        reasons: result, SHORT_NOT_ALLOWED or 0 for each of `count` orders.
    """
    refused = 0
    for k in range(count):
        reasons[k] = 0
        if quantity[k] > 0.0:
            continue
        a = asset[k]
        if positions[QUANTITY, a] + sells[a] + quantity[k] < -DUST:
            reasons[k] = SHORT_NOT_ALLOWED
            refused += 1
        else:
            sells[a] += quantity[k]
    return refused


@kernel
def sum_pending(count: int, asset: Ints, quantity: Floats, net: Floats, sells: Floats) -> None:
    """Writes the net quantity of open orders by asset, and of the sells among them, into `net` and `sells`."""
    net[:] = 0.0
    sells[:] = 0.0
    for k in range(count):
        net[asset[k]] += quantity[k]
        if quantity[k] < 0.0:
            sells[asset[k]] += quantity[k]
