"""The lives of orders, followed from message to message.

An order that a strategy asks for is *requested*, or *denied* or *skipped* at once where it could not be made. The risk
manager denies it, or approves it, maybe trimmed; its own orders begin approved. The broker rejects it or accepts it;
its own orders begin *open*. An open order is held back, replaced, sized, trimmed as often as it may be; a fill leaves
it *partly* filled or *filled*; and it may be canceled or expire until it is filled. What has ended stays so.

Nothing of this is taken from the engine's own table: this is the prose of `messages.lifecycle` once more.

The rows that speak of one order follow one another; so all orders take their first step together, then all that have
another take their second, and so on: as many rounds as the order of which most is said has rows in a stretch.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.ids import (
    FIRST_STRATEGY_SENDER,
    ORDERS_PER_SENDER,
    PROTECTIVE_SENDER,
    RISK_SENDER,
    order_label,
)
from tidegate.messages.market import EndOfData
from tidegate.verify.findings import Findings, Rule
from tidegate.verify.register import Register
from tidegate.verify.stretch import Stretch
from tidegate.verify.told import Event, Told

DUST = 1e-9
"""A quantity nearer to another than this, or than this part of it, is the same."""


_SHORT = 2**15


class State(IntEnum):
    """Where an order stands."""

    UNKNOWN = 0
    REQUESTED = 1
    APPROVED = 2
    OPEN = 3
    PARTLY = 4
    FILLED = 5
    DENIED = 6
    REJECTED = 7
    CANCELED = 8
    EXPIRED = 9
    SKIPPED = 10


ILLEGAL = -1
ALIVE = (State.OPEN, State.PARTLY)
_STEPS: dict[State, dict[Event, State]] = {
    State.UNKNOWN: {
        Event.SUBMIT: State.REQUESTED, Event.DENY: State.DENIED, Event.SKIP: State.SKIPPED,
        Event.APPROVE: State.APPROVED, Event.ACCEPT: State.OPEN,
    },
    State.REQUESTED: {
        Event.TRIM: State.REQUESTED, Event.DENY: State.DENIED, Event.APPROVE: State.APPROVED,
    },
    State.APPROVED: {
        Event.TRIM: State.APPROVED, Event.REJECT: State.REJECTED, Event.ACCEPT: State.OPEN,
    },
} | {
    state: dict.fromkeys((Event.TRIM, Event.HOLD_BACK, Event.REPLACE, Event.ADJUST), state)
    | {Event.FILL: State.PARTLY, Event.CANCEL: State.CANCELED, Event.EXPIRE: State.EXPIRED}
    for state in ALIVE
}  # fmt: skip
_STEPS[State.OPEN][Event.SIZE] = State.OPEN  # a target is sized once, when it goes
AFTER = np.full((len(State), len(Event)), ILLEGAL, np.int64)
"""The state after each event in each state."""
for _state, _steps in _STEPS.items():
    for _event, _after in _steps.items():
        AFTER[_state, _event] = _after
_BY = np.full(len(Event), -1)
"""Whose orders begin with each event: the broker's, the risk manager's, or a strategy's."""
_BY[Event.ACCEPT], _BY[Event.APPROVE] = PROTECTIVE_SENDER, RISK_SENDER
_BY[[Event.SUBMIT, Event.DENY, Event.SKIP]] = FIRST_STRATEGY_SENDER
_SETS = np.isin(np.arange(len(Event)), (
    Event.SUBMIT, Event.APPROVE, Event.ACCEPT, Event.HOLD_BACK, Event.REPLACE, Event.SIZE, Event.ADJUST,
))  # fmt: skip
"""Events that say how much is open from then on."""
_ENDS = np.isin(np.arange(len(Event)), (Event.CANCEL, Event.EXPIRE, Event.REJECT, Event.DENY))
"""Events that say of how much they are the end."""
_TAKES = np.isin(np.arange(len(Event)), (Event.FILL, Event.TRIM))
"""Events that leave less open."""
_EQUALS = _ENDS | np.isin(np.arange(len(Event)), (Event.APPROVE, Event.ACCEPT, Event.HOLD_BACK))
"""Events that speak of all that is open."""
_CHANGES = np.isin(np.arange(len(Event)), (Event.REPLACE, Event.SIZE, Event.ADJUST, Event.TRIM))
"""Events that may change how much is open, but not the side."""
_GROWS = np.isin(np.arange(len(Event)), (Event.REPLACE, Event.ADJUST))
"""Events after which nobody knows how much is open of an order that waits for another."""


class _Step(NamedTuple):
    """What some orders take a step with: the event and its quantity, and what was known of the orders before."""

    event: IntArray
    quantity: FloatArray
    state: IntArray
    left: FloatArray
    full: FloatArray


class Lives:
    """Follows orders.

    Args:
        findings: takes what is wrong.
        register: of orders, which is kept up.
    """

    def __init__(self, findings: Findings, register: Register) -> None:
        self._findings, self._register = findings, register
        self._over = False

    def check(self, stretch: Stretch, told: Told) -> None:
        """What is said of orders in the next barriers."""
        register = self._register
        places = register.places(told.order)
        register.begin(len(told.row))
        turn = places.turn
        if turn.max(initial=0) < _SHORT:  # numbers of two bytes are sorted in one go
            turn = turn.astype(np.int16)
        by_turn = places.grouped[np.argsort(turn, kind="stable")]
        for rows in np.split(by_turn, np.cumsum(np.bincount(turn))[:-1]) if len(turn) else ():
            self._step(stretch, told, places.at, rows)
        self._over = self._over or bool(stretch.of(EndOfData))

    def _step(self, stretch: Stretch, told: Told, at: IntArray, rows: IntArray) -> None:
        """Each of some orders takes a step."""
        register, here = self._register, at[rows]
        event, quantity = told.event[rows], told.quantity[rows]
        state, left, full = register.state[here], register.left[here], register.full[here]
        after = AFTER[state, event]
        rest = np.flatnonzero((state == State.FILLED) & (left != 0.0))
        if len(rest):  # what rounding has left of a filled order may still be canceled
            ends = _ENDS[event[rest]] & (np.abs(quantity[rest]) <= _dust(full[rest]))
            after[rest[ends]] = State.CANCELED
        new = np.flatnonzero(state == State.UNKNOWN)
        if len(new):
            sender = np.minimum(told.order[rows[new]] // ORDERS_PER_SENDER, FIRST_STRATEGY_SENDER)
            after[new[sender != _BY[event[new]]]] = ILLEGAL
        legal = after != ILLEGAL
        self._findings.expect(
            Rule.LIVES, stretch, told.row[rows], legal,
            lambda k: (
                f"{_named(event[k])} of order {order_label(int(told.order[rows[k]]))}, which is {_word(state[k])}",
                f"one of {_allowed(int(state[k]))}",
            ),
        )  # fmt: skip
        if not legal.all():
            rows, here, after = rows[legal], here[legal], after[legal]
            step = _Step(*(values[legal] for values in (event, quantity, state, left, full)))
        else:
            step = _Step(event, quantity, state, left, full)
        child = register.parent[here] > 0
        self._quantities(stretch, told, rows, step, child)
        register.keep(told, rows, here)
        self._leave(here, step, after, child)

    def _leave(self, here: IntArray, step: "_Step", after: IntArray, child: BoolArray) -> None:
        """What is open of the orders from here on, and where they stand."""
        event, quantity, register = step.event, step.quantity, self._register
        sets = _SETS[event]
        now = np.where(sets, quantity, np.where(_TAKES[event], step.left - quantity, step.left))
        if child.any():
            # What wakes with another order grows, when its owner has changed it nobody says to what.
            now[child & _GROWS[event]] = np.nan
            held = child & (event == Event.HOLD_BACK)
            now[held] = step.left[held]
        full = np.where(sets, np.abs(now), step.full)
        register.left[here], register.full[here] = now, full
        whole = (event == Event.FILL) & (np.abs(now) <= _dust(full))
        register.state[here] = np.where(whole, State.FILLED, after)

    def _quantities(self, stretch: Stretch, told: Told, rows: IntArray, step: "_Step", child: BoolArray) -> None:
        """How much a message speaks of, beside how much is open."""
        holds = np.ones(len(rows), np.bool_)
        at = np.flatnonzero(~np.isnan(step.left) & (step.state != State.UNKNOWN))
        if len(at):
            event, quantity, left = step.event[at], step.quantity[at], step.left[at]
            dust = np.maximum(_dust(step.full[at]), DUST * np.abs(quantity))
            turned = quantity * left < 0.0
            within = ~((np.abs(quantity) > np.abs(left) + dust) | turned)
            right = np.ones(len(at), np.bool_)
            fills = event == Event.FILL
            right[fills] = within[fills] & (quantity[fills] != 0.0)
            equal = _EQUALS[event]
            right[equal] = np.where(child[at], within, np.abs(quantity - left) <= dust)[equal]
            changes = _CHANGES[event]
            right[changes] = ~turned[changes]
            cuts = event == Event.TRIM
            right[cuts] &= within[cuts]
            holds[at] = right
        event, quantity, left = step.event, step.quantity, step.left
        self._findings.expect(
            Rule.QUANTITIES, stretch, told.row[rows], holds,
            lambda k: (
                f"{_named(event[k])} of {quantity[k].item()!r} of order {order_label(int(told.order[rows[k]]))}",
                f"no more than, or all of, the {left[k].item()!r} that are open",
            ),
        )  # fmt: skip

    def finish(self, stretch: Stretch) -> None:
        """Whether an order is open though the data have ended."""
        if not self._over or not stretch.size:
            return
        register = self._register
        known = ~np.isnan(register.left[: register.count])
        open_now = np.flatnonzero(np.isin(register.state[: register.count], ALIVE) & known)
        last = np.full(max(len(open_now), 1), stretch.size - 1)
        holds = np.zeros(len(open_now), np.bool_) if len(open_now) else np.ones(1, np.bool_)
        ids = register.ids(open_now)
        self._findings.expect(
            Rule.LIVES, stretch, last, holds,
            lambda k: (f"order {order_label(int(ids[k]))} is open when the data have ended", "its end"),
        )  # fmt: skip


def _dust(size: FloatArray) -> FloatArray:
    return DUST * np.maximum(1.0, np.nan_to_num(size))


def _named(event: int) -> str:
    return Event(event).name.lower()


def _word(state: int) -> str:
    return State(state).name.lower()


def _allowed(state: int) -> str:
    names = [event.name.lower() for event in Event if AFTER[state, event] != ILLEGAL]
    return ", ".join(names) if names else "nothing, for it has ended"
