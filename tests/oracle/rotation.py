"""The rotation of 500 assets over 252 days, rebalanced every day: for the engine and the oracle."""

import numpy as np
from tests.oracle.engine import DAY_NS, config_of
from tests.oracle.markets import FIELDS, Prices, names_of, seeded_prices, seeded_scores
from tests.oracle.records import Floats, Settings

from tidegate import ArraySource, Result, Session, TopN

ASSETS, DAYS, N, GROSS = 500, 252, 25, 0.95
SETTINGS = Settings(bps=1.0, slippage_bps=2.0, stop_loss=0.05, take_profit=0.15, trailing_stop=0.07, max_weight=0.1)


def rotation_data() -> tuple[Prices, Floats]:
    """Prices with a few holes and late listings, and scores with ties."""
    return seeded_prices(11, ASSETS, DAYS, holes=0.01), seeded_scores(12, ASSETS, DAYS)


def rotation_source(prices: Prices, scores: Floats) -> ArraySource:
    """The same as a panel; it may be read any number of times."""
    bars = np.stack([*(prices[name] for name in FIELDS), np.where(np.isnan(prices["close"]), np.nan, 1.0)], axis=1)
    return ArraySource(names_of(ASSETS), np.arange(1, DAYS + 1) * DAY_NS, bars, signals={"ml_score": scores})


def run_rotation(source: ArraySource, *, kernels: str = "interpreted", shuffle_seed: int | None = None) -> Result:
    """One run of the library's `TopN`."""
    config = config_of(SETTINGS) | {"run": {"kernels": kernels}}
    return Session(
        TopN(N, 1, GROSS), source=source, config=config, progress=False, shuffle_seed=shuffle_seed
    ).run()  # fmt: skip
