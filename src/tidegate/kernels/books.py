"""The books of an account, and the rows that a price point writes: what kernels change in place."""

from typing import NamedTuple

from tidegate.kernels.kernel import FloatRows, Floats, IntRows, Ints, kernel

QUANTITY, LOWEST, HIGHEST, MARK = range(4)
"""Rows of `positions` (4, n_assets): units (negative when short), lowest and highest price while held, last close."""
COST, FEES, ENTRY_SEQ, SETTLED, LOCAL, ENTRY_FILL = range(6)
"""Rows of `basis` (6, n_assets): what the held units cost and the commissions of their entries, never negative; the
barrier at which the position was opened; the part of a future's profit that has been paid; the cost in the currency of
the price; the fill that opened it."""
CASH, REALIZED, CARRY, RECEIVABLE, UNSETTLED, PAID_COMMISSION, PAID_SLIPPAGE = range(7)
FILLS_BOOKED, EXITS_MADE, POSTED, BROKEN, RESERVED = range(7, 12)
N_FILLS, N_TRADES, N_POSTINGS, N_CANCELS, N_CLASHES = range(12, 17)
"""Entries of `totals`: amounts, fills and orders of the broker's own since the start, CARRY being what came in and went
out beside trades, RECEIVABLE what is still to come of dividends; how often a fill went beyond its order; funds that
entries leave alone; rows in use of each of `Rows`."""
TOTALS_SIZE = 17
MARGIN, LOCKED = range(2)
"""Entries of `kind`: 1 for an account on margin, and for short proceeds that earn nothing and pay no debt."""

FILL_QUANTITY, FILL_PRICE, FILL_REFERENCE = range(3)
FILL_NUMBER, FILL_ORDER, FILL_ASSET, FILL_CASH, FILL_COMMISSION, FILL_SLIPPAGE, FILL_SOURCE = range(7)
"""Rows of `fills_f` and `fills_i`; the source is the order's row among those that were met, or
-1 - rule for a protective exit."""
FILL_PARTS = 7
PART_NUMBER, PART_ASSET, PART_SPREAD, PART_IMPACT, PART_VENUE, PART_MAKER, PART_UNMEASURED = range(FILL_PARTS, 14)
"""More rows of `fills_i`, written where fills are told in parts: the fill's number and asset once more, parts of its
slippage and commission, and how they came about."""
PRICED_FOR, PRICED_MAKER, PRICED_SLIPS, PRICED_SPREAD, PRICED_IMPACT = range(5, 10)
"""Rows of `entries_f`, in the column of an order's row among those that were met (0 for an exit, which is booked at
once): the id of the order that was priced, whether it makes, whether it slips, and two parts of its price."""
TRADE_QUANTITY, TRADE_ENTRY_PRICE, TRADE_EXIT_PRICE, TRADE_MAE, TRADE_MFE = range(5)
TRADE_FILL, TRADE_ASSET, TRADE_ENTRY_SEQ, TRADE_COST, TRADE_PROCEEDS, TRADE_COMMISSION, TRADE_PNL = range(7)
TRADE_BARS, TRADE_FILL_ROW = range(7, 9)
"""Rows of `trades_f` and `trades_i`; the last is the fill's column in `fills_f`."""
POSTING_KIND, POSTING_ASSET, POSTING_FILL, POSTING_AMOUNT, POSTING_CURRENCY = range(5)
"""Rows of `postings`; currency 0 is the account's."""
POSTED_TRADE, POSTED_COMMISSION, POSTED_DIVIDEND = 1, 2, 3
POSTED_INTEREST, POSTED_FINANCING, POSTED_BORROW, POSTED_VARIATION = 4, 5, 6, 7
POSTED_IN_LIEU, POSTED_CONVERSION = 8, 9
"""Values of `core.enums.PostingKind`, as plain numbers for compiled code."""


class Books(NamedTuple):
    """The state of an account, which kernels change in place.

    Attributes:
        costs: (24,), see `costs`.
        kind: (2,), see MARGIN; not changed.
        instruments: (17, n_assets): see `instruments`; what makes the money of a price and a quantity, and its limits.
        currency: (n_assets,) in which each asset is quoted, 0 the account's; not changed.
        positions: (4, n_assets), basis: (6, n_assets), totals: (17,): see the rows and entries above.
        foreign: (n_currencies,) sum of all postings in each currency but the account's, from 1 on: always 0.
        settling: (sessions,) proceeds that cannot be spent yet, the oldest first; none where sales settle at once.
        room: (n_assets,) units that the volume of the bar still lets through, inf for no limit.
        overdue: (n_assets,) source of a stop that was reached and held back: it is due at the next open; else 0.
    """

    costs: Floats
    kind: Ints
    instruments: FloatRows
    currency: Ints
    positions: FloatRows
    basis: IntRows
    totals: Ints
    foreign: Ints
    settling: Ints
    room: Floats
    overdue: Ints


class Rows(NamedTuple):
    """What one price point writes, appended at the counts in `Books.totals`; from cancels on, see `matching`."""

    fills_f: FloatRows
    fills_i: IntRows
    trades_f: FloatRows
    trades_i: IntRows
    postings: IntRows
    cancels_f: FloatRows
    cancels_i: IntRows
    clashes: Ints
    entries_f: FloatRows
    entries_i: IntRows
    stuck: Ints


@kernel
def post(
    kind: int, currency: int, asset: int, fill: int, amount: int, totals: Ints, foreign: Ints, postings: IntRows
) -> None:
    """Appends a posting, and adds it to the sum of its currency; asset and fill are -1 where there is none."""
    row = totals[N_POSTINGS]
    postings[POSTING_KIND, row] = kind
    postings[POSTING_ASSET, row] = asset
    postings[POSTING_FILL, row] = fill
    postings[POSTING_AMOUNT, row] = amount
    postings[POSTING_CURRENCY, row] = currency
    totals[N_POSTINGS] = row + 1
    if currency == 0:
        totals[POSTED] += amount
    else:
        foreign[currency] += amount
