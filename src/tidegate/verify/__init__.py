"""Checks of recorded runs, written apart from what makes them.

A journal holds every message of a run. What must be true of them is asked here anew, of the messages alone and of the
data where these are at hand: none of the kernels, actors or state machines that made the run is used, so a mistake in
those is not made once more. `findings.Rule` has the rules, a sentence each.

General layout:

    check       goes through a journal once, a few hundred barriers at a time
    stretch     the messages of some barriers as columns; books, told: what was booked, what is said of orders
    delivery    barriers, phases, supersteps, causes
    market      the bars that fills and marks are held against; data: where they come from
    ledger      cash, equity, profits, margin; booked, positions: fills, trades and postings, units and costs; settling:
                what sales brought that cannot be spent yet
    lives       what may follow what of an order; register: what is known of all of them
    prices      fills against bars; timing: when orders could fill; levels: exits
    findings    rules and what breaks them; report: in words and as JSON

Everything is asked of whole columns, not of one message at a time, so that a check takes no longer than the run.

What is not asked: whether scarce cash and volume went to those to whom they belong, whether a strategy or a rule
decided as it should, and what estimates of volatility and volume, tiers and venues make of costs; replaying the run
asks that. What could not be asked of a journal is in its report.
"""

from tidegate.verify.check import Report, check, verify
from tidegate.verify.data import Referred
from tidegate.verify.findings import Finding, Findings, Rule
from tidegate.verify.report import in_words, to_json

__all__ = ["Finding", "Findings", "Referred", "Report", "Rule", "check", "in_words", "to_json", "verify"]
