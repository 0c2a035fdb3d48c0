"""Decisions for the oracle: the rotation, weights from a table, requests from a table."""

import math
from collections.abc import Mapping, Sequence

from tests.oracle.records import Decision, Floats, Request, View


def best(scores: Floats, n: int) -> list[int]:
    """Columns of the n best finite scores, best first, ties by column."""
    finite = [column for column in range(len(scores)) if math.isfinite(scores[column])]
    return sorted(finite, key=lambda column: (-scores[column], column))[:n]


def top_n(scores: Floats, n: int, every: int, gross: float) -> Decision:
    """The rotation: every `every` barriers the n best-scored at gross/n each, everything else to zero."""

    def decide(view: View) -> list[Request]:
        if view.barrier % every:
            return []
        return [("weights", dict.fromkeys(best(scores[view.barrier], n), gross / n))]

    return decide


def follow(weights: Mapping[int, Mapping[int, float]]) -> Decision:
    """Target weights from a table: barrier -> {asset: weight}; silent at the others."""

    def decide(view: View) -> list[Request]:
        return [("weights", dict(weights[view.barrier]))] if view.barrier in weights else []

    return decide


def script(requests: Mapping[int, Sequence[Request]]) -> Decision:
    """Requests from a table: barrier -> requests."""

    def decide(view: View) -> list[Request]:
        return list(requests.get(view.barrier, ()))

    return decide
