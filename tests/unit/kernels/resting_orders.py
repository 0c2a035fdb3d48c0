"""Conditional orders as columns of a message, one readable line for each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from tests.unit.kernels.made import NAN, floats, ints

from tidegate.core.arrays import freeze
from tidegate.core.enums import OrderKind, TimeInForce
from tidegate.messages.orders import OrdersApproved, OrderTerms


@dataclass(frozen=True)
class Asked:
    """One order; `limit` of a trailing stop limit is the distance of its limit."""

    order_id: int
    asset: int
    quantity: float
    kind: OrderKind = OrderKind.MARKET
    tif: TimeInForce = TimeInForce.GTC
    limit: float = NAN
    stop: float = NAN
    trail: float = NAN
    trail_pct: float = NAN
    expire_ns: int = 0
    group: int = 0
    parent: int = 0
    reduce_only: int = 0
    priority: float = 0.0


def message(*orders: Asked) -> OrdersApproved:
    """The orders as a risk manager lets them through; each is tagged with its kind."""

    def column(make: Any, name: str) -> Any:
        return freeze(make(*(getattr(order, name) for order in orders)))

    terms = OrderTerms(
        **{name: column(ints, name) for name in ("kind", "tif", "expire_ns", "group", "parent", "reduce_only")},
        **{name: column(floats, name) for name in ("limit", "stop", "trail", "trail_pct")},
    )
    head = column(ints, "order_id"), column(ints, "asset"), column(floats, "quantity"), column(floats, "priority")
    return OrdersApproved(*head, tuple(order.kind.name.lower() for order in orders), terms)


def positions(*held: float, mark: float = 100.0) -> Any:
    """Rows of the ledger's `positions`: so much held of each asset."""
    rows = np.zeros((4, len(held)))
    rows[0], rows[3] = held, mark
    return rows
