"""What costs must know of an asset's past: how much its returns vary, how much of it trades, and what it is quoted at.

An estimate is made from the bars that ended before the one that fills, or is a feature as it was known then. Over a
window, sigma is the sample deviation of the last returns from close to close, and the average volume the mean of the
last volumes; with a decay, both are means in which every value weighs less by that factor than the one after it, and
sigma is the root of the mean square. An asset's bars follow one another whatever lies between them; a bar without a
volume counts for sigma alone.

Until an estimate has seen `least` values it is not measured: its default stands for it, and where there is none the
models that need it cost nothing. A feature or a quote that is absent, or makes no sense, leaves what was known before.
What is not measured is noted with each fill it concerns.

Where this is unrealistic: a return over a weekend or a gap weighs like any other; a quote holds until the next one.
"""

from typing import NamedTuple

import numpy as np

from tidegate.kernels.instruments import AVERAGE_VOLUME, BAR_VOLUME, DRIFT, HALF_SPREAD, MOVED, SIGMA, UNMEASURED
from tidegate.kernels.kernel import FloatRows, Floats, IntRows, Ints, ReadFloatRows, kernel

NO_QUOTE, NO_VOLUME, NO_SIGMA, NO_AVERAGE = 1, 2, 4, 8
"""Bits of what is not measured: the half-spread, the bar's volume, sigma, the average volume."""
OFF, WINDOW, DECAY, FEATURE = range(4)
"""How an estimate is made."""
HOW_SIGMA, HOW_AVERAGE, LEAST_SIGMA, LEAST_AVERAGE, ROW_SIGMA, ROW_AVERAGE, ROW_BID, ROW_ASK, NEEDS_VOLUME = range(9)
"""Entries of `Known.how`: how each estimate is made, how many values it wants; rows of the features, -1 for none; and
whether the bar's own volume is needed."""
DECAY_SIGMA, DECAY_AVERAGE, DEFAULT_SIGMA, DEFAULT_AVERAGE = range(4)
"""Entries of `Known.terms`; a default is NaN for none."""
RETURNS, VOLUMES = range(2)
"""Rows of `Known.seen`: how many values have come."""
SQUARES, SQUARES_WEIGHT, TRADED, TRADED_WEIGHT = range(4)
"""Rows of `Known.sums`, of estimates with a decay."""


class Known(NamedTuple):
    """What is known of the past, changed in place.

    Attributes:
        how, terms: see above; not changed.
        last: (n_assets,) close of the last bar, NaN before the first.
        returns, volumes: (n_assets, window) the last values, each in the place of the oldest.
        seen: (2, n_assets), sums: (4, n_assets): see the rows above.
        missing: (n_assets,) bits of what is not measured.
    """

    how: Ints
    terms: Floats
    last: Floats
    returns: FloatRows
    volumes: FloatRows
    seen: IntRows
    sums: FloatRows
    missing: Ints


@kernel
def learn(bars: ReadFloatRows, features: ReadFloatRows, known: Known, instruments: FloatRows) -> None:
    """Takes over the batch before the one that fills.

    Args:
        bars, features: see `messages.market.MarketBatch`.
        instruments: its estimates are changed in place, and what was moved by fills takes effect.
    """
    how = known.how
    for a in range(len(known.last)):
        instruments[DRIFT, a] += instruments[MOVED, a]
        instruments[MOVED, a] = 0.0
        if how[ROW_BID] >= 0:
            _quote(a, features[how[ROW_BID], a], features[how[ROW_ASK], a], known, instruments)
        if how[HOW_SIGMA] == FEATURE:
            value = features[how[ROW_SIGMA], a]
            if 0.0 <= value < np.inf:
                _measure(a, SIGMA, NO_SIGMA, value, known, instruments)
        if how[HOW_AVERAGE] == FEATURE:
            value = features[how[ROW_AVERAGE], a]
            if 0.0 < value < np.inf:
                _measure(a, AVERAGE_VOLUME, NO_AVERAGE, value, known, instruments)
        close = bars[3, a]
        if close != close:
            continue
        if how[HOW_SIGMA] in (WINDOW, DECAY):
            _take_close(a, close, known, instruments)
        if how[HOW_AVERAGE] in (WINDOW, DECAY) and bars[4, a] == bars[4, a]:
            _take_volume(a, bars[4, a], known, instruments)


@kernel
def _quote(a: int, bid: float, ask: float, known: Known, instruments: FloatRows) -> None:
    if 0.0 < bid <= ask < np.inf:
        _measure(a, HALF_SPREAD, NO_QUOTE, (ask - bid) / (ask + bid), known, instruments)


@kernel
def _measure(a: int, row: int, bit: int, value: float, known: Known, instruments: FloatRows) -> None:
    instruments[row, a] = value
    known.missing[a] = known.missing[a] & ~bit


@kernel
def _take_close(a: int, close: float, known: Known, instruments: FloatRows) -> None:
    """A return, from the second close on."""
    last = known.last[a]
    known.last[a] = close
    if last != last:
        return
    value = close / last - 1.0
    seen = known.seen[RETURNS, a]
    known.seen[RETURNS, a] = seen + 1
    if known.how[HOW_SIGMA] == WINDOW:
        known.returns[a, seen % known.returns.shape[1]] = value
        if seen + 1 >= known.how[LEAST_SIGMA]:
            _measure(a, SIGMA, NO_SIGMA, deviation(known.returns[a], seen + 1), known, instruments)
        return
    _weigh(a, SQUARES, value * value, known.terms[DECAY_SIGMA], known.sums)
    if seen + 1 >= known.how[LEAST_SIGMA]:
        mean = known.sums[SQUARES, a] / known.sums[SQUARES_WEIGHT, a]
        _measure(a, SIGMA, NO_SIGMA, float(np.sqrt(mean)), known, instruments)


@kernel
def _take_volume(a: int, volume: float, known: Known, instruments: FloatRows) -> None:
    seen = known.seen[VOLUMES, a]
    known.seen[VOLUMES, a] = seen + 1
    if known.how[HOW_AVERAGE] == WINDOW:
        known.volumes[a, seen % known.volumes.shape[1]] = volume
    else:
        _weigh(a, TRADED, volume, known.terms[DECAY_AVERAGE], known.sums)
    if seen + 1 < known.how[LEAST_AVERAGE]:
        return
    if known.how[HOW_AVERAGE] == WINDOW:
        mean = average(known.volumes[a], seen + 1)
    else:
        mean = known.sums[TRADED, a] / known.sums[TRADED_WEIGHT, a]
    if mean > 0.0:
        _measure(a, AVERAGE_VOLUME, NO_AVERAGE, mean, known, instruments)
    else:
        known.missing[a] = known.missing[a] | NO_AVERAGE
        default = known.terms[DEFAULT_AVERAGE]
        instruments[AVERAGE_VOLUME, a] = default if default == default else np.inf


@kernel
def _weigh(a: int, row: int, value: float, decay: float, sums: FloatRows) -> None:
    """Adds a value to a weighted sum, and its weight to the sum of weights in the row after it."""
    sums[row, a] = decay * sums[row, a] + (1.0 - decay) * value
    sums[row + 1, a] = decay * sums[row + 1, a] + (1.0 - decay)


@kernel
def average(ring: Floats, seen: int) -> float:
    """Mean of the last values, added from the oldest on.

    Args:
        ring: the last values; value number k, counted from 0, is at k % its length.
        seen: how many values have come, at least 1.
    """
    size = len(ring)
    first = max(seen - size, 0)
    total = 0.0
    for k in range(first, seen):
        total += ring[k % size]
    return total / (seen - first)


@kernel
def deviation(ring: Floats, seen: int) -> float:
    """Sample standard deviation of the last values, added from the oldest on; arguments as for `average`."""
    size = len(ring)
    first = max(seen - size, 0)
    mean = average(ring, seen)
    total = 0.0
    for k in range(first, seen):
        off = ring[k % size] - mean
        total += off * off
    return float(np.sqrt(total / (seen - first - 1)))


@kernel
def see_volume(bars: ReadFloatRows, known: Known, instruments: FloatRows) -> None:
    """Takes over the volumes of the bar that fills, where they are needed, and notes what is not measured of it."""
    for a in range(len(known.last)):
        instruments[UNMEASURED, a] = known.missing[a]
        if known.how[NEEDS_VOLUME] != 0:
            if bars[4, a] > 0.0:
                instruments[BAR_VOLUME, a] = bars[4, a]
            else:
                instruments[BAR_VOLUME, a] = np.inf
                instruments[UNMEASURED, a] = known.missing[a] | NO_VOLUME


@kernel
def rescale(a: int, factor: float, known: Known, instruments: FloatRows) -> None:
    """Puts the past of an asset into new units, of which there are `factor` for each old one."""
    known.last[a] /= factor
    known.sums[TRADED, a] *= factor
    if known.missing[a] & NO_AVERAGE == 0:  # a default is nobody's past
        instruments[AVERAGE_VOLUME, a] *= factor
    for k in range(known.volumes.shape[1]):
        known.volumes[a, k] *= factor
