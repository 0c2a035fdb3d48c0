"""The naive broker along finer bars: after the open it lives through them, one moment after the other."""

from collections.abc import Sequence

from tests.oracle.whole.books import Position
from tests.oracle.whole.broker import NaiveBroker
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import Bar, Event, Instrument, News, Row, Rules
from tests.oracle.whole.volume import Going


class NaiveFinerBroker(NaiveBroker):
    """`open_bar` and `rest_of_bar` stop after a moment in which something filled, if others are left."""

    def __init__(self, rules: Rules, instruments: Sequence[Instrument], cash: int) -> None:
        super().__init__(rules, instruments, cash)
        self.rows: list[Row] = []
        self.begun = 0
        """Moments that have begun."""
        self.stopped = self.walking = False
        self.whole: list[Bar | None] = []
        self.paused: list[Order] = []
        """Of which volume held something back inside this bar: what it lets through does not grow."""

    def live_through(self, rows: Sequence[Row]) -> None:
        """The finer bars of the bar that comes next."""
        self.rows, self.begun, self.stopped, self.paused = list(rows), 0, False, []

    def open_bar(self, news: News) -> tuple[list[Event], bool]:
        events, more = super().open_bar(news)
        return events, more or self.stopped

    def rest_of_bar(self) -> list[Event]:
        events = self.on_the_way()
        if self.stopped:
            self.midway = True
            return events
        return events + super().rest_of_bar()

    def on_the_way(self) -> list[Event]:
        """The finer bars that are left, up to one that fills something."""
        if not self.begun:
            self.whole = list(self.bars)
            # What does not trade has no finer bars either.
            self.rows = [[bar if self.bars[a] else None for a, bar in enumerate(row)] for row in self.rows]
        events: list[Event] = []
        self.stopped, self.walking = False, True
        while self.begun < len(self.rows) and not self.stopped:
            self.bars = list(self.rows[self.begun])
            self.begun += 1
            said = self.meet_moment()
            events += said
            self.stopped = self.begun < len(self.rows) and any(event[0] == "fills" for event in said)
        self.bars, self.walking = list(self.whole), False
        return events

    def meet_moment(self) -> list[Event]:
        """The finer bars of one moment."""
        held = list(self.books.positions.values())
        for order, bar in self.met():
            if order.awaits_trigger and not order.is_late and not self.joins(order.asset, bar):
                self.jump(order, bar.open)
        events = self.inside()
        for asset, (now, whole) in enumerate(zip(self.bars, self.whole, strict=True)):
            if whole is not None:
                self.known[asset] = whole.open if now is None else now.close
        # What was opened in these bars has seen nothing of them.
        for _, bar, position in self.seeing(held):
            position.see(bar.low, bar.high)
        return events

    def seeing(self, held: list[Position]) -> list[tuple[int, Bar, Position]]:
        """Which of these positions are there still and have a bar."""
        there = [(a, self.bars[a], p) for a, p in self.books.ascending() if any(p is one for one in held)]
        return [(asset, bar, position) for asset, bar, position in there if bar is not None]

    def joins(self, asset: int, bar: Bar) -> bool:
        """Whether it is the asset's first finer bar, and opens as the whole bar, which has been met."""
        whole = self.whole[asset]
        first = all(row[asset] is None for row in self.rows[: self.begun - 1])
        return first and whole is not None and whole.open == bar.open

    def jump(self, order: Order, price: float) -> None:
        """The price may have jumped to where a finer bar opens; a stop order sees that."""
        if order.is_reached(price):
            order.trigger()
        else:
            order.follow(price)

    def inside(self) -> list[Event]:
        """What the bars at hand do after their opens."""
        return super().fill_on_the_way()

    def fill_on_the_way(self) -> list[Event]:
        """What is left when the finer bars are over: the bars of those that had none."""
        with_finer = [any(row[asset] is not None for row in self.rows) for asset in range(len(self.bars))]
        whole = list(self.bars)
        self.bars = [None if finer else bar for bar, finer in zip(whole, with_finer, strict=True)]
        events = self.inside()
        self.bars = whole
        return events

    def met(self, *, with_new: bool = False) -> list[tuple[Order, Bar]]:
        found = super().met(with_new=with_new)
        return [(order, bar) for order, bar in found if not (self.walking and order in self.paused)]

    def fill(self, point: str, going: list[Going]) -> list[Event]:
        events = super().fill(point, going)
        if self.walking:
            self.paused += [order for order, _ in self.point.held_back]
        return events

    def wake(self, point: str) -> list[Event]:
        """What wakes in a finer bar lives through those that follow."""
        asleep = [order for order in self.orders if order.asleep]
        events = super().wake(point)
        for order in asleep:
            later = any(row[order.asset] is not None for row in self.rows[self.begun :])
            if point == "BAR" and not order.asleep and later:
                order.since = self.news.seq - 1
        return events
