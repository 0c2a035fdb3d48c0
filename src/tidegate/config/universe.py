"""Which assets take part in a run, and what they are."""

from typing import Annotated

from pydantic import Field

from tidegate.config.section import Section
from tidegate.config.values import CURRENCY, Bps, Flag, PathText

NotNegative = Annotated[float, Field(strict=True, ge=0)]
Positive = Annotated[float, Field(strict=True, gt=0)]


class InstrumentTerms(Section):
    """What is true of some assets; what is not said here is said by the next that speaks of them.

    Attributes:
        multiplier: how many times its price a unit is worth: 50 for a contract of 50 units.
        lot: quantities are multiples of it.
        tick: limit and stop prices are multiples of it.
        minimum: the smallest quantity of an order.
        half_spread_bps: half of what lies between bid and ask, in basis points of the price.
        initial, maintenance: the part of a position's value that must be there as margin; the account's by default.
        future: whether it is a contract that costs margin alone.
        borrow_rate: what a short pays a year, as a fraction of its value.
        borrow_available: how many units can be borrowed.
        currency: of its prices; the account's by default.
    """

    multiplier: Positive | None = None
    lot: NotNegative | None = None
    tick: NotNegative | None = None
    minimum: NotNegative | None = None
    half_spread_bps: Bps | None = None
    initial: Positive | None = None
    maintenance: Positive | None = None
    future: Flag | None = None
    borrow_rate: NotNegative | None = None
    borrow_available: NotNegative | None = None
    currency: Annotated[str, Field(pattern=CURRENCY)] | None = None


class InstrumentDefaults(InstrumentTerms):
    """What is true of assets of which nothing else is said.

    Attributes:
        asset_class: of assets whose row names none.
    """

    asset_class: str | None = None


class UniverseConfig(Section):
    """Which assets take part: those named, or all of the prices; less those excluded. And what they are.

    What is said of an asset is taken from its row of the reference table, else from its class, else from the
    defaults.

    Attributes:
        assets: the names of those that take part; all of the prices by default.
        exclude: the names of those that do not.
        reference: a Parquet table with a row for an asset: `asset` and any of multiplier, lot, tick, minimum,
            half_spread_bps, initial, maintenance, future, borrow_rate, borrow_available, currency, asset_class.
        defaults: for all assets.
        classes: for the assets of a class, by its name.
    """

    assets: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    reference: PathText | None = None
    defaults: InstrumentDefaults = InstrumentDefaults()
    classes: dict[str, InstrumentTerms] = Field(default_factory=dict)
