"""What a strategy's hooks are given: data, account and actions. An asset is a name or a column everywhere."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import numpy as np

from tidegate.core.arrays import FloatArray
from tidegate.core.errors import RequestError
from tidegate.core.time import to_datetime
from tidegate.core.universe import Universe
from tidegate.messages.views import Batch
from tidegate.strategy.changes import Wish
from tidegate.strategy.conditions import NO_SHORTS, QUANTITY_MAX, Conditions, Tif, check_exits
from tidegate.strategy.desk import Desk
from tidegate.strategy.instrument import Instrument
from tidegate.strategy.past import Happened
from tidegate.strategy.position import Position
from tidegate.strategy.weights import checked, named_weights


class Context:
    """A view of what the strategy may know at this barrier, and the actions it may take.

    Orders are sent when the hook returns; market orders fill as the run's `execution.fill` says. Every
    action that cannot be carried out as asked raises `RequestError`; what the market or a limit does to an order
    afterwards is a message, counted in the results.
    """

    __slots__ = ("_desk",)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def barrier(self) -> int:
        """Number of the barrier, from 0; -1 in `on_start`."""
        return self._desk.seq()

    @property
    def ts(self) -> int:
        """When the bars of this barrier closed, ns UTC."""
        return self._desk.market().ts_ns

    @property
    def time(self) -> datetime:
        """When the bars of this barrier closed, UTC."""
        return to_datetime(self._desk.market().ts_ns)

    @property
    def universe(self) -> Universe:
        """The assets; `universe.names`, `universe.index(name)`."""
        return self._desk.labels.universe

    @property
    def batch(self) -> Batch:
        """This barrier's data."""
        return Batch(self._desk.labels, self._desk.market())

    @property
    def positions(self) -> FloatArray:
        """(n_assets,) units held, negative when short; read-only."""
        return self._desk.account().quantity

    @property
    def pending(self) -> FloatArray:
        """(n_assets,) net units of the account's open market orders, with those asked for in this hook; read-only."""
        return self._desk.pending()

    @property
    def cash(self) -> float:
        """Currency units of cash."""
        return self._desk.account().cash_micros / 1e6

    @property
    def equity(self) -> float:
        """Cash plus the value of the positions at the last mark, in currency units."""
        return self._desk.account().equity_micros / 1e6

    @property
    def buying_power(self) -> float:
        """What entries can be worth, commissions left out, in currency units.

        In a cash account that is the cash that has settled; on margin, as much as what the positions leave of equity is
        enough for, at the account's initial margin.
        """
        return self._desk.account().free_micros / 1e6 / self._desk.terms.initial

    @property
    def open_orders(self) -> tuple[int, ...]:
        """Ids of this strategy's orders that rest with the broker, ascending."""
        return self._desk.open_orders()

    def price(self, asset: str | int) -> float:
        """Last known close; NaN where the asset has not traded yet."""
        return float(self._desk.account().mark[self.universe.index(asset)])

    def position(self, asset: str | int) -> Position:
        """The holding of one asset."""
        snapshot, column = self._desk.account(), self.universe.index(asset)
        quantity, price = float(snapshot.quantity[column]), float(snapshot.mark[column])
        unit, cost = float(snapshot.unit[column]), int(snapshot.cost_micros[column]) / 1e6
        value = quantity * price * unit if quantity else 0.0
        return Position(self.universe.name(column), quantity, price, value, cost, unit)

    def instrument(self, asset: str | int) -> Instrument:
        """What one asset is: its lot, its multiplier, its currency."""
        return self._desk.instruments.of(self.universe.index(asset))

    @property
    def actions(self) -> tuple[Happened, ...]:
        """The corporate actions that took effect before the bars of this barrier."""
        return self._desk.past.happened()

    def history(self, field: str, n: int, *, raw: bool = False) -> FloatArray:
        """The last `n` barriers' values, this one's last.

        Prices and volumes before a split are told in the shares of this barrier, by the splits that have taken effect
        by now; what an asset did under another name is told under its present one.

        Args:
            field: a bar field (open, high, low, close, volume), a signal or a feature.
            n: at most the strategy's `history` (256 by default, `strategy.history` in the configuration).
            raw: as it was told at each of the barriers.
        Returns:
            (m, n_assets) with m = min(n, barriers so far), read-only.
        Raises:
            RequestError: no such field, or n is out of range.
        """
        return self._desk.past.window(field, n, raw=raw)

    def order(
        self,
        asset: str | int,
        quantity: float,
        *,
        limit: float | None = None,
        stop: float | None = None,
        trail: float | None = None,
        trail_pct: float | None = None,
        limit_offset: float | None = None,
        tif: Tif = "gtc",
        until: datetime | None = None,
        after: int | None = None,
        reduce_only: bool = False,
        priority: float = 0.0,
        tag: str = "order",
    ) -> int:
        """An order: at the market, or as the prices say that are given; `kernels.paths` has the rules of each kind.

        Limit, stop and trailing orders meet the bars after this one. A sell among them reserves nothing: what is not
        held when it goes is canceled.

        Args:
            quantity: signed units, buys positive; whole unless the account is fractional.
            limit: goes at this price or better; with `stop`, only after that was reached.
            stop: goes at the market once the price has reached this.
            trail, trail_pct: a stop that follows the price at this distance, or at this fraction of the price.
            limit_offset: the trailing stop's limit lies so far beyond it.
            tif: its time in force: `gtc`, `day` (one bar), `gtd` (through `until`), `ioc`, `fok`, `on_open`,
                `on_close`.
            until: last moment of `gtd`, an aware datetime.
            after: id of an order of this hook: lives once that has filled, for as much of it as did.
            reduce_only: when it goes it is cut to the position that it reduces, and canceled where there is none; at
                the market it is not pending either, for it may find nothing.
            priority: who goes first when cash is short, higher first.
            tag: a word for the reader of the results.
        Returns:
            the order's id.
        Raises:
            RequestError: unknown asset; quantity is 0, not finite, too large, or not whole; prices or times that make
                no order.
        """
        column = self.universe.index(asset)
        name = self.universe.name(column)
        if not (math.isfinite(quantity) and 0 < abs(quantity) <= QUANTITY_MAX):
            raise RequestError(f"order of {name}: quantity {quantity} is not a number in +-{QUANTITY_MAX:.0e}, or is 0")
        if not self._desk.terms.fractional and not float(quantity).is_integer():
            raise RequestError(f"order of {name}: quantity {quantity} is not whole; set account.fractional to allow it")
        if math.isnan(priority):
            raise RequestError(f"order of {name}: priority is nan")
        terms = Conditions(limit, stop, trail, trail_pct, limit_offset, tif, until, after, reduce_only).terms(name)
        columns = np.array((column,)), np.array((quantity,), np.float64), np.array((priority,), np.float64)
        return self._desk.order(*columns, tag, terms)

    def bracket(
        self,
        asset: str | int,
        quantity: float,
        *,
        stop_loss: float | None = None,
        take_profit: float | None = None,
        trail: float | None = None,
        trail_pct: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        tif: Tif = "gtc",
        until: datetime | None = None,
        priority: float = 0.0,
        tag: str = "bracket",
    ) -> tuple[int, ...]:
        """An entry, and the exits that live once it has filled, for as much as did; one exit cancels the other.

        Where the entry fills at the open, the exits meet the rest of that bar; else the bars after it. The exits may
        only reduce a position, and end when there is none: also where something else has closed it.

        Args:
            quantity: signed units; negative to sell short, which needs a margin account: the stop then lies above the
                price, and the profit below.
            stop_loss, take_profit: prices of a stop and of a limit order that close the position.
            trail, trail_pct: a trailing stop in place of `stop_loss`.
            limit, stop, tif, until, priority, tag: of the entry, see `order`; the exits are good till canceled.
        Returns:
            ids of the entry and of its exits.
        Raises:
            RequestError: as `order`; no exit, two stops, prices the wrong way round, or a short in a cash account.
        """
        name = self.universe.name(self.universe.index(asset))
        if quantity < 0 and not self._desk.terms.shorts:
            raise RequestError(f"bracket of {name}: quantity {quantity}, want more than 0: {NO_SHORTS}")
        stops = [value for value in (stop_loss, trail, trail_pct) if value is not None]
        check_exits(name, quantity, stops, stop_loss, take_profit)
        # What makes no order is told before any of them is noted.
        Conditions(limit=limit, stop=stop, tif=tif, until=until).terms(name)
        for words in (Conditions(stop=stop_loss, trail=trail, trail_pct=trail_pct), Conditions(limit=take_profit)):
            words.terms(name)
        entry = self.order(asset, quantity, limit=limit, stop=stop, tif=tif, until=until, priority=priority, tag=tag)
        exits = []
        if stops:
            last = self.order(
                asset, -quantity, stop=stop_loss, trail=trail, trail_pct=trail_pct, after=entry, reduce_only=True,
                tag=f"{tag} stop",
            )  # fmt: skip
            exits.append(last)
        if take_profit is not None:
            profit = f"{tag} profit"
            exits.append(self.order(asset, -quantity, limit=take_profit, after=entry, reduce_only=True, tag=profit))
        if len(exits) > 1:
            self.one_cancels_other(*exits)
        return entry, *exits

    def one_cancels_other(self, *orders: int) -> None:
        """Orders made in this hook, for one asset: when one of them fills, the others are canceled.

        Raises:
            RequestError: fewer than two, not made in this hook, for several assets, or in such a group already.
        """
        self._desk.link(orders)

    def order_target(self, asset: str | int, quantity: float, *, tag: str = "target") -> int | None:
        """A market order for what is missing to hold `quantity`, pending orders counted; None where nothing is.

        A negative quantity is a short, which needs a margin account.
        """
        column = self.universe.index(asset)
        change = quantity - float(self.positions[column]) - float(self.pending[column])
        if change == 0.0:
            return None
        return self.order(column, change, tag=tag)

    def order_target_percent(self, asset: str | int, pct: float, *, tag: str = "target") -> None:
        """Orders what is missing to hold `pct` (a fraction) of equity in the asset; see `target_weights`."""
        self.target_weights({asset: pct}, others="keep", tag=tag)

    def order_target_value(self, asset: str | int, value: float, *, tag: str = "target") -> None:
        """Orders what is missing to hold `value` currency units of the asset; see `target_weights`.

        Where there is no equity to invest, that is nothing.
        """
        equity = self._desk.to_invest()
        solvent = equity > 0.0
        named = named_weights(self._desk, {asset: value / (equity if solvent else math.inf)})
        self._desk.order_targets(named, close_others=False, tag=tag, value=float(value) if solvent else 0.0)

    def target_weights(
        self,
        weights: Mapping[str, float] | Mapping[int, float] | Mapping[str | int, float] | FloatArray,
        *,
        others: Literal["close", "keep"] = "close",
        tag: str = "target",
    ) -> int:
        """Orders what takes every asset to its share of equity, pending orders counted, reductions first.

        The target is weight x marked equity / (last close x multiplier), truncated toward zero to lots, or else to
        whole units unless the account is fractional. What `execution.cash_buffer.targets` keeps free is left out of the
        equity, and a change worth less than `execution.min_trade` makes no order, unless it closes a position. A
        negative weight is a short, which needs a margin account. The size of the weight is also the order's priority
        when cash or margin is short. With `execution.sizing: fill` all that is an estimate, and the order works its
        quantity out when it goes, see `kernels.targets`.

        Args:
            weights: fraction of equity by asset, or (n_assets,) for all of them.
            others: whether assets that are not named are closed or kept.
        Returns:
            how many orders that makes.
        Raises:
            RequestError: unknown asset, a weight that is not finite, or is negative in a cash account, which has no
                shorts; or an array of another shape.
        """
        if others not in ("close", "keep"):
            raise RequestError(f"target_weights: others is '{others}', want 'close' or 'keep'")
        named = named_weights(self._desk, weights) if isinstance(weights, Mapping) else checked(self._desk, weights)
        return self._desk.order_targets(named, close_others=others == "close", tag=tag)

    def close(self, asset: str | int, *, tag: str = "close") -> int | None:
        """Sells what is held, or buys back what is short, less what is on its way already."""
        return self.order_target(asset, 0.0, tag=tag)

    def replace(
        self,
        order_id: int,
        *,
        quantity: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        trail: float | None = None,
        trail_pct: float | None = None,
        limit_offset: float | None = None,
    ) -> None:
        """Changes an open order of this strategy, which keeps its id, tag, group, children and time in force.

        It loses its place where a price changes or the quantity grows; more of it passes the risk checks like a new
        order. What cannot be done is told by a message and changes nothing. All rules: `kernels.replacing`.

        Args:
            quantity: signed units that are to be open, those that have filled not counted.
            limit, stop, trail, trail_pct, limit_offset: see `order`; with another distance a trailing stop starts anew.
        Raises:
            RequestError: this strategy has sent no such order; nothing is given, or a number that no order can have.
        """
        self._desk.replace(order_id, Wish(quantity, limit, stop, trail, trail_pct, limit_offset))

    def cancel(self, order_id: int) -> None:
        """Cancels an open order of this strategy, before the new orders of the same hook; one of these is not sent."""
        self._desk.cancel(order_id)

    def cancel_all(self) -> None:
        """Cancels all open orders of this strategy; what this hook has asked for so far is not sent."""
        self._desk.cancel_all()

    def log(self, text: str) -> None:
        """Leaves a remark in the run's log."""
        self._desk.log(str(text))
