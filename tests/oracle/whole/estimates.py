"""What the naive broker takes for an asset's volatility and for its volume, from the bars before the one at hand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.oracle.whole.rules import NAN, Bar, Estimate


def enough(by: Estimate, *, two: bool) -> int:
    """How many values it takes."""
    least = by.least or (math.ceil(1 / (1 - by.decay)) if by.decay else by.window)
    return max(least, 2) if two and not by.decay else least


@dataclass
class Seen:
    """What was seen of one asset."""

    close: float = NAN
    returns: list[float] = field(default_factory=list)
    volumes: list[float] = field(default_factory=list)
    amount: float = 0.0
    weight: float = 0.0
    """Of a mean of the volumes in which what is older counts for less."""
    average: float = NAN
    """Of the volumes, as of the last one."""


def in_order(values: Sequence[float]) -> float:
    """A sum as one adds by hand, oldest first."""
    total = 0.0
    for value in values:
        total += value
    return total


def faded(values: Sequence[float], decay: float) -> float:
    """A mean in which what is older counts for less."""
    amount = weight = 0.0
    for value in values:
        amount = decay * amount + (1 - decay) * value
        weight = decay * weight + (1 - decay)
    return amount / weight


class NaiveEstimates:
    """Estimates of all assets, which never know the bar at hand."""

    def __init__(self, assets: int, sigma: Estimate, volume: Estimate) -> None:
        self.seen = [Seen() for _ in range(assets)]
        self.sigma_by, self.volume_by = sigma, volume

    def learn(self, bars: Sequence[Bar | None]) -> None:
        """A bar that is over."""
        for seen, bar in zip(self.seen, bars, strict=False):
            if bar is None:
                continue
            if not math.isnan(seen.close):
                seen.returns.append(bar.close / seen.close - 1.0)
            seen.close = bar.close
            if not math.isnan(bar.volume):
                self.learn_volume(seen, bar.volume)

    def learn_volume(self, seen: Seen, volume: float) -> None:
        """One more volume."""
        by = self.volume_by
        seen.volumes.append(volume)
        if by.decay:
            seen.amount = by.decay * seen.amount + (1 - by.decay) * volume
            seen.weight = by.decay * seen.weight + (1 - by.decay)
            seen.average = seen.amount / seen.weight
        else:
            last = seen.volumes[-by.window :]
            seen.average = in_order(last) / len(last)

    def split(self, asset: int, ratio: float) -> None:
        """More units at lower prices."""
        seen = self.seen[asset]
        seen.close /= ratio
        seen.volumes = [volume * ratio for volume in seen.volumes]
        seen.amount *= ratio
        seen.average *= ratio

    def rename(self, asset: int, into: int, rate: float) -> None:
        """A new name has the past of the old one, where it has none itself."""
        old, new = self.seen[asset], self.seen[into]
        if math.isnan(new.close):
            new.close, new.returns = old.close / rate, list(old.returns)
        if not new.volumes:
            new.volumes = list(old.volumes)
            new.amount, new.weight, new.average = old.amount, old.weight, old.average

    def sigma(self, asset: int) -> float:
        """Volatility of one bar, NaN where it is not measured."""
        by, values = self.sigma_by, self.seen[asset].returns
        if len(values) < enough(by, two=True):
            return NAN
        if by.decay:
            return math.sqrt(faded([value * value for value in values], by.decay))
        last = values[-by.window :]
        mean = in_order(last) / len(last)
        return math.sqrt(in_order([(value - mean) * (value - mean) for value in last]) / (len(last) - 1))

    def volume(self, asset: int) -> float:
        """Units of one bar, NaN where it is not measured."""
        seen = self.seen[asset]
        measured = len(seen.volumes) >= enough(self.volume_by, two=False) and seen.average > 0
        return seen.average if measured else NAN

    def taken(self, asset: int) -> tuple[float, float]:
        """Both as the models take them: what is not measured is as its default says, or else costs nothing."""
        sigma, volume = self.sigma(asset), self.volume(asset)
        sigma = self.sigma_by.default if math.isnan(sigma) else sigma
        volume = self.volume_by.default if math.isnan(volume) else volume
        return 0.0 if math.isnan(sigma) else sigma, math.inf if math.isnan(volume) else volume
