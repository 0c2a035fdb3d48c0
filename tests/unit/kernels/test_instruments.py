"""The broker's rows of what assets are."""

from typing import Any

import numpy as np
import pytest
from tests.unit.kernels.bar_by_bar import made_terms
from tests.unit.kernels.made import INF, declared, instruments

from tidegate.core.errors import DataError
from tidegate.kernels import instruments as rows
from tidegate.kernels.execution import Execution
from tidegate.kernels.instruments import (
    AccountSays,
    check_instruments,
    currencies,
    instrument_rows,
    plain_instruments,
)
from tidegate.kernels.kernel import INTERPRETED


def test_nothing_said_makes_shares_paid_in_full() -> None:
    assert np.array_equal(instrument_rows(2, None), plain_instruments(2), equal_nan=True)
    assert np.array_equal(instrument_rows(2, instruments(2)), plain_instruments(2), equal_nan=True)
    assert np.isnan(plain_instruments(2)[rows.HALF_SPREAD]).all()  # what slippage says


def test_what_is_not_said_of_an_asset_the_account_says() -> None:
    said = instruments(
        2, multiplier=(1, 50), lot=(0, 10), tick=0.01, minimum=3, half_spread_bps=(float("nan"), 2.0),
        initial=(float("nan"), 0.1), maintenance=(0.2, float("nan")), future=(0, 1), borrow_rate=(0.05, float("nan")),
        borrow_available=(float("nan"), 7),
    )  # fmt: skip
    found = instrument_rows(2, said, AccountSays(0.001, 0.5, 0.25, 0.02, 100.0))
    wanted = {
        rows.UNIT: [1, 50], rows.MULTIPLIER: [1, 50], rows.LOT: [0, 10], rows.TICK: [0.01] * 2, rows.LEAST: [3, 3],
        rows.HALF_SPREAD: [0.001, 2e-4], rows.INITIAL: [0.5, 0.1], rows.MAINTENANCE: [0.2, 0.25], rows.FUTURE: [0, 1],
        rows.BORROW_RATE: [0.05, 0.02], rows.AVAILABLE: [100, 7],
    }  # fmt: skip
    assert {row: found[row].tolist() for row in range(rows.SIGMA)} == wanted
    assert np.array_equal(found[rows.SIGMA :], plain_instruments(2)[rows.SIGMA :])  # nothing is known yet


def test_currencies_are_the_accounts_own_then_by_name() -> None:
    found = currencies(4, instruments(4, currency=("JPY", "", "EUR", "USD")), "USD")
    assert found.names == ("USD", "EUR", "JPY")
    assert found.of_asset.tolist() == [2, 0, 1, 0]
    assert currencies(2, None, "USD").names == ("USD",)


def test_currencies_with_rates_come_before_those_without() -> None:
    found = currencies(2, instruments(2, currency=("CHF", "JPY")), "USD", ("EUR", "JPY"))
    assert found.names == ("USD", "EUR", "JPY", "CHF")
    assert found.of_asset.tolist() == [3, 2]
    assert found.rated == 3


@pytest.mark.parametrize(
    ("said", "fractional", "margin", "told"),
    [
        ({"lot": (0.5, 1)},              False, False, "universe: lot 0.5 of A000 is no whole number of units"),
        ({"lot": (0.5, 1)},              True,  False, None),
        ({"future": (0, 1)},             True,  False, "A001 is a future, .* cannot hold; set account.kind to margin"),
        ({"future": (0, 1)},             True,  True,  None),
        ({"currency": ("USD", "EUR")},   True,  False, "universe: A001 has prices in EUR, and the account is in USD"),
        ({"currency": ("USD", "JPY")},   True,  False, None),  # it has a rate
        ({"borrow_available": (1, INF)}, True,  False, None),
    ],
)  # fmt: skip
def test_what_the_account_cannot_hold_is_refused(said: Any, fractional: bool, margin: bool, told: str | None) -> None:
    made = declared(2, instruments(2, **said))
    known = currencies(2, made.instruments, "USD", ("JPY",))
    if told is None:
        check_instruments(made, known, fractional=fractional, margin=margin)
        return
    with pytest.raises(DataError, match=told):
        check_instruments(made, known, fractional=fractional, margin=margin)


def test_an_account_is_made_of_what_the_universe_says() -> None:
    with pytest.raises(DataError, match="is a future"):
        Execution(declared(1, instruments(1, future=1)), 1, made_terms(), INTERPRETED)
