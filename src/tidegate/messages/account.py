"""What the books say. Money is int64 micro-units of the account currency."""

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.base import Message
from tidegate.messages.blocks import BlockColumns, FloatRow, IntColumns, IntRow


class AccountSnapshot(Message, frozen=True):
    """The account as marked at one barrier: cash_micros plus the positions' value is equity_micros, exactly.

    Arrays that did not change since the last snapshot are the same objects.

    Attributes:
        gross_micros: sum of the positions' absolute values.
        realized_micros: profit of closed parts so far, commissions of both sides taken off.
        unrealized_micros: value less cost of what is held, entry commissions taken off.
        commission_micros, slippage_micros: paid so far.
        stale: held assets without a bar at this barrier, valued at their last price.
        waiting: open orders that could not meet this batch because their asset had no bar.
        quantity: (n_assets,) units held.
        pending: (n_assets,) net units of open orders.
        mark: (n_assets,) last known close, NaN before the first.
        cost_micros: (n_assets,) int64, what the held units cost, commissions apart.
        unit: (n_assets,) money in the account's currency of one unit at a price of 1: multiplier times rate.
    """

    seq: int
    ts_ns: int
    cash_micros: int
    equity_micros: int
    gross_micros: int
    realized_micros: int
    unrealized_micros: int
    commission_micros: int
    slippage_micros: int
    stale: int
    waiting: int
    quantity: FloatArray
    pending: FloatArray
    mark: FloatArray
    cost_micros: IntArray
    unit: FloatArray


class CashPosted(IntColumns, frozen=True):
    """Entries of the ledger: every change of cash, with its kind.

    Attributes:
        kind: int64, see `core.enums.PostingKind`.
        asset, fill_id: int64, -1 where the posting has none.
        amount_micros: int64, positive for money in.
    """

    seq: int
    ts_ns: int

    kind, asset, fill_id, amount_micros = IntRow(0), IntRow(1), IntRow(2), IntRow(3)


class TradesClosed(BlockColumns, frozen=True):
    """A row for every part of a position that a fill closed; the parts' profits add up to the realized profit.

    Attributes:
        tags: of the closing order.
        fill_id: int64, the fill that closed the part.
        entry_seq: int64, the barrier at which the position was opened (from flat).
        cost_micros, proceeds_micros: int64, what the closed units cost and brought, commissions apart.
        commission_micros: int64, the exit's commission plus the closed units' share of the entries'.
        pnl_micros: int64, proceeds - cost - commission.
        bars_held: int64, barriers from opening to closing.
        quantity: units closed, positive for a long.
        entry_price: average price of the closed units, slippage included.
        exit_price: price of the closing fill.
        mae, mfe: worst and best price seen while held, as a fraction of the average entry price at that time's
            position (mae <= 0 <= mfe).
    """

    seq: int
    ts_ns: int
    tags: tuple[str, ...]

    fill_id, asset, entry_seq = IntRow(0), IntRow(1), IntRow(2)
    cost_micros, proceeds_micros, commission_micros, pnl_micros = IntRow(3), IntRow(4), IntRow(5), IntRow(6)
    bars_held = IntRow(7)
    quantity, entry_price, exit_price, mae, mfe = FloatRow(0), FloatRow(1), FloatRow(2), FloatRow(3), FloatRow(4)
