"""Small dense markets for the tests of the yardsticks."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def walk(seed: int, barriers: int, assets: int, volatility: float) -> tuple[Floats, Floats]:
    """(T, 5, N) bars and (T, N) scores rounded so that ties are common."""
    random = np.random.Generator(np.random.PCG64(seed))
    close = 50.0 * np.exp(np.cumsum(random.normal(0.0, volatility, (barriers, assets)), axis=0))
    opens = np.vstack([close[:1], close[:-1]]) * np.exp(random.normal(0.0, volatility, (barriers, assets)))
    reach = np.exp(np.abs(random.normal(0.0, volatility, (2, barriers, assets))))
    high, low = np.maximum(opens, close) * reach[0], np.minimum(opens, close) / reach[1]
    bars = np.stack([opens, high, low, close, np.full_like(close, 1e5)], axis=1)
    return bars, random.normal(0.0, 1.0, (barriers, assets)).round(1)
