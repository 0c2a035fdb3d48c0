"""Markets written down as plain text.

A table has a row for each barrier and a column for each asset:

    time         A                 B        signal:score:A   context:vix
    2024-01-02   100               50       0.5              15
    2024-01-03   101/103/99/102    -        -                16
    ! A split 2
    2024-01-04   51/52/50/51@4000  49       0.25             14

A bar is `open/high/low/close`, or one number for all four, then `@volume` where that is known; `-` is none. `signal:`
and `feature:` columns name the value and the asset, `context:` columns the value. Times are ISO 8601, in UTC where they
do not say; without the column barriers are days, the first at 1970-01-02. A line that begins with `!` is a corporate
action that takes effect at the row below: asset, kind, `value` if any, then any of `into=B`, `price=8`,
`pay_date=2024-02-01`. Lines that begin with `#`, and empty ones, are passed over.

A tape is a market in one line, asset by asset: `A 100 110/115/105/112 - ; B 50 50 50@900`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.errors import DataError
from tidegate.core.time import NS_PER, format_ts
from tidegate.data.actions import Action
from tidegate.data.panel import ArraySource

FIELDS = ("open", "high", "low", "close", "volume")
NO_BAR = (math.nan,) * 5
_SAID = ("value", "into", "price", "pay_date")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Market:
    """All that happens in a small market; its text is the table that says the same.

    Attributes:
        names: N assets, in the order of the arrays' last axis.
        ts_ns: (T,) when the bars closed, ns UTC.
        bars: (T, 5, N) open, high, low, close, volume; NaN where there is none.
        signals, features: (T, N) arrays by name.
        context: (T,) arrays by name.
        actions: corporate actions, in order of time.
    """

    names: tuple[str, ...]
    ts_ns: IntArray
    bars: FloatArray
    signals: Mapping[str, FloatArray] = field(default_factory=dict)
    features: Mapping[str, FloatArray] = field(default_factory=dict)
    context: Mapping[str, FloatArray] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()

    def source(self, *, chunk_rows: int | None = None) -> ArraySource:
        """A feed that says this: `Session(..., source=market.source())`.

        Args:
            chunk_rows: timestamps to a chunk; all in one by default.

        Raises:
            DataError: times do not rise, or bars make no sense.
        """
        return ArraySource(
            self.names, self.ts_ns, self.bars, signals=self.signals, features=self.features, context=self.context,
            actions=self.actions, chunk_rows=chunk_rows,
        )  # fmt: skip

    def prices(self) -> dict[str, FloatArray]:
        """(T, N) arrays by field."""
        return {name: np.ascontiguousarray(self.bars[:, row]) for row, name in enumerate(FIELDS)}

    def __str__(self) -> str:
        lines = list(_told(self))
        cells = [line for line in lines if not isinstance(line, str)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        padded = ([line] if isinstance(line, str) else map(str.ljust, line, widths) for line in lines)
        return "\n".join("  ".join(line).rstrip() for line in padded) + "\n"

    def __repr__(self) -> str:
        return f'table("""\n{self}""")'

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """For notebooks and Hypothesis, which would list the fields."""
        printer.text(repr(self))


def table(text: str) -> Market:
    """The market of a table; its form is that of the module's docstring.

    Raises:
        DataError: with every line that makes no sense.
    """
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, words) for number, words in lines if words and not words[0].startswith("#")]
    if not lines:
        raise DataError("market table: there is no row of columns' names")
    return _Table(lines[0][1]).read(lines[1:])


def tape(text: str) -> Market:
    """The market of one line: for each asset its name and its bars.

    Raises:
        DataError: a bar makes no sense, an asset comes twice, or assets have different numbers of bars.
    """
    columns: dict[str, list[tuple[float, ...]]] = {}
    for part in text.split(";"):
        name, *bars = part.split() or [""]
        if not name or not bars or name in columns:
            raise DataError(f"tape '{text}': '{part.strip()}': want the name of another asset, and its bars")
        columns[name] = [_bar(bar, f"tape '{text}': asset {name}") for bar in bars]
    counts = {name: len(bars) for name, bars in columns.items()}
    if len(dict.fromkeys(counts.values())) > 1:
        told = ", ".join(f"{name} has {count}" for name, count in counts.items())
        raise DataError(f"tape '{text}': every asset needs as many bars, and '-' where there is none; {told}")
    panel = np.array(list(columns.values())).transpose(1, 2, 0)
    return Market(tuple(columns), _days(len(panel)), np.ascontiguousarray(panel))


class _Table:
    """Reads the rows below a row of columns' names."""

    def __init__(self, header: Sequence[str]) -> None:
        self._timed = header[0] == "time"
        self._columns = list(header[self._timed :])
        self._problems: list[str] = []
        self._times: list[int] = []
        self._rows: list[list[tuple[float, ...]]] = []
        self._actions: list[Action] = []
        self._coming: list[tuple[int, list[str]]] = []
        if len(set(self._columns)) < len(self._columns):
            self._problems.append(f"market table: columns {' '.join(self._columns)}: a name comes twice")

    def read(self, lines: Sequence[tuple[int, list[str]]]) -> Market:
        """The market, or everything that is wrong with it."""
        for number, words in lines:
            try:
                if words[0] == "!":
                    self._coming.append((number, words[1:]))
                else:
                    self._row(number, words)
            except DataError as error:
                self._problems += error.problems
        self._problems += [f"market table: line {number}: no row follows this action" for number, _ in self._coming]
        if all(words[0] == "!" for _, words in lines):
            self._problems.append("market table: there is no row of bars")
        if self._problems:
            raise DataError(*self._problems)
        return self._market()

    def _row(self, number: int, words: Sequence[str]) -> None:
        place, cells = f"market table: line {number}", words[self._timed :]
        if len(cells) != len(self._columns):
            raise DataError(f"{place}: has {len(cells)} cells, want {len(self._columns)}: {' '.join(self._columns)}")
        ts_ns = _time(words[0], place) if self._timed else (len(self._times) + 1) * NS_PER["d"]
        self._times.append(ts_ns)
        coming, self._coming = self._coming, []
        for line, action in coming:
            self._actions.append(_action(action, ts_ns, f"market table: line {line}"))
        pairs = zip(self._columns, cells, strict=True)
        self._rows.append([_bar(cell, place) if ":" not in name else (_number(cell, place),) for name, cell in pairs])

    def _market(self) -> Market:
        assets = [at for at, name in enumerate(self._columns) if ":" not in name]
        names = tuple(self._columns[at] for at in assets)
        bars = np.array([[row[at] for at in assets] for row in self._rows]).reshape(len(self._rows), len(names), 5)
        blocks: dict[str, dict[str, FloatArray]] = {"signal": {}, "feature": {}, "context": {}}
        problems = [] if names else ["market table: there is no column of an asset's bars"]
        for at, column in enumerate(self._columns):
            kind, _, rest = column.partition(":")
            value, _, asset = rest.rpartition(":") if kind != "context" else (rest, "", "")
            if not rest:
                continue
            values = np.array([row[at][0] for row in self._rows])
            if kind == "context":
                blocks[kind][value] = values
            elif kind in blocks and asset in names:
                block = blocks[kind].setdefault(value, np.full((len(values), len(names)), np.nan))
                block[:, names.index(asset)] = values
            else:
                problems.append(
                    f"market table: column '{column}': want signal:NAME:ASSET, feature:..., or context:NAME"
                )
        if problems:
            raise DataError(*problems)
        panel = np.ascontiguousarray(bars.transpose(0, 2, 1))
        times = np.array(self._times, np.int64)
        return Market(
            names, times, panel, blocks["signal"], blocks["feature"], blocks["context"], tuple(self._actions)
        )  # fmt: skip


def _bar(text: str, place: str) -> tuple[float, ...]:
    """(open, high, low, close, volume)."""
    if text == "-":
        return NO_BAR
    prices, _, volume = text.partition("@")
    numbers = [_number(number, place) for number in prices.split("/")]
    if len(numbers) not in (1, 4):
        raise DataError(f"{place}: bar '{text}': want open/high/low/close, one number for all four, or - for none")
    first, high, low, close = numbers * (4 // len(numbers))
    if not low <= min(first, close) <= max(first, close) <= high:
        raise DataError(f"{place}: bar '{text}': open and close must lie between low and high")
    return first, high, low, close, _number(volume, place) if volume else math.nan


def _number(text: str, place: str) -> float:
    if text == "-":
        return math.nan
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{place}: '{text}' is no number") from None


def _time(text: str, place: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DataError(f"{place}: '{text}' is no ISO 8601 time, such as 2024-01-02 or 2024-01-02T14:30:00Z") from None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * NS_PER["s"] + since.microseconds * NS_PER["us"]


def _action(words: Sequence[str], ts_ns: int, place: str) -> Action:
    """A corporate action; what makes no sense beyond its words is for the source to say."""
    named = dict[str, str]()
    if len(words) < 2:
        raise DataError(f"{place}: want an asset and what happens to it, such as: ! A split 2")
    for word in words[2:]:
        name, _, value = word.rpartition("=")
        if (name or "value") not in _SAID:
            raise DataError(f"{place}: '{name}' is none of {', '.join(_SAID)}")
        named[name or "value"] = value
    paid = named.get("pay_date")
    return Action(
        asset=words[0],
        ex_ns=ts_ns,
        kind=words[1],
        value=_number(named.get("value", "-"), place),
        into=named.get("into"),
        price=_number(named.get("price", "-"), place),
        pay_ns=None if paid is None else _time(paid, place),
    )


def _days(count: int) -> IntArray:
    return np.arange(1, count + 1, dtype=np.int64) * NS_PER["d"]


def _told(market: Market) -> Iterator[list[str] | str]:
    """The cells of the table, row by row, and the lines of actions."""
    blocks = [(f"signal:{name}", values) for name, values in market.signals.items()]
    blocks += [(f"feature:{name}", values) for name, values in market.features.items()]
    context = [(f"context:{name}", values) for name, values in market.context.items()]
    columns = [(f"{kind}:{name}", values[:, at]) for kind, values in blocks for at, name in enumerate(market.names)]
    columns += context
    timed = not np.array_equal(market.ts_ns, _days(len(market.ts_ns)))
    yield [*(["time"] if timed else []), *market.names, *(name for name, _ in columns)]
    waiting = list(market.actions)
    for row, ts_ns in enumerate(market.ts_ns.tolist()):
        while waiting and waiting[0].ex_ns <= ts_ns:
            yield _action_text(waiting.pop(0))
        bars = [_bar_text(bar) for bar in market.bars[row].T.tolist()]
        values = [_number_text(values[row].item()) for _, values in columns]
        yield [*([format_ts(ts_ns)] if timed else []), *bars, *values]


def _number_text(value: float) -> str:
    return "-" if value != value else repr(value).removesuffix(".0")


def _bar_text(bar: Sequence[float]) -> str:
    if bar[3] != bar[3]:
        return "-"
    prices = [_number_text(price) for price in bar[:4]]
    text = prices[0] if len(dict.fromkeys(prices)) == 1 else "/".join(prices)
    return text if bar[4] != bar[4] else f"{text}@{_number_text(bar[4])}"


def _action_text(action: Action) -> str:
    parts = ["!", action.asset, action.kind]
    parts += [] if action.value != action.value else [_number_text(action.value)]
    parts += [] if action.into is None else [f"into={action.into}"]
    parts += [] if action.price != action.price else [f"price={_number_text(action.price)}"]
    parts += [] if action.pay_ns is None else [f"pay_date={format_ts(action.pay_ns)}"]
    return " ".join(parts)
