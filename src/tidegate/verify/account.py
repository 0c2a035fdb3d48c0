"""All that is asked of one account and its orders, stretch by stretch."""

from tidegate.verify.accounts import Snapshots
from tidegate.verify.booked import Booked
from tidegate.verify.books import actions_of, fills_of, postings_of, trades_of
from tidegate.verify.data import Referred
from tidegate.verify.findings import Findings
from tidegate.verify.ledger import Ledger
from tidegate.verify.levels import Levels
from tidegate.verify.lives import Lives
from tidegate.verify.market import Market
from tidegate.verify.marks import Marks
from tidegate.verify.positions import Positions
from tidegate.verify.prices import Prices
from tidegate.verify.register import Register
from tidegate.verify.stretch import Stretch
from tidegate.verify.terms import Eras
from tidegate.verify.timing import Timing, late
from tidegate.verify.told import told_of


class AccountChecks:
    """The rules that speak of bars, orders, fills and books.

    Args:
        findings: takes what is wrong.
        eras: the terms of the run.
        referred: what references are to.
        marks: whether marks are at hand, which a journal may have by reference to the data.
    """

    def __init__(self, findings: Findings, eras: Eras, referred: Referred, *, marks: bool) -> None:
        terms = eras.terms
        self._market = Market(findings, referred, terms.assets)
        self._register, self._snapshots = Register(), Snapshots(terms, referred)
        self._marks = Marks(findings, terms)
        self._lives = Lives(findings, self._register)
        self._booked, self._ledger = Booked(findings, terms), Ledger(findings, terms, marks=marks)
        self._positions, self._prices = Positions(findings, terms), Prices(findings, eras)
        self._timing, self._levels = Timing(findings, terms), Levels(findings, terms.assets)

    def check(self, stretch: Stretch) -> None:
        """What was delivered in the next barriers."""
        self._market.check(stretch)
        fills, trades, postings = fills_of(stretch), trades_of(stretch), postings_of(stretch)
        actions, accounts = actions_of(stretch), self._snapshots.of(stretch)
        self._register.place_in_time(stretch, late(stretch))
        told = told_of(stretch)
        self._lives.check(stretch, told)
        orders = self._register.at_fills(told)
        unit = self._positions.units(accounts, fills)
        self._booked.check(stretch, fills, postings, trades, unit)
        self._ledger.check(stretch, accounts, fills, postings, trades, actions)
        self._positions.check(stretch, accounts, fills, trades, actions, unit)
        self._marks.check(stretch, self._market, accounts, actions)
        if len(fills.row):
            self._prices.check(stretch, self._market, fills, orders, unit)
            self._timing.check(stretch, fills, orders)
            self._levels.check(stretch, fills)

    def finish(self, stretch: Stretch) -> None:
        """What can be asked at the end alone."""
        self._lives.finish(stretch)
