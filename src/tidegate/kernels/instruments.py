"""What the broker must know of every asset beside its bars."""

from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.errors import DataError
from tidegate.messages.instruments import Instruments
from tidegate.messages.market import UniverseDeclared

UNIT, MULTIPLIER, LOT, TICK, LEAST, HALF_SPREAD, INITIAL, MAINTENANCE, FUTURE, BORROW_RATE, AVAILABLE = range(11)
SIGMA, AVERAGE_VOLUME, BAR_VOLUME, DRIFT, MOVED, UNMEASURED = range(11, 17)
"""Rows of `Books.instruments` (17, n_assets).

UNIT is the money, in the account's currency, of one unit at a price of 1: the contract's multiplier times the rate of
the currency. LOT and TICK are the steps of quantities and of order prices (0: any), LEAST the smallest quantity of an
order. HALF_SPREAD is half of what lies between bid and ask, as a fraction of the price; NaN where nobody said. INITIAL
and MAINTENANCE are the parts of a position's value that must be there as margin. FUTURE is 1 for a contract that costs
margin alone. BORROW_RATE is what a short pays a year, as a fraction of its value; AVAILABLE how many units can be
borrowed.

The others are what `costs` needs of the bar at hand, as `estimates` knows it: SIGMA is the deviation of the returns of
bars, 0 where it is not known; AVERAGE_VOLUME and BAR_VOLUME are units, inf where they are not known; DRIFT is by what
part of itself the price has been moved by fills of earlier bars, MOVED by those of this one; UNMEASURED says what is
not known, see `costs`.
"""
INSTRUMENT_ROWS = 17


@dataclass(frozen=True, slots=True)
class AccountSays:
    """What the account says of assets of which nothing else is said; as the rows of the same names."""

    half_spread: float = np.nan
    initial: float = 1.0
    maintenance: float = 1.0
    borrow_rate: float = 0.0
    available: float = np.inf


IN_CASH = AccountSays()
"""Everything is paid in full."""


@dataclass(frozen=True, slots=True)
class Currencies:
    """The currencies of an account.

    Attributes:
        names: the account's own first, the others in alphabetical order.
        of_asset: (n_assets,) place in `names` of the currency of each asset's prices.
        rated: how many of `names` have rates, the account's own among them; they come first.
    """

    names: tuple[str, ...]
    of_asset: IntArray
    rated: int


def currencies(n_assets: int, instruments: Instruments | None, own: str, others: tuple[str, ...] = ()) -> Currencies:
    """Those of an account and its assets.

    Args:
        own: the account's currency.
        others: those that have rates, in alphabetical order; what an asset has beside them comes after.
    """
    if instruments is None:
        return Currencies((own, *others), freeze(np.zeros(n_assets, np.int64)), 1 + len(others))
    of_asset = [name or own for name in instruments.currency]
    names = (own, *others, *sorted(set(of_asset) - {own, *others}))
    place = {name: number for number, name in enumerate(names)}
    return Currencies(names, freeze(np.array([place[name] for name in of_asset], np.int64)), 1 + len(others))


def plain_instruments(n_assets: int, account: AccountSays = IN_CASH) -> FloatArray:
    """Shares in the account's currency."""
    rows = np.zeros((INSTRUMENT_ROWS, n_assets))
    rows[UNIT] = rows[MULTIPLIER] = 1.0
    rows[HALF_SPREAD], rows[INITIAL], rows[MAINTENANCE] = account.half_spread, account.initial, account.maintenance
    rows[BORROW_RATE], rows[AVAILABLE] = account.borrow_rate, account.available
    rows[AVERAGE_VOLUME] = rows[BAR_VOLUME] = np.inf
    return rows


def instrument_rows(n_assets: int, instruments: Instruments | None, account: AccountSays = IN_CASH) -> FloatArray:
    """The rows above; UNIT as if all prices were in the account's currency."""
    rows = plain_instruments(n_assets, account)
    if instruments is None:
        return rows
    rows[UNIT] = rows[MULTIPLIER] = instruments.multiplier
    rows[LOT], rows[TICK], rows[LEAST] = instruments.lot, instruments.tick, instruments.minimum
    rows[FUTURE] = instruments.future
    for row, said in (
        (HALF_SPREAD, instruments.half_spread_bps * 1e-4),
        (INITIAL, instruments.initial),
        (MAINTENANCE, instruments.maintenance),
        (BORROW_RATE, instruments.borrow_rate),
        (AVAILABLE, instruments.borrow_available),
    ):
        rows[row] = np.where(np.isnan(said), rows[row], said)
    return rows


def check_instruments(universe: UniverseDeclared, known: Currencies, *, fractional: bool, margin: bool) -> None:
    """Refuses what the account cannot hold.

    Raises:
        DataError: parts of a unit where only whole ones are held; futures in an account that is not on margin; prices
            in a currency without a rate.
    """
    said, names = universe.instruments, universe.assets
    if said is None:
        return
    parts = [] if fractional else np.flatnonzero(said.lot != np.trunc(said.lot)).tolist()
    problems = [
        f"universe: lot {said.lot[k]:g} of {names[k]} is no whole number of units; set account.fractional to allow it"
        for k in parts
    ]
    futures = [] if margin else np.flatnonzero(said.future).tolist()
    problems += [
        f"universe: {names[k]} is a future, which a cash account cannot hold; set account.kind to margin"
        for k in futures
    ]
    problems += [
        f"universe: {names[k]} has prices in {known.names[code]}, and the account is in {known.names[0]};"
        f" name the context column of its rate in account.rates.{known.names[code]}"
        for k, code in enumerate(known.of_asset.tolist())
        if code >= known.rated
    ]
    if problems:
        raise DataError(*problems)
