"""What the differences of two runs come to: messages by type, fills, equity."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tidegate.core.money import format_micros
from tidegate.core.time import format_ts
from tidegate.journal.reader import Journal
from tidegate.journal.records import Frame
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch, MarketBatchReference
from tidegate.messages.orders import Fills

FillKey = tuple[int, int, int]
"""Barrier, column of the asset, and how many fills of it came before at this barrier."""
_ONE_NAME = {
    MarketBatchReference.__name__: MarketBatch.__name__,
    FinerBarsReference.__name__: FinerBars.__name__,
}  # however they were recorded


@dataclass(slots=True)
class Facts:
    """What there is to know of one run; gets one message after the other.

    Attributes:
        counts: of messages, by type.
        fills: (quantity, price) of each.
        equity: (time in ns, micro-units) at the end of each barrier.
    """

    counts: Counter[str] = field(default_factory=Counter)
    fills: dict[FillKey, tuple[float, float]] = field(default_factory=dict)
    equity: dict[int, tuple[int, int]] = field(default_factory=dict)
    _seen: Counter[tuple[int, int]] = field(default_factory=Counter)

    def add(self, barrier: int, kind: str, message: Message | None) -> None:
        """The next message; needed itself only where it is `Fills` or an `AccountSnapshot`."""
        self.counts[_ONE_NAME.get(kind, kind)] += 1
        if isinstance(message, AccountSnapshot):
            self.equity[barrier] = message.ts_ns, message.equity_micros
        elif isinstance(message, Fills):
            columns = message.asset.tolist(), message.quantity.tolist(), message.price.tolist()
            for asset, quantity, price in zip(*columns, strict=True):
                self.fills[barrier, asset, self._seen[barrier, asset]] = quantity, price
                self._seen[barrier, asset] += 1

    @classmethod
    def of(cls, journal: Journal, first: int = -1) -> "Facts":
        """Those of a journal, from a barrier on.

        Raises:
            JournalError: it cannot be read.
        """
        facts, decoded = cls(), (AccountSnapshot.__name__, Fills.__name__)
        for record in journal.records(first):
            if isinstance(record, Frame) and record.barrier >= first:
                kind = record.type
                facts.add(record.barrier, kind, record.message if kind in decoded else None)
        return facts


@dataclass(frozen=True, slots=True)
class FillChange:
    """A fill that is not the same in both runs; quantity and price, None in the run that has none there."""

    barrier: int
    asset: int
    a: tuple[float, float] | None
    b: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Equity of both runs at one barrier, micro-units."""

    barrier: int
    ts_ns: int
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Effect:
    """How two runs differ in the end.

    Attributes:
        counts: of each type of message, how many there are in either run; sorted by name.
        fills: how many fills are equal.
        changes: the others, in order of time.
        end: equity at the last barrier of either, which need not be the same; None where one has none.
        gap: where the two equities are furthest apart; None where they never are.
    """

    counts: tuple[tuple[str, int, int], ...]
    fills: int
    changes: tuple[FillChange, ...]
    end: tuple[int, int] | None
    gap: Gap | None

    @classmethod
    def of(cls, a: Facts, b: Facts) -> "Effect":
        """What comes of the facts of two runs."""
        kinds = sorted(a.counts.keys() | b.counts.keys())
        keys = sorted(a.fills.keys() | b.fills.keys())
        changes = [
            FillChange(key[0], key[1], a.fills.get(key), b.fills.get(key))
            for key in keys
            if a.fills.get(key) != b.fills.get(key)
        ]
        ends = (a.equity[max(a.equity)][1], b.equity[max(b.equity)][1]) if a.equity and b.equity else None
        gaps = [
            Gap(barrier, a.equity[barrier][0], a.equity[barrier][1], b.equity[barrier][1])
            for barrier in sorted(a.equity.keys() & b.equity.keys())
        ]
        widest = max(gaps, key=lambda gap: abs(gap.a - gap.b), default=None)
        return cls(
            tuple((kind, a.counts[kind], b.counts[kind]) for kind in kinds),
            len(keys) - len(changes),
            tuple(changes),
            ends,
            widest if widest is not None and widest.a != widest.b else None,
        )

    def lines(self, universe: Sequence[str], names: tuple[str, str], shown: int = 10) -> Iterator[str]:
        """For people.

        Args:
            universe: names of the assets, by column.
            names: of the two runs.
            shown: most fills that are told one by one.
        """
        yield "Messages"
        yield from _table([("type", *names), *((kind, f"{a:,}", f"{b:,}") for kind, a, b in self._differing())])
        same = sum(1 for _, a, b in self.counts if a == b)
        yield f"  and {same} types with as many in both" if same else "  no type has as many in both"
        yield f"Fills: {self.fills:,} equal, {len(self.changes):,} not"
        if self.changes:
            yield from _table([("barrier", "asset", *names), *self._told_fills(universe, shown)])
        if len(self.changes) > shown:
            yield f"  and {len(self.changes) - shown:,} more"
        if self.end is not None:
            a, b = self.end
            yield f"Equity at the end: {format_micros(a)} and {format_micros(b)} ({format_micros(b - a)})"
        if self.gap is not None:
            gap = self.gap
            yield (
                f"Furthest apart: barrier {gap.barrier} ({format_ts(gap.ts_ns)}), {format_micros(gap.a)} and"
                f" {format_micros(gap.b)} ({format_micros(gap.b - gap.a)})"
            )

    def as_json(self, universe: Sequence[str]) -> dict[str, object]:
        """The same as JSON values, with all fills."""
        gap = self.gap
        return {
            "messages": {kind: [a, b] for kind, a, b in self.counts},
            "fills_equal": self.fills,
            "fills": [
                {"barrier": one.barrier, "asset": _name(universe, one.asset), "a": _pair(one.a), "b": _pair(one.b)}
                for one in self.changes
            ],
            "equity_end_micros": None if self.end is None else list(self.end),
            "equity_gap": None if gap is None else {
                "barrier": gap.barrier, "ts_ns": gap.ts_ns, "a_micros": gap.a, "b_micros": gap.b,
            },
        }  # fmt: skip

    def _differing(self) -> Iterator[tuple[str, int, int]]:
        return (row for row in self.counts if row[1] != row[2])

    def _told_fills(self, universe: Sequence[str], shown: int) -> Iterator[tuple[str, ...]]:
        for one in self.changes[:shown]:
            yield f"{one.barrier:,}", _name(universe, one.asset), _fill(one.a), _fill(one.b)


def _name(universe: Sequence[str], asset: int) -> str:
    return universe[asset] if 0 <= asset < len(universe) else str(asset)


def _fill(fill: tuple[float, float] | None) -> str:
    return "none" if fill is None else f"{fill[0]:+,.10g} at {fill[1]:,.10g}"


def _pair(fill: tuple[float, float] | None) -> list[float] | None:
    return None if fill is None else list(fill)


def _table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    told = list(rows)
    widths = [max(len(row[column]) for row in told) for column in range(len(told[0]))]
    for row in told:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        yield f"  {'  '.join(cells).rstrip()}"
