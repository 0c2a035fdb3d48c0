"""What an asset is, as a strategy sees it, and as its desk sizes orders by."""

from dataclasses import dataclass
from typing import Any

from tidegate.core.arrays import FloatArray
from tidegate.messages.instruments import NUMBER_FIELDS, UNSAID, Instruments, plain_lots


@dataclass(frozen=True, slots=True)
class Instrument:
    """Facts about one asset.

    Attributes:
        multiplier: how many times its price a unit is worth.
        lot, tick, minimum: steps of quantities and of order prices, and the smallest quantity of an order; 0 for any.
        half_spread_bps: half of what lies between bid and ask; NaN: slippage says it.
        initial, maintenance: margin fractions; NaN: the account says them.
        future: whether it is a contract that costs margin alone.
        borrow_rate: what a short pays a year, as a fraction; NaN: the account says it.
        borrow_available: units that can be borrowed; NaN: nobody says a limit.
        currency: of its prices.
        asset_class: a word, empty for none.
    """

    asset: str
    multiplier: float
    lot: float
    tick: float
    minimum: float
    half_spread_bps: float
    initial: float
    maintenance: float
    future: bool
    borrow_rate: float
    borrow_available: float
    currency: str
    asset_class: str


class Reference:
    """What the assets of a run are.

    Args:
        assets: by column.
        instruments: None where nothing is said of any.
        currency: of the account.

    Attributes:
        lot: (n_assets,) step of quantities, 0 for none.
    """

    __slots__ = ("_assets", "_currency", "_instruments", "lot")

    def __init__(self, assets: tuple[str, ...], instruments: Instruments | None, currency: str) -> None:
        self._assets, self._instruments, self._currency = assets, instruments, currency
        self.lot: FloatArray = plain_lots(len(assets), instruments)

    def of(self, column: int) -> Instrument:
        """What one asset is."""
        said, words = self._instruments, (self._currency, "")
        numbers = UNSAID
        if said is not None:
            numbers = {name: float(getattr(said, name)[column]) for name in NUMBER_FIELDS}
            words = said.currency[column] or self._currency, said.asset_class[column]
        facts: dict[str, Any] = numbers | {"future": bool(numbers["future"])}
        return Instrument(self._assets[column], **facts, currency=words[0], asset_class=words[1])
