"""What a fill costs, by hand and against exact arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, assert_forms_agree, books, cost, costs, fee

from tidegate.core.arrays import FloatArray
from tidegate.kernels.costs import buy_price, commission, entry_need, money, sell_price
from tidegate.kernels.instruments import UNIT

A = 0
quantities = st.one_of(st.integers(0, 10**6).map(float), st.floats(0.0, 1e6))
prices = st.floats(1e-4, 1e5)
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
    assert commission(A, quantity, 10.0, books(0, 1, charged)) == want


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
    assert commission(A, 100.0, 10.0, books(0, 1, charged)) == want


def test_a_price_slips_by_a_fraction_and_by_an_amount_but_no_sell_gets_less_than_nothing() -> None:
    account = books(0, 1, costs(slip=0.01, fixed=0.25))
    assert (buy_price(A, 1.0, 100.0, account), sell_price(A, 1.0, 100.0, account)) == (101.25, 98.75)
    assert sell_price(A, 1.0, 0.125, account) == 0.0
    assert_forms_agree(buy_price, A, 1.0, 3.3, account)
    assert_forms_agree(sell_price, A, 1.0, 3.3, account)


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
    assert entry_need(A, quantity, price, books(0, 1, costs(rate=rate, minimum=minimum))) == want


@given(quantities, prices, charges)
def test_costs_are_those_of_exact_arithmetic(quantity: float, price: float, charged: FloatArray) -> None:
    assert commission(A, quantity, price, books(0, 1, charged)) == fee(quantity, price, charged)
    assert entry_need(A, quantity, price, books(0, 1, charged)) == cost(quantity, price, charged)


@given(quantities, quantities, prices, charges)
def test_more_units_never_cost_less(one: float, other: float, price: float, charged: FloatArray) -> None:
    account = books(0, 1, charged)
    assert entry_need(A, min(one, other), price, account) <= entry_need(A, max(one, other), price, account)


def test_a_contract_is_worth_its_multiplier_and_pays_on_all_of_it() -> None:
    account = books(0, 1, costs(rate=1e-3))
    account.instruments[UNIT, A] = 50.0
    assert money(A, 2.0, 10.0, account) == 1_000_000_000
    assert commission(A, 2.0, 10.0, account) == 1_000_000
    assert entry_need(A, 2.0, 10.0, account) == 1_001_000_000


@given(quantities, prices, charges)
def test_compiled_costs_agree_bit_for_bit(quantity: float, price: float, charged: FloatArray) -> None:
    account = books(0, 1, charged)
    assert_forms_agree(commission, A, quantity, price, account)
    assert_forms_agree(entry_need, A, quantity, price, account)
