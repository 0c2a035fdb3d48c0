"""Recorded runs explained: what happened in a barrier, why a fill happened, what differs between two runs.

General layout:

    opening      a journal, or the run folder that holds one, opened with the market data it refers to
    wording      numbers, money, times and orders in words
    content      a message as plain values, for JSON
    summaries    a message in a line
    receivers    who got a message, from the routes of the header's actors
    overview     a journal as a whole
    sequence     a barrier's messages as a sequence diagram
    ledger       the messages that speak of one order, and what its sender had seen
    causes       why a fill or an order came about, as a chain
    effect       fills, positions and equity of a run, to be compared
    comparison   two runs, message by message

Nothing here runs an actor, or any code that a journal names: a recorded class that is not part of Tidegate is told by
its name alone.
"""
