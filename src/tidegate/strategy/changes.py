"""What a strategy asks of orders that it has sent before: other quantities and other prices."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import OrderKind
from tidegate.core.errors import RequestError
from tidegate.messages.orders import OrderTerms, ReplaceOrders
from tidegate.messages.state import Stateful, keeps, made
from tidegate.strategy.conditions import QUANTITY_MAX, distance_problems
from tidegate.strategy.noted import Noted

_PRICES = ("limit", "stop", "trail", "trail_pct", "limit_offset")
_HAVE: dict[str, tuple[OrderKind, ...]] = {
    "limit": (OrderKind.LIMIT, OrderKind.STOP_LIMIT),
    "stop": (OrderKind.STOP, OrderKind.STOP_LIMIT),
    "trail": (OrderKind.TRAILING_STOP, OrderKind.TRAILING_STOP_LIMIT),
    "trail_pct": (OrderKind.TRAILING_STOP, OrderKind.TRAILING_STOP_LIMIT),
    "limit_offset": (OrderKind.TRAILING_STOP_LIMIT,),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What one order is to become; None for what stays.

    Attributes:
        quantity: signed units that are to be open.
        limit, stop, trail, trail_pct, limit_offset: see `conditions.Conditions`.
    """

    quantity: float | None = None
    limit: float | None = None
    stop: float | None = None
    trail: float | None = None
    trail_pct: float | None = None
    limit_offset: float | None = None

    def check(self, name: str, *, fractional: bool) -> None:
        """Refuses what no order can become.

        Args:
            name: of the order, for messages.
            fractional: whether quantities may have a fraction.

        Raises:
            RequestError: everything that makes no sense.
        """
        problems = [f"replace of order {name}: {problem}" for problem in self._problems(fractional=fractional)]
        if problems:
            raise RequestError(*problems)

    def _problems(self, *, fractional: bool) -> Iterator[str]:
        if self == Wish():
            yield "nothing is given; want a quantity or a price"
        if self.quantity is not None:
            if not (math.isfinite(self.quantity) and 0 < abs(self.quantity) <= QUANTITY_MAX):
                yield f"quantity is {self.quantity}, want a number in +-{QUANTITY_MAX:.0e}, and not 0: `cancel` ends it"
            elif not (fractional or float(self.quantity).is_integer()):
                yield f"quantity is {self.quantity}, which is not whole; set account.fractional to allow it"
        yield from distance_problems({name: getattr(self, name) for name in _PRICES})

    def given(self) -> dict[str, float]:
        """The prices that are given, by name."""
        return {name: value for name in _PRICES if (value := getattr(self, name)) is not None}

    def after(self, earlier: "Wish | None") -> "Wish":
        """This and an earlier one of the same hook: what comes later holds."""
        if earlier is None:
            return self
        known = {name: getattr(earlier, name) for name in ("quantity", *_PRICES) if getattr(self, name) is None}
        if self.trail is not None or self.trail_pct is not None:
            known |= {"trail": self.trail, "trail_pct": self.trail_pct}
        return replace(self, **known)

    def applied(self, noted: Noted, name: str) -> Noted:
        """An order of this hook, which is not sent yet, as it is to be.

        Raises:
            RequestError: its kind has no such price, or the quantity has another sign.
        """
        terms = OrderTerms.plain(1) if noted.terms is None else noted.terms
        kind, given = OrderKind(int(terms.kind[0])), self.given()
        strange = [price for price in given if kind not in _HAVE[price]]
        if strange:
            raise RequestError(f"replace of order {name}: a {kind.name.lower()} order has no {', '.join(strange)}")
        if self.quantity is not None and self.quantity * float(noted.quantity[0]) < 0:
            raise RequestError(f"replace of order {name}: quantity is {self.quantity}, want the order's sign")
        if "limit_offset" in given:
            given["limit"] = given.pop("limit_offset")
        if "trail" in given:
            given["trail_pct"] = math.nan
        elif "trail_pct" in given:
            given["trail"] = math.nan
        if given:
            terms = msgspec.structs.replace(terms, **{price: _one(value) for price, value in given.items()})
            noted = noted._replace(terms=terms)
        return noted if self.quantity is None else noted._replace(quantity=_one(self.quantity))


class Changes(Stateful):
    """The wishes of one hook that concern orders which were sent before, and what they count as pending.

    Attributes:
        wishes: by order: what is wished of it, and the place it may come to stand at.
        counted: by order: its asset, and by how much its wish has changed what is pending, until it is answered.
    """

    KEEPS = keeps(counted=dict[int, tuple[int, float]], **made("wishes"))

    def __init__(self) -> None:
        self.wishes: dict[int, tuple[Wish, int]] = {}
        self.counted: dict[int, tuple[int, float]] = {}

    def add(self, order: int, wish: Wish, place: int) -> Wish:
        """Notes a wish; returns what is wished of the order in all."""
        earlier = self.wishes.get(order)
        wish = wish.after(earlier[0] if earlier else None)
        self.wishes[order] = wish, place
        return wish

    def drop(self, order: int) -> None:
        """Forgets what was wished of an order, if anything was."""
        self.wishes.pop(order, None)

    def drain(self) -> ReplaceOrders:
        """The wishes, which are then forgotten."""
        wishes, self.wishes = self.wishes, {}

        def column(name: str) -> FloatArray:
            values = (getattr(wish, name) for wish, _ in wishes.values())
            return freeze(np.array([math.nan if value is None else value for value in values], np.float64))

        return ReplaceOrders(
            order_id=_ints(wishes),
            quantity=column("quantity"),
            **{name: column(name) for name in _PRICES},
            place=_ints(place for _, place in wishes.values()),
        )


def _one(value: float) -> FloatArray:
    return freeze(np.array((value,), np.float64))


def _ints(values: Iterable[int]) -> IntArray:
    return freeze(np.array(list(values), np.int64))
