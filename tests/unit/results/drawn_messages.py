"""Any sequence of messages about orders that appeared before, and of others, for tests of properties."""

from typing import Any

from hypothesis import strategies as st
from tests.unit.results.made_messages import (
    adjusted,
    applied,
    fills,
    floats,
    ints,
    orders,
    parts,
    postings,
    refusal,
    replaced,
    stops,
    trades,
    ts_of,
)  # fmt: skip

from tidegate.core.ids import order_id
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import (
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersRejected,
    OrdersSized,
    OrdersTrimmed,
    ReplacesDenied,
    ReplacesRejected,
    ReplacesTrimmed,
    SubmitOrders,
    TargetsSkipped,
)
from tidegate.messages.risk import AmbiguousBars, TradingHalted
from tidegate.results.joined import Moment

BARRIERS = 8
REFUSALS = (
    OrdersDenied, OrdersTrimmed, OrdersRejected, OrdersCanceled, OrdersExpired, ReplacesDenied, ReplacesTrimmed,
    ReplacesRejected,
)  # fmt: skip


class Story:
    """Messages as they are drawn, about orders that were named before."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.sent = dict.fromkeys(range(4), 0)
        self.known: list[int] = []
        self.filled = 0

    def message(self, barrier: int) -> Any:
        kinds = ["appear"] * 3 + ["speak"] * 5 * bool(self.known) + ["other"]
        return getattr(self, self.draw(st.sampled_from(kinds)))(barrier)

    def appear(self, _: int) -> Any:
        """New orders, of any origin."""
        sender = self.draw(st.integers(0, 3))
        n = self.draw(st.integers(1, 3))
        new = [order_id(sender, self.sent[sender] + k) for k in range(n)]
        self.sent[sender] += n
        self.known += new
        if sender >= 2 and self.draw(st.booleans()):
            return refusal(OrdersDenied, *((order, 0.0) for order in new), reason=1, asset=self.draw(ASSET))
        if sender >= 2 and self.draw(st.booleans()):
            skipped = [(order, self.draw(UNITS)) for order in new]
            return refusal(TargetsSkipped, *skipped, reason=29, measured=2.5, limit=9.0, asset=self.draw(ASSET))
        kind = {0: OrdersAccepted, 1: OrdersApproved}.get(sender, SubmitOrders)
        terms = stops(*(2.5 + k for k in range(n))) if kind is SubmitOrders and self.draw(st.booleans()) else None
        rows = [(order, self.draw(UNITS)) for order in new]
        return orders(kind, *rows, asset=self.draw(ASSET), tag=self.draw(WORD), terms=terms)

    def speak(self, barrier: int) -> Any:
        """Something about one to three orders, the same one twice as well."""
        chosen = [
            (self.draw(st.sampled_from(self.known)), self.draw(UNITS)) for _ in range(self.draw(st.integers(1, 3)))
        ]
        kind = self.draw(st.sampled_from(("fills", "approved", "accepted", "sized", "adjusted", "replaced", *REFUSALS)))
        if kind == "adjusted":
            return adjusted(*chosen)
        if kind == "fills":
            self.filled += len(chosen)
            point, finer = barrier % 3, self.draw(st.integers(-1, 9))
            return fills(*chosen, barrier=barrier, first=self.filled, point=point, tag=self.draw(WORD), finer=finer)
        if kind == "sized":
            ids, units = ints(order for order, _ in chosen), floats(size for _, size in chosen)
            return OrdersSized(barrier, ts_of(barrier), 0, 7, ids, ids * 0, units, units * 2, units)
        if kind in ("approved", "accepted"):
            strategies = [pair for pair in chosen if pair[0] >= order_id(2, 0)]
            kind = OrdersApproved if kind == "approved" else OrdersAccepted
            return orders(kind, *strategies) if strategies else LogWritten(barrier, "nobody", "nothing")
        if kind == "replaced":
            return replaced(*chosen, price=self.draw(st.sampled_from((float("nan"), 2.25))))
        figure = self.draw(st.one_of(st.just(float("nan")), st.floats(-9, 9)))
        return refusal(
            kind, *chosen, reason=self.draw(st.integers(1, 10)), measured=figure, limit=-figure, text=self.draw(WORD)
        )

    def other(self, barrier: int) -> Any:
        """What is not about orders."""
        entry = self.draw(st.integers(0, barrier))
        return self.draw(
            st.sampled_from(
                (
                    trades((self.filled, entry), (self.filled + 1, barrier), barrier=barrier, tag=self.draw(WORD)),
                    parts(self.filled, -entry, barrier=barrier),
                    postings(entry, -barrier, barrier=barrier, fill=self.filled),
                    applied(entry, barrier, barrier=barrier),
                    AmbiguousBars(
                        barrier, ints((2, 0)), floats((1.5, 2.5)), floats((3.5, 4.5)), self.draw(st.integers(-1, 9))
                    ),
                    TradingHalted(barrier, "loss", self.draw(WORD)),
                    LogWritten(barrier, "sage", self.draw(WORD)),
                )
            )
        )


UNITS = st.sampled_from((-3.5, -0.1, 0.1, 0.2, 0.3, 7.0))
ASSET = st.integers(0, 4)
WORD = st.sampled_from(("", "stop_loss", "target", "späte Rose"))


@st.composite
def told(draw: Any) -> list[Moment]:
    """Moments of some of the barriers."""
    story = Story(draw)
    moments = []
    for barrier in sorted(draw(st.sets(st.integers(0, BARRIERS - 1)))):
        messages = tuple(story.message(barrier) for _ in range(draw(st.integers(1, 5))))
        moments.append(Moment(barrier, ts_of(barrier), messages))
    return moments
