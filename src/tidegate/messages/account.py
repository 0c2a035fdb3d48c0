"""What the books say. Money is int64 micro-units of the account currency."""

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.base import Message
from tidegate.messages.blocks import BlockColumns, FloatRow, IntColumns, IntRow


class AccountSnapshot(Message, frozen=True):
    """The account as marked at one barrier.

    Exactly: equity is cash and receivable plus what positions add to it, and what was deposited, plus realized,
    unrealized, carry and receivable.

    Arrays that did not change since the last snapshot are the same objects.

    Attributes:
        gross_micros: sum of the positions' absolute values.
        realized_micros: profit of closed parts so far, commissions of both sides taken off.
        unrealized_micros: value less cost of what is held, entry commissions taken off.
        carry_micros: what came in and went out beside trades so far: interest, borrowing, dividends.
        settled_micros: the cash that can be spent.
        initial_micros, maintenance_micros: what positions take of the margin, and what must be there; 0 in a cash
            account.
        free_micros: what entries can take: settled cash, or on margin what equity is above `initial_micros`.
        commission_micros, slippage_micros: paid so far.
        stale: held assets without a bar at this barrier, valued at their last price.
        waiting: open orders that could not meet this batch because their asset had no bar.
        quantity: (n_assets,) units held, negative when short.
        pending: (n_assets,) net units of open orders.
        mark: (n_assets,) last known close, NaN before the first.
        unit: (n_assets,) money in the account's currency of one unit at a price of 1: multiplier times rate; NaN before
            the first rate.
        cost_micros: (n_assets,) int64, what the held units cost, or brought when sold short, commissions apart.
        receivable_micros: dividends that were earned and are still to be paid; below 0 where shorts owe more.
    """

    seq: int
    ts_ns: int
    cash_micros: int
    equity_micros: int
    gross_micros: int
    realized_micros: int
    unrealized_micros: int
    carry_micros: int
    settled_micros: int
    initial_micros: int
    maintenance_micros: int
    free_micros: int
    commission_micros: int
    slippage_micros: int
    stale: int
    waiting: int
    quantity: FloatArray
    pending: FloatArray
    mark: FloatArray
    cost_micros: IntArray
    unit: FloatArray
    receivable_micros: int = 0


class CashPosted(IntColumns, frozen=True):
    """Entries of the ledger: every change of cash, with its kind.

    Attributes:
        kind: int64, see `core.enums.PostingKind`.
        currency: int64, 0 the account's, k the k-th of the others by name, in each of which all postings cancel out.
        asset, fill_id: int64, -1 where the posting has none.
        amount_micros: int64, positive for money in.
    """

    seq: int
    ts_ns: int

    kind, asset, fill_id, amount_micros, currency = IntRow(0), IntRow(1), IntRow(2), IntRow(3), IntRow(4)


class MarginCalled(Message, frozen=True):
    """The account has less than its positions need, or nothing; the broker closes positions, see `kernels.margin`.

    Attributes:
        equity_micros, required_micros: what there is, and what there must be.
    """

    seq: int
    ts_ns: int
    equity_micros: int
    required_micros: int


class TradesClosed(BlockColumns, frozen=True):
    """A row for every part of a position that a fill closed; the parts' profits add up to the realized profit.

    Attributes:
        tags: of the closing order.
        fill_id: int64, the fill that closed the part; -1 where a corporate action did.
        entry_seq: int64, the barrier at which the position was opened (from flat).
        cost_micros, proceeds_micros: int64, what the closed units were worth when they were entered and when they were
            closed, commissions apart.
        commission_micros: int64, the exit's commission plus the closed units' share of the entries'.
        pnl_micros: int64, proceeds - cost - commission; cost - proceeds - commission for a short.
        bars_held: int64, barriers from opening to closing.
        quantity: units closed, positive for a long, negative for a short.
        entry_price: average price of the closed units, slippage included.
        exit_price: price of the closing fill.
        mae, mfe: worst and best price seen while held, as a fraction of the average entry price at that time's
            position (mae <= 0 <= mfe); of the bar in which it is closed only its finer bars before that are seen.
    """

    seq: int
    ts_ns: int
    tags: tuple[str, ...]

    fill_id, asset, entry_seq = IntRow(0), IntRow(1), IntRow(2)
    cost_micros, proceeds_micros, commission_micros, pnl_micros = IntRow(3), IntRow(4), IntRow(5), IntRow(6)
    bars_held = IntRow(7)
    quantity, entry_price, exit_price, mae, mfe = FloatRow(0), FloatRow(1), FloatRow(2), FloatRow(3), FloatRow(4)
