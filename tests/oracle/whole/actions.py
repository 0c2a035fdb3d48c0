"""What corporate actions do to the naive broker's books; what they do to orders is the broker's business."""

import math
from dataclasses import dataclass

from tests.oracle.whole.books import NaiveBooks, Position
from tests.oracle.whole.rules import DUST, NAN, Action, Event, micros

RESHAPES = ("SPLIT", "SYMBOL_CHANGE", "MERGER_STOCK", "MERGER_CASH", "DELISTING")
"""After one of these the account is told anew."""
ENDS = ("SYMBOL_CHANGE", "MERGER_STOCK", "MERGER_CASH", "DELISTING")


@dataclass
class Applied:
    """What became of one action, as the broker tells it."""

    kind: str
    asset: int
    into: int = -1
    orders: int = 0
    cash: int = 0
    receivable: int = 0
    value: float = NAN
    price: float = NAN
    divisor: float = NAN
    before: float = 0.0
    after: float = 0.0
    came: float = 0.0


class NaiveActions:
    """Corporate actions, on what is held."""

    def __init__(self, books: NaiveBooks, available: list[float]) -> None:
        self.books, self.available = books, available
        self.due: list[tuple[int, int, int, int]] = []
        """Dividends that are not paid yet: when, the how-manieth, asset and amount."""
        self.arisen = 0
        self.ended: set[int] = set()
        self.halted: set[int] = set()

    def units(self, size: float, ratio: float, *, of_future: bool = False) -> float:
        """So many new units for an old size; a part of a unit only of a future that is held, or if the account may."""
        exact = size * ratio
        if self.books.rules.fractional or of_future:
            return exact
        nearest = float(round(exact))
        return nearest if abs(exact - nearest) <= 1e-9 * max(1.0, exact) else float(math.floor(exact))

    def pay(self, ts_ns: int) -> list[Applied]:
        """Dividends whose day has come."""
        paid = []
        for when, number, asset, amount in sorted(self.due):
            if when <= ts_ns:
                self.due.remove((when, number, asset, amount))
                self.books.receivable -= amount
                self.books.post("DIVIDEND", asset, -1, amount)
                held = self.books.held(asset)
                paid.append(Applied("PAYMENT", asset, cash=amount, receivable=-amount, before=held, after=held))
        return paid

    def apply(self, action: Action, ts_ns: int) -> Applied:
        """One action."""
        row = Applied(action.kind, action.asset, action.into, value=action.value)
        cash = self.books.cash
        row.before = self.books.held(action.asset)
        match action.kind:
            case "DIVIDEND":
                self.dividend(action, ts_ns, row)
            case "SPLIT":
                self.split(action, row)
            case "SYMBOL_CHANGE":
                self.move(action, 1.0, 0.0, row)
            case "MERGER_STOCK":
                self.move(action, action.value, 0.0 if math.isnan(action.price) else action.price, row)
            case "MERGER_CASH":
                row.price = action.price if row.before else NAN
                self.settle(action.asset, action.price, "merger")
            case "DELISTING":
                price = self.books.marks[action.asset] if math.isnan(action.price) else action.price
                row.price = price if row.before else NAN
                self.settle(action.asset, price, "delisting")
            case "HALT":
                self.halted.add(action.asset)
            case "RESUME":
                self.halted.discard(action.asset)
                self.ended.discard(action.asset)
        if action.kind in ENDS:
            self.ended.add(action.asset)
        row.cash = self.books.cash - cash
        row.after = self.books.held(action.asset)
        return row

    def dividend(self, action: Action, ts_ns: int, row: Applied) -> None:
        """So much a unit, which a short owes; at once, or on its day."""
        asset, held = action.asset, self.books.held(action.asset)
        if not held or self.books.is_future(asset):
            return
        size = micros(abs(held) * action.value * self.books.unit(asset))
        amount = size if held > 0 else -size
        if not amount:
            return
        if action.pay_ns <= ts_ns:
            self.books.post("DIVIDEND", asset, -1, amount)
        else:
            self.books.receivable += amount
            row.receivable = amount
            self.due.append((action.pay_ns, self.arisen, asset, amount))
            self.arisen += 1

    def split(self, action: Action, row: Applied) -> None:
        """More units, or fewer, at prices that make up for it."""
        asset, ratio = action.asset, action.value
        self.books.marks[asset] /= ratio
        self.available[asset] *= ratio
        row.divisor = ratio
        position = self.books.positions.get(asset)
        if position is None:
            return
        position.lowest /= ratio
        position.highest /= ratio
        exact, whole = position.size * ratio, self.units(position.size, ratio, of_future=self.books.is_future(asset))
        mark = self.books.marks[asset]
        if not whole:
            position.quantity = position.sign * exact
            row.price = mark
            self.settle(asset, mark, "cash in lieu")
            return
        rest = exact - whole
        if rest >= DUST:
            row.price = mark
            self.in_lieu(asset, position.sign, rest, mark)
        position.quantity = position.sign * whole

    def in_lieu(self, asset: int, sign: int, rest: float, price: float) -> None:
        """Cash for a part of a unit."""
        self.books.post("CASH_IN_LIEU", asset, -1, sign * micros(rest * price * self.books.unit(asset)))

    def move(self, action: Action, ratio: float, cash: float, row: Applied) -> None:
        """So many units of another asset, and so much cash, for each unit."""
        books, a, b = self.books, action.asset, action.into
        price = books.marks[b]
        if math.isnan(price):
            # Of a currency that has no rate yet there is no saying.
            price = math.nan if math.isnan(books.unit(b)) else max((books.marks[a] - cash) / ratio, 0.0)
            books.marks[b] = price
        position = books.positions.get(a)
        if position is None:
            return
        divisor = ratio if not cash else (cash + ratio * price) / price
        worth = cash + ratio * price
        held, sign, size = books.held(b), position.sign, position.size
        whole = self.units(size, ratio)
        if held * position.quantity < 0 or books.is_future(a) != books.is_future(b):
            row.price = worth
            self.settle(a, worth, "symbol change" if action.kind == "SYMBOL_CHANGE" else "merger")
            return
        if not whole:
            row.price = worth
            self.settle(a, worth, "cash in lieu")
            return
        if cash > 0:
            self.sell_part(a, size * (cash / worth), worth, micros(size * cash * books.unit(a)), "merger")
        rest = size * ratio - whole
        if rest >= DUST:
            row.price = price
            self.in_lieu(b, sign, rest, price)
        row.came, row.divisor = sign * whole, divisor
        self.join(books.positions.pop(a), b, sign * whole, divisor)

    def join(self, old: Position, into: int, quantity: float, divisor: float) -> None:
        """What was a position is one in another asset, or adds to it."""
        lowest, highest = old.lowest / divisor, old.highest / divisor
        new = self.books.positions.get(into)
        if new is None:
            new = self.books.positions[into] = Position(0.0, old.opened, "OPEN")
        new.see(lowest, highest)
        new.quantity += quantity
        for name in ("cost", "fees", "settled", "local"):
            setattr(new, name, getattr(new, name) + getattr(old, name))

    def settle(self, asset: int, price: float, tag: str) -> None:
        """All of a position is taken at a price."""
        position = self.books.positions.get(asset)
        if position is not None:
            value = micros(position.size * price * self.books.unit(asset))
            self.sell_part(asset, position.size, price, value, tag)

    def sell_part(self, asset: int, size: float, price: float, value: int, tag: str) -> None:
        """Closes so many units for so much, without an order and without commission."""
        books, position = self.books, self.books.positions[asset]
        del tag
        entry, sign = books.entry_price(asset), position.sign
        part = position.release(size)
        flow = sign * value
        if books.is_future(asset):
            flow = sign * (value - part.cost) - part.settled
        books.close(-1, asset, 0, position, part, entry, price, value)
        books.pay(asset, -1, flow, sign * books.local(asset, size, price))


def rows_of(applied: list[Applied]) -> list[Event]:
    """One message of all."""
    rows = [tuple(None if value != value else value for value in vars(row).values()) for row in applied]
    return [("actions", *rows)] if rows else []
