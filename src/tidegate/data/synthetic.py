"""A made-up market: prices, a weak score and a volatility index, the same for the same seed.

Log prices are random walks driven by a market factor of changing volatility, eleven sector factors and noise of each
asset's own. A bar opens where the last one closed, moved by a gap that is large overnight. High and low lie beyond
open and close by what an asset of that volatility would cover. The score of a bar is noise plus a small part of the
asset's own next return, so that the two correlate by `SCORE_IC`: the only place where the future enters, as in any
score that predicts something.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.errors import ConfigError
from tidegate.core.seeds import generator
from tidegate.core.time import NS_PER, parse_duration
from tidegate.data.files import write_table

SCORE_IC = 0.03
"""Correlation of a bar's score with the next bar's return, market and sector taken out."""
SECTORS = 11
_SESSION_NS = 390 * NS_PER["m"]
_SESSION_OPEN_NS = 14 * NS_PER["h"] + 30 * NS_PER["m"]
_DAYS_PER_YEAR = 252
_OVERNIGHT = 0.3  # share of a day's variance that falls between sessions
_DRIFT = 0.06  # a year
_MARKET_VOL, _SECTOR_VOL = 0.15, 0.10
_OWN_VOL = (0.15, 0.40)
_LATE, _GONE = 0.08, 0.05  # shares of the assets


@dataclass(frozen=True, slots=True)
class Market:
    """The frames of a made-up market, each sorted by timestamp and asset.

    Attributes:
        prices: timestamp, asset, open, high, low, close, volume. Timestamps are dates for daily bars, else UTC
            datetimes of each bar's end.
        signals: timestamp, asset, ml_score; a row for every bar.
        context: timestamp, vix.
    """

    prices: pl.DataFrame
    signals: pl.DataFrame
    context: pl.DataFrame

    def write(self, folder: str | Path) -> dict[str, Path]:
        """Writes `prices.parquet`, `scores.parquet` and `vix.parquet` (zstd) and returns their paths by source.

        Raises:
            OSError: one cannot be written; names it.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        paths = {
            "prices": target / "prices.parquet",
            "signals": target / "scores.parquet",
            "context": target / "vix.parquet",
        }
        for source, path in paths.items():
            write_table(getattr(self, source), path)
        return paths


@dataclass(frozen=True, slots=True)
class _Clock:
    """When the bars are: their labels, their share of a day's variance, and which of them open a session."""

    labels: pl.Series
    day_share: float
    opens: BoolArray


def make(
    n_assets: int,
    n_timestamps: int,
    *,
    seed: int = 0,
    freq: str = "1d",
    start: str = "2015-01-02",
    complete: bool = False,
) -> Market:
    """Makes a market.

    Args:
        n_assets: at least 1; names are letters in alphabetical order.
        n_timestamps: bars of an asset that is listed all the time.
        seed: of all randomness.
        freq: `1d` for business days, or a length that divides a session of 390 minutes, such as `1m` or `5m`.
        start: first day, ISO 8601; the next business day where it is none.
        complete: whether every asset is listed all the time; otherwise some list late and some are delisted.

    Raises:
        ConfigError: a size below 1, or such a freq or start that it cannot be done.
    """
    if n_assets < 1 or n_timestamps < 1:
        raise ConfigError(f"synthetic data: {n_assets} assets and {n_timestamps} timestamps, want at least 1 of each")
    clock = _clock(n_timestamps, freq, start)
    names = _names(n_assets)
    market_vol = _market_vol(n_timestamps, clock, seed)
    step, own_next = _steps(n_assets, clock, market_vol, seed)
    bars = _bars(step, clock, seed)
    score = SCORE_IC * own_next + np.sqrt(1.0 - SCORE_IC**2) * generator(seed, "score").standard_normal(own_next.shape)
    listed = np.flatnonzero(_listed(n_timestamps, n_assets, complete, seed))
    row, code = np.divmod(listed, n_assets)
    keys = {"timestamp": clock.labels.gather(row), "asset": pl.Series(names).gather(code)}
    return Market(
        pl.DataFrame(keys | {name: values.ravel()[listed] for name, values in bars.items()}),
        pl.DataFrame(keys | {"ml_score": score.ravel()[listed]}),
        pl.DataFrame({"timestamp": clock.labels, "vix": np.round(market_vol * 100.0, 2)}),
    )


def write(
    folder: str | Path,
    *,
    assets: int,
    days: int,
    seed: int = 0,
    freq: str = "1d",
    start: str = "2015-01-02",
    complete: bool = False,
) -> tuple[Path, ...]:
    """Makes a market of whole days and writes it; see `make` and `Market.write`.

    Returns:
        Paths of prices, scores and volatility index.

    Raises:
        ConfigError: see `make`.
    """
    per_day = max(1, _SESSION_NS // (parse_duration(freq) or _SESSION_NS))
    market = make(assets, days * per_day, seed=seed, freq=freq, start=start, complete=complete)
    return tuple(market.write(folder).values())


def _clock(n_timestamps: int, freq: str, start: str) -> _Clock:
    length = parse_duration(freq)
    daily = length == NS_PER["d"]
    if not daily and (length <= 0 or _SESSION_NS % length):
        raise ConfigError(f"synthetic data: freq '{freq}' is neither 1d nor a length that divides 390 minutes")
    bars_per_day = 1 if daily else _SESSION_NS // length
    days_wanted = -(-n_timestamps // bars_per_day)
    try:
        days: NDArray[np.datetime64] = np.busday_offset(start, np.arange(days_wanted), roll="forward")
    except ValueError as error:
        raise ConfigError(f"synthetic data: start '{start}' is no ISO 8601 date") from error
    inside = np.arange(n_timestamps) % bars_per_day
    if daily:
        return _Clock(pl.Series(days), 1.0 - _OVERNIGHT, np.ones(n_timestamps, np.bool_))
    day_ns = days.astype("datetime64[ns]").astype(np.int64).repeat(bars_per_day)[:n_timestamps]
    ends: IntArray = (day_ns + _SESSION_OPEN_NS + (inside + 1) * length) // 1_000
    labels = pl.Series(ends).cast(pl.Datetime("us", "UTC"))
    return _Clock(labels, (1.0 - _OVERNIGHT) / bars_per_day, inside == 0)


def _names(count: int) -> list[str]:
    """AAA, AAB, ...: as many letters as it takes, so that they are in alphabetical order."""
    width = 3
    while 26**width < count:
        width += 1
    return ["".join(chr(65 + number // 26**place % 26) for place in reversed(range(width))) for number in range(count)]


def _market_vol(n_timestamps: int, clock: _Clock, seed: int) -> FloatArray:
    """(T,) the market's volatility a year: its logarithm returns slowly to the mean, over about a month."""
    rng = generator(seed, "volatility")
    pull = min(1.0, clock.day_share / (1.0 - _OVERNIGHT) / 20.0)
    shocks = rng.standard_normal(n_timestamps) * 0.35 * np.sqrt(2.0 * pull - pull**2)
    level, keep = 0.0, 1.0 - pull
    logs = np.empty(n_timestamps)
    for at, shock in enumerate(shocks.tolist()):
        level = keep * level + shock
        logs[at] = level
    return _MARKET_VOL * np.exp(logs)


def _steps(n_assets: int, clock: _Clock, market_vol: FloatArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """(T, N) standard deviation-scaled moves of log prices, a unit being a whole day; and each asset's own next move.

    The own move has variance 1; the last bar has none to come, so its score is noise alone.
    """
    traits, shocks = generator(seed, "traits"), generator(seed, "shocks")
    beta = traits.uniform(0.6, 1.4, n_assets)
    sector = traits.integers(0, SECTORS, n_assets)
    own_vol = traits.uniform(*_OWN_VOL, n_assets)
    rows = market_vol.size
    market = shocks.standard_normal(rows) * market_vol
    sectors = shocks.standard_normal((rows, SECTORS)) * _SECTOR_VOL
    own = shocks.standard_normal((rows, n_assets))
    step = own * own_vol
    step += market[:, None] * beta
    step += sectors[:, sector]
    step /= np.sqrt(_DAYS_PER_YEAR)
    own_next = np.roll(own, -1, axis=0)
    own_next[-1] = generator(seed, "beyond").standard_normal(n_assets)
    return step, own_next


def _bars(step: FloatArray, clock: _Clock, seed: int) -> dict[str, FloatArray]:
    """(T, N) fields in whole cents and shares; `step` is used up."""
    rng = generator(seed, "bars")
    rows, assets = step.shape
    first = rng.uniform(20.0, 300.0, assets)
    day_vol = step.std(axis=0) if rows > 1 else np.full(assets, 0.02)
    overnight = np.where(clock.opens, np.sqrt(_OVERNIGHT), 0.0)
    inside = np.sqrt(clock.day_share)
    # One move is split: its part between sessions and its part within the bar.
    share = overnight / np.hypot(overnight, inside)
    drift = _DRIFT / _DAYS_PER_YEAR * (clock.day_share + overnight**2)
    step *= np.hypot(overnight, inside)[:, None]
    spread_of_gap = rng.standard_normal((rows, assets))
    spread_of_gap *= (np.hypot(overnight, inside) * share * np.sqrt(1.0 - share**2))[:, None] * day_vol
    gap = step * (share**2)[:, None] + spread_of_gap
    move = step + (drift[:, None] - step.var(axis=0) / 2.0)
    logs = np.cumsum(move, axis=0)
    close = first * np.exp(logs)
    open_ = first * np.exp(logs - move + gap)
    reach = inside * 0.4 * day_vol
    high = np.maximum(open_, close) * np.exp(np.abs(rng.standard_normal((rows, assets))) * reach)
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.standard_normal((rows, assets))) * reach)
    usual = rng.lognormal(13.5, 1.0, assets) * clock.day_share / (1.0 - _OVERNIGHT)
    volume = np.rint(usual * np.exp(rng.standard_normal((rows, assets)) * 0.4 + 0.3 * np.abs(step / day_vol)))
    # Rounding keeps high and low outside, since it never changes the order of two prices.
    cents = {"open": open_, "high": high, "low": low, "close": close}
    prices = {name: np.maximum(np.rint(field * 100.0), 1.0) / 100.0 for name, field in cents.items()}
    return prices | {"volume": volume}


def _listed(n_timestamps: int, n_assets: int, complete: bool, seed: int) -> BoolArray:
    """(T, N) whether an asset is listed; at least one always is."""
    listed = np.ones((n_timestamps, n_assets), np.bool_)
    if complete or n_assets < 2:
        return listed
    rng = generator(seed, "listings")
    order = rng.permutation(n_assets)[1:]
    late = order[: round(n_assets * _LATE)]
    gone = order[late.size : late.size + round(n_assets * _GONE)]
    for column in late.tolist():
        listed[: int(n_timestamps * rng.uniform(0.1, 0.6)), column] = False
    for column in gone.tolist():
        listed[int(n_timestamps * rng.uniform(0.5, 0.95)) :, column] = False
    return listed
