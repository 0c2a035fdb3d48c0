"""What a strategy's hooks are given: data, account and actions. An asset is a name or a column everywhere."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.errors import RequestError, did_you_mean
from tidegate.core.time import to_datetime
from tidegate.core.universe import Universe
from tidegate.messages.market import BAR_FIELDS
from tidegate.messages.views import Batch
from tidegate.strategy.desk import Desk

QUANTITY_MAX = 1e12
"""Largest quantity of one order."""


@dataclass(frozen=True, slots=True)
class Position:
    """A holding at the last mark.

    Attributes:
        quantity: units, 0 where flat.
        price: last close, NaN where the asset has not traded yet.
        value, cost: currency units; cost without commissions.
        average_price: cost / quantity, NaN where flat.
        unrealized: value - cost.
    """

    asset: str
    quantity: float
    price: float
    value: float
    cost: float

    @property
    def average_price(self) -> float:
        """Cost of a unit."""
        return self.cost / self.quantity if self.quantity else math.nan

    @property
    def unrealized(self) -> float:
        """Profit if it were sold at the mark."""
        return self.value - self.cost


class Context:
    """A view of what the strategy may know at this barrier, and the actions it may take.

    Orders are market orders; they are sent when the hook returns and fill as the run's `execution.fill` says. Every
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
        """(n_assets,) units held, read-only."""
        return self._desk.account().quantity

    @property
    def pending(self) -> FloatArray:
        """(n_assets,) net units of open orders of the account, those asked for in this hook included, read-only."""
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
        """What a cash account can spend: its cash."""
        return self.cash

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
        value = quantity * price if quantity else 0.0
        return Position(self.universe.name(column), quantity, price, value, int(snapshot.cost_micros[column]) / 1e6)

    def history(self, field: str, n: int) -> FloatArray:
        """The last `n` barriers' values, this one's last.

        Args:
            field: a bar field (open, high, low, close, volume), a signal or a feature.
            n: at most the strategy's `history` (256 by default, `strategy.history` in the configuration).
        Returns:
            (m, n_assets) with m = min(n, barriers so far), read-only.
        Raises:
            RequestError: no such field, or n is out of range.
        """
        past, kept = self._desk.past, self._desk.terms.history
        if not 1 <= n <= kept:
            raise RequestError(f"history of {n} barriers: want 1..{kept}; raise strategy.history to keep more")
        latest = list(past)[-n:]
        labels = self._desk.labels
        if field in BAR_FIELDS:
            row = BAR_FIELDS.index(field)
            return self._window([batch.bars[row] for batch in latest])
        if field in labels.signals:
            row = labels.signals[field]
            return self._window([batch.signals[row] for batch in latest])
        if field in labels.features:
            row = labels.features[field]
            return self._window([batch.features[row] for batch in latest])
        names = (*BAR_FIELDS, *labels.signals, *labels.features)
        raise RequestError(f"no field '{field}'; there are {list(names)}{did_you_mean(field, names)}")

    def _window(self, rows: list[FloatArray]) -> FloatArray:
        return freeze(np.array(rows, np.float64).reshape(len(rows), len(self.universe)))

    def order(self, asset: str | int, quantity: float, *, priority: float = 0.0, tag: str = "order") -> int:
        """A market order.

        Args:
            quantity: signed units, buys positive; whole unless the account is fractional.
            priority: who goes first when cash is short, higher first.
            tag: a word for the reader of the results.
        Returns:
            the order's id.
        Raises:
            RequestError: unknown asset; quantity is 0, not finite, too large, or not whole.
        """
        column = self.universe.index(asset)
        name = self.universe.name(column)
        if not (math.isfinite(quantity) and 0 < abs(quantity) <= QUANTITY_MAX):
            raise RequestError(f"order of {name}: quantity {quantity} is not a number in +-{QUANTITY_MAX:.0e}, or is 0")
        if not self._desk.terms.fractional and not float(quantity).is_integer():
            raise RequestError(f"order of {name}: quantity {quantity} is not whole; set account.fractional to allow it")
        if math.isnan(priority):
            raise RequestError(f"order of {name}: priority is nan")
        columns = np.array((column,)), np.array((quantity,), np.float64), np.array((priority,), np.float64)
        return self._desk.order(*columns, tag)

    def order_target(self, asset: str | int, quantity: float, *, tag: str = "target") -> int | None:
        """A market order for what is missing to hold `quantity`, pending orders counted; None where nothing is."""
        column = self.universe.index(asset)
        change = quantity - float(self.positions[column]) - float(self.pending[column])
        if change == 0.0:
            return None
        return self.order(column, change, tag=tag)

    def order_target_percent(self, asset: str | int, pct: float, *, tag: str = "target") -> None:
        """Orders what is missing to hold `pct` (a fraction) of equity in the asset; see `target_weights`."""
        self.target_weights({asset: pct}, others="keep", tag=tag)

    def order_target_value(self, asset: str | int, value: float, *, tag: str = "target") -> None:
        """Orders what is missing to hold `value` currency units of the asset; see `target_weights`."""
        equity = self.equity
        if value and equity <= 0.0:
            raise RequestError(
                f"order_target_value: {value} of {asset}, but equity is {equity}: there is none to invest"
            )
        self.target_weights({asset: value / equity if value else 0.0}, others="keep", tag=tag)

    def target_weights(
        self,
        weights: Mapping[str, float] | Mapping[int, float] | Mapping[str | int, float] | FloatArray,
        *,
        others: Literal["close", "keep"] = "close",
        tag: str = "target",
    ) -> int:
        """Orders what takes every asset to its share of equity, pending orders counted, reductions first.

        The target is weight x marked equity / last close, truncated toward zero to whole units unless the account is
        fractional. The weight is also the order's priority when cash is short.

        Args:
            weights: fraction of equity by asset, or (n_assets,) for all of them.
            others: whether assets that are not named are closed or kept.
        Returns:
            how many orders that makes.
        Raises:
            RequestError: unknown asset, a weight that is not finite or is negative (the account has no shorts), or an
                array of another shape.
        """
        if others not in ("close", "keep"):
            raise RequestError(f"target_weights: others is '{others}', want 'close' or 'keep'")
        named = self._named(weights) if isinstance(weights, Mapping) else self._checked(weights)
        return self._desk.order_targets(named, close_others=others == "close", tag=tag)

    def close(self, asset: str | int, *, tag: str = "close") -> int | None:
        """Sells what is held, less what is being sold already."""
        return self.order_target(asset, 0.0, tag=tag)

    def cancel(self, order_id: int) -> None:
        """Cancels an open order of this strategy, before the new orders of the same hook; one of these is not sent."""
        self._desk.cancel(order_id)

    def cancel_all(self) -> None:
        """Cancels all open orders of this strategy; what this hook has asked for so far is not sent."""
        self._desk.cancel_all()

    def log(self, text: str) -> None:
        """Leaves a remark in the run's log."""
        self._desk.log(str(text))

    def _named(self, weights: Mapping[str, float] | Mapping[int, float] | Mapping[str | int, float]) -> FloatArray:
        index = self.universe.index
        columns = [asset if type(asset) is int else index(asset) for asset in weights]
        values = np.fromiter(weights.values(), np.float64, len(columns))
        try:
            at = np.fromiter(columns, np.int64, len(columns))
        except OverflowError:  # a column that no int64 holds
            raise RequestError(*self._bad_weights(columns, values.tolist())) from None
        named, bad = self._desk.spread(at, values)
        if bad:
            raise RequestError(*self._bad_weights(columns, values.tolist()))
        return named

    def _bad_weights(self, columns: list[int], values: list[float]) -> Iterator[str]:
        """What is wrong with weights that could not be used."""
        universe, seen = self.universe, set[int]()
        for column, value in zip(columns, values, strict=True):
            place = universe.index(column)
            if place in seen:
                yield f"target_weights: {universe.name(place)} is named twice, by name and by column"
            seen.add(place)
            yield from _bad_weight(universe.name(place), value)

    def _checked(self, weights: FloatArray) -> FloatArray:
        named = np.array(weights, np.float64)
        n = len(self.universe)
        if named.shape != (n,):
            raise RequestError(f"target_weights: array of shape {named.shape}, want ({n},), one weight for each asset")
        if not ((named >= 0.0) & (named < np.inf)).all():
            named_pairs = zip(self.universe.names, named.tolist(), strict=True)
            raise RequestError(*(problem for name, weight in named_pairs for problem in _bad_weight(name, weight)))
        return named


def _bad_weight(asset: str, weight: float) -> Iterator[str]:
    """What is wrong with one weight, if anything."""
    if 0.0 <= weight < math.inf:
        return
    want = (
        "leave the asset out to have it closed" if math.isnan(weight) else "want 0 or more: the account has no shorts"
    )
    if weight == math.inf:
        want = "want a fraction of equity"
    yield f"target_weights: weight of {asset} is {weight}; {want}"
