"""Naive books and naive sharing of scarce cash, in Python integers, for whole units where it says so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tests.unit.kernels.made import cost, fee, rounded

from tidegate.core.arrays import FloatArray
from tidegate.kernels.arithmetic import FACTOR_ONE
from tidegate.kernels.shortage import RANK, SCALE


@dataclass(frozen=True)
class Entry:
    order_id: int
    asset: int
    quantity: float
    priority: float
    price: float

    def cost(self, quantity: float, charged: FloatArray) -> int:
        return cost(quantity, self.price, charged)


def spent(entries: Sequence[Entry], granted: dict[int, float], charged: FloatArray) -> int:
    return sum(entry.cost(granted[entry.order_id], charged) for entry in entries)


def largest_whole(entry: Entry, left: int, charged: FloatArray) -> float:
    """Most whole units that can be paid, by trying all of them."""
    return max(float(n) for n in range(int(entry.quantity) + 1) if entry.cost(float(n), charged) <= left)


def served(entries: Sequence[Entry]) -> list[Entry]:
    """First served first."""
    return sorted(entries, key=lambda entry: (-entry.priority, entry.asset, entry.order_id))


def greedy(
    rule: int, entries: Sequence[Entry], cash: int, charged: FloatArray, whole: Collection[int] = ()
) -> dict[int, float]:
    """The naive `rank` and `reject` of whole units; `whole` are the orders that take all or nothing."""
    granted, left = {}, cash
    for entry in served(entries):
        quantity = entry.quantity
        if entry.cost(quantity, charged) > left:
            cuts = rule == RANK and entry.order_id not in whole
            quantity = largest_whole(entry, left, charged) if cuts else 0.0
        granted[entry.order_id] = quantity
        left -= entry.cost(quantity, charged)
    return granted


def shared(
    rule: int, entries: Sequence[Entry], cash: int, charged: FloatArray, whole: Collection[int]
) -> tuple[dict[int, float], list[tuple[int, int]]]:
    """The naive rule for whole units: what each order gets; and who left, in turn, with what was needed by then."""
    batch, gone = list(entries), list[tuple[int, int]]()
    while True:
        asked = {entry.order_id: entry.quantity for entry in batch}
        none = {order: 0.0 for order, _ in gone}
        if spent(batch, asked, charged) <= cash:
            return asked | none, gone
        if rule != SCALE:
            return greedy(rule, batch, cash, charged, whole), gone
        got = scaled(batch, cash, charged)
        cut = [entry for entry in served(batch) if entry.order_id in whole and got[entry.order_id] < entry.quantity]
        if not cut:
            return got | none, gone
        gone.append((cut[-1].order_id, spent(batch, asked, charged)))
        batch.remove(cut[-1])


def scaled(entries: Sequence[Entry], cash: int, charged: FloatArray) -> dict[int, float]:
    """The naive `scale` of whole units: tries every factor at which some entry gains a unit."""
    steps = {0, FACTOR_ONE}
    for entry in entries:
        quantity = int(entry.quantity)
        steps |= {-(-unit * FACTOR_ONE // quantity) for unit in range(1, quantity + 1)}
    best = {entry.order_id: 0.0 for entry in entries}
    for step in sorted(steps):
        granted = {entry.order_id: float(int(entry.quantity) * step // FACTOR_ONE) for entry in entries}
        if spent(entries, granted, charged) > cash:
            return best
        best = granted
    return best


class Account:
    """The naive books: cost and fees per asset in Python integers."""

    def __init__(self, deposit: int, charged: FloatArray, assets: int) -> None:
        self.charged = charged
        self.cash = deposit
        self.held = [0.0] * assets
        self.cost, self.fees = [0] * assets, [0] * assets
        self.pnl: list[int] = []

    def fill(self, asset: int, quantity: float, price: float) -> None:
        value, paid = rounded(abs(quantity) * price), fee(abs(quantity), price, self.charged)
        if quantity > 0.0:
            self.cash -= value + paid
            self.held[asset] += quantity
            self.cost[asset] += value
            self.fees[asset] += paid
            return
        self.cash += value - paid
        share, left = -quantity / self.held[asset], self.held[asset] + quantity
        cost, fees = self.cost[asset], self.fees[asset]
        if left < 1e-9:
            left = 0.0
        else:
            cost, fees = round(cost * share), round(fees * share)
        self.held[asset] = left
        self.cost[asset] -= cost
        self.fees[asset] -= fees
        self.pnl.append(value - cost - fees - paid)
