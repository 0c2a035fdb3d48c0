"""What a strategy asks of one order beside asset and quantity, made into the columns of a message."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import OrderKind, TimeInForce
from tidegate.core.errors import RequestError, did_you_mean
from tidegate.messages.orders import OrderTerms

QUANTITY_MAX = 1e12
"""Largest quantity of one order."""
NO_SHORTS = "a cash account has no shorts; set account.kind to margin to allow them"
"""Said where somebody asks for a short that cannot be."""
Tif = Literal["gtc", "day", "gtd", "ioc", "fok", "on_open", "on_close"]
_TIFS: dict[str, int] = {member.name.lower(): int(member) for member in TimeInForce}
_EPOCH, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Prices and time of one order; the kind of order follows from the prices that are given.

    Attributes:
        limit, stop: prices; both make a stop-limit order.
        trail, trail_pct: distance of a trailing stop, in price or as a fraction of it.
        limit_offset: distance of a trailing stop's limit beyond the stop.
        tif: `gtc`, `day`, `gtd`, `ioc`, `fok`, `on_open` or `on_close`, see `core.enums.TimeInForce`.
        until: last moment of `gtd`.
        after: id of the order that must fill first.
        reduce_only: whether it may only reduce a position.
    """

    limit: float | None = None
    stop: float | None = None
    trail: float | None = None
    trail_pct: float | None = None
    limit_offset: float | None = None
    tif: Tif = "gtc"
    until: datetime | None = None
    after: int | None = None
    reduce_only: bool = False

    def kind(self) -> OrderKind:
        """The kind that the prices make."""
        if self.trail is not None or self.trail_pct is not None:
            return OrderKind.TRAILING_STOP if self.limit_offset is None else OrderKind.TRAILING_STOP_LIMIT
        if self.stop is not None:
            return OrderKind.STOP if self.limit is None else OrderKind.STOP_LIMIT
        return OrderKind.MARKET if self.limit is None else OrderKind.LIMIT

    def terms(self, asset: str) -> OrderTerms | None:
        """The columns for one order; None for a market order that is good till canceled.

        Args:
            asset: name, for messages.

        Raises:
            RequestError: everything that makes no sense.
        """
        if self == PLAIN:
            return None
        problems = [f"order of {asset}: {problem}" for problem in self._problems()]
        if problems:
            raise RequestError(*problems)
        kind, expire_ns = self.kind(), 0
        if self.until is not None:
            since = self.until - _EPOCH
            expire_ns = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
        limit = self.limit_offset if kind == OrderKind.TRAILING_STOP_LIMIT else self.limit
        return OrderTerms(
            kind=_one(int(kind)),
            tif=_one(_TIFS[self.tif]),
            limit=_price(limit),
            stop=_price(self.stop),
            trail=_price(self.trail),
            trail_pct=_price(self.trail_pct),
            expire_ns=_one(expire_ns),
            group=_one(0),
            parent=_one(self.after or 0),
            reduce_only=_one(int(self.reduce_only)),
        )

    def _problems(self) -> Iterator[str]:
        if self.tif not in _TIFS:
            yield f"tif is '{self.tif}', want one of {', '.join(_TIFS)}{did_you_mean(str(self.tif), list(_TIFS))}"
        names = ("limit", "stop", "trail", "trail_pct", "limit_offset")
        yield from distance_problems({name: getattr(self, name) for name in names})
        trails = self.trail is not None or self.trail_pct is not None
        if trails and (self.limit is not None or self.stop is not None):
            yield "a trailing stop has no limit or stop price of its own; want limit_offset for its limit"
        if self.limit_offset is not None and not trails:
            yield "limit_offset belongs to a trailing stop; give trail or trail_pct as well, or limit instead"
        at_once = self.tif in ("ioc", "fok", "on_open", "on_close")
        if at_once and self.kind() not in (OrderKind.MARKET, OrderKind.LIMIT):
            yield f"tif '{self.tif}' is for market and limit orders; a stop waits: want gtc, day or gtd"
        if self.after is not None and self.kind() == OrderKind.MARKET:
            yield "an order after another needs a limit, a stop or a trailing distance"
        yield from self._problems_of_time()

    def _problems_of_time(self) -> Iterator[str]:
        if (self.tif == "gtd") != (self.until is not None):
            yield "tif 'gtd' and until belong together; give both or neither"
        if self.until is not None and self.until.tzinfo is not None and not _EPOCH < self.until < _LAST:
            yield f"until is {self.until}, want a time between 1970 and 2200"
        if self.until is not None and self.until.tzinfo is None:
            yield f"until is {self.until} without a time zone; want an aware datetime, such as ctx.time"


PLAIN = Conditions()


def distance_problems(prices: Mapping[str, float | None]) -> Iterator[str]:
    """What makes no sense in prices and distances by name, whatever the order; None for what is not given."""
    for name, value in prices.items():
        if value is not None and not (math.isfinite(value) and (value > 0 or (name == "limit_offset" and not value))):
            yield f"{name} is {value}, want a finite number above 0"
    trail, trail_pct = prices["trail"], prices["trail_pct"]
    if trail_pct is not None and trail_pct >= 1.0:
        yield f"trail_pct is {trail_pct}, want a fraction below 1, such as 0.05"
    if trail is not None and trail_pct is not None:
        yield "trail and trail_pct are both given; want one of them"


def check_exits(
    name: str, quantity: float, stops: Sequence[float], stop_loss: float | None, take_profit: float | None
) -> None:
    """Refuses exits of a bracket that make no sense.

    Args:
        name: of the asset, for messages.
        quantity: of the entry.
        stops: the stop and the distances that are given.

    Raises:
        RequestError: there is no exit, there are two stops, or stop and profit lie the wrong way round.
    """
    if len(stops) > 1 or (not stops and take_profit is None):
        raise RequestError(
            f"bracket of {name}: want stop_loss or a trailing distance, take_profit, or both kinds of exit"
        )
    if stop_loss is not None and take_profit is not None and (take_profit - stop_loss) * quantity < 0:
        order = "a stop below its profit" if quantity > 0 else "a stop above its profit"
        raise RequestError(f"bracket of {name}: stop_loss {stop_loss}, take_profit {take_profit}: want {order}")


def _one(value: int) -> IntArray:
    return freeze(np.array((value,), np.int64))


def _price(value: float | None) -> FloatArray:
    return freeze(np.array((math.nan if value is None else value,), np.float64))
