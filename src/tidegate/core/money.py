"""Money: int64 micro-units of the account currency.

Prices and quantities are float64. Each cash flow becomes micro-units once, rounded half to even, when it is
booked; from there on all sums are of integers, so they are exact and do not depend on their order.
"""

from tidegate.core.errors import UserError

MICROS = 1_000_000
MICROS_MAX = 2**60
"""Largest amount the books accept: the sum of seven still fits an int64."""


def to_micros(amount: float) -> int:
    """Rounds an amount in currency units to micro-units, half to even.

    Raises:
        UserError: amount is not finite or above 1.15e12.
    """
    scaled = amount * MICROS
    if not abs(scaled) <= MICROS_MAX:
        raise UserError(f"amount {amount} is outside the books' range of +-{MICROS_MAX / MICROS:.3g}")
    return round(scaled)


def from_micros(micros: int) -> float:
    """The amount in currency units; exact up to 2**53 micro-units, correctly rounded above."""
    return micros / MICROS


def format_micros(micros: int, decimals: int = 2) -> str:
    """`1234567890` as `1,234.57`."""
    return f"{micros / MICROS:,.{decimals}f}"
