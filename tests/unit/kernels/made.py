"""Arguments of kernels, sums of money computed exactly, and one call of both forms of a kernel."""

import copy
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.kernels import books as ledger
from tidegate.kernels import costs as charging
from tidegate.kernels.books import Books, Rows
from tidegate.kernels.instruments import plain_instruments
from tidegate.kernels.kernel import Kernels
from tidegate.messages.instruments import NUMBER_FIELDS, UNSAID, Instruments
from tidegate.messages.market import UniverseDeclared

NAN = float("nan")
INF = float("inf")
MICRO = 10**6
COMPILED = Kernels(compiled=True)
UNWRITTEN = -77


def rounded(amount: float) -> int:
    """Micro-units of an amount that float64 has scaled, half to even, by exact arithmetic."""
    return round(Fraction(amount * 1e6))


def floats(*values: float) -> FloatArray:
    return np.array(values, np.float64)


def ints(*values: int) -> IntArray:
    return np.array(values, np.int64)


def costs(
    *,
    slip: float = 0.0,
    fixed: float = 0.0,
    rate: float = 0.0,
    per_share: float = 0.0,
    per_trade: float = 0.0,
    minimum: float = 0.0,
    cap: float = INF,
) -> FloatArray:
    """The `costs` array: slippage as a fraction and as an amount, then the commission's terms."""
    made = np.zeros(charging.COSTS_SIZE)
    made[: charging.COST_MODELS] = 1.0 + slip, 1.0 - slip, fixed, rate, per_share, per_trade, minimum, cap
    made[charging.COST_PER_CONTRACT] = -1.0
    return made


def fee(quantity: float, price: float, charged: FloatArray) -> int:
    """Commission of a fill, exactly."""
    rate, per_share, per_trade, minimum, cap = charged[3:8].tolist()
    if rate == per_share == per_trade == minimum == 0.0:
        return 0
    found = max(minimum, per_trade + quantity * per_share + quantity * price * rate)
    return rounded(found if cap == INF else min(found, quantity * price * cap))


def cost(quantity: float, price: float, charged: FloatArray) -> int:
    """Cash that a buy takes, exactly; `price` has the slippage in it."""
    return rounded(quantity * price) + fee(quantity, price, charged) if quantity else 0


def declared(assets: int, instruments: Instruments | None = None) -> UniverseDeclared:
    """A universe of so many assets."""
    names = tuple(f"A{number:03}" for number in range(assets))
    return UniverseDeclared(names, (), (), (), -1, instruments)


def instruments(n: int, **columns: Any) -> Instruments:
    """What is said of `n` assets; what is not mentioned is unsaid. A number stands for all assets."""
    numbers = {name: np.full(n, UNSAID[name]) for name in NUMBER_FIELDS}
    numbers |= {name: np.full(n, 1.0) * columns.pop(name) for name in NUMBER_FIELDS if name in columns}
    frozen: dict[str, Any] = {name: freeze(values) for name, values in numbers.items()}
    texts: dict[str, Any] = {"currency": ("",) * n, "asset_class": ("",) * n}
    return Instruments(**frozen, **(texts | columns))


def books(
    cash: int, assets: int, charged: FloatArray | None = None, *, margin: bool = False, settlement: int = 0
) -> Books:
    """An account that holds nothing but cash."""
    positions = np.zeros((4, assets))
    positions[ledger.MARK] = np.nan
    totals = np.zeros(ledger.TOTALS_SIZE, np.int64)
    totals[ledger.CASH] = cash
    totals[ledger.POSTED] = cash
    return Books(
        costs=costs() if charged is None else charged,
        kind=ints(int(margin), 1),
        instruments=plain_instruments(assets),
        currency=np.zeros(assets, np.int64),
        positions=positions,
        basis=np.zeros((6, assets), np.int64),
        totals=totals,
        foreign=ints(0, 0),
        settling=np.zeros(settlement, np.int64),
        room=np.full(assets, INF),
        overdue=np.zeros(assets, np.int64),
    )


def rows(assets: int, orders: int = 0) -> Rows:
    """Room for what so many orders can write, filled with a number that no kernel writes."""

    def block(heights: int, width: int, kind: type) -> Any:
        return np.full((heights, width), UNWRITTEN, kind)

    n = orders + assets
    return Rows(
        fills_f=block(3, n, float),
        fills_i=block(14, n, int),
        trades_f=block(5, n, float),
        trades_i=block(9, n, int),
        postings=block(5, 4 * n, int),
        cancels_f=block(3, n + orders, float),
        cancels_i=block(4, n + orders, int),
        clashes=np.full(assets, UNWRITTEN),
        entries_f=block(10, n, float),
        entries_i=block(9, orders, int),
        stuck=np.full(assets, UNWRITTEN),
    )


def hints(function: Callable[..., Any]) -> list[Any]:
    """The annotations of the parameters, in order."""
    found = get_type_hints(function, include_extras=True)
    found.pop("return", None)
    return list(found.values())


def as_declared(value: Any, hint: Any) -> Any:
    """A copy of an argument, writable or not as its annotation says."""
    if isinstance(value, tuple):
        return type(value)(*map(as_declared, value, hints(type(value))))
    if get_origin(hint) is Annotated:
        value = np.ascontiguousarray(value).copy()
        value.flags.writeable = not get_args(hint)[1].readonly
    return copy.copy(value)


def flat(values: Sequence[Any]) -> list[Any]:
    """The arguments with named tuples taken apart."""
    found: list[Any] = []
    for value in values:
        found += flat(value) if isinstance(value, tuple) else [value]
    return found


def assert_forms_agree(function: Callable[..., Any], *arguments: Any) -> None:
    """Calls both forms of a kernel with copies of the arguments; result and arrays must be the same, bit for bit."""
    declared = hints(function)
    plain = [as_declared(value, hint) for value, hint in zip(arguments, declared, strict=True)]
    machine = [as_declared(value, hint) for value, hint in zip(arguments, declared, strict=True)]
    results = function(*plain), COMPILED(function)(*machine)
    assert bits(results[0]) == bits(results[1]), results
    for before, left, right in zip(flat(arguments), flat(plain), flat(machine), strict=True):
        if isinstance(left, np.ndarray):
            assert left.tobytes() == right.tobytes(), (function.__name__, before, left, right)


def bits(result: Any) -> bytes:
    """A result's value, the sign of a zero included; the kinds of NaN are one."""
    if result is None:
        return b""
    return b"nan" if result != result else np.asarray(result, np.float64).tobytes()
