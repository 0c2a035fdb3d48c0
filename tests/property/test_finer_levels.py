"""Rules on positions along finer bars: engine and risk manager equal a naive broker, in fills, trades and account."""

from collections.abc import Sequence
from random import Random

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.oracle.naive_finer import Row
from tests.oracle.naive_levels import Fill, Guards, NaiveGuardedBroker, Trade
from tests.oracle.naive_markets import DAY_NS, Barrier, Ticket, rules
from tests.oracle.naive_orders import NAN, Bar, Event, Rules
from tests.property.test_conditional_orders import SENDER, Pair
from tests.property.test_finer_bars import Four, Way, batch, course_of_days, finer, market
from tests.unit.kernels.made import declared

from tidegate import StopLoss, TakeProfit, TrailingStop
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.messages.account import TradesClosed
from tidegate.messages.base import Message
from tidegate.messages.orders import Fills
from tidegate.messages.risk import ProtectiveLevels, TrailingStops
from tidegate.risk.book import RiskBook

PCTS = st.sampled_from((NAN, 0.0625, 0.15, 0.03))
guards = st.builds(Guards, loss=PCTS, profit=PCTS, trail=st.sampled_from((0.1, 0.05, 0.0625, NAN)))


def course(random: Random) -> list[tuple[Barrier, Sequence[Way]]]:
    """Days that come of small steps, with orders that open positions and seldom close them."""
    prices = [24, 24, 24]
    days: list[tuple[Barrier, Sequence[Way]]] = []
    for _ in range(8):
        ways = tuple(walked(random, prices, asset) for asset in range(3))
        bars = tuple((price, price + 1, price - 1, price) if random.random() < 0.9 else None for price in prices)
        asked = [[ticket(random, prices) for _ in range(random.choice((0, 0, 1)))] for _ in range(3)]
        days.append((Barrier(bars, asked[0], [*asked[1], *asked[2]], ([], []), ([], []), 1), ways))
    return days


def walked(random: Random, prices: list[int], asset: int) -> Way:
    """Up to six finer bars of an asset, which begin near where the one before it ended."""
    bars: list[Four | None] = []
    first = prices[asset]
    for _ in range(random.choice((0, 2, 4, 6, 6, 6))):
        steps = [random.choice((-1, 0, 0, 1)) for _ in range(4)]
        price = max(prices[asset], 12)
        bars.append(
            (price + steps[0], price + max(steps), price + min(steps), price + steps[3])
            if random.random() < 0.9
            else None
        )
        prices[asset] = price + steps[3] + random.choice((0, 0, 0, -1, 1))
    return Way(bars, first, prices[asset], random.random() < 0.7)


def ticket(random: Random, prices: list[int]) -> Ticket:
    asset, kind = random.randrange(3), random.choice((0, 0, 1, 1, 2, 4))
    near, sells = prices[asset] + random.choice((-1, 0, 1)), random.random() < 0.15
    return Ticket(
        asset, random.choice((1.0, 2.0, 0.75)), sells, kind, random.choice((0, 0, 0, 1)), near, near, 2, 0.1, 0,
        group=0, priority=0, parent=0, reduce_only=False,
    )  # fmt: skip


either = course_of_days | st.integers(0, 2**32).map(lambda seed: course(Random(seed)))


class GuardedPair(Pair):
    """The engine with a risk manager's book, and the naive broker, along finer bars."""

    def __init__(self, chosen: Rules, told: Guards, cash: int, assets: int, kernels: Kernels) -> None:
        super().__init__(chosen, cash, assets, kernels)
        self.naive: NaiveGuardedBroker = NaiveGuardedBroker(chosen, told, cash, assets)
        kinds = (StopLoss, told.loss), (TakeProfit, told.profit), (TrailingStop, told.trail)
        kept = tuple(kind(pct) for kind, pct in kinds if pct == pct)
        self.risk = RiskBook(kept, declared(assets), fractional=chosen.fractional, kernels=kernels)

    def live_through(self, seq: int, moments: Sequence[Row], bars: Sequence[Bar | None]) -> None:
        self.engine.take_finer(finer(seq, moments, self.assets))
        self.naive.live_through(moments)
        self.risk.take_finer(finer(seq, moments, self.assets))
        self.risk.take_batch(batch(seq, bars))

    def compare(self, messages: Sequence[Message], wanted: list[Event]) -> None:
        """What filled and what was closed; the risk manager answers."""
        fills, trades = list(self.naive.made), list(self.naive.closed)
        self.naive.made.clear()
        self.naive.closed.clear()
        filled = [fill for message in messages if isinstance(message, Fills) for fill in fills_of(message)]
        assert filled == fills, f"{filled} and not {fills}"
        closed = [row for message in messages if isinstance(message, TradesClosed) for row in trades_of(message)]
        assert closed == trades, f"{closed} and not {trades}"
        for message in messages:
            if isinstance(message, Fills):
                self.protect(self.risk.record_fills(message))

    def protect(self, messages: list[Message]) -> None:
        for message in messages:
            if isinstance(message, ProtectiveLevels):
                self.engine.protection.protect(message)
            elif isinstance(message, TrailingStops):
                self.engine.protection.trail(message)


def fills_of(m: Fills) -> list[Fill]:
    rows = zip(m.order_id.tolist(), m.asset.tolist(), m.quantity.tolist(), m.price.tolist(), m.tags, strict=True)
    return [Fill(asset, size, price, tag if order < SENDER else "") for order, asset, size, price, tag in rows]


def trades_of(m: TradesClosed) -> list[Trade]:
    columns = m.asset, m.quantity, m.exit_price, m.mae, m.mfe
    return [Trade(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def plain(tickets: list[Ticket]) -> list[Ticket]:
    """Without orders that live by others or by the position: what ends these is told elsewhere."""
    return [ticket._replace(parent=0, reduce_only=False) for ticket in tickets]


def run(
    chosen: Rules, told: Guards, cash: int, assets: int, days: Sequence[tuple[Barrier, Sequence[Way]]],
    kernels: Kernels = INTERPRETED,
) -> None:  # fmt: skip
    """Meets every bar as broker and risk manager do."""
    pair = GuardedPair(chosen, told, cash * 10**6, assets, kernels)
    for seq, (barrier, found) in enumerate(days):
        ts_ns = (seq + 1) * DAY_NS
        bars, moments = market(barrier, found[:assets])
        note(f"{seq}: {bars} {moments}")
        pair.live_through(seq, moments, bars)
        more, answers = pair.open_bar(batch(seq, bars), bars), 0
        while more:
            pair.accept(plain(barrier.answers) if answers < 2 else [], 3, ts_ns)
            pair.compare(pair.engine.rest_of_bar(), pair.naive.rest_of_bar())
            assert pair.engine.stopped == pair.naive.stopped
            more, answers = pair.engine.stopped, answers + 1
        settle(pair)
        pair.protect(pair.risk.check_exits())
        pair.cancel(barrier.canceled[1])
        pair.accept(plain(barrier.asked), barrier.sender, ts_ns)
        if chosen.timing == "same_close":
            wanted = pair.engine.has_orders()
            pair.compare(pair.engine.close_bar() if wanted else [], pair.naive.close_bar())
            if wanted:
                settle(pair)


def settle(pair: GuardedPair) -> None:
    """The same account."""
    snapshot, wanted = pair.engine.mark(), pair.naive.mark()
    assert (snapshot.cash_micros, snapshot.equity_micros) == (wanted.cash, wanted.equity)
    assert snapshot.quantity.tolist() == wanted.quantity


@given(st.just(1779647599))
def test_a_position_bought_again_at_the_price_of_the_one_before_has_its_own_stop(seed: int) -> None:
    """Bought at 10.50 at the open and stopped at 9.90, a tenth behind 11.00; bought at 10.50 again in the same bar."""
    run(Rules(path="optimistic"), Guards(trail=0.1), 20, 1, course(Random(seed)))


@given(rules, guards, st.sampled_from((20, 60, 150, 1000)), st.integers(1, 3), either)
@settings(max_examples=150)
def test_the_engine_equals_the_naive_broker(
    chosen: Rules, told: Guards, cash: int, assets: int, days: list[tuple[Barrier, Sequence[Way]]]
) -> None:
    run(chosen, told, cash, assets, days)


@given(rules, guards, st.sampled_from((60, 1000)), st.integers(1, 3), either)
@settings(max_examples=25)
def test_the_compiled_engine_equals_the_naive_broker(
    chosen: Rules, told: Guards, cash: int, assets: int, days: list[tuple[Barrier, Sequence[Way]]]
) -> None:
    run(chosen, told, cash, assets, days, Kernels(compiled=True))
