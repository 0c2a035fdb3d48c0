"""The books of an account, and the rows that a price point writes: what kernels change in place."""

from typing import NamedTuple

from tidegate.kernels.kernel import FloatRows, Floats, IntRows, Ints

QUANTITY, WORST, BEST, MARK = range(4)
"""Rows of `positions` (4, n_assets): units, lowest and highest price while held, last known close."""
COST, FEES, ENTRY_SEQ = range(3)
"""Rows of `basis` (3, n_assets)."""
CASH, REALIZED, PAID_COMMISSION, PAID_SLIPPAGE, FILLS_BOOKED, EXITS_MADE = range(6)
N_FILLS, N_TRADES, N_POSTINGS, N_CANCELS, N_CLASHES = range(6, 11)
"""Entries of `totals`: amounts, fills and protective exits since the start; rows in use of each of `Rows`."""
TOTALS_SIZE = 11

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
POSTING_KIND, POSTING_ASSET, POSTING_FILL, POSTING_AMOUNT = range(4)
"""Rows of `postings`."""
POSTED_TRADE, POSTED_COMMISSION = 1, 2
"""Values of `core.enums.PostingKind`, as plain numbers for compiled code."""


class Books(NamedTuple):
    """The state of an account, which kernels change in place.

    Attributes:
        costs: (24,), see `costs`.
        instruments: (17, n_assets): see `instruments`; what makes the money of a price and a quantity, and its limits.
        positions: (4, n_assets), basis: (3, n_assets), totals: (11,): see the rows and entries above.
    """

    costs: Floats
    instruments: FloatRows
    positions: FloatRows
    basis: IntRows
    totals: Ints


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
