# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Models of slippage and commission by hand, and what they keep true: parts add up, more never costs less."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels import made
from tests.unit.kernels.made import INF, MICRO, NAN, UNWRITTEN, assert_forms_agree, costs

from tidegate.kernels import books as ledger
from tidegate.kernels import costs as entry
from tidegate.kernels import instruments as rows
from tidegate.kernels.books import Books
from tidegate.kernels.costs import (
    buy_price,
    charge,
    commission,
    entry_need,
    impact,
    note_priced,
    order_price,
    sell_price,
    venue_fee,
)

A = 0
MODELS = {
    "share": entry.COST_SHARE,
    "share_cap": entry.COST_SHARE_CAP,
    "volatility": entry.COST_VOLATILITY,
    "root": entry.COST_ROOT,
    "temporary": entry.COST_TEMPORARY,
    "permanent": entry.COST_PERMANENT,
    "per_contract": entry.COST_PER_CONTRACT,
    "maker": entry.COST_MAKER,
    "maker_unit": entry.COST_MAKER_UNIT,
    "taker": entry.COST_TAKER,
    "taker_unit": entry.COST_TAKER_UNIT,
}
KNOWN = {
    "spread": rows.HALF_SPREAD,
    "sigma": rows.SIGMA,
    "average": rows.AVERAGE_VOLUME,
    "volume": rows.BAR_VOLUME,
    "drift": rows.DRIFT,
    "future": rows.FUTURE,
    "unit": rows.UNIT,
    "unmeasured": rows.UNMEASURED,
}


def account(**terms: float) -> Books:
    """Books of one asset: models, what is known of the asset, and what `made.costs` takes."""
    charged = costs(**{name: value for name, value in terms.items() if name not in {**MODELS, **KNOWN}})
    charged[entry.COST_SHARE_CAP] = 1.0
    charged[entry.COST_MODELS] = charged[entry.COST_SPLIT] = 1.0
    charged[entry.COST_OTHER] = any(terms.get(name) for name in ("slip", "fixed", "volatility"))
    books = made.books(0, 1, charged)
    books.instruments[rows.HALF_SPREAD] = 0.0
    for name, value in terms.items():
        if name in MODELS:
            charged[MODELS[name]] = value
        elif name in KNOWN:
            books.instruments[KNOWN[name], A] = value
    return books


PRICES = [
    # models                                                    quantity  buy            sell
    ({},                                                        100.0,    100.0,         100.0),
    ({"spread": 0.0005},                                        100.0,    100.05,        99.95),
    ({"spread": 0.0005, "slip": 0.001, "fixed": 0.02},          100.0,    100.17,        99.83),
    # zipline's VolumeShare: 0.1 x share^2, at the cap of 2.5 % and below it
    ({"share": 0.1, "volume": 4000.0},                          100.0,    100.00625,     99.99375),
    ({"share": 0.1, "volume": 10_000.0},                        100.0,    100.001,       99.999),
    ({"share": 0.1, "volume": 200.0},                           100.0,    102.5,         97.5),
    ({"share": 0.1, "volume": 200.0, "share_cap": 0.025},       100.0,    100.00625,     99.99375),
    ({"share": 0.1, "volume": 10.0},                            100.0,    110.0,         90.0),      # a share above 1 counts as 1
    ({"share": 0.1, "volume": INF},                             100.0,    100.0,         100.0),     # no volume is known
    ({"volatility": 0.5, "sigma": 0.02},                        100.0,    101.0,         99.0),
    ({"root": 0.5, "sigma": 0.02, "average": 400.0},            100.0,    100.5,         99.5),
    ({"root": 0.5, "sigma": 0.02, "average": 100.0},            400.0,    102.0,         98.0),
    ({"root": 0.5, "sigma": 0.02, "average": INF},              100.0,    100.0,         100.0),
    ({"root": 0.5, "sigma": 0.0, "average": 400.0},             100.0,    100.0,         100.0),
    ({"temporary": 0.5, "sigma": 0.02, "average": 400.0},       100.0,    100.25,        99.75),
    ({"permanent": 0.5, "sigma": 0.02, "average": 400.0},       100.0,    100.125,       99.875),    # half of it is the fill's own
    ({"drift": 0.01},                                           100.0,    101.0,         100.0),     # earlier buys are felt by buys
    ({"drift": -0.01},                                          100.0,    100.0,         99.0),      # and sells by sells
    ({"drift": 0.01, "permanent": 0.5, "sigma": 0.02, "average": 400.0}, 100.0, 101.125, 99.875),
    ({"spread": 0.5, "slip": 0.6},                              100.0,    210.0,         0.0),       # no price below 0
    ({"drift": -3.0},                                           100.0,    100.0,         0.0),
]  # fmt: skip


@pytest.mark.parametrize(("models", "quantity", "buy", "sell"), PRICES)
def test_a_price_slips_by_the_sum_of_all_models(models: dict, quantity: float, buy: float, sell: float) -> None:
    books = account(**models)
    assert buy_price(A, quantity, 100.0, books) == pytest.approx(buy, rel=1e-14)
    assert sell_price(A, quantity, 100.0, books) == pytest.approx(sell, rel=1e-14)
    assert_forms_agree(buy_price, A, quantity, 100.0, books)
    assert_forms_agree(sell_price, A, quantity, 100.0, books)
    for side in (True, False):
        assert_forms_agree(impact, A, quantity, side, books)


PARITY = [
    # engine and figure                     models              side   at      quantity  price
    ("zipline: 5 bps of the close",         {"slip": 5e-4},     1.0,   100.0,  10.0,     100.05),
    ("zipline: 5 bps of the close",         {"slip": 5e-4},     -1.0,  100.0,  10.0,     99.95),
    ("backtrader: percent",                 {"slip": 0.01},     1.0,   50.0,   10.0,     50.5),
    ("backtrader: fixed",                   {"fixed": 0.35},    -1.0,  50.0,   10.0,     49.65),
    ("vectorbt: p (1 + s)",                 {"slip": 0.1},      1.0,   10.0,   10.0,     11.0),
    # of the price it fills at; LEAN takes its 0.001 of the close of 111 and adds it to the open: 110.111
    ("LEAN: ConstantSlippage as a part",    {"slip": 0.001},    1.0,   110.0,  10.0,     110.11),
    ("LEAN: ConstantSlippage as an amount", {"fixed": 0.111},   1.0,   110.0,  10.0,     110.111),
]  # fmt: skip


@pytest.mark.parametrize(("what", "models", "side", "at", "quantity", "price"), PARITY)
def test_prices_are_those_of_other_engines(
    what: str, models: dict, side: float, at: float, quantity: float, price: float
) -> None:
    found = (buy_price if side > 0 else sell_price)(A, quantity, at, account(**models))
    assert found == pytest.approx(price, rel=1e-14), what


FEES = [
    # engine and figure                             terms                                            quantity  price   fee
    ("zipline: 0.001 per share",                    {"per_share": 0.001},                            100.0,    50.0,   0.1),
    ("zipline, older: 0.005, at least 1",           {"per_share": 0.005, "minimum": 1.0},            100.0,    50.0,   1.0),
    ("zipline, older: 0.005, at least 1",           {"per_share": 0.005, "minimum": 1.0},            1000.0,   50.0,   5.0),
    ("LEAN: max(1, 0.005 x shares)",                {"per_share": 0.005, "minimum": 1.0, "cap": 0.005}, 100.0, 50.0,   1.0),
    ("LEAN: max(1, 0.005 x shares)",                {"per_share": 0.005, "minimum": 1.0, "cap": 0.005}, 400.0, 50.0,   2.0),
    ("LEAN: at most 0.5 % of the value",            {"per_share": 0.005, "minimum": 1.0, "cap": 0.005}, 10.0,  5.0,    0.25),
    ("LEAN: at most 0.5 % of the value",            {"per_share": 0.005, "minimum": 1.0, "cap": 0.005}, 1000.0, 0.5,   2.5),
    ("backtrader: percent of the value",            {"rate": 0.001},                                 10.0,     100.0,  1.0),
    ("backtrader: so much a unit",                  {"per_share": 2.0},                              10.0,     100.0,  20.0),
    ("vectorbt: percent and an amount",             {"rate": 0.001, "per_trade": 1.0},               10.0,     100.0,  2.0),
]  # fmt: skip


@pytest.mark.parametrize(("what", "terms", "quantity", "price", "fee"), FEES)
def test_commissions_are_those_of_other_engines(
    what: str, terms: dict, quantity: float, price: float, fee: float
) -> None:
    assert commission(A, quantity, price, made.books(0, 1, costs(**terms))) == round(fee * MICRO), what


VENUE = [
    # terms                                               quantity  price  maker pays   taker pays   set aside
    ({"maker": -2e-5, "taker": 3e-5},                      100.0,    50.0,  -100_000,    150_000,     150_000),
    ({"maker": 3e-5, "taker": -2e-5},                      100.0,    50.0,  150_000,     -100_000,    150_000),
    ({"maker": -2e-5, "taker": -1e-5},                     100.0,    50.0,  -100_000,    -50_000,     0),
    ({"maker_unit": -0.002, "taker_unit": 0.003},          100.0,    50.0,  -200_000,    300_000,     300_000),
    ({"taker": 1e-4, "taker_unit": -0.004},                100.0,    50.0,  0,           100_000,     500_000),
    ({"maker": -2e-5, "taker": 3e-5, "unit": 10.0},        100.0,    50.0,  -1_000_000,  1_500_000,   1_500_000),
    ({"taker": 3e-5, "minimum": 1.0},                      100.0,    50.0,  1_000_000,   1_150_000,   1_150_000),
    ({"maker": -2e-5, "minimum": 1.0, "cap": 0.0},         100.0,    50.0,  -100_000,    0,           0),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "quantity", "price", "maker", "taker", "aside"), VENUE)
def test_the_venue_charges_takers_and_makers_beside_the_broker(
    terms: dict, quantity: float, price: float, maker: int, taker: int, aside: int
) -> None:
    books = account(**terms)
    assert commission(A, quantity, price, books) == aside
    for makes, want in ((True, maker), (False, taker)):
        written = made.rows(1, orders=3)
        note_priced(1, 77, A, quantity, True, price, makes, True, books, written)
        assert charge(77, 1, A, quantity, price, 0, 0, books, written) == want
        assert written.fills_i[ledger.PART_VENUE, 0] == want - entry.broker_fee(A, quantity, price, books)
        assert written.fills_i[ledger.PART_MAKER, 0] == makes
    assert_forms_agree(commission, A, quantity, price, books)
    assert_forms_agree(venue_fee, A, quantity, price, terms.get("maker", 0.0), terms.get("maker_unit", 0.0), books)


@pytest.mark.parametrize(
    # of 3 contracts at 20, of which each stands for 50
    ("terms", "want"),
    [
        ({"future": 1.0, "per_contract": 1.25}, 3_750_000),
        ({"future": 1.0, "per_contract": 0.0, "rate": 0.01}, 0),
        ({"future": 1.0, "per_contract": 1.25, "rate": 0.01, "minimum": 9.0, "per_trade": 1.0}, 3_750_000),
        ({"future": 0.0, "per_contract": 1.25, "rate": 0.01}, 30_000_000),
        ({"future": 1.0, "rate": 0.01}, 30_000_000),
        ({"future": 1.0, "per_contract": 1.25, "taker": 1e-4}, 3_750_000 + 300_000),
    ],
)
def test_futures_pay_by_the_contract_in_place_of_the_brokers_other_terms(terms: dict, want: int) -> None:
    assert commission(A, 3.0, 20.0, account(unit=50.0, **terms)) == want


ORDERS = [
    # models            side   at     limit  inside  price          maker  spread      impact
    ({"spread": 0.01},  1.0,   100.0, NAN,   False,  101.0,         0,     10_000_000, 0),
    ({"spread": 0.01},  -1.0,  100.0, NAN,   True,   99.0,          0,     10_000_000, 0),
    ({"spread": 0.01},  1.0,   100.0, 100.0, True,   100.0,         1,     0,          0),  # it makes the spread
    ({"spread": 0.01},  -1.0,  100.0, 100.0, True,   100.0,         1,     0,          0),
    ({"spread": 0.01},  1.0,   100.0, 100.0, False,  100.0,         0,     0,          0),  # at the open it takes, but not past its limit
    ({"spread": 0.01},  1.0,   99.5,  100.0, True,   100.0,         0,     5_000_000,  0),  # a stop within its limit takes
    ({"spread": 0.01, "share": 0.02, "volume": 10.0},              1.0,  100.0, NAN,   False, 103.0, 0, 10_000_000, 20_000_000),
    ({"spread": 0.01, "share": 0.02, "volume": 10.0},              1.0,  100.0, 102.0, False, 102.0, 0, 10_000_000, 10_000_000),
    ({"spread": 0.01, "share": 0.02, "volume": 10.0},              1.0,  100.0, 100.5, False, 100.5, 0, 5_000_000,  0),
    ({"spread": 0.01, "share": 0.02, "volume": 10.0, "slip": 0.1}, 1.0,  100.0, NAN,   False, 113.0, 0, 10_000_000, 20_000_000),
    ({"spread": 0.01, "share": 0.02, "volume": 10.0, "slip": 0.1}, 1.0,  100.0, 105.0, False, 105.0, 0, 10_000_000, 20_000_000),
    ({"spread": 0.7, "share": 0.5, "volume": 10.0},                -1.0, 100.0, NAN,   False, 0.0,   0, 700_000_000, 300_000_000),
]  # fmt: skip


@pytest.mark.parametrize(("models", "side", "at", "limit", "inside", "price", "maker", "spread", "moved"), ORDERS)
def test_a_fill_is_told_in_parts_and_a_limit_spares_the_spread_last(
    models: dict, side: float, at: float, limit: float, inside: bool, price: float, maker: int, spread: int, moved: int
) -> None:
    books, written = account(unmeasured=5.0, **models), made.rows(1, orders=4)
    arguments = 2, 9, A, side * 10.0, 10.0, at, limit, inside
    assert_forms_agree(order_price, *arguments, books, written)
    assert order_price(*arguments, books, written) == pytest.approx(price, rel=1e-14)
    slippage = round(abs(price - at) * 10 * MICRO)
    books.totals[[ledger.FILLS_BOOKED, ledger.N_FILLS]] = 33, 1
    fill = 9, 2, A, side * 10.0, price, 0, slippage
    assert_forms_agree(charge, *fill, books, written)
    charge(*fill, books, written)
    parts = written.fills_i[ledger.FILL_PARTS :, 1].tolist()
    assert parts == [33, A, spread, moved, 0, maker, 0 if maker else 5]


def test_the_last_model_there_is_takes_what_rounding_leaves() -> None:
    third = 1e-6 / 3.0
    for models, want in (
        ({"spread": third}, (100, 0)),
        ({"spread": third, "drift": third}, (33, 67)),
        ({"spread": third, "drift": third, "slip": 1e-9}, (33, 33)),
    ):
        books, written = account(**models), made.rows(1)
        order_price(0, 1, A, 1.0, 1.0, 100.0, NAN, False, books, written)
        charge(1, 0, A, 1.0, 100.0, 0, 100, books, written)
        assert tuple(written.fills_i[[ledger.PART_SPREAD, ledger.PART_IMPACT], 0]) == want


def test_a_fill_of_an_order_that_was_not_priced_takes_and_does_not_slip() -> None:
    books, written = account(spread=0.01, maker=-1e-4, taker=1e-4, permanent=1.0, sigma=0.1, average=1.0), made.rows(1)
    order_price(0, 5, A, 1.0, 1.0, 100.0, 100.0, True, books, written)
    assert charge(6, 0, A, 1.0, 100.0, 0, 0, books, written) == 10_000
    assert written.fills_i[ledger.FILL_PARTS + 1 :, 0].tolist() == [A, 0, 0, 10_000, 0, 0]
    assert books.instruments[rows.MOVED, A] == 0.0


@pytest.mark.parametrize(
    ("side", "limit", "inside", "moved"),
    [
        (1.0, NAN, False, 0.5 * 0.02 * (4.0 / 400.0)),
        (-1.0, NAN, False, -0.5 * 0.02 * (4.0 / 400.0)),
        (1.0, 100.0, False, 0.5 * 0.02 * (4.0 / 400.0)),
        (1.0, 100.0, True, 0.0),  # who makes moves nothing
    ],
)
def test_what_was_filled_moves_the_price_for_later_bars(side: float, limit: float, inside: bool, moved: float) -> None:
    books, written = account(permanent=0.5, sigma=0.02, average=400.0), made.rows(1)
    order_price(0, 1, A, side * 100.0, 100.0, 100.0, limit, inside, books, written)
    charge(1, 0, A, side * 4.0, 100.0, 0, 0, books, written)
    assert books.instruments[[rows.MOVED, rows.DRIFT], A].tolist() == [moved, 0.0]
    assert (
        order_price(0, 2, A, 100.0, 100.0, 100.0, NAN, False, books, written) == 100.125
    )  # this bar knows nothing of it


@pytest.mark.parametrize(
    ("by", "counted"), [(entry.BY_NOTHING, 0.0), (entry.BY_VALUE, 750.0 * MICRO), (entry.BY_UNITS, 15.0)]
)
def test_what_counts_for_the_tier_is_value_or_units_of_both_sides(by: int, counted: float) -> None:
    books, written = made.books(0, 1, costs()), made.rows(1)
    books.costs[entry.COST_TRADED_BY] = by
    charge(1, 0, A, 10.0, 50.0, 500 * MICRO, 0, books, written)
    charge(2, 0, A, -5.0, 50.0, 250 * MICRO, 0, books, written)
    assert books.costs[entry.COST_TRADED] == counted
    assert (written.fills_i[ledger.FILL_PARTS :] == UNWRITTEN).all()


amounts = st.sampled_from((0.0, 1e-5, 3e-4)) | st.floats(0.0, 0.05)
signed = st.sampled_from((0.0, 1e-5, -1e-5, -3e-4)) | st.floats(-0.05, 0.05)
sizes = st.one_of(st.integers(1, 10**6).map(float), st.floats(1e-6, 1e6))
models = st.fixed_dictionaries(
    dict.fromkeys(("spread", "share", "volatility", "root", "temporary", "permanent", "slip", "fixed"), amounts)
    | dict.fromkeys(("maker", "maker_unit", "taker", "taker_unit"), signed)
    | {"sigma": st.floats(0.0, 0.2), "average": st.floats(1.0, 1e7), "volume": st.floats(1.0, 1e7)}
    | {"drift": st.floats(-0.1, 0.1), "minimum": st.sampled_from((0.0, 1.0)), "cap": st.sampled_from((INF, 0.001))}
    | {"rate": amounts, "per_share": amounts, "per_trade": amounts, "unit": st.sampled_from((1.0, 50.0, 0.9))}
)


@given(models, sizes, sizes, st.floats(0.01, 1e4))
def test_more_units_never_need_less_nor_less_than_they_are_charged(
    terms: dict, one: float, other: float, price: float
) -> None:
    books = account(**terms)
    small, large = sorted((one, other))
    assert entry_need(A, small, price, books) <= entry_need(A, large, price, books)
    for maker in (True, False):
        written = made.rows(1)
        note_priced(0, 1, A, small, True, price, maker, True, books, written)
        assert charge(1, 0, A, small, price, 0, 0, books, written) <= commission(A, small, price, books)
    assert_forms_agree(entry_need, A, small, price, books)


@given(models, sizes, sizes, st.floats(0.01, 1e4), st.booleans())
def test_larger_orders_get_no_better_prices_and_no_price_is_below_zero(
    terms: dict, one: float, other: float, at: float, whole: bool
) -> None:
    books = account(**terms)
    small, large = sorted((one, other))
    assert at <= buy_price(A, small, at, books) <= buy_price(A, large, at, books)
    assert 0.0 <= sell_price(A, large, at, books) <= sell_price(A, small, at, books) <= at


@given(models, sizes, sizes, st.floats(0.01, 1e4), st.booleans(), st.none() | st.floats(0.9, 1.1), st.booleans())
def test_parts_add_up_and_both_forms_agree(
    terms: dict, asked: float, filled: float, at: float, buy: bool, bound: float | None, inside: bool
) -> None:
    books, written = account(**terms), made.rows(1, orders=2)
    side = 1.0 if buy else -1.0
    limit = NAN if bound is None else (max(at, at * bound) if buy else min(at, at * bound))
    order = 1, 4, A, side * asked, asked, at, limit, inside
    assert_forms_agree(order_price, *order, books, written)
    price = order_price(*order, books, written)
    size = min(asked, filled)
    slippage = entry.money(A, size, abs(price - at), books)
    fill = 4, 1, A, side * size, price, entry.money(A, size, price, books), slippage
    assert_forms_agree(charge, *fill, books, written)
    fee = charge(*fill, books, written)
    spread, moved, venue = written.fills_i[ledger.PART_SPREAD : ledger.PART_VENUE + 1, 0].tolist()
    assert min(spread, moved, slippage - spread - moved) >= 0
    assert fee - venue == entry.broker_fee(A, size, price, books)
    if not books.costs[entry.COST_OTHER]:
        assert spread + moved == slippage or math.isclose(price, at)


def test_no_array_of_costs_is_shorter_than_its_entries() -> None:
    assert len(costs()) == entry.COSTS_SIZE
    assert np.isnan(account().instruments).sum() == 0
