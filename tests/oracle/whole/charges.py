"""What the naive broker charges: the price of a fill, which slippage makes worse, and the commission."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracle.whole.books import NaiveBooks
from tests.oracle.whole.estimates import NaiveEstimates
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import Event, Rules, micros


@dataclass(frozen=True)
class Priced:
    """A price and what made it worse, as fractions of the price before."""

    price: float
    reference: float
    spread: float = 0.0
    impact: float = 0.0
    unmeasured: int = 0
    slips: bool = True
    """Whether it could have been made worse."""


class NaiveCharges:
    """The costs of one account."""

    def __init__(self, rules: Rules, books: NaiveBooks) -> None:
        self.rules, self.books, self.models = rules, books, rules.models
        assets = len(books.instruments)
        self.estimates = NaiveEstimates(assets, self.models.sigma, self.models.volume)
        self.volumes = [math.nan] * assets
        """Of the bar at hand."""
        self.drift = [0.0] * assets
        self.moved = [0.0] * assets
        self.traded = 0.0
        self.month = ""
        self.rate, self.per_share = rules.commission_bps * 1e-4, rules.per_share
        self.parts: list[Event] = []

    def begin(self, ts_ns: int, volumes: list[float]) -> None:
        """A bar begins: what pressed on prices during the last stays; the month may be a new one."""
        self.volumes = volumes
        self.drift = [stays + new for stays, new in zip(self.drift, self.moved, strict=True)]
        self.moved = [0.0] * len(self.moved)
        month = str(date(1970, 1, 1) + timedelta(days=(ts_ns - 1) // 86_400_000_000_000))[:7]
        if month != self.month:
            self.month, self.traded = month, 0.0
        tier = None
        for step in self.models.tiers:
            traded = self.traded / 1e6 if self.models.tiers_by_value else self.traded
            if step.at_least <= traded:
                tier = step
        self.rate, self.per_share = self.rules.commission_bps * 1e-4, self.rules.per_share
        if tier:
            self.rate, self.per_share = self.rate + tier.bps * 1e-4, self.per_share + tier.per_share

    def rename(self, asset: int, into: int) -> None:
        """What is known of an asset is known of its new name; what fills have moved goes with it."""
        there, here = self.books.unit(into), self.books.unit(asset)
        self.estimates.rename(asset, into, 1.0 if there == here else there / here)
        for pressed in (self.drift, self.moved):
            pressed[into] += pressed[asset]
            pressed[asset] = 0.0

    # --- prices

    def priced(self, order: Order, reference: float, asked: float) -> Priced:
        """With slippage, but never beyond the order's limit."""
        rules, bound = self.rules, order.bound
        spread, impact, volatility, bits = self.fractions(order, asked)
        slip, fixed = rules.slippage_bps * 1e-4, rules.slippage_fixed
        if order.is_buy:
            base = reference * (1 + slip) + fixed
            price = ((base + reference * spread) + reference * impact) + reference * volatility
            price = price if math.isnan(bound) else min(price, bound)
        else:
            base = reference * (1 - slip) - fixed
            price = max(((base - reference * spread) - reference * impact) - reference * volatility, 0.0)
            price = price if math.isnan(bound) else max(price, bound)
        return Priced(price, reference, spread, impact, bits)

    def fractions(self, order: Order, asked: float) -> tuple[float, float, float, int]:
        """Half the spread, impact, volatility, and what was not measured."""
        m, asset = self.models, order.asset
        sigma, volume = self.estimates.sigma(asset), self.estimates.volume(asset)
        here = self.volumes[asset]
        no_volume = math.isnan(here) or here <= 0
        needs_sigma = m.volatility or m.square_root or m.temporary or m.permanent
        needs_volume = m.square_root or m.temporary or m.permanent
        bits = (2 if m.volume_share and no_volume else 0) + (4 if needs_sigma and math.isnan(sigma) else 0)
        bits += 8 if needs_volume and math.isnan(volume) else 0
        sigma, volume = self.estimates.taken(asset)
        share = 0.0 if no_volume else min(asked / here, m.volume_cap)
        by_share = m.volume_share * (share * share)
        by_root = (m.square_root * sigma) * math.sqrt(asked / volume)
        by_pace = (m.temporary * sigma) * (asked / volume)
        own = ((0.5 * m.permanent) * sigma) * (asked / volume)
        drift = max(self.drift[asset], 0.0) if order.is_buy else max(-self.drift[asset], 0.0)
        impact = (((by_share + by_root) + by_pace) + own) + drift
        instrument = self.books.instruments[asset]
        half = m.half_spread_bps if math.isnan(instrument.half_spread_bps) else instrument.half_spread_bps
        return half * 1e-4, impact, m.volatility * sigma, bits

    # --- commissions

    def broker_fee(self, asset: int, size: float, price: float) -> int:
        """The larger of the minimum and what trade, units and value cost; the cap has the last word."""
        r, value = self.rules, size * price * self.books.unit(asset)
        if self.books.is_future(asset) and not math.isnan(self.models.per_contract):
            return micros(size * self.models.per_contract)
        if not (self.rate or self.per_share or r.per_trade or r.minimum):
            return 0
        fee = max(r.minimum, r.per_trade + size * self.per_share + value * self.rate)
        return micros(fee if math.isinf(r.cap_bps) else min(fee, value * (r.cap_bps * 1e-4)))

    def commission(self, asset: int, size: float, price: float, *, maker: bool) -> tuple[int, int]:
        """What a fill pays, and how much of that to the venue, which may be a rebate."""
        m, value = self.models, size * price * self.books.unit(asset)
        bps, per_share = (m.maker_bps, m.maker_per_share) if maker else (m.taker_bps, m.taker_per_share)
        venue = micros(value * (bps * 1e-4) + size * per_share)
        return self.broker_fee(asset, size, price) + venue, venue

    def dearest(self, asset: int, size: float, price: float) -> int:
        """What a fill is taken to cost before it is known which side it is on."""
        m, value = self.models, size * price * self.books.unit(asset)
        rate = max(m.maker_bps * 1e-4, m.taker_bps * 1e-4, 0.0)
        per_share = max(m.maker_per_share, m.taker_per_share, 0.0)
        return self.broker_fee(asset, size, price) + micros(value * rate + size * per_share)

    def need(self, asset: int, size: float, price: float) -> int:
        """What an entry takes of what there is: the price of it in a cash account, else its initial margin."""
        if not size:
            return 0
        taken = micros(size * price * self.books.unit(asset) * self.books.instruments[asset].initial)
        return taken + self.dearest(asset, size, price)

    # --- what a fill leaves

    def note(self, fill: int, asset: int, quantity: float, at: Priced, venue: int, *, maker: bool) -> None:
        """What has filled counts for the tier of later bars, and presses on their prices; its costs have parts."""
        size, m = abs(quantity), self.models
        self.traded += self.books.money(asset, size, at.price) if m.tiers_by_value else size
        spread = impact = bits = 0
        if at.slips and not maker:
            slipped = self.books.money(asset, size, abs(at.price - at.reference))
            bits = at.unmeasured
            other = self.rules.slippage_bps or self.rules.slippage_fixed or m.volatility
            spread = min(self.books.money(asset, size, at.reference * at.spread), slipped)
            impact = min(self.books.money(asset, size, at.reference * at.impact), slipped - spread)
            if not other and at.reference * at.impact > 0:
                impact = slipped - spread
            elif not other:
                spread = slipped
            self.moved[asset] += self.lasting(asset, size) * (1 if quantity > 0 else -1)
        self.parts.append((fill, spread, impact, venue, int(maker), bits))

    def lasting(self, asset: int, size: float) -> float:
        """How much of a price a fill moves for good."""
        sigma, volume = self.estimates.taken(asset)
        return (self.models.permanent * sigma) * (size / volume)
