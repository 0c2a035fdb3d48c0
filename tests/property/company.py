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


class Chase(Strategy):
    """Follows the price of each asset with a bid, and trails what it has got with a stop."""

    def __init__(self) -> None:
        self.bids: dict[str, int] = {}

    def state(self) -> object:
        """The bids."""
        return self.bids

    def restore(self, state: Any) -> None:
        """Takes them over."""
        self.bids = state

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


def fail() -> None:
    """As an actor's own fault would."""
    raise ValueError("out of luck")
