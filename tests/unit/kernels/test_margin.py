"""Whom a margin call hits, how far, and what is bought back when it is recalled."""

import numpy as np
import pytest
from tests.unit.kernels import made
from tests.unit.kernels.made import MICRO, assert_forms_agree, floats

from tidegate.core.arrays import FloatArray
from tidegate.kernels import books as ledger
from tidegate.kernels.books import Books
from tidegate.kernels.funds import available, gained, margin, worth
from tidegate.kernels.instruments import FUTURE, INITIAL, MAINTENANCE
from tidegate.kernels.margin import liquidate, recall

WHOLE, FRACTIONAL = False, True
SOME, ALL = False, True


def account(*held: tuple[float, float]) -> Books:
    """Positions given as quantity and mark, entered at 100; half of their value is margin, a quarter must stay."""
    books = made.books(1_000 * MICRO, len(held), margin=True)
    books.instruments[INITIAL], books.instruments[MAINTENANCE] = 0.5, 0.25
    for asset, (quantity, mark) in enumerate(held):
        books.positions[[ledger.QUANTITY, ledger.MARK], asset] = quantity, mark
        books.basis[ledger.COST, asset] = round(abs(quantity) * 100 * MICRO)
    return books


THREE = (10.0, 40.0), (-20.0, 30.0), (5.0, 40.0)  # they need 100, 150 and 50


@pytest.mark.parametrize(
    # missing  what is closed already    closed
    ("missing", "everything", "fractional", "already", "closed"),
    [
        (0,    SOME, WHOLE,      (0, 0, 0),    (0, 0, 0)),
        (1,    SOME, WHOLE,      (0, 0, 0),    (0, 1, 0)),        # the largest first, rounded up
        (75,   SOME, WHOLE,      (0, 0, 0),    (0, 10, 0)),
        (150,  SOME, WHOLE,      (0, 0, 0),    (0, 20, 0)),
        (155,  SOME, WHOLE,      (0, 0, 0),    (-1, 20, 0)),
        (155,  SOME, FRACTIONAL, (0, 0, 0),    (-0.5, 20, 0)),
        (290,  SOME, WHOLE,      (0, 0, 0),    (-10, 20, -4)),
        (999,  SOME, WHOLE,      (0, 0, 0),    (-10, 20, -5)),
        (155,  SOME, WHOLE,      (0, 3, 0),    (-1, 0, 0)),       # what is on its way counts whole
        (100,  SOME, WHOLE,      (0, 20, 0),   (0, 0, 0)),
        (0,    ALL,  WHOLE,      (0, 0, 0),    (-10, 20, -5)),
        (0,    ALL,  WHOLE,      (-10, 5, 0),  (0, 15, -5)),
    ],
)  # fmt: skip
def test_the_largest_goes_first_and_the_last_no_further_than_it_must(
    missing: int, everything: bool, fractional: bool, already: tuple[float, ...], closed: tuple[float, ...]
) -> None:
    closing = floats(*already)
    count = liquidate(missing * MICRO, everything, fractional, closing, account(*THREE), np.zeros(3, np.int64))
    assert closing.tolist() == list(closed)
    assert count == np.count_nonzero(closing)


def test_of_equals_the_first_by_name_goes_first() -> None:
    closing = floats(0, 0)
    liquidate(10 * MICRO, SOME, WHOLE, closing, account((4.0, 50.0), (-4.0, 50.0)), np.zeros(2, np.int64))
    assert closing.tolist() == [-1.0, 0.0]


@pytest.mark.parametrize(
    # short  borrowable  being bought  bought back
    ("held", "there", "already", "bought"),
    [
        (-10.0,  10.0,   0.0, 0.0),
        (-10.0,  7.5,    0.0, 3.0),
        (-10.0,  0.0,    4.0, 6.0),
        (-10.0,  np.inf, 0.0, 0.0),
        (-0.3,   0.1 + 0.2 - 1e-10, 0.0, 0.0),
        (-0.3,   0.0,    0.1 + 0.2 - 1e-10, 0.0),
        (10.0,   0.0,    0.0, 0.0),
        (0.0,    0.0,    0.0, 0.0),
    ],
)  # fmt: skip
def test_a_short_beyond_what_there_is_to_borrow_is_bought_back(
    held: float, there: float, already: float, bought: float
) -> None:
    closing = floats(already)
    assert recall(floats(there), WHOLE, closing, account((held, 50.0))) == int(bought > 0)
    assert closing.tolist() == [bought]


@pytest.mark.parametrize(
    # positions                 future  free: 1000 and what positions are worth, less half of their value
    ("held", "future", "free"),
    [
        ((),                     0.0, 1_000),
        (((10.0, 40.0),),        0.0, 1_200),
        (((-10.0, 40.0),),       0.0, 400),
        (((10.0, 110.0),),       1.0, 1_000 + 100 - 550),  # a future adds what it has gained
        (((-10.0, 110.0),),      1.0, 1_000 - 100 - 550),
        (((10.0, np.nan),),      0.0, 1_500),              # without a price, at its cost
        (((-100.0, 400.0),),     0.0, 0),                  # never less than nothing
    ],
)  # fmt: skip
def test_what_is_free_is_equity_less_margin(held: tuple[tuple[float, float], ...], future: float, free: int) -> None:
    books = account(*held)
    books.instruments[FUTURE] = future
    assert available(books) == free * MICRO
    assert_forms_agree(available, books)


def test_a_cash_account_has_its_settled_cash() -> None:
    books = made.books(1_000 * MICRO, 1)
    books.totals[ledger.UNSETTLED] = 300 * MICRO
    assert available(books) == 700 * MICRO


def test_a_position_is_worth_its_mark_and_gains_on_its_cost() -> None:
    books = account((10.0, 40.0), (-20.0, 30.0), (-2.0, np.nan))
    worths = [worth(asset, books) for asset in range(3)]
    assert worths == [400 * MICRO, -600 * MICRO, -200 * MICRO]
    assert [gained(asset, worths[asset], books) for asset in range(3)] == [-600 * MICRO, 1_400 * MICRO, 0]
    assert [margin(asset, 0.1, books) for asset in range(3)] == [40 * MICRO, 60 * MICRO, 20 * MICRO]


def any_closing(*already: float) -> FloatArray:
    return floats(*already)


@pytest.mark.parametrize("everything", [SOME, ALL])
def test_compiled_calls_agree_bit_for_bit(everything: bool) -> None:
    for missing in (0, 60, 155, 999):
        closing = any_closing(0.0, 5.0, 0.0)
        assert_forms_agree(
            liquidate, missing * MICRO, everything, FRACTIONAL, closing, account(*THREE), np.zeros(3, np.int64)
        )
    assert_forms_agree(recall, floats(1.0, 3.5, 0.0), WHOLE, any_closing(0.0, 1.0, 0.0), account(*THREE))
