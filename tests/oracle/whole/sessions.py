"""What the naive broker does where one session ends and the next begins, and where an account has too little margin."""

import math

from tests.oracle.whole.books import NaiveBooks
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import DUST, NAN, Event, News, micros

PLENTY = math.inf


class NaiveSessions:
    """The house side of the account: daily flows, what lenders want back, and margin calls.

    `borrow_rates` and `available` are as known at the last close; the broker's own orders count from 0.
    """

    def __init__(self, books: NaiveBooks) -> None:
        self.books, self.rules = books, books.rules
        self.borrow_rates = [instrument.borrow_rate for instrument in books.instruments]
        self.available = [instrument.available for instrument in books.instruments]
        self.day: int | None = None
        self.own_orders = 0
        self.is_ruined = False
        """Whether equity has been 0 or less while anything was held or open."""

    def learn(self, news: News) -> None:
        """What is known from the close of a bar on; what is not said stays."""
        before = list(self.books.rates)
        self.books.rates[1:] = [
            rate if math.isfinite(rate) and rate > 0 else known
            for rate, known in zip(news.rates, self.books.rates[1:], strict=True)
        ]
        self.convert_futures(before)
        for asset, rate in enumerate(news.borrow_rates):
            if math.isfinite(rate):
                self.borrow_rates[asset] = rate
        for asset, units in enumerate(news.available):
            if not math.isnan(units):
                self.available[asset] = units

    def convert_futures(self, before: list[float]) -> None:
        """What a future stands at is converted anew: a rate is no gain where no currency is held."""
        for asset, position in self.books.ascending():
            instrument = self.books.instruments[asset]
            if instrument.future and instrument.currency:
                old = instrument.multiplier * before[instrument.currency]
                stands_at = position.cost + position.sign * position.settled
                position.cost += round(stands_at * (self.books.unit(asset) / old - 1.0))

    def begin(self, news: News) -> None:
        """The first bar of a new session: variation, borrow fees, interest, settlement."""
        before, self.day = self.day, news.day
        if before is None or news.day == before:
            return
        self.pay_variation()
        self.pay_lenders(news.day - before)
        self.pay_interest(news.day - before)
        if self.books.waiting:
            self.books.waiting = [*self.books.waiting[1:], 0]

    def pay_variation(self) -> None:
        """What futures gained or lost since they were last settled."""
        for asset, position in self.books.ascending():
            if self.books.is_future(asset) and not math.isnan(self.books.marks[asset]):
                amount = self.books.in_equity(asset)
                if amount:
                    self.books.post("VARIATION", asset, -1, amount)
                    position.settled += amount

    def pay_lenders(self, days: int) -> None:
        """What is short costs so much of its value a year."""
        for asset, position in self.books.ascending():
            mark = self.books.marks[asset]
            if position.quantity < 0 and not self.books.is_future(asset) and not math.isnan(mark):
                value = position.size * mark * self.books.unit(asset)
                fee = micros(value * self.borrow_rates[asset] * (days / 365.0))
                if fee:
                    self.books.post("BORROW", asset, -1, -fee)

    def pay_interest(self, days: int) -> None:
        """On cash, without the proceeds of short sales where these are locked."""
        base = self.books.cash
        if not self.rules.credited:
            shorts = [(asset, p) for asset, p in self.books.ascending() if p.quantity < 0]
            base -= sum(position.cost for asset, position in shorts if not self.books.is_future(asset))
        rate = self.rules.credit if base > 0 else self.rules.debit
        amount = micros(abs(base) / 1e6 * rate * (days / 365.0))
        if amount:
            self.books.post(*(("INTEREST", -1, -1, amount) if base > 0 else ("FINANCING", -1, -1, -amount)))

    def recall(self, seq: int, working: list[Order]) -> list[Order]:
        """Buys back what may no longer be borrowed.

        Args:
            working: open orders.
        """
        orders = []
        for asset, position in self.books.ascending():
            if self.books.is_future(asset):
                continue
            coming = sum(o.quantity for o in working if o.asset == asset and o.is_house)
            excess = -position.quantity - self.available[asset] - coming
            if excess >= DUST:
                orders.append(self.own(asset, self.units(excess), seq - 1))
        return orders

    def units(self, size: float) -> float:
        """Whole units unless there are fractions."""
        return size if self.rules.fractional else float(math.ceil(size))

    def own(self, asset: int, quantity: float, since: int) -> Order:
        """An order of the broker's at the market, that only reduces."""
        order = Order(self.own_orders, asset=asset, quantity=quantity, priority=-math.inf, reduces_only=True)
        order.is_house = True
        order.begin(since, NAN)
        self.own_orders += 1
        return order

    def call(self, seq: int, working: list[Order]) -> tuple[list[Event], list[Order]]:
        """Looks whether there is margin enough at the close; if not, what the broker liquidates."""
        books = self.books
        equity, required = books.equity, books.maintenance
        ruined = equity <= 0 and bool(books.gross or working)
        short_of = equity < required and bool(books.gross or working)
        if not self.rules.margin or not (ruined or short_of):
            return [], []
        self.is_ruined = self.is_ruined or ruined
        coming: dict[int, float] = {}
        for order in working:
            if order.is_house:
                coming[order.asset] = coming.get(order.asset, 0.0) + abs(order.quantity)
        missing = required - equity
        orders = []
        ranked = sorted(books.positions, key=lambda asset: (-self.required(asset), asset))
        if ruined:
            left = {asset: books.positions[asset].size - coming.get(asset, 0.0) for asset in sorted(books.positions)}
            sizes = {asset: size for asset, size in left.items() if size >= DUST}
        else:
            missing -= sum(self.required(asset) for asset in coming if asset in books.positions)
            sizes = {}
            for asset in ranked:
                if asset in coming or missing <= 0:
                    continue
                size, required_here = books.positions[asset].size, self.required(asset)
                part = size if required_here <= missing else self.units(size * (missing / required_here))
                sizes[asset] = min(part, size)
                missing -= required_here
        for asset, size in sorted(sizes.items()):
            orders.append(self.own(asset, -math.copysign(size, books.held(asset)), seq))
        return [("margin call", equity, required)], orders

    def required(self, asset: int) -> int:
        return self.books.margin_of(asset, self.books.instruments[asset].maintenance)
