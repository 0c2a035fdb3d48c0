"""Every rule of rounding, by hand and against exact arithmetic."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, MICRO, assert_forms_agree, cost, costs, fee, rounded

from tidegate.core import money
from tidegate.core.arrays import FloatArray
from tidegate.kernels.arithmetic import (
    FACTOR_ONE,
    MICROS_MAX,
    buy_price,
    commission,
    cut,
    entry_cost,
    micros,
    sell_price,
)

HALF = FACTOR_ONE // 2

amounts = st.floats(-1.15e12, 1.15e12)
quantities = st.one_of(st.integers(0, 10**6).map(float), st.floats(0.0, 1e6))
prices = st.floats(1e-4, 1e5)
factors = st.integers(0, FACTOR_ONE)
charges = st.builds(
    lambda rate, per_share, minimum, per_trade, cap: costs(
        rate=rate, per_share=per_share, minimum=minimum, per_trade=per_trade, cap=cap
    ),
    st.sampled_from([0.0, 1e-4, 0.01]) | st.floats(0.0, 0.1),
    st.sampled_from([0.0, 0.005]) | st.floats(0.0, 10.0),
    st.sampled_from([0.0, 1.0]) | st.floats(0.0, 100.0),
    st.sampled_from([0.0, 0.0, 4.95]),
    st.sampled_from([INF, INF, 0.005, 0.0]),
)


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
    # a fill at 10.0     rate  per_share  minimum  micro-units
    ("quantity", "rate", "per_share", "minimum", "want"),
    [
        (100.0,     0.0,    0.0,    0.0,     0),          # nothing is charged
        (100.0,     1e-4,   0.0,    0.0,     100_000),    # 1 bp of 1000
        (100.0,     0.0,    0.005,  0.0,     500_000),
        (100.0,     1e-4,   0.005,  0.0,     600_000),    # both terms add up
        (100.0,     1e-4,   0.005,  0.60,    600_000),    # the minimum is reached exactly
        (100.0,     1e-4,   0.005,  0.61,    610_000),    # the minimum counts once, instead of the terms
        (1e-9,      1e-4,   0.005,  1.00,    1_000_000),  # a speck pays the whole minimum
        (100.0,     0.0,    0.0,    1.00,    1_000_000),  # a minimum alone is a flat fee
        (1.0,       0.0,    5e-7,   0.0,     0),          # half a micro-unit goes to even
        (3.0,       0.0,    5e-7,   0.0,     2),
        (5.0,       0.0,    5e-7,   0.0,     2),
    ],
)  # fmt: skip
def test_commission_is_the_larger_of_minimum_and_terms_rounded_once(
    quantity: float, rate: float, per_share: float, minimum: float, want: int
) -> None:
    charged = costs(rate=rate, per_share=per_share, minimum=minimum)
    assert commission(quantity, 10.0, charged) == want


@pytest.mark.parametrize(
    # a fill of 100 at 10.0
    ("charged", "want"),
    [
        (costs(per_trade=4.95), 4_950_000),
        (costs(per_trade=4.95, per_share=0.01, rate=1e-3), 6_950_000),  # all terms add up
        (costs(per_trade=4.95, minimum=7.0), 7_000_000),
        (costs(per_share=0.01, cap=0.005), 1_000_000),  # below the cap
        (costs(per_share=0.01, minimum=9.0, cap=0.005), 5_000_000),  # the cap counts, minimum or not
        (costs(per_trade=4.95, cap=0.0), 0),
        (costs(cap=0.005), 0),  # a cap alone charges nothing
    ],
)
def test_a_commission_by_trade_adds_up_and_a_cap_comes_last(charged: FloatArray, want: int) -> None:
    assert commission(100.0, 10.0, charged) == want


def test_a_price_slips_by_a_fraction_and_by_an_amount_but_no_sell_gets_less_than_nothing() -> None:
    charged = costs(slip=0.01, fixed=0.25)
    assert (buy_price(100.0, charged), sell_price(100.0, charged)) == (101.25, 98.75)
    assert sell_price(0.125, charged) == 0.0
    assert_forms_agree(buy_price, 3.3, charged)
    assert_forms_agree(sell_price, 3.3, charged)


@pytest.mark.parametrize(
    ("quantity", "price", "rate", "minimum", "want"),
    [
        (10.0,  2.5,     0.0,   0.0,  25_000_000),
        (10.0,  2.5,     0.01,  0.0,  25_250_000),
        (10.0,  2.5,     0.01,  1.0,  26_000_000),
        (0.0,   2.5,     0.01,  1.0,  0),           # no quantity, no minimum
        (1.0,   0.5e-6,  1.0,   0.0,  0),           # value and fee are rounded each by itself: 0 + 0, not 1
        (1.0,   1.5e-6,  1.0,   0.0,  4),           # 2 + 2, not 3
    ],
)  # fmt: skip
def test_a_buy_takes_its_value_and_its_commission(
    quantity: float, price: float, rate: float, minimum: float, want: int
) -> None:
    assert entry_cost(quantity, price, costs(rate=rate, minimum=minimum)) == want


@given(quantities, prices, charges)
def test_costs_are_those_of_exact_arithmetic(quantity: float, price: float, charged: FloatArray) -> None:
    assert commission(quantity, price, charged) == fee(quantity, price, charged)
    assert entry_cost(quantity, price, charged) == cost(quantity, price, charged)


@given(quantities, quantities, prices, charges)
def test_more_units_never_cost_less(one: float, other: float, price: float, charged: FloatArray) -> None:
    assert entry_cost(min(one, other), price, charged) <= entry_cost(max(one, other), price, charged)


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
    assert cut(quantity, factor, False) == whole
    assert cut(quantity, factor, True) == fraction


@given(quantities, factors)
def test_a_cut_is_the_float_nearest_to_the_exact_product(quantity: float, factor: int) -> None:
    exact = float(Fraction(quantity) * Fraction(factor, FACTOR_ONE))
    assert cut(quantity, factor, True) == exact
    assert cut(quantity, factor, False) == int(exact)


@given(quantities, factors, factors, st.booleans())
def test_a_larger_factor_never_leaves_less(quantity: float, one: int, other: int, fractional: bool) -> None:
    less, more = (cut(quantity, factor, fractional) for factor in sorted((one, other)))
    assert 0.0 <= less <= more <= quantity


@given(st.floats(allow_nan=False), quantities, prices, factors, charges, st.booleans())
def test_compiled_arithmetic_agrees_bit_for_bit(
    amount: float, quantity: float, price: float, factor: int, charged: FloatArray, fractional: bool
) -> None:
    assert_forms_agree(micros, amount)
    assert_forms_agree(commission, quantity, price, charged)
    assert_forms_agree(entry_cost, quantity, price, charged)
    assert_forms_agree(cut, quantity, factor, fractional)
