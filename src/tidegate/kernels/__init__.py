"""Pure functions over arrays: matching, costs, the ledger, risk levels and limits, sizing.

    kernel, arithmetic               one source, interpreted or compiled with identical results; rounding
    paths, conditions, finer, queue  orders that wait for a price; what a bar, and finer bars, do to them
    exits, levels                    protective levels of positions, and where they lie
    matching, entries, shortage      what goes at one price point, and who gets the cash
    liquidity, admission             what volume lets through; lots, ticks and smallest orders
    sizing, targets, limits          weights to orders, at the decision or the fill; limits on them
    costs, estimates, charges        slippage and commission, and what they must know of the market; measuring: of what
                                     came before they were charged
    ledger, marking, account, books  positions, cash and trades, to the micro-unit
    funds, margin, accruals          what entries may take, margin calls, what a night brings and costs
    corporate, events, restating     corporate actions on positions, universe and open orders
    replacing, aftermath             changes of open orders; orders that end or live by others
    execution, open_orders           all of it joined: commands in, messages out
    keeping                          what of it lives from one barrier to the next

A barrier, in the order in which things happen to an account:

    FILL    the night: variation of futures, borrow, interest, settlement; recalls of borrowed shares
            payments of dividends, then corporate actions
            the open: exits at levels, targets sized, reductions, entries, what they wake or cancel
            inside: exits at levels, then orders; along finer bars one after the other, where there are any
            the close: orders for it
            what is over expires; what waits for what has ended is canceled
    MARK    positions at the close, the books checked, margin calls
    GUARD   levels and exits of the risk manager
    DECIDE  cancels and changes, then new orders; with `same_close` the close, and the mark again

Where something filled at the open, or in a finer bar, strategies and the risk manager may answer before the rest is
met.

No clock, no asyncio, no logging, no Polars. Kernels take plain numbers and arrays, write into arrays their caller owns,
and return counts. Sums of money are of int64, so they do not depend on the order of assets.
"""
