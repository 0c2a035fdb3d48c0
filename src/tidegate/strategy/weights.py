"""Target weights as a strategy gives them, checked and spread over the columns of the universe."""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from tidegate.core.arrays import FloatArray
from tidegate.core.errors import RequestError
from tidegate.strategy.desk import Desk


def named_weights(
    desk: Desk, weights: Mapping[str, float] | Mapping[int, float] | Mapping[str | int, float]
) -> FloatArray:
    """(n_assets,) the weights of the assets that are named, NaN for the others; good until the next call.

    Raises:
        RequestError: see `Context.target_weights`.
    """
    universe = desk.labels.universe
    columns = [asset if type(asset) is int else universe.index(asset) for asset in weights]
    values = np.fromiter(weights.values(), np.float64, len(columns))
    try:
        at = np.fromiter(columns, np.int64, len(columns))
    except OverflowError:  # a column that no int64 holds
        raise RequestError(*_bad_weights(desk, columns, values.tolist())) from None
    named, bad = desk.spread(at, values)
    if bad:
        raise RequestError(*_bad_weights(desk, columns, values.tolist()))
    return named


def checked(desk: Desk, weights: FloatArray) -> FloatArray:
    """A copy of the weights of all assets.

    Raises:
        RequestError: see `Context.target_weights`.
    """
    universe, shorts = desk.labels.universe, desk.terms.shorts
    named = np.array(weights, np.float64)
    n = len(universe)
    if named.shape != (n,):
        raise RequestError(f"target_weights: array of shape {named.shape}, want ({n},), one weight for each asset")
    if not (np.isfinite(named) & ((named >= 0.0) | shorts)).all():
        pairs = zip(universe.names, named.tolist(), strict=True)
        raise RequestError(*(problem for pair in pairs for problem in _bad_weight(*pair, shorts=shorts)))
    return named


def _bad_weights(desk: Desk, columns: list[int], values: list[float]) -> Iterator[str]:
    """What is wrong with weights that could not be used."""
    universe, seen = desk.labels.universe, set[int]()
    for column, value in zip(columns, values, strict=True):
        place = universe.index(column)
        if place in seen:
            yield f"target_weights: {universe.name(place)} is named twice, by name and by column"
        seen.add(place)
        yield from _bad_weight(universe.name(place), value, shorts=desk.terms.shorts)


def _bad_weight(asset: str, weight: float, *, shorts: bool) -> Iterator[str]:
    """What is wrong with one weight, if anything."""
    if math.isfinite(weight) and (weight >= 0.0 or shorts):
        return
    want = "want 0 or more: a cash account has no shorts; set account.kind to margin to allow them"
    if math.isnan(weight):
        want = "leave the asset out to have it closed"
    if weight == math.inf or (math.isinf(weight) and shorts):
        want = "want a fraction of equity"
    yield f"target_weights: weight of {asset} is {weight}; {want}"
