"""When a strategy's hooks are called, with what, and when what they ask for is sent."""

import asyncio
from collections.abc import Awaitable

import numpy as np
import pytest
from tests.unit.actors.letters import (
    DAY_NS,
    NAN,
    batch,
    fills,
    kinds,
    only,
    phase,
    quantities,
    snapshot,
)
from tests.unit.strategy.hooked import Hooked

from tidegate import Session
from tidegate.core.enums import Phase
from tidegate.core.errors import KernelBug
from tidegate.data.panel import ArraySource
from tidegate.messages.base import Message
from tidegate.messages.clock import RunFinished
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import Fills, SubmitOrders
from tidegate.messages.views import MarketEvent
from tidegate.strategy.context import Context
from tidegate.strategy.strategy import Strategy

STOPPED = RunFinished(3, "end of data")


class Diary(Strategy):
    """Notes every call, and leaves a remark from each hook."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def on_start(self, ctx: Context) -> None:
        self.note(ctx, "start")

    def on_batch(self, ctx: Context) -> None:
        self.note(ctx, f"batch {ctx.barrier} {ctx.equity:g}")

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        self.note(ctx, f"fill {fills.quantity.tolist()}")

    def on_stop(self, ctx: Context) -> None:
        self.note(ctx, "stop")

    def note(self, ctx: Context, what: str) -> None:
        self.calls.append(what)
        ctx.log(what)


class AsyncDiary(Diary):
    """The same, each hook with a pause in it."""

    async def on_start(self, ctx: Context) -> None:  # type: ignore[override] # a hook may be either
        await self.pause(ctx, "start")

    async def on_batch(self, ctx: Context) -> None:  # type: ignore[override] # as above
        await self.pause(ctx, f"batch {ctx.barrier} {ctx.equity:g}")

    async def on_fill(self, ctx: Context, fills: Fills) -> None:  # type: ignore[override] # as above
        await self.pause(ctx, f"fill {fills.quantity.tolist()}")

    async def on_stop(self, ctx: Context) -> None:  # type: ignore[override] # as above
        await self.pause(ctx, "stop")

    async def pause(self, ctx: Context, what: str) -> None:
        await asyncio.sleep(0)
        self.note(ctx, what)


@pytest.mark.parametrize("kind", [Diary, AsyncDiary])
def test_each_hook_is_called_at_its_moment_and_what_it_asks_for_is_sent(kind: type[Diary]) -> None:
    strategy = kind()
    actor = Hooked(strategy, declare=False)
    moments: list[list[Message]] = [
        [actor.declared],
        [batch(0, [10.0, 20.0, 40.0]), fills(0, (0, 3.0, 10.0))],
        [snapshot(0, cash=70.0)],
        [phase(Phase.DECIDE, 0)],
        [STOPPED],
    ]
    said = ["start", "fill [3.0]", None, "batch 0 70", "stop"]
    for moment, want in zip(moments, said, strict=True):
        remarks = [message.text for message in actor.deliver(*moment) if isinstance(message, LogWritten)]
        assert remarks == ([] if want is None else [want])
    assert strategy.calls == [want for want in said if want is not None]


class Ordering(Strategy):
    async def on_batch(self, ctx: Context) -> None:
        ctx.order("AA", 1)
        await asyncio.sleep(0)
        ctx.order("BB", 2)


def test_the_orders_of_an_async_hook_are_sent_together_when_it_is_done() -> None:
    actor = Hooked(Ordering())
    actor.see()
    work = actor.begin(phase(Phase.DECIDE))
    assert isinstance(work, Awaitable)
    assert actor.sent() == []
    assert kinds(actor.deliver(phase(Phase.RECORD))) == []

    async def finish() -> None:
        await work

    asyncio.run(finish())
    assert quantities(only(actor.sent(), SubmitOrders)) == {0: 1.0, 1: 2.0}


class PerEvent(Strategy):
    """Buys as many units as a bar's close has tens."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, float, int]] = []

    def on_event(self, ctx: Context, event: MarketEvent) -> None:
        self.calls.append((event.asset, event.close, ctx.barrier))
        ctx.order(event.asset, event.close / 10)


class AsyncPerEvent(PerEvent):
    """The same; the first event takes longest."""

    async def on_event(self, ctx: Context, event: MarketEvent) -> None:  # type: ignore[override] # may be either
        for _ in range(5 - event.index):
            await asyncio.sleep(0)
        super().on_event(ctx, event)


class SometimesAsync(PerEvent):
    """A `def` that returns an awaitable for one asset alone."""

    def on_event(self, ctx: Context, event: MarketEvent) -> Awaitable[None] | None:  # type: ignore[override] # too
        if event.asset != "AA":
            return super().on_event(ctx, event)

        async def later() -> None:
            PerEvent.on_event(self, ctx, event)

        return later()


@pytest.mark.parametrize(("kind", "order"), [(PerEvent, [0, 2]), (AsyncPerEvent, [0, 2]), (SometimesAsync, [2, 0])])
def test_events_come_by_name_for_assets_with_a_bar_and_give_one_batch_of_orders(
    kind: type[PerEvent], order: list[int]
) -> None:
    strategy = kind()
    actor = Hooked(strategy)
    actor.see(5, bars=(30, NAN, 50))
    sent = actor.deliver(phase(Phase.DECIDE, 5))
    assert kinds(sent) == ["SubmitOrders"]
    assert sorted(strategy.calls) == [("AA", 30.0, 5), ("CC", 50.0, 5)]
    submitted = only(sent, SubmitOrders)
    assert submitted.asset.tolist() == order
    assert sorted(submitted.quantity.tolist()) == [3.0, 5.0]


def test_without_a_bar_there_is_no_event() -> None:
    strategy = PerEvent()
    actor = Hooked(strategy)
    actor.see(bars=(NAN, NAN, NAN))
    assert actor.deliver(phase(Phase.DECIDE)) == []
    assert strategy.calls == []


def test_orders_of_on_start_are_sent_before_the_first_barrier() -> None:
    actor = Hooked(declare=False)
    actor.hooks.start = lambda ctx: ctx.order("CC", 3)
    assert quantities(only(actor.deliver(actor.declared), SubmitOrders)) == {0: 3.0}


def test_orders_of_on_fill_are_sent_at_once() -> None:
    actor = Hooked()
    actor.see()
    actor.hooks.fill = lambda ctx: ctx.order("CC", 3)
    assert quantities(only(actor.deliver(fills(0, (0, 1.0, 10.0))), SubmitOrders)) == {0: 3.0}


class Fails(Strategy):
    def __init__(self, *, waits: bool) -> None:
        self.waits = waits

    def on_batch(self, ctx: Context) -> Awaitable[None] | None:
        ctx.order("AA", 1)
        if self.waits:
            return self.later()
        raise ZeroDivisionError("mine")

    async def later(self) -> None:
        raise ZeroDivisionError("mine")


@pytest.mark.parametrize("waits", [False, True])
def test_a_hook_that_fails_is_not_caught_and_sends_nothing(waits: bool) -> None:
    actor = Hooked(Fails(waits=waits))
    actor.see()
    with pytest.raises(ZeroDivisionError, match="mine"):
        actor.deliver(phase(Phase.DECIDE))
    assert actor.sent() == []


@pytest.mark.parametrize("message", [batch(0, [1.0] * 3), snapshot(), phase(Phase.DECIDE), fills(0, (0, 1.0, 1.0))])
def test_without_a_universe_it_says_so(message: Message) -> None:
    with pytest.raises(KernelBug, match="before the universe was declared"):
        Hooked(declare=False).deliver(message)


def test_a_run_that_never_declared_a_universe_ends_without_on_stop() -> None:
    strategy = Diary()
    assert Hooked(strategy, declare=False).deliver(STOPPED) == []
    assert strategy.calls == []


class Buys(Strategy):
    """Buys one unit at every barrier, and one more for every fill; `pauses` times it lets others run first."""

    def __init__(self, pauses: int | None) -> None:
        self.pauses = pauses

    def on_batch(self, ctx: Context) -> Awaitable[None] | None:
        return self.buy(ctx)

    def on_fill(self, ctx: Context, fills: Fills) -> Awaitable[None] | None:
        return self.buy(ctx) if fills.seq < 3 else None

    def buy(self, ctx: Context) -> Awaitable[None] | None:
        if self.pauses is None:
            ctx.order("AA", 1)
            return None
        return self.buy_later(ctx)

    async def buy_later(self, ctx: Context) -> None:
        for _ in range(self.pauses or 0):
            await asyncio.sleep(0)
        ctx.order("AA", 1)


def test_the_barrier_waits_for_async_hooks_so_they_change_nothing() -> None:
    def digest(pauses: int | None) -> str:
        source = ArraySource(["AA"], np.arange(1, 7) * DAY_NS, np.full((6, 5, 1), 10.0))
        config = {"run": {"kernels": "interpreted"}, "account": {"cash": 1000}}
        result = Session(Buys(pauses), source=source, config=config, progress=False).run()
        assert len(result.fills) == 7
        return result.digest

    assert digest(None) == digest(0) == digest(7)


class SaysGoodbye(Strategy):
    def on_stop(self, ctx: Context) -> None:
        ctx.log("goodbye")


def test_a_remark_of_on_stop_is_in_the_log() -> None:
    source = ArraySource(["AA"], np.arange(1, 4) * DAY_NS, np.full((3, 5, 1), 10.0))
    result = Session(SaysGoodbye(), source=source, config={"run": {"kernels": "interpreted"}}, progress=False).run()
    assert result.log["text"].to_list() == ["goodbye"]
