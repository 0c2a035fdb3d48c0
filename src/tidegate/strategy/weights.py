"""Target weights as a strategy gives them, checked and spread over the columns of the universe."""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from tidegate.core.arrays import FloatArray
from tidegate.core.errors import RequestError
from tidegate.core.universe import Universe
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
        raise RequestError(*_bad_weights(universe, columns, values.tolist())) from None
    named, bad = desk.spread(at, values)
    if bad:
        raise RequestError(*_bad_weights(universe, columns, values.tolist()))
    return named


def checked(universe: Universe, weights: FloatArray) -> FloatArray:
    """A copy of the weights of all assets.

    Raises:
        RequestError: see `Context.target_weights`.
    """
    named = np.array(weights, np.float64)
    n = len(universe)
    if named.shape != (n,):
        raise RequestError(f"target_weights: array of shape {named.shape}, want ({n},), one weight for each asset")
    if not ((named >= 0.0) & (named < np.inf)).all():
        named_pairs = zip(universe.names, named.tolist(), strict=True)
        raise RequestError(*(problem for name, weight in named_pairs for problem in _bad_weight(name, weight)))
    return named


def _bad_weights(universe: Universe, columns: list[int], values: list[float]) -> Iterator[str]:
    """What is wrong with weights that could not be used."""
    seen = set[int]()
    for column, value in zip(columns, values, strict=True):
        place = universe.index(column)
        if place in seen:
            yield f"target_weights: {universe.name(place)} is named twice, by name and by column"
        seen.add(place)
        yield from _bad_weight(universe.name(place), value)


def _bad_weight(asset: str, weight: float) -> Iterator[str]:
    """What is wrong with one weight, if anything."""
    if 0.0 <= weight < math.inf:
        return
    want = (
        "leave the asset out to have it closed" if math.isnan(weight) else "want 0 or more: the account has no shorts"
    )
    if weight == math.inf:
        want = "want a fraction of equity"
    yield f"target_weights: weight of {asset} is {weight}; {want}"
