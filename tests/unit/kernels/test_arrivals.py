"""What compiled kernels could not take never reaches them."""

from typing import Any

import numpy as np
import pytest
from tests.unit.kernels.made import floats, ints

from tidegate.core.arrays import freeze
from tidegate.core.errors import DataError, RequestError
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.orders import OrdersApproved
from tidegate.messages.risk import ProtectiveLevels

N = 3
COMPILED = Kernels(compiled=True)
both_forms = pytest.mark.parametrize("kernels", [INTERPRETED, COMPILED], ids=["interpreted", "compiled"])


def orders(**changed: Any) -> OrdersApproved:
    columns = {
        "order_id": ints(0, 1),
        "asset": ints(0, 2),
        "quantity": floats(1, 1),
        "priority": floats(0, 0),
    } | changed
    tags, terms = columns.pop("tags", ("", "")), columns.pop("terms", None)
    return OrdersApproved(**{name: freeze(column) for name, column in columns.items()}, tags=tags, terms=terms)


def levels(**changed: Any) -> ProtectiveLevels:
    columns = {
        "stop": floats(1, 1, 1), "take": floats(9, 9, 9), "stop_rule": ints(0, 0, 0), "take_rule": ints(1, 1, 1)
    } | changed  # fmt: skip
    return ProtectiveLevels(**{name: freeze(column) for name, column in columns.items()}, rules=("", ""))


def batch(bars: Any) -> MarketBatch:
    none = freeze(np.empty((0, N)))
    return MarketBatch(7, 1, bars, none, none, freeze(np.empty(0)))


@both_forms
def test_what_fits_passes(kernels: Kernels) -> None:
    arrivals = Arrivals(N, kernels)
    arrivals.check_orders(orders())
    arrivals.check_levels(levels())
    arrivals.check_bars(batch(freeze(np.ones((5, N)))), None)


STRANGE_ORDERS: list[tuple[str, dict[str, Any]]] = [
    ("ids too few",        {"order_id": ints(0)}),
    ("assets too few",     {"asset": ints(0)}),
    ("quantities too few", {"quantity": floats(1)}),
    ("priorities missing", {"priority": floats()}),
    ("no such asset",      {"asset": ints(0, 3)}),
    ("asset below zero",   {"asset": ints(-1, 0)}),
    ("tags too few",       {"tags": ("",)}),
    ("tags missing",       {"tags": ()}),
    ("tags too many",      {"tags": ("", "", "")}),
]  # fmt: skip


@both_forms
@pytest.mark.parametrize("changed", [case[1] for case in STRANGE_ORDERS], ids=[case[0] for case in STRANGE_ORDERS])
def test_orders_that_do_not_fit_are_refused(changed: dict[str, Any], kernels: Kernels) -> None:
    with pytest.raises(RequestError, match=r"^OrdersApproved: .* must be of one length, and asset between 0 and 2$"):
        Arrivals(N, kernels).check_orders(orders(**changed))


@both_forms
@pytest.mark.parametrize("name", ["stop", "take", "stop_rule", "take_rule"])
@pytest.mark.parametrize("rows", [0, N - 1, N + 1])
def test_levels_of_another_length_are_refused(name: str, rows: int, kernels: Kernels) -> None:
    short = np.zeros(rows, np.int64 if name.endswith("rule") else np.float64)
    with pytest.raises(RequestError, match=r"^ProtectiveLevels: each of its arrays must have shape \(3,\)$"):
        Arrivals(N, kernels).check_levels(levels(**{name: short}))


WRONG_TYPES: list[dict[str, Any]] = [
    {"order_id": floats(0, 1)}, {"asset": floats(0, 1)}, {"quantity": ints(1, 1)}, {"priority": ints(1, 1)},
    {"quantity": floats(1, 0, 1, 0)[::2]}, {"asset": np.zeros(2, np.int32)},
]  # fmt: skip


@pytest.mark.parametrize("changed", WRONG_TYPES, ids=lambda changed: f"{next(iter(changed))}")
def test_compiled_arrays_of_another_type_or_order_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="No matching definition"):
        Arrivals(N, COMPILED).check_orders(orders(**changed))


BARS: list[tuple[Any, str]] = [
    (np.ones((5, N + 1)),           r"have shape \(5, 4\), want \(5, 3\)"),
    (np.ones((4, N)),               r"have shape \(4, 3\), want \(5, 3\)"),
    (np.ones((5, N), np.float32),   r"are float32 in C order, want float64 in C order"),
    (np.ones((5, N), np.int64),     r"are int64 in C order, want float64"),
    (np.ones((N, 5)).T,             r"are float64 in another order, want float64 in C order"),
    (np.ones((5, 2 * N))[:, ::2],   r"are float64 in another order, want"),
]  # fmt: skip


@pytest.mark.parametrize(("bars", "said"), BARS)
def test_bars_that_do_not_fit_are_refused(bars: Any, said: str) -> None:
    with pytest.raises(DataError, match=rf"^barrier 7: the feed's bars {said}"):
        Arrivals(N, INTERPRETED).check_bars(batch(freeze(bars)), None)


FINER: list[tuple[Any, Any, str]] = [
    # times           bars                           said
    (ints(1, 2),      np.ones((2, 5, N + 1)),        r"have shape \(2, 5, 4\), want \(2, 5, 3\)"),
    (ints(1, 2),      np.ones((3, 5, N)),            r"have shape \(3, 5, 3\), want \(2, 5, 3\)"),
    (ints(1, 2),      np.ones((2, 5, N), np.float32), r"must be float64 in C order, their times int64"),
    (floats(1, 2),    np.ones((2, 5, N)),            r"must be float64 in C order, their times int64"),
    (ints(1, 2),      np.ones((2, N, 5)).transpose(0, 2, 1), r"must be float64 in C order"),
    (ints(2, 2),      np.ones((2, 5, N)),            r"timestamps of the feed's finer bars must rise"),
]  # fmt: skip


@pytest.mark.parametrize(("times", "bars", "said"), FINER)
def test_finer_bars_that_do_not_fit_are_refused(times: Any, bars: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Arrivals(N, INTERPRETED).check_finer(FinerBars(7, times, bars))


def test_no_finer_bars_are_fine() -> None:
    Arrivals(N, INTERPRETED).check_finer(FinerBars(7, ints(), np.ones((0, 5, N))))
