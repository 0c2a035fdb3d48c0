"""What is known of every order so far, as columns that grow; and what was known of each when it filled."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.verify.stretch import NO_INTS, Stretch
from tidegate.verify.told import Event, Told

_INTS = ("state", "since", "late", "kind", "tif", "parent", "place", "asset", "first_fill", "filled_at", "held")
_FLOATS = ("left", "full", "limit", "stop")
NEVER = -1
UNSAID = -(2**62)
"""The `since` of an order of which nothing is known."""
_START = {"left": 0.0, "full": 0.0, "limit": np.nan, "stop": np.nan, "since": UNSAID, "first_fill": -1, "filled_at": -1}


class AtFill:
    """What was known of the order of each fill of a stretch, just before it.

    Attributes:
        row: of the message in the stretch; rows are in the order of the fills.
        since: barrier at which the order was accepted, or came to stand behind all others; UNSAID where nobody took it.
        late: 1 where that was in a later step of DECIDE, after what filled at the close.
        kind, tif, parent, asset, held: of the order; `held` is 1 where volume held it back before.
        limit, stop: NaN for none.
        parent_row: number of the record in which its parent first filled, -1 where that has not; 0 for no parent.
        parent_at: barrier in which it did.
    """

    def __init__(self, ints: dict[str, IntArray], floats: dict[str, FloatArray]) -> None:
        self.row, self.since, self.late = ints["row"], ints["since"], ints["late"]
        self.kind, self.tif, self.parent = ints["kind"], ints["tif"], ints["parent"]
        self.asset, self.held = ints["asset"], ints["held"]
        self.parent_row, self.parent_at = ints["parent_row"], ints["parent_at"]
        self.limit, self.stop = floats["limit"], floats["stop"]

    def part(self, at: IntArray) -> "AtFill":
        """Of some of the fills."""
        columns = {name: column[at] for name, column in vars(self).items()}
        return AtFill(columns, columns)


class Places(NamedTuple):
    """Where orders are.

    Attributes:
        at: (n,) the place of each in the register.
        grouped: (n,) those of each order after one another, in their order.
        turn: (n,) of each of these, how many of the same order come before it.
    """

    at: IntArray
    grouped: IntArray
    turn: IntArray


class Register:
    """All orders, in the order of their appearance.

    Attributes:
        count: how many there are.
        state, left, full, parent: columns; `left` is what is open of an order, signed and NaN where nobody says it,
            `full` what it was last said to be for.
    """

    def __init__(self) -> None:
        self.count = 0
        self._ids: IntArray = np.empty(0, np.int64)
        self._at: IntArray = np.empty(0, np.int64)  # the place of each of the sorted ids
        self._columns: dict[str, NDArray[Any]] = {}
        self._grow(1024)
        self._barrier: IntArray = np.empty(0, np.int64)
        self._number: IntArray = np.empty(0, np.int64)
        self._late: IntArray = np.empty(0, np.int64)
        self._captured: dict[str, NDArray[Any]] = {}

    @property
    def state(self) -> IntArray:
        """See `lives.State`."""
        return self._columns["state"]

    @property
    def left(self) -> FloatArray:
        """Signed units that are open."""
        return self._columns["left"]

    @property
    def full(self) -> FloatArray:
        """Units, not signed."""
        return self._columns["full"]

    @property
    def parent(self) -> IntArray:
        """Id of the order that must fill first, 0 for none."""
        return self._columns["parent"]

    def ids(self, places: IntArray) -> IntArray:
        """The ids of the orders at these places."""
        found = np.empty(self.count, np.int64)
        found[self._at] = self._ids
        return found[places]

    def places(self, orders: IntArray) -> Places:
        """Where each of these orders is; those that are new are taken in."""
        grouped = np.argsort(orders, kind="stable")
        ids = orders[grouped]
        first = np.flatnonzero(np.append(True, ids[1:] != ids[:-1])) if len(ids) else NO_INTS
        each, lengths = ids[first], np.diff(np.append(first, len(ids)))
        found = np.searchsorted(self._ids, each)
        known = np.append(self._ids, 0)[found] == each
        known &= found < len(self._ids)
        place = np.append(self._at, 0)[found]
        new = np.flatnonzero(~known)
        if len(new):
            self._grow(self.count + len(new))
            place[new] = np.arange(self.count, self.count + len(new))
            self._ids = np.insert(self._ids, found[new], each[new])
            self._at = np.insert(self._at, found[new], place[new])
            self.count += len(new)
        at = np.empty(len(orders), np.int64)
        at[grouped] = np.repeat(place, lengths)
        return Places(at, grouped, np.arange(len(ids)) - np.repeat(first, lengths))

    def begin(self, rows: int) -> None:
        """A stretch in which so many rows speak of orders."""
        ints = ("row", "since", "late", "kind", "tif", "parent", "asset", "held", "parent_row", "parent_at")
        self._captured = {name: np.zeros(rows, np.int64) for name in ints}
        self._captured["since"][:] = UNSAID
        self._captured |= {name: np.full(rows, np.nan) for name in ("limit", "stop")}

    def place_in_time(self, stretch: Stretch, late: IntArray) -> None:
        """Tells of each message of the next stretch its barrier and number, and whether it comes late in DECIDE."""
        self._barrier, self._late = stretch.barrier, late
        self._number = stretch.number

    def keep(self, told: Told, rows: IntArray, here: IntArray) -> None:
        """Takes over what rows say of the orders at these places; of fills, what was known before is remembered."""
        event = told.event[rows]
        fills, taken = np.flatnonzero(event == Event.FILL), np.flatnonzero(event == Event.ACCEPT)
        if len(fills):
            self._capture(told, rows[fills], here[fills])
        if len(taken):
            self._accept(told, rows[taken], here[taken])
        if len(fills) + len(taken) < len(rows):
            self._change(told, event, rows, here)

    def _accept(self, told: Told, rows: IntArray, here: IntArray) -> None:
        row = told.row[rows]
        self._set(here, "since", self._barrier[row])
        self._set(here, "late", self._late[row])
        self._set(here, "place", told.order[rows])
        self._set(here, "asset", told.asset[rows])
        for name in ("kind", "tif", "parent"):
            self._set(here, name, told.ints[name][rows])
        for name in ("limit", "stop"):
            self._set(here, name, told.floats[name][rows])

    def _change(self, told: Told, event: IntArray, rows: IntArray, here: IntArray) -> None:
        """What is said of orders that are known."""
        priced = (event == Event.REPLACE) | (event == Event.ADJUST)
        for name in ("limit", "stop"):
            self._set(here[priced], name, told.floats[name][rows[priced]])
        adjusted = event == Event.ADJUST
        self._set(here[adjusted], "asset", told.asset[rows[adjusted]])
        self._set(here[event == Event.HOLD_BACK], "held", 1)
        replaced = np.flatnonzero(event == Event.REPLACE)
        moved = replaced[told.ints["place"][rows[replaced]] != self._columns["place"][here[replaced]]]
        self._set(here[moved], "place", told.ints["place"][rows[moved]])
        self._set(here[moved], "since", self._barrier[told.row[rows[moved]]])
        self._set(here[moved], "late", self._late[told.row[rows[moved]]])
        self._set(here[moved], "held", 0)

    def _set(self, here: IntArray, name: str, values: IntArray | FloatArray | int) -> None:
        self._columns[name][here] = values

    def _capture(self, told: Told, rows: IntArray, here: IntArray) -> None:
        columns, captured = self._columns, self._captured
        captured["row"][rows] = told.row[rows]
        for name in ("since", "late", "kind", "tif", "parent", "asset", "held", "limit", "stop"):
            captured[name][rows] = columns[name][here]
        new = columns["first_fill"][here] == NEVER
        first, row = here[new], told.row[rows[new]]
        columns["filled_at"][first], columns["first_fill"][first] = self._barrier[row], self._number[row]

    def at_fills(self, told: Told) -> AtFill:
        """What was known of the orders that filled in this stretch, in the order of the fills.

        A parent's first fill is looked up when all of the stretch is known: it does not change any more.
        """
        rows = np.flatnonzero(told.event == Event.FILL)
        captured = {name: values[rows] for name, values in self._captured.items()}
        captured["row"] = told.row[rows]
        children = np.flatnonzero(captured["parent"] > 0)
        if len(children):
            parents = captured["parent"][children]
            at = np.minimum(np.searchsorted(self._ids, parents), len(self._ids) - 1)
            known = self._ids[at] == parents
            place = self._at[at]
            captured["parent_row"][children] = np.where(known, self._columns["first_fill"][place], NEVER)
            captured["parent_at"][children] = np.where(known, self._columns["filled_at"][place], NEVER)
        return AtFill(captured, captured)

    def _grow(self, need: int) -> None:
        room = len(self._columns["state"]) if self._columns else 0
        if need <= room:
            return
        room = max(2 * room, need)
        for name in (*_INTS, *_FLOATS):
            old = self._columns.get(name)
            new = np.full(room, _START.get(name, 0), np.int64 if name in _INTS else np.float64)
            if old is not None:
                new[: self.count] = old[: self.count]
            self._columns[name] = new
