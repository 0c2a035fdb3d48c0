"""What came of a run, in words that a row of a table has room for.

Every column of a table of scenarios (see there) is read and written here.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidegate.core.enums import Reason
from tidegate.core.errors import ConfigError
from tidegate.core.money import to_micros
from tidegate.results.result import Result

POINTS = "obc"
RULES = ("stop_loss", "take_profit", "trailing_stop")
"""Tags of orders that a rule made; all others are the strategy's business."""
REFUSALS = ("denied", "trimmed", "rejected", "canceled", "expired", "skipped")
PLAIN = r"(?:\d+\.?\d*|\.\d+)"
NUMBER = rf"[+-]?{PLAIN}(?:e-?\d+)?"
_FILL = re.compile(rf"(\d+)([{POINTS}]) (\S+)([+-]{PLAIN})@({NUMBER})(?: (\w+))?")
_REFUSED = re.compile(rf"(\w+) (\d+) (\S+)([+-]{PLAIN}) (\w+)")
_HELD = re.compile(rf"(?:(\S+):|(\S*?[^\s\d.:-]))(-?{PLAIN})")
_TRADE = re.compile(rf"{_HELD.pattern} pnl ({NUMBER})")


@dataclass(frozen=True)
class Outcome:
    """What a run gave, in the words of a row; money in micro-units.

    Attributes:
        fills: (barrier, point, asset, units, price, rule or nothing).
        refused: (what, barrier, asset, units, reason).
        trades: (asset, units, profit).
        positions: units by asset at the end.
        equity, waiting, stale: after each barrier.
    """

    fills: list[tuple[int, str, str, float, float, str]]
    refused: list[tuple[str, int, str, float, str]]
    trades: list[tuple[str, float, int]]
    positions: dict[str, float]
    cash: int
    equity: list[int]
    waiting: list[int]
    stale: list[int]
    ambiguous: int
    commission: int
    slippage: int


def outcome_of(result: Result) -> Outcome:
    """What a run gave."""
    names = result.record.assets
    rows = _rows(result, "equity", "cash_micros equity_micros waiting stale commission_micros slippage_micros")
    cash, _, _, _, commission, slippage = rows[-1] if rows else (result.record.initial_cash_micros, 0, 0, 0, 0, 0)
    fills = _rows(result, "fills", "barrier point asset quantity price tag")
    risk = _rows(result, "risk", "kind barrier asset quantity reason")
    held = _rows(result, "positions", "barrier asset quantity")
    return Outcome(
        fills=[
            (barrier, POINTS[point], names[asset], units, price, tag if tag in RULES else "")
            for barrier, point, asset, units, price, tag in fills
        ],
        refused=[
            (kind, barrier, names[asset], units, Reason(reason).name)
            for kind, barrier, asset, units, reason in risk
            if kind in REFUSALS
        ],
        trades=[
            (names[asset], units, pnl) for asset, units, pnl in _rows(result, "trades", "asset quantity pnl_micros")
        ],
        positions={names[asset]: units for at, asset, units in held if at == len(rows) - 1},
        cash=cash,
        equity=[row[1] for row in rows],
        waiting=[row[2] for row in rows],
        stale=[row[3] for row in rows],
        ambiguous=[row[0] for row in risk].count("ambiguous"),
        commission=commission,
        slippage=slippage,
    )


def differences(expected: Mapping[str, str], outcome: Outcome) -> list[str]:
    """What is not as it is written, one line for each column.

    Raises:
        ConfigError: a cell makes no sense.
    """
    found = []
    for column, text in expected.items():
        want, have = READ[column](text), getattr(outcome, column)
        if column == "refused":
            want, have = sorted(want), sorted(have)
        if not near(want, have):
            found.append(f"{column}: want {text or 'nothing'}; have {cell(outcome, column) or 'nothing'}")
    return found


def near(want: Any, have: Any) -> bool:
    """Whether two values say the same: a figure worked out by hand has fewer digits than one of the machine's."""
    if isinstance(want, float):
        return math.isclose(want, have, rel_tol=1e-8, abs_tol=1e-12) or (math.isnan(want) and math.isnan(have))
    if isinstance(want, dict):
        return want.keys() == have.keys() and all(near(value, have[key]) for key, value in want.items())
    if isinstance(want, list | tuple):
        return len(want) == len(have) and all(map(near, want, have))
    return bool(want == have)


def cell(outcome: Outcome, column: str) -> str:
    """What an outcome's cell in a table says."""
    return _WRITE[column](getattr(outcome, column))


def _rows(result: Result, table: str, names: str) -> list[tuple[Any, ...]]:
    raw = result.record.tables[table]
    return list(zip(*(np.asarray(raw[name]).tolist() for name in names.split()), strict=True))


# --- reading -----------------------------------------------------------------------------------------------------


def _matches(pattern: re.Pattern[str], text: str, want: str) -> Iterator[tuple[str, ...]]:
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = pattern.fullmatch(part)
        if match is None:
            raise ConfigError(f"'{part}': want such as {want}")
        yield match.groups(default="")


def _fills(text: str) -> list[tuple[int, str, str, float, float, str]]:
    found = _matches(_FILL, text, "1o A+5@110")
    return [(int(at), point, asset, float(n), float(price), tag) for at, point, asset, n, price, tag in found]


def _refused(text: str) -> list[tuple[str, int, str, float, str]]:
    found = _matches(_REFUSED, text, "trimmed 0 A+5 MAX_WEIGHT")
    return [(kind, int(at), asset, float(n), reason) for kind, at, asset, n, reason in found]


def _trades(text: str) -> list[tuple[str, float, int]]:
    found = _matches(_TRADE, text, "A4 pnl 31.6")
    return [(name or plain, float(n), _micros(pnl)) for name, plain, n, pnl in found]


def _positions(text: str) -> dict[str, float]:
    found = _matches(_HELD, text.replace(" ", ","), "A5 B-3")
    return {name or plain: float(n) for name, plain, n in found}


def _micros(text: str) -> int:
    return to_micros(_number(text))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"'{text}': want a number") from None


def _many(read: Callable[[str], int]) -> Callable[[str], list[int]]:
    return lambda text: [read(word) for word in text.split()]


def _count(text: str) -> int:
    return int(_number(text or "0"))


# --- writing -----------------------------------------------------------------------------------------------------


def _plain(value: float, *, sign: str = "-") -> str:
    """Never with an exponent, which a name could end with."""
    return np.format_float_positional(value, precision=12, unique=True, fractional=False, trim="-", sign=sign == "+")


def _held(name: str, units: float) -> str:
    return f"{name}{':' if name[-1] in '0123456789.-' else ''}{_plain(units)}"


def _money(micros: int) -> str:
    whole, rest = divmod(abs(micros), 1_000_000)
    return "-" * (micros < 0) + f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def _each(write: Callable[..., str]) -> Callable[[Sequence[Any]], str]:
    return lambda values: " ".join(map(write, values))


READ: dict[str, Callable[[str], Any]] = {
    "fills": _fills,
    "refused": _refused,
    "trades": _trades,
    "positions": _positions,
    "cash": _micros,
    "equity": _many(_micros),
    "waiting": _many(_count),
    "stale": _many(_count),
    "ambiguous": _count,
    "commission": _micros,
    "slippage": _micros,
}
"""What a cell says, by column."""
COLUMNS = tuple(READ)
_WRITE: dict[str, Callable[[Any], str]] = {
    "fills": lambda fills: ", ".join(
        f"{at}{point} {asset}{_plain(units, sign='+')}@{_plain(price)} {tag}".rstrip()
        for at, point, asset, units, price, tag in fills
    ),
    "refused": lambda refused: ", ".join(
        f"{kind} {at} {asset}{_plain(units, sign='+')} {reason}" for kind, at, asset, units, reason in refused
    ),
    "trades": lambda trades: ", ".join(f"{_held(asset, n)} pnl {_money(pnl)}" for asset, n, pnl in trades),
    "positions": lambda held: " ".join(_held(asset, units) for asset, units in held.items()),
    "cash": _money,
    "equity": _each(_money),
    "waiting": _each(str),
    "stale": _each(str),
    "ambiguous": str,
    "commission": _money,
    "slippage": _money,
}
