"""Strategies that are ready to use, and to be read as examples."""

import numpy as np

from tidegate.core.errors import ConfigError
from tidegate.strategy.context import Context
from tidegate.strategy.selection import top
from tidegate.strategy.strategy import Strategy


def _check(name: str, **values: float) -> None:
    problems = [f"{name}: {key} is {value}, want more than 0" for key, value in values.items() if not value > 0]
    if problems:
        raise ConfigError.of(problems)


class TopN(Strategy):
    """Holds the n best-scored assets at equal weight.

    Args:
        n: how many assets.
        every: barriers from one rebalance to the next; the first is at barrier 0.
        gross: fraction of equity to invest, shared equally.
        signal: name of the score.
    """

    def __init__(self, n: int = 25, every: int = 5, gross: float = 0.95, signal: str = "ml_score") -> None:
        _check("TopN", n=n, every=every, gross=gross)
        self.n, self.every, self.gross, self.signal = n, every, gross, signal

    def state(self) -> object:
        """Nothing: it looks at the barrier alone."""
        return {}

    def on_batch(self, ctx: Context) -> None:
        """Rebalances every so many barriers; assets without a finite score are not held."""
        if ctx.barrier % self.every:
            return
        best = top(ctx.batch.signals[self.signal], self.n)
        ctx.target_weights(dict.fromkeys(best.tolist(), self.gross / self.n))


class LongShort(Strategy):
    """Holds the n best-scored assets, and is short of the n worst, all at equal weight; needs a margin account.

    With fewer than 2n finite scores both sides have half of them, so that they stay of one size. Of equal scores those
    earlier by name are the better ones on the long side, and the worse ones on the short.

    Args:
        n: how many assets on each side.
        every: barriers from one rebalance to the next; the first is at barrier 0.
        gross: fraction of equity on both sides together, shared equally.
        signal: name of the score.
    """

    def __init__(self, n: int = 25, every: int = 5, gross: float = 0.95, signal: str = "ml_score") -> None:
        _check("LongShort", n=n, every=every, gross=gross)
        self.n, self.every, self.gross, self.signal = n, every, gross, signal

    def state(self) -> object:
        """Nothing: it looks at the barrier alone."""
        return {}

    def on_batch(self, ctx: Context) -> None:
        """Rebalances every so many barriers; assets without a finite score are not held."""
        if ctx.barrier % self.every:
            return
        score = ctx.batch.signals[self.signal]
        each = min(self.n, int(np.isfinite(score).sum()) // 2)
        best = top(score, each)
        rest = -score
        rest[best] = np.nan
        weight = self.gross / (2 * self.n)
        weights = dict.fromkeys(best.tolist(), weight)
        ctx.target_weights(weights | dict.fromkeys(top(rest, each).tolist(), -weight))


class EqualWeight(Strategy):
    """Holds every asset that has a bar at equal weight.

    Args:
        every: barriers from one rebalance to the next; the first is at barrier 0.
        gross: fraction of equity to invest, shared equally.
    """

    def __init__(self, every: int = 21, gross: float = 0.95) -> None:
        _check("EqualWeight", every=every, gross=gross)
        self.every, self.gross = every, gross

    def state(self) -> object:
        """Nothing: it looks at the barrier alone."""
        return {}

    def on_batch(self, ctx: Context) -> None:
        """Rebalances every so many barriers; an asset that has no bar just now is closed."""
        if ctx.barrier % self.every:
            return
        trading = np.flatnonzero(ctx.batch.has_bar)
        ctx.target_weights({asset: self.gross / len(trading) for asset in trading.tolist()})


class BuyAndHold(Strategy):
    """Buys every asset that has a bar at the first barrier, at equal weight, and does nothing more.

    Args:
        gross: fraction of equity to invest, shared equally.
    """

    def __init__(self, gross: float = 0.95) -> None:
        _check("BuyAndHold", gross=gross)
        self.gross = gross

    def state(self) -> object:
        """Nothing: it looks at the barrier alone."""
        return {}

    def on_batch(self, ctx: Context) -> None:
        """Buys once."""
        if ctx.barrier == 0:
            trading = np.flatnonzero(ctx.batch.has_bar)
            ctx.target_weights({asset: self.gross / len(trading) for asset in trading.tolist()})
