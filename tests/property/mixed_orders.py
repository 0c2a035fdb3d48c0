"""A strategy that asks for orders of every kind, and runs of it that can be told in other units."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from tests.oracle.engine import config_of
from tests.oracle.records import Floats, Settings
from tests.property.dimensions import DAY_NS, Units

from tidegate import Context, Result, Session, Strategy
from tidegate.data.panel import ArraySource
from tidegate.messages.orders import Fills

MONEY = ("cash", "minimum", "per_trade")
PRICE = ("per_share", "slippage_fixed")
"""Settings that are so counted; a commission per share is money for one unit, as a price is."""


@dataclass(frozen=True)
class Plan:
    """What the orders are drawn from.

    Attributes:
        seed: with barrier and place in `names` it decides everything.
        names: the assets that are traded, in name order; others are not looked at.
        tick, lot: prices of orders lie whole ticks from the last close; quantities are whole lots.
        rebalances: barriers at which target weights are asked for.
        adds: whether what is held, or may be bought by a waiting order, is bought again.
    """

    seed: int
    names: tuple[str, ...]
    tick: float
    lot: float
    rebalances: tuple[int, ...]
    adds: bool = True


class MixedOrders(Strategy):
    """Orders at the market and with prices and times, groups, brackets, cancels, weights, and answers to fills."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.buys: dict[str, set[int]] = {}

    def state(self) -> object:
        """The buys, by asset."""
        return {name: sorted(orders) for name, orders in self.buys.items()}

    def restore(self, state: Any) -> None:
        """Takes them over."""
        self.buys = {name: set(orders) for name, orders in state.items()}

    def on_batch(self, ctx: Context) -> None:
        random = np.random.Generator(np.random.PCG64((self.plan.seed, ctx.barrier)))
        cancel, drawn = float(random.random()), random.random((len(self.plan.names), 7)).tolist()
        if cancel < 0.05:
            ctx.cancel_all()
        elif cancel < 0.3 and ctx.open_orders:
            ctx.cancel(ctx.open_orders[int(cancel * len(ctx.open_orders))])
        if ctx.barrier in self.plan.rebalances:
            self.rebalance(ctx, [draw[1] for draw in drawn])
        for name, draw in zip(self.plan.names, drawn, strict=True):
            if draw[0] < 0.4 and ctx.price(name) == ctx.price(name):
                self.trade(ctx, name, draw)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        """Some buys get a stop below the price of the bar at which they went."""
        columns = fills.order_id.tolist(), fills.asset.tolist(), fills.quantity.tolist(), fills.reference.tolist()
        for order, asset, quantity, price in zip(*columns, strict=True):
            if quantity > 0.0 and order % 3 == 0:
                stop = max(price - self.plan.tick, self.plan.tick / 2)
                ctx.order(asset, -quantity, stop=stop, tif="day" if order % 2 else "gtc", tag="guard")

    def trade(self, ctx: Context, name: str, draw: list[float]) -> None:
        """One order, a group of two, or a bracket."""
        plan, price, column = self.plan, ctx.price(name), ctx.universe.index(name)
        quantity = plan.lot * (1 + int(20 * draw[1]))
        if draw[2] < 0.1 and ctx.positions[column] and not ctx.pending[column]:
            ctx.close(name)
        elif draw[2] < 0.25 and self.may_buy(ctx, name):
            self.buys[name] = {self.bracket(ctx, name, quantity, draw)}
        elif draw[2] > 0.6:
            self.orders(ctx, name, -quantity, draw, price)
        elif self.may_buy(ctx, name):
            self.buys[name] = self.orders(ctx, name, quantity, draw, price)

    def orders(self, ctx: Context, name: str, quantity: float, draw: list[float], price: float) -> set[int]:
        """One order, or two that cancel one another; returns their ids."""
        kinds = self.kinds(ctx, price, draw)
        chosen = int(draw[3] * len(kinds))
        asked = [
            ctx.order(name, quantity, priority=float(int(3 * draw[4])), **kinds[(chosen + 5 * k) % len(kinds)])
            for k in range(2 if draw[6] < 0.3 else 1)
        ]
        if len(asked) > 1:
            ctx.one_cancels_other(*asked)
        return set(asked)

    def kinds(self, ctx: Context, price: float, draw: list[float]) -> tuple[dict[str, Any], ...]:
        """What an order may be beside its quantity."""
        tick, until = self.plan.tick, ctx.time + timedelta(days=int(4 * draw[5]), hours=1)
        near = max(price + tick * (int(7 * draw[4]) - 3), tick)
        far = near + tick * (int(3 * draw[5]) - 1) + tick
        return (
            {}, {"tif": "on_open"}, {"tif": "on_close"}, {"tif": "day"}, {"tif": "gtd", "until": until},
            {"limit": near}, {"limit": near, "tif": "day"}, {"limit": near, "tif": "gtd", "until": until},
            {"limit": near, "tif": "ioc"}, {"limit": near, "tif": "fok"}, {"limit": near, "tif": "on_open"},
            {"limit": near, "tif": "on_close"}, {"tif": "fok"}, {"stop": near}, {"stop": near, "tif": "day"},
            {"stop": near, "limit": far}, {"stop": near, "limit": near, "tif": "gtd", "until": until},
            {"trail": tick}, {"trail_pct": 1 / 16}, {"trail": 2 * tick, "limit_offset": tick / 2, "tif": "day"},
            {"trail_pct": 1 / 16, "limit_offset": 0.0}, {"trail": tick / 2, "tif": "gtd", "until": until},
        )  # fmt: skip

    def bracket(self, ctx: Context, name: str, quantity: float, draw: list[float]) -> int:
        """A buy with exits below and above; returns its id."""
        tick, price = self.plan.tick, ctx.price(name)
        above, below = price + tick * (1 + int(2 * draw[3])), max(price - tick * (1 + int(2 * draw[4])), tick / 2)
        entries: tuple[dict[str, Any], ...] = ({}, {"limit": price}, {"stop": price + tick}, {"tif": "on_close"})
        exits: tuple[dict[str, Any], ...] = (
            {"stop_loss": below, "take_profit": above}, {"trail": tick, "take_profit": above}, {"trail_pct": 1 / 16},
            {"take_profit": above},
        )  # fmt: skip
        return ctx.bracket(name, quantity, **entries[int(4 * draw[5])], **exits[int(4 * draw[6])])[0]

    def rebalance(self, ctx: Context, draw: list[float]) -> None:
        """Weights for some; of what may not be bought again, only that it be closed."""
        drawn = dict(zip(self.plan.names, draw, strict=True))
        weights = {name: (1 + int(2 * part)) / 8 for name, part in drawn.items() if part < 0.7}
        if self.plan.adds:
            ctx.target_weights(weights, others="close" if draw[0] < 0.5 else "keep")
        else:
            kept = {name: weight for name, weight in weights.items() if self.may_buy(ctx, name)}
            ctx.target_weights(kept | {name: 0.0 for name, part in drawn.items() if part > 0.9}, others="keep")

    def may_buy(self, ctx: Context, name: str) -> bool:
        """Whether a buy is in the plan."""
        column = ctx.universe.index(name)
        waiting = self.buys.get(name, set()).intersection(ctx.open_orders)
        return self.plan.adds or not (ctx.positions[column] or ctx.pending[column] or waiting)


@dataclass(frozen=True, repr=False)
class Case:
    """One run before it is run.

    Attributes:
        chosen, path, limit_fill: its configuration.
        names, prices: its market, in the order of the input.
        plan: what its strategy does.
        days: how much later than usual it begins.
    """

    chosen: Settings
    path: str
    limit_fill: str
    names: tuple[str, ...]
    prices: dict[str, Floats]
    plan: Plan
    days: int = 0

    def __repr__(self) -> str:
        """Without the prices, which the seed in the plan makes."""
        return f"Case({self.chosen}, {self.path}, {self.limit_fill}, {self.names}, {self.plan}, days={self.days})"

    @property
    def divides_costs(self) -> bool:
        """Whether a sale of a part may have to divide what no price of its entries says."""
        return self.plan.adds or self.chosen.minimum > 0.0 or self.chosen.per_trade > 0.0

    def told_in(self, units: Units) -> "Case":
        """The same in other units."""
        chosen = {name: getattr(self.chosen, name) * units.money for name in MONEY}
        chosen |= {name: getattr(self.chosen, name) * units.price for name in PRICE}
        return replace(
            self,
            chosen=replace(self.chosen, **chosen),
            prices={name: values * units.price for name, values in self.prices.items()},
            plan=replace(self.plan, tick=self.plan.tick * units.price, lot=self.plan.lot * units.quantity),
            days=self.days + units.days,
        )

    def run(self) -> Result:
        """The run."""
        config = config_of(self.chosen)
        config["execution"] |= {"path": self.path, "limit_fill": self.limit_fill}
        config["run"] = {"kernels": "interpreted"}
        volume = np.where(np.isnan(self.prices["close"]), np.nan, 1.0)
        bars = np.stack([*(self.prices[name] for name in ("open", "high", "low", "close")), volume], 1)
        times = (np.arange(1, len(bars) + 1) + self.days) * DAY_NS
        source = ArraySource(self.names, times, bars)
        return Session(MixedOrders(self.plan), config=config, source=source, progress=False).run()
