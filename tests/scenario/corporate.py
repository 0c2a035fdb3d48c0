"""Small runs with corporate actions: daily bars of a few assets by their prices, and what is asked at which barrier."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from tests.oracle.engine import check_books

from tidegate import Context, Result, Session, Strategy
from tidegate.data.actions import Action
from tidegate.data.panel import ArraySource
from tidegate.messages.orders import Fills

DAY_NS = 86_400_000_000_000
NAN = float("nan")
Ask = Callable[[Context], object]


def day(barrier: int) -> int:
    """When a barrier is."""
    return (barrier + 1) * DAY_NS


def action(asset: str, barrier: int, kind: str, value: float = NAN, **more: Any) -> Action:
    """An action that takes effect at a barrier; `pay` is the barrier of a payment."""
    pay = more.pop("pay", None)
    return Action(asset, day(barrier), kind, value, pay_ns=None if pay is None else day(pay), **more)


class Script(Strategy):
    """Asks what it is told at each barrier, and looks where it is told to."""

    def __init__(
        self, asks: Mapping[int, Ask], looks: Mapping[str, Callable[[Context], Any]], answer: Ask | None
    ) -> None:
        self.asks, self.looks, self.answer = asks, looks, answer
        self.seen: dict[str, list[Any]] = {name: [] for name in looks}
        self.answered: list[Any] = []

    def on_batch(self, ctx: Context) -> None:
        for name, look in self.looks.items():
            self.seen[name].append(look(ctx))
        if ctx.barrier in self.asks:
            self.asks[ctx.barrier](ctx)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        if self.answer is not None:
            self.answered.append(self.answer(ctx))


class Run:
    """One run; prices are one number for a bar that does not move, or (open, high, low, close), None for no bar."""

    def __init__(
        self,
        prices: Mapping[str, Sequence[float | tuple[float, float, float, float] | None]],
        actions: Sequence[Action],
        asks: Mapping[int, Ask],
        *,
        cash: float = 10_000.0,
        fractional: bool = False,
        execution: Mapping[str, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] = (),
        limits: Sequence[Mapping[str, Any]] = (),
        looks: Mapping[str, Callable[[Context], Any]] | None = None,
        answer: Ask | None = None,
        kernels: str = "interpreted",
    ) -> None:
        bars = np.array([[bar(price) for price in column] for column in prices.values()]).transpose(1, 2, 0)
        source = ArraySource(list(prices), [day(k) for k in range(len(bars))], bars, actions=actions)
        self.script = Script(asks, looks or {}, answer)
        config = {
            "account": {"cash": cash, "fractional": fractional},
            "execution": {"fill": "same_close", **(execution or {})},
            "risk": {"rules": list(rules), "limits": list(limits)},
            "record": {"positions": "every"},
            "run": {"kernels": kernels},
        }
        self.result: Result = Session(self.script, source=source, config=config, progress=False).run()
        check_books(self.result)

    def rows(self, table: str, names: str) -> list[tuple[Any, ...]]:
        """Some columns of a frame, None for nothing."""
        rows: list[tuple[Any, ...]] = getattr(self.result, table).select(names.split()).rows()
        return rows

    def equity(self, name: str = "equity") -> list[float]:
        """A column of the account, by barrier."""
        column: list[float] = self.result.equity[name].to_list()
        return column

    def held(self, asset: str) -> list[float]:
        """Units by barrier."""
        held = dict.fromkeys(range(self.result.record.barriers), 0.0)
        held |= {
            barrier: size for barrier, name, size in self.rows("positions", "barrier asset quantity") if name == asset
        }
        return list(held.values())


def bar(price: float | tuple[float, float, float, float] | None) -> list[float]:
    """Open, high, low, close, volume."""
    if price is None:
        return [NAN] * 5
    return [*price, 100.0] if isinstance(price, tuple) else [price] * 4 + [100.0]


def buy(asset: str, quantity: float, **more: Any) -> Ask:
    """Asks for one order."""
    return lambda ctx: ctx.order(asset, quantity, **more)


def together(*asks: Ask) -> Ask:
    """Asks for several things."""
    return lambda ctx: [ask(ctx) for ask in asks]
