"""Decisions for the oracle: the rotation, and requests from a table."""

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


def script(requests: Mapping[int, Sequence[Request]]) -> Decision:
    """Requests from a table: barrier -> requests. `("cancel_nth", k)` cancels the k-th of the open orders, if any."""

    def decide(view: View) -> list[Request]:
        asked: list[Request] = []
        for request in requests.get(view.barrier, ()):
            if request[0] == "cancel_nth":
                asked += [("cancel", order) for order in view.open_orders[request[1] : request[1] + 1]]
            else:
                asked.append(request)
        return asked

    return decide
