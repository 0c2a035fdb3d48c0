"""Every rule of rounding, by hand and against exact arithmetic."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, MICRO, assert_forms_agree, rounded

from tidegate.core import money
from tidegate.kernels.arithmetic import FACTOR_ONE, MICROS_MAX, cut, in_lots, micros

HALF = FACTOR_ONE // 2

amounts = st.floats(-1.15e12, 1.15e12)
quantities = st.one_of(st.integers(0, 10**6).map(float), st.floats(0.0, 1e6))
factors = st.integers(0, FACTOR_ONE)


@pytest.mark.parametrize(
    ("amount", "want"),
    [
        (0.0,          0),
        (1.0,          MICRO),
        (-1.5,         -1_500_000),
        (0.1 + 0.2,    300_000),
        (0.49e-6,      0),
        (0.5e-6,       0),  # half goes to even: down
        (1.5e-6,       2),  # half goes to even: up
        (2.5e-6,       2),
        (0.51e-6,      1),
        (-0.5e-6,      0),
        (-1.5e-6,      -2),
        (-2.5e-6,      -2),
        (1.15e12,      1_150_000_000_000_000_000),
        (1.16e12,      MICROS_MAX),
        (1e300,        MICROS_MAX),
        (INF,          MICROS_MAX),
        (-1.16e12,     -MICROS_MAX),
        (-INF,         -MICROS_MAX),
    ],
)  # fmt: skip
def test_an_amount_is_rounded_half_to_even_and_saturates(amount: float, want: int) -> None:
    assert micros(amount) == want


@given(amounts)
def test_micros_are_those_of_exact_arithmetic_and_of_money(amount: float) -> None:
    assert micros(amount) == rounded(amount) == money.to_micros(amount)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_larger_amount_is_never_fewer_micros(one: float, other: float) -> None:
    assert micros(min(one, other)) <= micros(max(one, other))


@pytest.mark.parametrize(
    ("quantity", "factor", "whole", "fraction"),
    [
        (10.0,  FACTOR_ONE,      10.0,  10.0),
        (10.0,  HALF,            5.0,   5.0),
        (7.0,   HALF,            3.0,   3.5),
        (1.0,   FACTOR_ONE - 1,  0.0,   1.0 - 2.0**-32),
        (-7.0,  HALF,            -3.0,  -3.5),  # toward zero, not down
        (10.0,  0,               0.0,   0.0),
        (0.1,   FACTOR_ONE,      0.0,   0.1),
        (2.0**32, 1,             1.0,   1.0),
        (2.0**32 - 1, 1,         0.0,   1.0 - 2.0**-32),
    ],
)  # fmt: skip
def test_a_cut_is_truncated_toward_zero_unless_fractional(
    quantity: float, factor: int, whole: float, fraction: float
) -> None:
    assert cut(quantity, factor, 0.0, False) == whole
    assert cut(quantity, factor, 0.0, True) == fraction


@given(quantities, factors)
def test_a_cut_is_the_float_nearest_to_the_exact_product(quantity: float, factor: int) -> None:
    exact = float(Fraction(quantity) * Fraction(factor, FACTOR_ONE))
    assert cut(quantity, factor, 0.0, True) == exact
    assert cut(quantity, factor, 0.0, False) == int(exact)


@given(quantities, factors, factors, st.booleans())
def test_a_larger_factor_never_leaves_less(quantity: float, one: int, other: int, fractional: bool) -> None:
    less, more = (cut(quantity, factor, 0.0, fractional) for factor in sorted((one, other)))
    assert 0.0 <= less <= more <= quantity


@given(st.floats(allow_nan=False), quantities, factors, st.booleans())
def test_compiled_arithmetic_agrees_bit_for_bit(amount: float, quantity: float, factor: int, fractional: bool) -> None:
    assert_forms_agree(micros, amount)
    for lot in (0.0, 1.0, 0.1, 100.0):
        assert_forms_agree(cut, quantity, factor, lot, fractional)
        assert_forms_agree(in_lots, quantity, lot, fractional)


@pytest.mark.parametrize(
    ("quantity", "lot", "whole", "parts"),
    [
        (7.9,    0.0,    7.0,    7.9),
        (-7.9,   0.0,    -7.0,   -7.9),
        (7.9,    1.0,    7.0,    7.0),
        (250.0,  100.0,  200.0,  200.0),
        (-250.0, 100.0,  -200.0, -200.0),
        (99.0,   100.0,  0.0,    0.0),
        (0.3,    0.1,    3 * 0.1, 3 * 0.1),  # 0.3 / 0.1 is 2.9999999999999996
        (0.29,   0.1,    0.2,    0.2),
        (1e6,    1e-3,   1e6,    1e6),
    ],
)  # fmt: skip
def test_lots_are_truncated_toward_zero(quantity: float, lot: float, whole: float, parts: float) -> None:
    assert in_lots(quantity, lot, False) == whole
    assert in_lots(quantity, lot, True) == parts


@given(quantities, st.sampled_from([0.001, 0.1, 1.0, 7.0, 100.0]))
def test_lots_never_add_anything_but_what_rounding_lost(quantity: float, lot: float) -> None:
    found = in_lots(quantity, lot, True)
    slack = max(quantity, lot) * 2e-12
    assert found <= quantity + slack
    assert found > quantity - lot - slack
    assert in_lots(found, lot, True) == found


@given(quantities, st.booleans())
def test_nothing_is_cut_by_a_factor_of_one(quantity: float, fractional: bool) -> None:
    assert cut(quantity, FACTOR_ONE, 0.1, fractional) == quantity
