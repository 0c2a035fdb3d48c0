"""Strategies and actors whose hooks and handlers wait, talk among themselves, stop a run and fail."""

from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import numpy as np

from tidegate import Actor, Context, Strategy
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.control import BarrierCommitted, LogWritten
from tidegate.messages.orders import Fills
from tidegate.messages.views import MarketEvent
from tidegate.risk.context import RiskContext
from tidegate.risk.rules import RiskDecision, RiskRule
from tidegate.runtime.actor import handles


async def linger(turns: int) -> None:
    """Lets others have so many turns; every third time for a while of real time."""
    for _ in range(turns):
        await anyio.lowlevel.checkpoint()
    if turns % 3 == 2:
        await anyio.sleep(0.0002)


class Question(Message, frozen=True):
    """What an account is worth, and who asks what to do about it."""

    seq: int
    source: str
    equity_micros: int


class Answer(Message, frozen=True):
    """What was made of it."""

    seq: int
    text: str


class Scout(Actor):
    """Looks at each account, takes its time, and asks."""

    sends = (Question,)

    @handles(AccountSnapshot)
    async def on_account(self, account: AccountSnapshot) -> None:
        await linger((account.seq + len(self.name)) % 4)
        self.send(Question(account.seq, self.name, account.equity_micros))


class Clerk(Actor):
    """Answers what is asked, slowly at times, and writes down when a barrier is over."""

    sends = (Answer, LogWritten)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.over = -1

    @handles(Question)
    async def on_question(self, question: Question) -> None:
        await linger(question.seq % 3)
        self.send(Answer(question.seq, f"{question.source}: {question.equity_micros} by {self.name}"))

    @handles(Answer)
    def on_answer(self, answer: Answer) -> None:
        if answer.seq % 5 == 0:
            self.send(LogWritten(answer.seq, self.name, answer.text))

    @handles(BarrierCommitted)
    def on_committed(self, committed: BarrierCommitted) -> None:
        self.over = committed.seq


class Dips(Strategy):
    """Called for each asset: bids below the close, takes its time, and protects what it gets."""

    def state(self) -> object:
        """Nothing."""
        return {}

    async def on_event(self, ctx: Context, event: MarketEvent) -> None:
        await linger((ctx.barrier + event.index) % 2)
        price = ctx.price(event.asset)
        if not ctx.position(event.asset).quantity and (ctx.barrier + event.index) % 2:
            ctx.bracket(event.asset, 20, limit=price, tif="day", stop_loss=0.98 * price, take_profit=1.02 * price)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        if len(fills.order_id) > 1:
            ctx.log(f"{len(fills.order_id)} fills")


class Bidding(Strategy):
    """Knows its last bid for each asset."""

    def __init__(self) -> None:
        self.bids: dict[str, int] = {}

    def state(self) -> object:
        """The bids."""
        return self.bids

    def restore(self, state: Any) -> None:
        """Takes them over."""
        self.bids = state


class Chase(Bidding):
    """Follows the price of each asset with a bid, and trails what it has got with a stop."""

    def on_batch(self, ctx: Context) -> None:
        for name in ctx.universe.names:
            price, bid = ctx.price(name), self.bids.get(name)
            if price != price:
                continue
            if bid in ctx.open_orders:
                ctx.replace(bid, limit=0.995 * price)
            elif not ctx.position(name).quantity:
                self.bids[name] = ctx.order(name, 30, limit=0.99 * price)
            elif ctx.barrier % 6 == 0:
                ctx.order(name, -100, trail_pct=0.02, reduce_only=True)


class Diary(Strategy):
    """Does what another does, and writes down what it knows whenever it is asked.

    Args:
        inner: has a state, and overrides `on_batch`.
    """

    def __init__(self, inner: Strategy) -> None:
        self.inner = inner

    def state(self) -> object:
        """The other's."""
        return self.inner.state()

    def restore(self, state: Any) -> None:
        """Gives it to the other."""
        self.inner.restore(state)

    def on_batch(self, ctx: Context) -> None:
        self.inner.on_batch(ctx)
        self.write(ctx)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        self.write(ctx)
        self.inner.on_fill(ctx, fills)

    def on_stop(self, ctx: Context) -> None:
        self.write(ctx)

    def write(self, ctx: Context) -> None:
        """What the context says of the account, the orders and the time before."""
        closes, before = ctx.history("close", 9)[0], ctx.history("ml_score", 9)[0]
        ctx.log(f"{ctx.time} {ctx.cash} {ctx.equity} {ctx.pending.tolist()} {ctx.open_orders}")
        ctx.log(f"{ctx.positions.tolist()} {closes.tolist()} {before.tolist()} {ctx.actions}")


class Answers(Strategy):
    """Answers what fills: sells a part of what was bought at once, and what was sold it buys again lower."""

    def state(self) -> object:
        """Nothing."""
        return {}

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier % 3 == 0:
            asset = ctx.barrier // 3 % len(ctx.universe.names)
            if ctx.price(asset) == ctx.price(asset):
                ctx.order(asset, 60)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        for asset, quantity, price in zip(
            fills.asset.tolist(), fills.quantity.tolist(), fills.price.tolist(), strict=True
        ):
            if quantity >= 10.0:
                ctx.order(asset, -0.5 * quantity // 5.0 * 5.0)
                ctx.order(asset, 5.0)
            elif quantity < 0.0:
                ctx.order(asset, 20, limit=0.97 * price)


class Insists(Bidding):
    """Wants more of what it bids for at every barrier, whether its order is still there or not."""

    def on_batch(self, ctx: Context) -> None:
        for name in ctx.universe.names:
            price = ctx.price(name)
            if price != price:
                continue
            if name not in self.bids or ctx.barrier % 8 == 0:
                self.bids[name] = ctx.order(name, 10, limit=0.92 * price)
            else:
                ctx.replace(self.bids[name], quantity=10.0 * (2 + ctx.barrier % 8))


class Slow(Strategy):
    """Does what another does, after a while that differs from barrier to barrier.

    Args:
        inner: overrides `on_batch`.
        turns: which while.
        at: the barrier at which `then` is called.
    """

    def __init__(self, inner: Strategy, turns: int, at: int = -1, then: Callable[[], Any] | None = None) -> None:
        self.inner, self.turns, self.at, self.then = inner, turns, at, then

    async def on_batch(self, ctx: Context) -> None:
        await linger(ctx.barrier * self.turns % 5)
        self.inner.on_batch(ctx)
        if ctx.barrier == self.at and self.then is not None:
            self.then()


class Weary(RiskRule):
    """Closes what has been held for a while, one asset at a barrier."""

    def state(self) -> object:
        """Nothing."""
        return {}

    def check_exits(self, ctx: RiskContext) -> RiskDecision | None:
        asset = int(np.argmax(np.nan_to_num(ctx.bars_held)))
        return RiskDecision(exits={asset: "long enough"}) if ctx.bars_held[asset] > 3 else None


class Careful(RiskRule):
    """Remembers what was paid; closes what has lost too much since, and ends all trading after a large loss."""

    def __init__(self) -> None:
        self.best = 0.0

    def state(self) -> object:
        """The most that the account was worth."""
        return self.best

    def restore(self, state: Any) -> None:
        """Takes it over."""
        self.best = state

    def record_fills(self, ctx: RiskContext, fills: Fills) -> None:
        paid = ctx.positions.memory("paid", prices=True)
        for asset, price in zip(fills.asset.tolist(), fills.price.tolist(), strict=True):
            if ctx.held[asset] and paid[asset] != paid[asset]:
                paid[asset] = price

    def check_exits(self, ctx: RiskContext) -> RiskDecision | None:
        self.best = max(self.best, ctx.equity)
        halt = "too much is lost" if ctx.equity < 0.9 * self.best else ""
        lost = ctx.batch.close < 0.95 * ctx.positions.memory("paid", prices=True)
        return RiskDecision(exits=dict.fromkeys(np.flatnonzero(lost).tolist(), "lost"), halt=halt)


def fail() -> None:
    """As an actor's own fault would."""
    raise ValueError("out of luck")
