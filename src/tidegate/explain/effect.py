"""What a run came to: its fills, its equity, its positions; and how two runs differ in these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tidegate.core.time import format_ts
from tidegate.explain.wording import asset_name
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.orders import Fills


@dataclass(frozen=True, slots=True)
class Execution:
    """A fill, as far as two runs can be compared in it; numbers of fills and orders are each run's own."""

    barrier: int
    ts_ns: int
    asset: str
    quantity: float
    price: float
    point: int
    tag: str


@dataclass(slots=True)
class Effect:
    """What one run came to; it is told of the messages that it is made of.

    Args:
        universe: names of the assets, by column.

    Attributes:
        fills: in order.
        equity: time and equity in micro-units, by barrier.
        positions: units held at the end, by asset; no zeros.
    """

    universe: Sequence[str]
    fills: list[Execution] = field(default_factory=list)
    equity: dict[int, tuple[int, int]] = field(default_factory=dict)
    _last: AccountSnapshot | None = None

    def take(self, message: Message) -> None:
        """Takes the next message; of most types there is nothing to take."""
        if isinstance(message, AccountSnapshot):
            self.equity[message.seq] = message.ts_ns, message.equity_micros
            self._last = message
        elif isinstance(message, Fills):
            columns = message.asset.tolist(), message.quantity.tolist(), message.price.tolist(), message.tags
            self.fills += [
                Execution(
                    message.seq, message.ts_ns, asset_name(self.universe, asset), quantity, price, message.point, tag
                )
                for asset, quantity, price, tag in zip(*columns, strict=True)
            ]

    @property
    def positions(self) -> dict[str, float]:
        """Units held at the end, by asset; no zeros."""
        if self._last is None:
            return {}
        quantity = self._last.quantity
        return {asset_name(self.universe, asset): float(quantity[asset]) for asset in np.flatnonzero(quantity).tolist()}

    @property
    def final_micros(self) -> int | None:
        """Equity at the last mark."""
        return None if self._last is None else self._last.equity_micros


@dataclass(frozen=True, slots=True)
class Gap:
    """Where the equities of two runs lie furthest apart; the first such barrier."""

    barrier: int
    ts_ns: int
    a_micros: int
    b_micros: int


@dataclass(frozen=True, slots=True)
class EffectDifference:
    """How the effects of two runs differ.

    Attributes:
        equal: how many fills are the same: barrier, asset, quantity, price, point of the bar.
        changed: fills of the same barrier and asset, the first with the first and so on, that are not.
        only_a, only_b: fills that the other run does not have.
        final_a, final_b: equity at the end in micro-units.
        gap: where equities are furthest apart; None where they never are.
        positions: units held at the end in A and in B, of assets in which they differ.
    """

    equal: int
    changed: tuple[tuple[Execution, Execution], ...]
    only_a: tuple[Execution, ...]
    only_b: tuple[Execution, ...]
    final_a: int | None
    final_b: int | None
    gap: Gap | None
    positions: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, a: Effect, b: Effect) -> "EffectDifference":
        """That of two effects."""
        left, right = _keyed(a.fills), _keyed(b.fills)
        both = [(fill, right[key]) for key, fill in left.items() if key in right]
        changed = tuple((one, other) for one, other in both if not _same(one, other))
        held = {name: (a.positions.get(name, 0.0), b.positions.get(name, 0.0)) for name in (*a.positions, *b.positions)}
        return cls(
            len(both) - len(changed),
            changed,
            tuple(fill for key, fill in left.items() if key not in right),
            tuple(fill for key, fill in right.items() if key not in left),
            a.final_micros,
            b.final_micros,
            _gap(a, b),
            {name: pair for name, pair in sorted(held.items()) if pair[0] != pair[1]},
        )

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        gap = self.gap
        return {
            "fills": {
                "equal": self.equal,
                "changed": [{"a": _told(one), "b": _told(other)} for one, other in self.changed],
                "only_a": [_told(fill) for fill in self.only_a],
                "only_b": [_told(fill) for fill in self.only_b],
            },
            "equity": {
                "final_a": None if self.final_a is None else self.final_a / 1e6,
                "final_b": None if self.final_b is None else self.final_b / 1e6,
                "largest_gap": None if gap is None else {
                    "barrier": gap.barrier, "time": format_ts(gap.ts_ns),
                    "a": gap.a_micros / 1e6, "b": gap.b_micros / 1e6,
                },
            },
            "positions": {name: {"a": a, "b": b} for name, (a, b) in self.positions.items()},
        }  # fmt: skip


def _keyed(fills: Sequence[Execution]) -> dict[tuple[int, str, int], Execution]:
    """By barrier, asset, and which of these it is."""
    counts: dict[tuple[int, str], int] = {}
    found = {}
    for fill in fills:
        place = fill.barrier, fill.asset
        counts[place] = number = counts.get(place, -1) + 1
        found[*place, number] = fill
    return found


def _same(one: Execution, other: Execution) -> bool:
    return (one.quantity, one.price, one.point) == (other.quantity, other.price, other.point)


def _gap(a: Effect, b: Effect) -> Gap | None:
    gaps = (Gap(barrier, *at, b.equity[barrier][1]) for barrier, at in a.equity.items() if barrier in b.equity)
    largest = max(gaps, key=lambda gap: abs(gap.a_micros - gap.b_micros), default=None)
    return largest if largest is not None and largest.a_micros != largest.b_micros else None


def _told(fill: Execution) -> dict[str, Any]:
    return {
        "barrier": fill.barrier, "time": format_ts(fill.ts_ns), "asset": fill.asset, "quantity": fill.quantity,
        "price": fill.price, "tag": fill.tag,
    }  # fmt: skip


def first_fills(difference: EffectDifference) -> Iterator[tuple[Execution | None, Execution | None]]:
    """Fills that differ, in A and in B, by barrier and asset."""
    pairs: list[tuple[Execution | None, Execution | None]] = [*difference.changed]
    pairs += [(fill, None) for fill in difference.only_a]
    pairs += [(None, fill) for fill in difference.only_b]
    yield from sorted(pairs, key=lambda pair: _place(pair[0] or pair[1]))


def _place(fill: Execution | None) -> tuple[int, str]:
    assert fill is not None
    return fill.barrier, fill.asset
