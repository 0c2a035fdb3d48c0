"""The table of risk: refusals, changes of orders, exits of the broker's, ambiguous bars, margin calls and halts."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidegate.core.enums import Reason
from tidegate.core.time import format_ts
from tidegate.messages.account import MarginCalled
from tidegate.messages.base import Message
from tidegate.messages.orders import (
    OrdersAccepted,
    OrdersReplaced,
    ReplacesDenied,
    ReplacesRejected,
    ReplacesTrimmed,
)
from tidegate.messages.risk import AmbiguousBars, TradingHalted
from tidegate.results.joined import Joined, Room, Stacked
from tidegate.results.order_table import REFUSED
from tidegate.results.record import Table

CHANGES_REFUSED: dict[type[Message], str] = {
    ReplacesDenied: "change denied",
    ReplacesTrimmed: "change trimmed",
    ReplacesRejected: "change rejected",
}
"""The types of refusals of changes of orders, and the words for each."""
_KINDS: dict[type[Message], str] = (
    REFUSED
    | CHANGES_REFUSED
    | {
        OrdersReplaced: "replaced",
        OrdersAccepted: "exit",
        AmbiguousBars: "ambiguous",
        MarginCalled: "margin_call",
        TradingHalted: "halted",
    }
)
_COUNTS = {word: f"orders.{word.replace(' ', '_')}" for word in (*REFUSED.values(), *CHANGES_REFUSED.values())} | {
    "replaced": "orders.replaced",
    "exit": "exits.protective",
    "ambiguous": "bars.ambiguous",
    "margin_call": "account.margin_calls",
    "halted": "trading.halted",
}
_FINER = "bars.ambiguous_finer"
"""Those of the ambiguous bars that were finer bars."""
_ORDER_FIELDS = {name: name for name in ("asset", "order_id", "quantity")}
_REFUSAL_FIELDS = _ORDER_FIELDS | {name: name for name in ("reason", "measured", "limit")}
_BAR_FIELDS = {"asset": "asset", "stop": "measured", "take": "limit"}


class Risks(NamedTuple):
    """The messages of the table.

    Attributes:
        refusals: of the types `REFUSED`.
        unchanged: of the types `CHANGES_REFUSED`.
        replaced: `OrdersReplaced`; the quantity is what is open then.
        exits: `OrdersAccepted` that the broker sent of orders of its own: at levels, in margin calls, when recalled.
        ambiguous: `AmbiguousBars`.
        calls: `MarginCalled`.
        halts: `TradingHalted`.
    """

    refusals: Joined
    unchanged: Joined
    replaced: Joined
    exits: Joined
    ambiguous: Joined
    calls: Joined
    halts: Joined


class RiskTable:
    """The table: what it needs is wanted when it is made; once that is joined, it can be filled in."""

    def __init__(self, risks: Risks, room: Room) -> None:
        self._risks, self._stacked = risks, Stacked(*risks)
        n = self._stacked.rows
        self._columns: dict[str, NDArray[Any]] = self._stacked.when(room) | {
            "asset": room.ints(n, -1), "order_id": room.ints(n, -1), "quantity": room.floats(n, np.nan),
            "reason": room.ints(n, 0), "measured": room.floats(n, np.nan), "limit": room.floats(n, np.nan),
        }  # fmt: skip
        self._columns["reason"][n - risks.halts.rows :] = int(Reason.TRADING_HALTED)
        first = risks.refusals.rows + risks.unchanged.rows
        self._columns["reason"][first : first + risks.replaced.rows] = int(Reason.REPLACED)
        calls = slice(n - risks.halts.rows - risks.calls.rows, n - risks.halts.rows)
        self._columns["reason"][calls] = int(Reason.MARGIN_CALL)
        for name, field in (("measured", "equity_micros"), ("limit", "required_micros")):
            self._columns[name][calls] = [getattr(message, field) / 1e6 for message in risks.calls.messages]
        fields: tuple[dict[str, str], ...] = (
            _REFUSAL_FIELDS, _REFUSAL_FIELDS, _ORDER_FIELDS, _ORDER_FIELDS, _BAR_FIELDS, {}, {},
        )  # fmt: skip
        for (messages, rows), wanted in zip(self._stacked.parts(), fields, strict=True):
            messages.want({field: self._columns[column][rows] for field, column in wanted.items()})

    def filled_in(self) -> tuple[Table, dict[str, int]]:
        """The table, when everything is joined, and how many rows of each kind it has."""
        risks, stacked = self._risks, self._stacked
        stacked.sort(self._columns.values())
        kind: list[str] = []
        for messages in risks:
            words = np.array([_KINDS[type(message)] for message in messages.messages], object)
            kind += messages.each(words).tolist()
        text = risks.refusals.texts("texts") + risks.unchanged.texts("texts") + [""] * risks.replaced.rows
        text += risks.exits.texts("tags")
        times = [message.finer_ts_ns for message in risks.ambiguous.messages]
        words = np.array([f"finer bar {format_ts(time)}" if time >= 0 else "" for time in times], object)
        text += risks.ambiguous.each(words).tolist()
        text += [""] * risks.calls.rows
        text += [f"{message.rule}: {message.text}" for message in risks.halts.messages]
        counted = Counter(kind)
        table: Table = {**self._columns, "kind": stacked.sorted_texts(kind), "text": stacked.sorted_texts(text)}
        counts = {name: counted[word] for word, name in _COUNTS.items()}
        finer = risks.ambiguous.each(np.array(times, np.int64)) >= 0
        return table, counts | {_FINER: int(np.count_nonzero(finer))}
