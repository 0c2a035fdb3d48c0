"""Refuses what compiled kernels, which look at nothing, could not take: arrays of another type, length or order.

What comes from the package's own actors is always right; this is for feeds, risk managers and strategies of others.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import OrderKind, TimeInForce
from tidegate.core.errors import DataError, RequestError
from tidegate.core.time import format_ts
from tidegate.kernels.kernel import Kernels, ReadFloats, ReadInts, kernel
from tidegate.kernels.terms import is_plain
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.orders import OrderColumns, OrdersApproved, OrderTargets, OrderTerms, ReplacesApproved
from tidegate.messages.risk import ProtectiveLevels, TrailingStops

_FLOAT64 = np.dtype(np.float64)


@kernel
def are_orders(order_id: ReadInts, asset: ReadInts, quantity: ReadFloats, priority: ReadFloats, n_assets: int) -> bool:
    """Whether these are columns of orders: of one length, for assets that exist."""
    n = len(order_id)
    strange = 0
    for k in range(len(asset)):
        if asset[k] < 0 or asset[k] >= n_assets:
            strange += 1
    return strange == 0 and len(asset) == n and len(quantity) == n and len(priority) == n


@kernel
def are_levels(stop: ReadFloats, take: ReadFloats, stop_rule: ReadInts, take_rule: ReadInts, n_assets: int) -> bool:
    """Whether these are columns of protective levels: an entry for every asset."""
    return len(stop) == n_assets and len(take) == n_assets and len(stop_rule) == n_assets and len(take_rule) == n_assets


def strange_terms(orders: OrderColumns, terms: OrderTerms) -> Iterator[str]:
    """What makes no sense in the terms of orders: each kind has the prices it needs, and no others."""
    n = len(orders.order_id)
    for name in terms.__struct_fields__:
        column: NDArray[Any] = getattr(terms, name)
        whole = name in ("kind", "tif", "expire_ns", "group", "parent", "reduce_only")
        if column.shape != (n,) or column.dtype != (np.int64 if whole else np.float64):
            yield f"{name} is {column.dtype} of shape {column.shape}, want {'int64' if whole else 'float64'} of ({n},)"
            return
    kind, tif, group = terms.kind, terms.tif, terms.group
    if n and not (
        kind.min() >= 0 and kind.max() <= max(OrderKind) and tif.min() >= 0 and tif.max() <= max(TimeInForce)
    ):
        yield f"kind must lie between 0 and {max(OrderKind)}, tif between 0 and {max(TimeInForce)}"
        return
    trailing = (kind == OrderKind.TRAILING_STOP) | (kind == OrderKind.TRAILING_STOP_LIMIT)
    stops = (kind == OrderKind.STOP) | (kind == OrderKind.STOP_LIMIT)
    limits = (kind == OrderKind.LIMIT) | (kind == OrderKind.STOP_LIMIT) | (kind == OrderKind.TRAILING_STOP_LIMIT)
    by_pct = trailing & ~np.isnan(terms.trail_pct)
    wanted = {
        "limit": limits, "stop": stops, "trail": trailing & ~by_pct, "trail_pct": by_pct,
    }  # fmt: skip
    for name, where in wanted.items():
        values: FloatArray = getattr(terms, name)
        # The distance of a trailing stop's limit may be 0.
        least = (values >= 0.0) if name == "limit" else (values > 0.0)
        positive = least & (values < (1.0 if name == "trail_pct" else np.inf))
        if not (np.where(where, positive, np.isnan(values))).all():
            yield f"{name} must be a price or distance for the kinds that have one, and nan for the others"
    at_once = (tif >= TimeInForce.IOC) & (kind != OrderKind.MARKET) & (kind != OrderKind.LIMIT)
    if at_once.any():
        yield "tif of stops must be GTC, DAY or GTD"
    if not ((tif == TimeInForce.GTD) == (terms.expire_ns > 0)).all():
        yield "expire_ns must be above 0 for GTD, and 0 for the others"
    if (group < 0).any():
        yield "group must be 0 or more"
    if ((terms.parent < 0) | ((terms.parent > 0) & (kind == OrderKind.MARKET))).any():
        yield "parent must be 0 or more, and 0 for market orders"
    if not ((terms.reduce_only == 0) | (terms.reduce_only == 1)).all():
        yield "reduce_only must be 0 or 1"
    rooted = ~np.isin(terms.parent, orders.order_id)
    while (more := rooted | np.isin(terms.parent, orders.order_id[rooted])).sum() > rooted.sum():
        rooted = more
    if not rooted.all():
        yield "parent: orders wait for one another in a circle"
    for number in np.unique(group[group > 0]).tolist():
        if np.unique(orders.asset[group == number]).size > 1:
            yield f"group {number}: its orders must be for one asset"


def strange_targets(orders: OrderColumns, targets: OrderTargets) -> Iterator[str]:
    """What makes no sense in the targets of orders: a weight or a value, and only for what waits for nothing."""
    n = len(orders.order_id)
    for name in targets.__struct_fields__:
        column: NDArray[Any] = getattr(targets, name)
        if column.shape != (n,) or column.dtype != np.float64:
            yield f"{name} is {column.dtype} of shape {column.shape}, want float64 of ({n},)"
            return
    weight, value = ~np.isnan(targets.weight), ~np.isnan(targets.value)
    if np.isinf(targets.weight).any() or np.isinf(targets.value).any():
        yield "weight and value must be finite, or nan where there is none"
    if (weight & value).any():
        yield "an order is to reach a weight or a value, and not both"
    if orders.terms is not None and ((weight | value) & ~is_plain(orders.terms)).any():
        yield "only market orders that are good till canceled, and in no group, can have one"


class Arrivals:
    """Looks at messages as they come.

    Compiled, the kernels above take arrays of the annotated types alone, and numba raises a TypeError for others.

    Args:
        n_assets: size of the universe.
        kernels: how kernels run.
    """

    def __init__(self, n_assets: int, kernels: Kernels) -> None:
        self._n_assets = n_assets
        self._bars = (5, n_assets)
        self._are_orders = kernels(are_orders)
        self._are_levels = kernels(are_levels)

    def check_orders(self, orders: OrdersApproved) -> None:
        """Refuses what are no columns of orders.

        Raises:
            RequestError: with what is wanted.
        """
        fit = self._are_orders(orders.order_id, orders.asset, orders.quantity, orders.priority, self._n_assets)
        if not fit or len(orders.tags) != len(orders.order_id):
            raise RequestError(
                "OrdersApproved: order_id, asset, quantity, priority and tags must be of one length, and asset between"
                f" 0 and {self._n_assets - 1}"
            )
        if orders.terms is not None:
            self._check_terms(orders, orders.terms)
        if orders.targets is not None:
            problems = list(strange_targets(orders, orders.targets))
            if problems:
                raise RequestError(*(f"OrdersApproved.targets: {problem}" for problem in problems))

    def _check_terms(self, orders: OrdersApproved, terms: OrderTerms) -> None:
        problems = list(strange_terms(orders, terms))
        if problems:
            raise RequestError(*(f"OrdersApproved.terms: {problem}" for problem in problems))

    def check_changes(self, changes: ReplacesApproved) -> None:
        """Refuses what are no columns of changes.

        Raises:
            RequestError: with what is wanted.
        """
        n = len(changes.order_id)
        for name in changes.__struct_fields__:
            column: NDArray[Any] = getattr(changes, name)
            want = "int64" if name in ("order_id", "place") else "float64"
            if column.shape != (n,) or column.dtype != want:
                raise RequestError(
                    f"ReplacesApproved: {name} is {column.dtype} of shape {column.shape}, want {want} of ({n},)"
                )

    def check_levels(self, levels: ProtectiveLevels) -> None:
        """Refuses what are no columns of levels.

        Raises:
            RequestError: with what is wanted.
        """
        if not self._are_levels(levels.stop, levels.take, levels.stop_rule, levels.take_rule, self._n_assets):
            raise RequestError(f"ProtectiveLevels: each of its arrays must have shape ({self._n_assets},)")

    def check_trailing(self, trailing: TrailingStops, rules: tuple[str, ...]) -> None:
        """Refuses what does not say how the stops of these rules follow the price.

        Raises:
            RequestError: with what is wanted.
        """
        best = trailing.best
        if best.shape != (self._n_assets,) or best.dtype != _FLOAT64 or not best.flags.c_contiguous:
            raise RequestError(f"TrailingStops: best must be float64 of shape ({self._n_assets},)")
        if not 0.0 < trailing.pct < np.inf or not 0 <= trailing.rule < len(rules):
            raise RequestError(
                f"TrailingStops: pct {trailing.pct} must be above 0, and rule {trailing.rule} a row of the"
                f" {len(rules)} rules of the levels before"
            )

    def check_finer(self, finer: FinerBars) -> None:
        """Refuses finer bars that are not those of the universe, or not in the order of time.

        Raises:
            DataError: they have another shape or type, or lie in another order.
        """
        bars, times, n = finer.bars, finer.ts_ns, len(finer.ts_ns)
        if bars.shape != (n, *self._bars) or times.shape != (n,):
            raise DataError(
                f"barrier {finer.seq}: the feed's finer bars have shape {bars.shape}, want {(n, *self._bars)}"
            )
        if bars.dtype != _FLOAT64 or times.dtype != np.int64 or not bars.flags.c_contiguous:
            raise DataError(f"barrier {finer.seq}: the feed's finer bars must be float64 in C order, their times int64")
        if (times[1:] <= times[:-1]).any():
            raise DataError(f"barrier {finer.seq}: timestamps of the feed's finer bars must rise")

    def check_bars(self, batch: MarketBatch, last: MarketBatch | None) -> None:
        """Refuses what would fill orders at prices of other assets or of the past.

        Args:
            last: the batch before, None where this is the first.

        Raises:
            DataError: bars of another shape or type than the universe's, or in another order, or a time that is not
                after the last one.
        """
        bars = batch.bars
        if bars.shape != self._bars:
            raise DataError(f"barrier {batch.seq}: the feed's bars have shape {bars.shape}, want {self._bars}")
        if bars.dtype != _FLOAT64 or not bars.flags.c_contiguous:
            order = "C" if bars.flags.c_contiguous else "another"
            raise DataError(
                f"barrier {batch.seq}: the feed's bars are {bars.dtype} in {order} order, want float64 in C order"
            )
        if last is not None and batch.ts_ns <= last.ts_ns:
            raise DataError(
                f"barrier {batch.seq}: the feed's batch at {format_ts(batch.ts_ns)} follows one at"
                f" {format_ts(last.ts_ns)}; timestamps must rise from batch to batch"
            )
