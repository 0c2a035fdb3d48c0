"""The rotation of 500 assets over 252 days, rebalanced every day: for the engine here and in a fresh process."""

import numpy as np

from tests.oracle.engine import DAY_NS, config_of
from tests.oracle.markets import FIELDS, Prices, names_of, seeded_prices, seeded_scores
from tests.oracle.records import Floats, Settings
from tidegate import Result, Session, TopN
from tidegate.data.panel import ArraySource

ASSETS, DAYS, N, GROSS = 500, 252, 25, 0.95
SETTINGS = Settings(bps=1.0, slippage_bps=2.0, stop_loss=0.05, take_profit=0.15, trailing_stop=0.07, max_weight=0.1)


def rotation_data() -> tuple[Prices, Floats]:
    """Prices with a few holes and scores with ties."""
    return seeded_prices(11, ASSETS, DAYS, holes=0.01), seeded_scores(12, ASSETS, DAYS)


def rotation_session(
    prices: Prices, scores: Floats, settings: Settings = SETTINGS, kernels: str = "compiled"
) -> Session:
    """A session of the library's `TopN` over the data."""
    bars = np.stack([*(prices[field] for field in FIELDS), np.where(np.isnan(prices["close"]), np.nan, 1.0)], axis=1)
    source = ArraySource(names_of(ASSETS), np.arange(1, DAYS + 1) * DAY_NS, bars, signals={"ml_score": scores})
    config = config_of(settings) | {"run": {"kernels": kernels}}
    return Session(TopN(N, 1, GROSS), source=source, config=config, progress=False)


def run_rotation() -> Result:
    """One run of it."""
    return rotation_session(*rotation_data()).run()


if __name__ == "__main__":
    print(run_rotation().digest)
