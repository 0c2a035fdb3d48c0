from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.errors import UserError
from tidegate.core.money import MICROS, MICROS_MAX, format_micros, from_micros, to_micros


@pytest.mark.parametrize(
    ("amount", "micros"),
    [
        (0.0, 0),
        (-0.0, 0),
        (1.0, 1_000_000),
        (-1.5, -1_500_000),
        (0.1, 100_000),
        (0.1 + 0.2, 300_000),
        (1_000_000.0, 10**12),
        (0.5e-6, 0),  # half goes to even: down
        (1.5e-6, 2),  # half goes to even: up
        (2.5e-6, 2),
        (-0.5e-6, 0),
        (-1.5e-6, -2),
        (-2.5e-6, -2),
        (1e12, 10**18),
    ],
)
def test_an_amount_is_rounded_half_to_even(amount: float, micros: int) -> None:
    assert to_micros(amount) == micros
    assert type(to_micros(amount)) is int


@given(st.floats(-1e12, 1e12))
def test_rounding_agrees_with_exact_decimal_arithmetic_on_the_scaled_value(amount: float) -> None:
    exact = Decimal(amount * MICROS).to_integral_value(ROUND_HALF_EVEN)
    assert to_micros(amount) == int(exact)


@given(st.floats(-1e12, 1e12))
def test_rounding_is_symmetric_about_zero(amount: float) -> None:
    assert to_micros(-amount) == -to_micros(amount)


@given(st.integers(-(10**15), 10**15))
def test_micros_survive_the_way_out_and_back(micros: int) -> None:
    assert to_micros(from_micros(micros)) == micros


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), -float("inf"), 1e13, -1e13, 1.2e12])
def test_what_the_books_cannot_hold_is_refused_with_the_range(amount: float) -> None:
    with pytest.raises(UserError, match=r"outside the books' range of \+-1\.15e\+12"):
        to_micros(amount)


def test_the_sum_of_seven_largest_amounts_fits_int64() -> None:
    assert 7 * MICROS_MAX < 2**63
    assert to_micros(MICROS_MAX / MICROS) == MICROS_MAX


@pytest.mark.parametrize(
    ("micros", "decimals", "text"),
    [
        (1_234_567_890, 2, "1,234.57"),
        (-1_234_567_890, 2, "-1,234.57"),
        (0, 2, "0.00"),
        (1, 6, "0.000001"),
        (1_000_000_000_000, 0, "1,000,000"),
    ],
)
def test_money_is_printed_with_thousands_and_the_asked_decimals(micros: int, decimals: int, text: str) -> None:
    assert format_micros(micros, decimals) == text
