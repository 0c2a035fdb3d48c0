"""Rules on positions along finer bars: engine and risk manager equal a naive broker, in all that either says."""

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.whole.levels import Guards, NaiveGuardedBroker
from tests.oracle.whole.markets import Barrier, World, worlds
from tests.oracle.whole.rules import NAN, Bar, Event, Instrument, News, Row, Rules
from tests.oracle.whole.tickets import KINDS, STEP, Ticket
from tests.oracle.whole.ways import Way, along, days
from tests.property.pair import Pair
from tests.property.told import universe_of

from tidegate import StopLoss, TakeProfit, TrailingStop
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.orders import Fills
from tidegate.messages.risk import ProtectiveLevels, TrailingStops
from tidegate.risk.book import RiskBook

PCTS = st.sampled_from((NAN, 0.0625, 0.15, 0.03))
guards = st.builds(Guards, loss=PCTS, profit=PCTS, trail=st.sampled_from((0.1, 0.05, 0.0625, NAN)))


def course(random: Random) -> list[Barrier]:
    """Days that come of small steps, with orders that open positions and seldom close them."""
    prices = [24, 24, 24]
    days: list[Barrier] = []
    for _ in range(8):
        ways = [walked(random, prices, asset) for asset in range(3)]
        bars = [bar(price, price + 1, price - 1, price) if random.random() < 0.9 else None for price in prices]
        asked = [[ticket(random, prices) for _ in range(random.choice((0, 0, 1)))] for _ in range(3)]
        answers, later = asked[0], [*asked[1], *asked[2]]
        day = Barrier(tuple(bars), answers, later, ([], []), ([], []), 1, 24, (1.0, 1.0), (NAN, NAN), [])
        days.append(along(day, ways))
    return days


def walked(random: Random, prices: list[int], asset: int) -> Way:
    """Up to six finer bars of an asset, which begin near where the one before it ended."""
    bars: list[Bar | None] = []
    first = prices[asset]
    for _ in range(random.choice((0, 2, 4, 6, 6, 6))):
        steps = [random.choice((-1, 0, 0, 1)) for _ in range(4)]
        price = max(prices[asset], 12)
        bars.append(
            bar(price + steps[0], price + max(steps), price + min(steps), price + steps[3])
            if random.random() < 0.9
            else None
        )
        prices[asset] = price + steps[3] + random.choice((0, 0, 0, -1, 1))
    return Way(bars, first * STEP, prices[asset] * STEP, random.random() < 0.7)


def ticket(random: Random, prices: list[int]) -> Ticket:
    asset, kind = random.randrange(3), random.choice((0, 0, 1, 1, 2, 4))
    near, sells = prices[asset] + random.choice((-1, 0, 1)), random.random() < 0.15
    return Ticket(
        asset, random.choice((1.0, 2.0, 0.75)), sells, KINDS[kind], random.choice(("GTC", "GTC", "GTC", "DAY")), near,
        near, 2, 0.1, 0, group=0, priority=0, parent=0, reduces_only=False,
    )  # fmt: skip


def bar(*prices: int) -> Bar:
    return Bar(*(price * STEP for price in prices))


small_steps = st.integers(0, 2**32).map(lambda seed: course(Random(seed)))
without_actions = days.map(lambda found: [day._replace(actions=[]) for day in found])
either = without_actions | small_steps


class GuardedPair(Pair):
    """The engine with a risk manager's book, and the naive broker, along finer bars."""

    def __init__(self, world: World, told: Guards, kernels: Kernels = INTERPRETED) -> None:
        super().__init__(world, kernels)
        self.guarded = NaiveGuardedBroker(world.rules, told, world.instruments, world.cash * 10**6)
        self.naive = self.guarded
        kinds = (StopLoss, told.loss), (TakeProfit, told.profit), (TrailingStop, told.trail)
        kept = tuple(kind(pct) for kind, pct in kinds if pct == pct)
        fractional, shorts = world.rules.fractional, world.rules.margin
        self.risk = RiskBook(kept, universe_of(world), fractional=fractional, shorts=shorts, kernels=kernels)

    def live_through(self, finer: FinerBars, rows: Sequence[Row]) -> None:
        super().live_through(finer, rows)
        self.risk.take_finer(finer)

    def open_bar(self, batch: MarketBatch, news: News) -> bool:
        self.risk.take_batch(batch)
        return super().open_bar(batch, news)

    def compare(self, messages: Sequence[Message], wanted: list[Event]) -> None:
        """The same was said, with the rules of exits; the risk manager answers."""
        super().compare(messages, wanted)
        for message in messages:
            if isinstance(message, Fills):
                exits = self.guarded.exits_made
                for order, tag in zip(message.order_id.tolist(), message.tags, strict=True):
                    if order in exits:
                        assert tag == exits[order]
                self.protect(self.risk.record_fills(message))

    def mark(self) -> None:
        super().mark()
        self.protect(self.risk.check_exits())

    def protect(self, messages: list[Message]) -> None:
        for message in messages:
            if isinstance(message, ProtectiveLevels):
                self.engine.protection.protect(message)
            elif isinstance(message, TrailingStops):
                self.engine.protection.trail(message)


@given(st.just(1779647599))
def test_a_position_bought_again_at_the_price_of_the_one_before_has_its_own_stop(seed: int) -> None:
    """Bought at 10.50 at the open and stopped at 9.90, a tenth behind 11.00; bought at 10.50 again in the same bar."""
    GuardedPair(World(Rules(path="optimistic"), 20, (Instrument(),)), Guards(trail=0.1)).live(course(Random(seed)))


@given(worlds, guards, either)
@settings(max_examples=250)
def test_the_engine_equals_the_naive_broker(world: World, told: Guards, found: list[Barrier]) -> None:
    GuardedPair(world, told).live(found)


@given(worlds, guards, either)
@settings(max_examples=25)
def test_the_compiled_engine_equals_the_naive_broker(world: World, told: Guards, found: list[Barrier]) -> None:
    GuardedPair(world, told, Kernels(compiled=True)).live(found)
