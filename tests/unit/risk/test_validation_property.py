"""Limits on any request cut it as plain loops do."""

import bisect
import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.actors.letters import NAN, orders, snapshot, universe
from tests.unit.risk.guard import Guard, let_through, refusals

from tidegate.messages.orders import (
    SubmitOrders,
)
from tidegate.risk.rules import MaxGross, MaxWeight


@dataclass
class World:
    """A book, a batch of orders and limits as (kind, pct, action)."""

    held: list[float]
    pending: list[float]
    mark: list[float]
    cash: float
    asked: list[tuple[int, float, float]]
    limits: list[tuple[str, float, str]]
    fractional: bool


@st.composite
def worlds(draw: st.DrawFn) -> World:
    n = draw(st.integers(1, 3))
    fractional = draw(st.booleans())
    units = st.integers(0, 80).map(lambda k: k / 8) if fractional else st.integers(0, 30).map(float)
    marks = st.one_of(st.integers(1, 400).map(lambda k: k / 4), st.just(NAN))
    mark = [draw(marks) for _ in range(n)]
    held = [draw(units) if price == price else 0.0 for price in mark]
    pending = [draw(units) for _ in range(n)]
    size = draw(st.integers(1, 6))
    asked = []
    for _ in range(size):
        quantity = draw(units.filter(bool)) * draw(st.sampled_from([1.0, 1.0, -1.0]))
        asked.append((draw(st.integers(0, n - 1)), quantity, draw(st.sampled_from([0.0, 0.5, 1.0]))))
    limit = st.tuples(
        st.sampled_from(["weight", "gross"]),
        st.sampled_from([0.05, 0.1, 0.3, 0.5, 1.0, 1.5]),
        st.sampled_from(["trim", "deny"]),
    )
    limits = draw(st.lists(limit, min_size=1, max_size=3))
    return World(held, pending, mark, draw(st.sampled_from([0.0, 100.0, 1000.0])), asked, limits, fractional)


def micros(amount: float) -> int:
    return round(amount * 1e6)


class Naive:
    """The same by plain loops: `left` of every order, and (order, quantity, reason) of what was `taken` away."""

    def __init__(self, world: World) -> None:
        self.world, self.mark = world, world.mark
        self.left = {number: quantity for number, (_, quantity, _) in enumerate(world.asked)}
        self.taken: list[tuple[int, float, str]] = []
        self.base = [held + pending for held, pending in zip(world.held, world.pending, strict=True)]
        value = sum(micros(units * price) for units, price in zip(world.held, world.mark, strict=True) if units)
        self.equity = (micros(world.cash) + value) / 1e6
        self.begin()
        self.entries = [number for number in self.left if self.left[number] > 0]
        for kind, pct, action in sorted(world.limits, key=lambda limit: limit[0] == "gross"):
            if kind == "weight":
                self.limit_weight(pct, action)
            else:
                self.limit_gross(micros(pct * max(0.0, self.equity)), action)

    def begin(self) -> None:
        sellable = self.world.held.copy()
        for number, (asset, quantity, _) in enumerate(self.world.asked):
            if quantity > 0 and math.isnan(self.mark[asset]):
                self.cut(number, 0.0, "NO_PRICE")
            if quantity < 0 and -quantity <= sellable[asset] + 1e-9:
                sellable[asset] += quantity
                self.base[asset] += quantity

    def limit_weight(self, pct: float, action: str) -> None:
        projected = self.base.copy()
        for number in self.entries:
            asset = self.world.asked[number][0]
            room = self.whole(pct * self.equity / self.mark[asset]) - projected[asset]
            if self.left[number] > room:
                self.cut(number, max(0.0, room) if action == "trim" else 0.0, "MAX_WEIGHT")
            projected[asset] += self.left[number]

    def limit_gross(self, room: int, action: str) -> None:
        for units, price in zip(self.base, self.mark, strict=True):
            room -= abs(micros(units * price)) if units and price == price else 0

        def value(factor: int) -> int:
            return sum(self.worth(number, factor) for number in self.entries)

        if value(2**32) <= room:
            return
        if action == "trim":
            factor = max(0, bisect.bisect_right(range(2**32), room, key=value) - 1)
            for number in self.entries:
                self.cut(number, self.whole(self.left[number] * (factor / 2**32)), "MAX_GROSS")
            return
        for number in sorted(self.entries, key=lambda n: (-self.world.asked[n][2], self.world.asked[n][0], n)):
            if self.worth(number) <= room:
                room -= self.worth(number)
            else:
                self.cut(number, 0.0, "MAX_GROSS")

    def worth(self, number: int, factor: int = 2**32) -> int:
        return micros(self.whole(self.left[number] * (factor / 2**32)) * self.mark[self.world.asked[number][0]])

    def whole(self, quantity: float) -> float:
        return quantity if self.world.fractional else float(math.trunc(quantity))

    def cut(self, number: int, to: float, reason: str) -> None:
        if to != self.left[number]:
            self.taken.append((number, self.left[number] - to, reason))
            self.left[number] = to


@given(worlds())
def test_any_request_is_cut_as_plain_loops_would(world: World) -> None:
    kinds = {"weight": MaxWeight, "gross": MaxGross}
    rules = [kinds[kind](pct, "trim" if action == "trim" else "deny") for kind, pct, action in world.limits]
    names = [f"A{column}" for column in range(len(world.mark))]
    guard = Guard(*rules, fractional=world.fractional, declared=universe(names))
    guard.deliver(snapshot(cash=world.cash, held=world.held, mark=world.mark, pending=world.pending))
    answer = guard.deliver(orders(SubmitOrders, *world.asked))
    want = Naive(world)
    approved = {number: quantity for number, quantity in want.left.items() if quantity}
    assert let_through(answer) == approved
    said = [(number, quantity, reason) for _, number, quantity, reason in refusals(answer)]
    assert sorted(said) == sorted(want.taken)
    for number, (_, quantity, _) in enumerate(world.asked):
        parts = [part for place, part, _ in said if place == number]
        assert approved.get(number, 0.0) + math.fsum(parts) == pytest.approx(quantity)
