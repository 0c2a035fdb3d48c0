"""Corporate actions and universe events of a run: what one row says, what makes no sense, and when it takes effect.

An action takes effect at the first barrier at or after its moment, before the bars of that barrier. Those of one
moment go by kind, in the order of `core.enums.ActionKind`, then by asset: so a dividend is for each share as it was
before a split of the same day.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan
from typing import NamedTuple

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import ActionKind
from tidegate.core.errors import did_you_mean
from tidegate.core.time import format_ts
from tidegate.core.universe import Universe
from tidegate.data.defects import Defects
from tidegate.messages.actions import AT_ONCE_NS, CorporateActions

KINDS = {kind.name.lower(): kind for kind in ActionKind if kind is not ActionKind.PAYMENT}
"""The kinds of a row by the words that tables use."""
NEEDS: dict[ActionKind, tuple[str, ...]] = {
    ActionKind.DIVIDEND: ("value",),
    ActionKind.SPLIT: ("value",),
    ActionKind.SYMBOL_CHANGE: ("into",),
    ActionKind.MERGER_STOCK: ("value", "into"),
    ActionKind.MERGER_CASH: ("price",),
}
MAY_HAVE: dict[ActionKind, tuple[str, ...]] = {
    ActionKind.DIVIDEND: ("pay_date",),
    ActionKind.MERGER_STOCK: ("price",),
    ActionKind.DELISTING: ("price",),
}
"""What rows of a kind must and may say beside asset, date and kind."""
_A = {"value": "a value", "into": "an into", "price": "a price", "pay_date": "a pay_date"}
_ENDS = (ActionKind.SYMBOL_CHANGE, ActionKind.MERGER_STOCK, ActionKind.MERGER_CASH, ActionKind.DELISTING)


class Action(NamedTuple):
    """One corporate action, for sources made of arrays.

    Attributes:
        asset: its name.
        ex_ns: effective at the first barrier at or after, ns UTC.
        kind: `dividend`, `split`, `symbol_change`, `merger_stock`, `merger_cash`, `delisting`, `halt`, `resume`.
        value: new shares for an old one, cash for a share, or shares of `into` for a share.
        into: name of the asset that it becomes.
        price: what a share is settled at, or brings in cash on top.
        pay_ns: when a dividend is paid; None for the ex date.
    """

    asset: str
    ex_ns: int
    kind: str
    value: float = nan
    into: str | None = None
    price: float = nan
    pay_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Actions:
    """Corporate actions in the order in which they take effect.

    Attributes:
        ints, floats: (5, n) and (2, n), the columns of `messages.actions.CorporateActions`.
    """

    ints: IntArray
    floats: FloatArray

    @property
    def ex_ns(self) -> IntArray:
        """(n,) when each takes effect, not decreasing."""
        column: IntArray = self.ints[CorporateActions.ex_ns.row]
        return column

    def message(self, first: int, end: int, seq: int, ts_ns: int) -> CorporateActions:
        """The actions at these places, for a barrier."""
        return CorporateActions(freeze(self.ints[:, first:end]), freeze(self.floats[:, first:end]), seq, ts_ns)

    def within(self, first_ns: int, last_ns: int, counts: Counter[str]) -> "Actions":
        """Those that take effect at barriers from the one time to the other; the others are counted.

        Of those before, halts that still hold are kept: nothing else can matter to an account that holds nothing.
        """
        ex_ns = self.ex_ns
        kept = (ex_ns >= first_ns) & (ex_ns <= last_ns)
        kind, asset = self.ints[CorporateActions.kind.row], self.ints[CorporateActions.asset.row]
        before = np.flatnonzero((ex_ns < first_ns) & ((kind == ActionKind.HALT) | (kind == ActionKind.RESUME)))
        latest = dict(zip(asset[before].tolist(), before.tolist(), strict=True))
        halts = [row for row in latest.values() if kind[row] == ActionKind.HALT]
        kept[halts] = True
        counts["actions.before_start"] += int(np.count_nonzero(ex_ns < first_ns)) - len(halts)
        counts["actions.after_end"] += int(np.count_nonzero(ex_ns > last_ns))
        return Actions(freeze(self.ints[:, kept]), freeze(self.floats[:, kept]))


def settle_actions(
    rows: Sequence[Action],
    universe: Universe,
    place: str,
    where: Callable[[int], str],
    counts: Counter[str],
    defects: Defects,
) -> Actions:
    """Checks actions and puts them into order; those of assets outside the universe are counted and left out.

    Args:
        place: names the source in messages.
        where: says where in the source a row is, by its number.
        defects: what has been found so far.

    Raises:
        DataError: that, and everything that makes no sense.
    """
    known = [number for number, row in enumerate(rows) if row.asset in universe]
    counts["actions.unknown_asset"] += len(rows) - len(known)
    check = _Check(rows, universe)
    for number in known:
        check.row(number)
    check.twice(known)
    for (what, remedy), numbers in check.found.items():
        examples = [f"{rows[n].asset} {format_ts(rows[n].ex_ns)} {rows[n].kind} in {where(n)}" for n in numbers]
        defects.add(place, what, count=len(numbers), examples=examples, remedy=remedy)
    defects.throw()
    ordered = sorted((rows[number] for number in known), key=lambda row: (row.ex_ns, KINDS[row.kind], row.asset))
    return _columns(ordered, universe)


def _columns(rows: Sequence[Action], universe: Universe) -> Actions:
    ints = [
        (
            KINDS[row.kind],
            universe.index(row.asset),
            -1 if row.into is None else universe.index(row.into),
            row.ex_ns,
            AT_ONCE_NS if row.pay_ns is None else row.pay_ns,
        )
        for row in rows
    ]
    floats = [(row.value, row.price) for row in rows]
    return Actions(
        freeze(np.ascontiguousarray(np.array(ints, np.int64).reshape(-1, 5).T)),
        freeze(np.ascontiguousarray(np.array(floats, np.float64).reshape(-1, 2).T)),
    )


class _Check:
    """What is wrong with rows, by what it is and what to do about it."""

    def __init__(self, rows: Sequence[Action], universe: Universe) -> None:
        self._rows, self._universe = rows, universe
        self.found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def row(self, number: int) -> None:
        """Looks at one row by itself."""
        row = self._rows[number]
        kind = KINDS.get(row.kind)
        if kind is None:
            words = ", ".join(KINDS)
            self._add(number, f"rows of kind '{row.kind}'", f"want {words}{did_you_mean(row.kind, list(KINDS))}")
            return
        needs, may_have = NEEDS.get(kind, ()), MAY_HAVE.get(kind, ())
        for name in ("value", "into", "price", "pay_date"):
            there = _says(row, name)
            if name in needs and not there:
                self._add(number, f"rows without the {name} that a {row.kind} needs", "")
            elif there and name not in (*needs, *may_have):
                self._add(number, f"rows with {_A[name]}, for which a {row.kind} has no use", "leave it null")
        if "value" in needs and _says(row, "value") and not 0.0 < row.value < inf:
            self._add(number, "rows whose value is not a finite number above 0", "")
        if _says(row, "price") and not 0.0 <= row.price < inf:
            self._add(number, "rows whose price is not a finite number of 0 or more", "")
        if row.pay_ns is not None and row.pay_ns < row.ex_ns:
            self._add(number, "rows paid before their ex date", "")
        if "into" in needs and row.into is not None:
            self._into(number, row.asset, row.into)

    def _into(self, number: int, asset: str, into: str) -> None:
        if into == asset:
            self._add(number, "rows into the asset itself", "")
        elif into not in self._universe:
            hint = did_you_mean(into, self._universe.names)
            self._add(number, f"rows into '{into}', which is not in the universe{hint}", "give its prices, too")

    def twice(self, known: Iterable[int]) -> None:
        """Looks at rows beside one another, in the order in which they take effect."""
        rows = [(number, self._rows[number]) for number in known if self._rows[number].kind in KINDS]
        ends = {(row.asset, row.ex_ns) for _, row in rows if KINDS[row.kind] in _ENDS}
        seen, ended = set[object](), set[str]()
        for number, row in sorted(rows, key=lambda item: (item[1].ex_ns, KINDS[item[1].kind], item[1].asset)):
            kind = KINDS[row.kind]
            payment = (row.value, row.pay_ns) if kind is ActionKind.DIVIDEND else None
            said = row.asset, row.ex_ns, ActionKind.HALT if kind is ActionKind.RESUME else kind, payment
            if said in seen:
                self._add(number, "rows that repeat or contradict another of the same asset and date", "")
            elif kind in _ENDS and row.asset in ended:
                self._add(number, "rows that end an asset a second time", "let it resume before, or drop them")
            if row.into not in (None, row.asset) and (row.into in ended or (row.into, row.ex_ns) in ends):
                self._add(number, "rows into an asset that has ended itself", "")
            seen.add(said)
            if kind in _ENDS:
                ended.add(row.asset)
            elif kind is ActionKind.RESUME:
                ended.discard(row.asset)

    def _add(self, number: int, what: str, remedy: str) -> None:
        self.found[what, remedy].append(number)


def _says(row: Action, name: str) -> bool:
    if name == "pay_date":
        return row.pay_ns is not None
    value = getattr(row, name)
    return value is not None and not (isinstance(value, float) and isnan(value))
