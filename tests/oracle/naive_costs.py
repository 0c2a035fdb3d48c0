"""What fills cost, asset by asset and fill by fill in plain Python, from the rules alone.

It is told of every bar before anything of it fills (`bar`), and of every fill (`filled`).
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

DAY_NS = 86_400_000_000_000
INF, NAN = math.inf, math.nan
QUOTE, VOLUME, SIGMA, AVERAGE = 1, 2, 4, 8


def micros(amount: float) -> int:
    """Whole micro-units, half to even."""
    return round(amount * 1e6)


def known(value: float) -> bool:
    return not math.isnan(value)


class NaiveEstimate:
    """One figure of one asset.

    Args:
        terms: the configuration's section.
        square: whether values are returns, whose deviation is wanted, and not volumes, whose mean is.
    """

    def __init__(self, terms: Mapping[str, Any], *, square: bool) -> None:
        self.window, self.decay = terms.get("window"), terms.get("decay")
        self.feature, self.default = terms.get("feature"), terms.get("default")
        if self.window is None and self.decay is None and self.feature is None:
            self.window = 20
        self.square = square
        usual = self.window
        if self.decay is not None:
            usual = max(2, math.ceil(1 / (1 - self.decay)))
        self.least: int = terms.get("least") or usual or 0
        self.values: list[float] = []
        self.seen = 0
        self.said: float | None = None
        self.up = self.down = 0.0

    def say(self, value: float) -> None:
        """What the feature says."""
        if math.isfinite(value) and (value >= 0 if self.square else value > 0):
            self.said = value

    def push(self, value: float) -> None:
        self.seen += 1
        if self.decay is not None:
            x = value * value if self.square else value
            self.up = self.decay * self.up + (1 - self.decay) * x
            self.down = self.decay * self.down + (1 - self.decay)
        elif self.window is not None:
            self.values = [*self.values, value][-self.window :]

    def measured(self) -> float | None:
        if self.feature is not None:
            return self.said
        if self.seen < self.least:
            return None
        if self.decay is not None:
            mean = self.up / self.down
            return math.sqrt(mean) if self.square else (mean if mean > 0 else None)
        mean = plainly_added(self.values) / len(self.values)
        if not self.square:
            return mean if mean > 0 else None
        squares = [(value - mean) * (value - mean) for value in self.values]
        return math.sqrt(plainly_added(squares) / (len(squares) - 1))

    def value(self) -> float:
        found = self.measured()
        if found is not None:
            return found
        return self.default if self.default is not None else (0.0 if self.square else INF)


def plainly_added(values: Sequence[float]) -> float:
    """One after another: Python's own `sum` of floats corrects its rounding, from 3.12 on."""
    total = 0.0
    for value in values:
        total += value
    return total


class NaiveCosts:
    """The costs of an account.

    Args:
        execution: the configuration's section, as plain values.
        features: their names, in order.
        assets: how many.
        own: half-spread of each asset as a fraction, NaN where nothing is said of it.
        futures: which assets are futures.
        unit: the money of a unit at a price of 1, by asset.
    """

    def __init__(
        self,
        execution: Mapping[str, Any],
        features: Sequence[str],
        assets: int,
        *,
        own: Sequence[float] | None = None,
        futures: Sequence[bool] | None = None,
        unit: Sequence[float] | None = None,
    ) -> None:
        self.slippage, self.fees = execution.get("slippage", {}), execution.get("commission", {})
        self.row = {name: row for row, name in enumerate(features)}
        self.own, self.futures = own or [NAN] * assets, futures or [False] * assets
        self.unit = unit or [1.0] * assets
        self.quoted: list[float | None] = [None] * assets
        self.last = [NAN] * assets
        self.sigmas = [NaiveEstimate(self.slippage.get("sigma", {}), square=True) for _ in range(assets)]
        self.averages = [NaiveEstimate(self.slippage.get("average_volume", {}), square=False) for _ in range(assets)]
        self.drift, self.moved = [0.0] * assets, [0.0] * assets
        self.volume = [NAN] * assets
        self.month: tuple[int, int] | None = None
        self.traded = 0.0
        self.tier: Mapping[str, float] = {}
        self.before: tuple[Any, Any] | None = None

    def section(self, name: str, key: str, default: float = 0.0) -> float:
        found = self.slippage.get(name)
        return float(found.get(key, default)) if found else 0.0

    # -- what is known at a bar ------------------------------------------------------------------------------------

    def bar(self, ts_ns: int, bars: Any, features: Any) -> None:
        """A new bar, of which nothing has filled yet: (5, assets) and (features, assets)."""
        for a in range(len(self.last)):
            self.drift[a] += self.moved[a]
            self.moved[a] = 0.0
            if self.before is not None:
                self.learn(a, *self.before)
            self.volume[a] = float(bars[4][a])
        self.before = (bars, features)
        day = datetime.fromtimestamp((ts_ns - 1) // DAY_NS * 86_400, UTC)
        if (day.year, day.month) != self.month:
            self.month, self.traded = (day.year, day.month), 0.0
        self.tier = {}
        tiers = self.fees.get("tiers")
        for step in tiers["steps"] if tiers else ():
            if step["at_least"] <= (self.traded / 1e6 if tiers.get("by", "value") == "value" else self.traded):
                self.tier = step

    def learn(self, a: int, bars: Any, features: Any) -> None:
        spread = self.slippage.get("half_spread") or {}
        if spread.get("bid"):
            bid, ask = (float(features[self.row[spread[side]]][a]) for side in ("bid", "ask"))
            if 0 < bid <= ask < INF:
                self.quoted[a] = (ask - bid) / (ask + bid)
        for estimate in (self.sigmas[a], self.averages[a]):
            if estimate.feature is not None:
                estimate.say(float(features[self.row[estimate.feature]][a]))
        close, volume = float(bars[3][a]), float(bars[4][a])
        if known(close):
            if known(self.last[a]):
                self.sigmas[a].push(close / self.last[a] - 1.0)
            self.last[a] = close
            if known(volume):
                self.averages[a].push(volume)

    # -- prices ----------------------------------------------------------------------------------------------------

    def half_spread(self, a: int) -> float:
        quoted, own = self.quoted[a], self.own[a]
        if quoted is not None:
            return quoted
        return own if known(own) else self.section("half_spread", "bps") * 1e-4

    def impact(self, a: int, *, buy: bool, asked: float) -> float:
        sigma, of_average = self.sigma(a), asked / self.average(a)
        share = asked / self.volume[a] if self.volume[a] > 0 else 0.0
        share = min(share, self.section("volume_share", "cap", 1.0))
        permanent = self.section("almgren_chriss", "permanent")
        found = self.section("volume_share", "factor") * (share * share)
        found += self.section("square_root", "coefficient") * sigma * math.sqrt(of_average)
        found += self.section("almgren_chriss", "temporary") * sigma * of_average
        found += 0.5 * permanent * sigma * of_average
        return found + max(self.drift[a] if buy else -self.drift[a], 0.0)

    def sigma(self, a: int) -> float:
        return self.sigmas[a].value() if self.needs_sigma() else 0.0

    def average(self, a: int) -> float:
        return self.averages[a].value() if self.needs_average() else INF

    def needs_average(self) -> bool:
        names = ("square_root", "coefficient"), ("almgren_chriss", "temporary"), ("almgren_chriss", "permanent")
        return any(self.section(*name) for name in names)

    def needs_sigma(self) -> bool:
        return self.needs_average() or bool(self.section("volatility", "factor"))

    def price(self, a: int, *, buy: bool, asked: float, at: float, limit: float = NAN) -> float:
        side = 1.0 if buy else -1.0
        bps, fixed = float(self.slippage.get("bps", 0.0)), float(self.slippage.get("fixed", 0.0))
        found = at * (1.0 + side * (bps * 1e-4)) + side * fixed
        found += side * (at * self.half_spread(a))
        found += side * (at * self.impact(a, buy=buy, asked=asked))
        found += side * (at * (self.section("volatility", "factor") * self.sigma(a)))
        if not buy:
            found = max(found, 0.0)
        if known(limit):
            found = min(found, limit) if buy else max(found, limit)
        return found

    def unmeasured(self, a: int) -> int:
        bits = 0
        if (self.slippage.get("half_spread") or {}).get("bid") and self.quoted[a] is None:
            bits |= QUOTE
        if self.section("volume_share", "factor") and not self.volume[a] > 0:
            bits |= VOLUME
        if self.needs_sigma() and self.sigmas[a].measured() is None:
            bits |= SIGMA
        if self.needs_average() and self.averages[a].measured() is None:
            bits |= AVERAGE
        return bits

    # -- fills -----------------------------------------------------------------------------------------------------

    def money(self, a: int, size: float, price: float) -> int:
        return micros(size * price * self.unit[a])

    def parts(self, a: int, *, buy: bool, asked: float, size: float, at: float, price: float) -> tuple[int, int, int]:
        """Spread, impact and other slippage of a fill."""
        total = self.money(a, size, abs(price - at))
        impact = at * self.impact(a, buy=buy, asked=asked)
        spread = min(self.money(a, size, at * self.half_spread(a)), total)
        moved = min(self.money(a, size, impact), total - spread)
        others = (self.slippage.get("bps"), self.slippage.get("fixed"), self.section("volatility", "factor"))
        if not any(others):
            spread, moved = (spread, total - spread) if impact > 0 else (total, 0)
        return spread, moved, total - spread - moved

    def broker_fee(self, a: int, size: float, price: float) -> int:
        fees = self.fees
        if self.futures[a] and fees.get("per_contract") is not None:
            return micros(size * fees["per_contract"])
        rate = fees.get("bps", 0.0) * 1e-4 + self.tier.get("bps", 0.0) * 1e-4
        unit = fees.get("per_share", 0.0) + self.tier.get("per_share", 0.0)
        worth = size * price * self.unit[a]
        found = max(fees.get("minimum", 0.0), fees.get("per_trade", 0.0) + size * unit + worth * rate)
        cap = fees.get("cap_bps")
        return micros(found if cap is None else min(found, worth * (cap * 1e-4)))

    def venue_fee(self, a: int, size: float, price: float, *, maker: bool) -> int:
        venue, side = self.fees.get("maker_taker") or {}, "maker" if maker else "taker"
        rate, unit = venue.get(f"{side}_bps", 0.0) * 1e-4, venue.get(f"{side}_per_share", 0.0)
        return micros(size * price * self.unit[a] * rate + size * unit)

    def filled(self, a: int, *, buy: bool, size: float, price: float, slips: bool) -> None:
        tiers = self.fees.get("tiers")
        if tiers:
            self.traded += self.money(a, size, price) if tiers.get("by", "value") == "value" else size
        if slips:
            shift = self.section("almgren_chriss", "permanent") * self.sigma(a) * (size / self.average(a))
            self.moved[a] += shift if buy else -shift
