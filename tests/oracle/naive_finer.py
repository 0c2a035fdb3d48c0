"""The naive broker along finer bars: after the open it lives through them, one moment after the other."""

from collections.abc import Sequence

from tests.oracle.naive_broker import NaiveBroker
from tests.oracle.naive_cash import Going
from tests.oracle.naive_orders import WITH_STOP, Bar, Event, Order, Rules

Row = Sequence[Bar | None]
"""The finer bars of one moment, by asset."""


class NaiveFinerBroker(NaiveBroker):
    """`open_bar` and `rest_of_bar` stop after a moment in which something filled, if others are left."""

    def __init__(self, rules: Rules, cash: int, assets: int) -> None:
        super().__init__(rules, cash, assets)
        self.rows: list[Row] = []
        self.begun = 0
        self.stopped = False
        self.whole: list[Bar | None] = []

    def live_through(self, rows: Sequence[Row]) -> None:
        """The finer bars of the bar that comes next."""
        self.rows, self.begun, self.stopped = list(rows), 0, False

    def open_bar(self, seq: int, ts_ns: int, bars: Sequence[Bar | None]) -> tuple[list[Event], bool]:
        self.whole = list(bars)
        events, more = super().open_bar(seq, ts_ns, bars)
        return events, more or self.stopped

    def rest_of_bar(self) -> list[Event]:
        events = self.on_the_way()
        if self.stopped:
            return events
        return events + super().rest_of_bar()

    def fill_on_the_way(self) -> list[Event]:
        """What is left when the finer bars are over: the bars of those that had none."""
        without = [asset for asset in range(len(self.whole)) if all(row[asset] is None for row in self.rows)]
        self.bars = [bar if asset in without else None for asset, bar in enumerate(self.whole)]
        events = super().fill_on_the_way()
        self.bars = list(self.whole)
        return events

    def on_the_way(self) -> list[Event]:
        """The finer bars that are left, up to one that fills something."""
        events: list[Event] = []
        self.stopped = False
        while self.begun < len(self.rows) and not self.stopped:
            row = self.rows[self.begun]
            self.bars = list(row)
            for order in self.orders:
                self.jump(order, row[order.asset])
            self.begun += 1
            events += super().fill_on_the_way()
            self.stopped = bool(self.filled) and self.begun < len(self.rows)
            for asset, bar in enumerate(row):
                whole = self.whole[asset]
                if bar is not None:
                    self.known[asset] = bar.close
                elif whole is not None:
                    self.known[asset] = whole.open
        self.bars = list(self.whole)
        return events

    def jump(self, order: Order, bar: Bar | None) -> None:
        """The price may have jumped to where a finer bar opens; a stop order sees that."""
        if bar is None or order.asleep or order.since >= self.seq or order.kind not in WITH_STOP or order.triggered:
            return
        whole = self.whole[order.asset]
        first = all(row[order.asset] is None for row in self.rows[: self.begun])
        if first and whole is not None and whole.open == bar.open:
            return
        if order.is_reached(bar.open):
            order.trigger()
        else:
            order.follow(bar.open)

    def fill(self, point: str, going: list[Going]) -> list[Event]:
        """What wakes in a finer bar lives through those that follow."""
        asleep = [order for order in self.orders if order.asleep]
        events = super().fill(point, going)
        for order in asleep:
            later = [row[order.asset] for row in self.rows[self.begun :]]
            if point == "BAR" and not order.asleep and any(bar is not None for bar in later):
                order.since = self.seq - 1
        return events
