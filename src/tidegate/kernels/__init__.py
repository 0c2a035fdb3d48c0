"""Pure functions over arrays: matching, costs, the ledger, risk levels and limits, sizing.

    kernel      how one source runs interpreted or compiled, with identical results
    arithmetic  rounding to micro-units, cutting a quantity
    costs       prices after slippage, commission, and what both are made of
    estimates   volatility, average volume and quotes, from the bars before the one that fills
    charges     the costs at the bar at hand
    ledger      books a fill: position, cost basis, cash, postings and the trade row of every closed part
    matching    orders and protective levels against one bar
    shortage    who gets the cash when a batch of entries needs more than there is
    marking     values the positions at the close
    sizing      target weights to orders
    levels      protective levels from the trade state of positions, and that state from fills
    limits      position weight and gross exposure at validation

No clock, no asyncio, no logging, no Polars. Kernels take plain numbers and arrays, write into arrays their caller owns,
and return counts. Sums of money are of int64, so they do not depend on the order of assets.
"""
