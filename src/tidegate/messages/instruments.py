"""What the assets of a run are: how they are traded, what they are worth by the unit, and what they need as margin."""

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, freeze


class Instruments(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False, eq=False):
    """Facts about every asset, as columns in the order of the universe.

    Attributes:
        multiplier: how many times its price a unit is worth.
        lot: the step of quantities, 0 for any.
        tick: the step of prices in orders, 0 for any.
        minimum: the smallest quantity of an order, 0 for any.
        half_spread_bps: half of what lies between bid and ask, in basis points of the price; NaN: slippage says it.
        initial, maintenance: the part of a position's value that must be there as margin; NaN: the account says it.
        future: 1 for a contract that costs margin alone, else 0.
        borrow_rate: what a short pays a year, as a fraction of its value; NaN: the account says it.
        borrow_available: units that can be borrowed; NaN: nobody says a limit.
        currency: of the prices; empty for the account's.
        asset_class: a word, empty for none.
    """

    multiplier: FloatArray
    lot: FloatArray
    tick: FloatArray
    minimum: FloatArray
    half_spread_bps: FloatArray
    initial: FloatArray
    maintenance: FloatArray
    future: FloatArray
    borrow_rate: FloatArray
    borrow_available: FloatArray
    currency: tuple[str, ...]
    asset_class: tuple[str, ...]


NUMBER_FIELDS = Instruments.__struct_fields__[:-2]
"""The columns of numbers."""
UNSAID = {
    "multiplier": 1.0,
    "lot": 0.0,
    "tick": 0.0,
    "minimum": 0.0,
    "half_spread_bps": np.nan,
    "initial": np.nan,
    "maintenance": np.nan,
    "future": 0.0,
    "borrow_rate": np.nan,
    "borrow_available": np.nan,
}
"""What each number is where nothing is said."""


def plain_lots(n_assets: int, instruments: Instruments | None) -> FloatArray:
    """(n_assets,) the lots; zeros where nothing is said of any asset."""
    return freeze(np.zeros(n_assets)) if instruments is None else instruments.lot
