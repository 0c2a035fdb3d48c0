"""The naive broker's ledger: what is held, what it cost, every change of cash, and what each closed part brought.

Money is whole micro-units of the account's currency, rounded once where a price makes it. Everything else is integers,
so what must be equal is equal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracle.whole.rules import DUST, NAN, Event, Instrument, Rules, micros

CARRIED = ("INTEREST", "FINANCING", "BORROW", "DIVIDEND", "CASH_IN_LIEU")
"""Postings that are neither a trade nor the profit of one."""


@dataclass
class Position:
    """What is held of one asset: above 0 long, below 0 short.

    `cost`, `fees`, `settled` (variation paid so far) and `local` (cost in the currency of the price) are of the units
    that are held, so that closing a part takes its share of each.
    """

    quantity: float
    opened: int
    point: str
    lowest: float = math.inf
    highest: float = -math.inf
    cost: int = 0
    fees: int = 0
    settled: int = 0
    local: int = 0

    @property
    def size(self) -> float:
        return abs(self.quantity)

    @property
    def sign(self) -> int:
        return 1 if self.quantity > 0 else -1

    def see(self, *prices: float) -> None:
        """Prices at which it could have been closed."""
        self.lowest, self.highest = min(self.lowest, *prices), max(self.highest, *prices)

    def release(self, size: float) -> "Position":
        """The part that is closed; this keeps what is left."""
        held, part = self.size, Position(math.copysign(size, self.quantity), self.opened, self.point)
        whole = held - size < DUST
        for name in ("cost", "fees", "settled", "local"):
            amount = getattr(self, name)
            taken = amount if whole else round(amount * (size / held))
            setattr(part, name, taken)
            setattr(self, name, amount - taken)
        self.quantity = 0.0 if whole else math.copysign(held - size, self.quantity)
        return part


@dataclass(frozen=True)
class Execution:
    """One fill before it is booked: it closes, or it opens, never both."""

    order_id: int
    asset: int
    quantity: float
    price: float
    reference: float
    fee: int
    point: str


class NaiveBooks:
    """The account; `fills`, `postings` and `trades` are those since they were last taken."""

    def __init__(self, rules: Rules, instruments: Sequence[Instrument], cash: int) -> None:
        self.rules, self.instruments = rules, list(instruments)
        self.cash = self.realized = self.carry = self.commissions = self.slippage = 0
        self.receivable = 0
        """Dividends that are not paid yet."""
        self.waiting = [0] * rules.settlement
        """Proceeds that cannot be spent yet; the next to be settled first."""
        self.positions: dict[int, Position] = {}
        self.marks = [NAN] * len(instruments)
        currencies = max((instrument.currency for instrument in instruments), default=0)
        self.rates = [1.0, *[NAN] * currencies]
        self.seq, self.count = 0, 0
        self.fills: list[Event] = []
        self.postings: list[Event] = []
        self.trades: list[Event] = []
        self.post("DEPOSIT", -1, -1, cash)

    # --- what is held, and what it is worth

    def held(self, asset: int) -> float:
        """Units, negative for a short."""
        return self.positions[asset].quantity if asset in self.positions else 0.0

    def ascending(self) -> list[tuple[int, Position]]:
        """Positions by asset."""
        return sorted(self.positions.items(), key=lambda item: item[0])

    def unit(self, asset: int) -> float:
        """The money of one unit at a price of 1."""
        return self.instruments[asset].multiplier * self.rates[self.instruments[asset].currency]

    def money(self, asset: int, size: float, price: float) -> int:
        """Money of so many units at a price."""
        return micros(size * price * self.unit(asset))

    def worth(self, asset: int) -> int:
        """A position at its mark, negative for a short; at cost as long as it has none."""
        position = self.positions[asset]
        if math.isnan(self.marks[asset]):
            return position.sign * position.cost
        return self.money(asset, position.quantity, self.marks[asset])

    def in_equity(self, asset: int) -> int:
        """What a position adds to cash: its worth, or of a future what it has gained since the last variation."""
        position, worth = self.positions[asset], self.worth(asset)
        return worth - position.sign * position.cost - position.settled if self.is_future(asset) else worth

    def is_future(self, asset: int) -> bool:
        return self.instruments[asset].future

    @property
    def equity(self) -> int:
        return self.cash + self.receivable + sum(self.in_equity(asset) for asset in self.positions)

    @property
    def unrealized(self) -> int:
        return sum(self.worth(asset) - p.sign * p.cost - p.fees for asset, p in self.positions.items())

    @property
    def gross(self) -> int:
        return sum(abs(self.worth(asset)) for asset in self.positions)

    @property
    def settled(self) -> int:
        """Cash that can be spent."""
        return self.cash - sum(self.waiting)

    def margin_of(self, asset: int, part: float) -> int:
        """A part of a position's value; of its cost as long as it has no mark."""
        position, mark = self.positions[asset], self.marks[asset]
        if math.isnan(mark):
            return micros(position.cost / 1e6 * part)
        return micros(position.size * mark * self.unit(asset) * part)

    @property
    def initial(self) -> int:
        """What the positions take of what entries could."""
        return sum(self.margin_of(asset, self.instruments[asset].initial) for asset in self.positions)

    @property
    def maintenance(self) -> int:
        """What must be there, lest the broker liquidates."""
        return sum(self.margin_of(asset, self.instruments[asset].maintenance) for asset in self.positions)

    @property
    def free(self) -> int:
        """What entries can take."""
        return self.equity - self.initial if self.rules.margin else self.settled

    # --- what changes it

    def post(self, kind: str, asset: int, fill: int, amount: int, currency: int = 0) -> None:
        """One line of the ledger; what is in the account's currency is cash."""
        self.postings.append((kind, asset, fill, amount, currency))
        if currency == 0:
            self.cash += amount
            if kind in CARRIED:
                self.carry += amount

    def book(self, done: Execution) -> None:
        """One fill: the trade row and the profit of what it closes, the cost of what it opens, and the cash."""
        asset, size, fee = done.asset, abs(done.quantity), done.fee
        position = self.positions.get(asset)
        closes = position is not None and position.quantity * done.quantity < 0
        value = self.money(asset, size, done.price)
        flow = -value if done.quantity > 0 else value
        if position is not None and closes:
            entry = self.entry_price(asset)
            part = position.release(size)
            gross = part.sign * (value - part.cost)
            if self.is_future(asset):
                flow = gross - part.settled
            self.close(self.count, asset, fee, position, part, entry, done.price, value)
        else:
            if self.is_future(asset):
                flow = 0
            self.open(done, value)
        self.fills.append(
            (
                done.order_id, asset, done.quantity, done.price, done.reference, flow, fee,
                micros(size * abs(done.price - done.reference) * self.unit(asset)),
            )
        )  # fmt: skip
        self.slippage += self.fills[-1][-1]
        self.commissions += fee
        self.pay(asset, self.count, flow, -self.local(asset, done.quantity, done.price))
        if fee:
            self.post("COMMISSION", asset, self.count, -fee)
        if self.waiting and done.quantity < 0:
            self.waiting[-1] += max(flow - fee, 0)
        self.count += 1

    def pay(self, asset: int, fill: int, flow: int, local: int) -> None:
        """The cash of a fill; what is priced in another currency is converted at once."""
        currency = self.instruments[asset].currency
        if self.is_future(asset):
            if flow:
                self.post("VARIATION", asset, fill, flow)
        elif currency == 0:
            self.post("TRADE", asset, fill, flow)
        else:
            rows = ("TRADE", local, currency), ("CONVERSION", -local, currency), ("CONVERSION", flow, 0)
            for kind, amount, where in rows:
                self.post(kind, asset, fill, amount, where)

    def local(self, asset: int, quantity: float, price: float) -> int:
        """Money in the currency of the price."""
        return micros(quantity * price * self.instruments[asset].multiplier)

    def open(self, done: Execution, value: int) -> None:
        """What opens a position or adds to it."""
        position = self.positions.get(done.asset)
        if position is None:
            position = self.positions[done.asset] = Position(0.0, self.seq, done.point)
        position.quantity += done.quantity
        position.cost += value
        position.fees += done.fee
        position.local += self.local(done.asset, abs(done.quantity), done.price)
        position.see(done.price)

    def entry_price(self, asset: int) -> float:
        """What a unit of what is held cost, in the currency of the price."""
        position = self.positions[asset]
        return position.local / (position.size * self.instruments[asset].multiplier * 1e6)

    def close(
        self, fill: int, asset: int, fee: int, left: Position, part: Position, entry: float, price: float, value: int
    ) -> None:
        """A row for what was closed, and its profit."""
        lowest, highest = min(left.lowest, price), max(left.highest, price)
        fees = part.fees + fee
        profit = part.sign * (value - part.cost) - fees
        self.realized += profit
        worst, best = 0.0, 0.0
        if entry and part.quantity > 0:
            worst, best = lowest / entry - 1, highest / entry - 1
        elif entry:
            worst, best = 1 - highest / entry, 1 - lowest / entry
        self.trades.append(
            (
                fill, asset, left.opened, part.cost, value, fees, profit, self.seq - left.opened,
                part.quantity, entry, price, min(worst, 0.0), max(best, 0.0),
            )
        )  # fmt: skip
        if not left.quantity:
            del self.positions[asset]

    def take(self) -> tuple[list[Event], list[Event], list[Event]]:
        """Fills, postings and trades since this was last asked."""
        taken = self.fills, self.postings, self.trades
        self.fills, self.postings, self.trades = [], [], []
        return taken
