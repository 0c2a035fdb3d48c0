"""Whether two ways of computing a workload came to the same answer; no speed is compared where they did not."""

from dataclasses import dataclass

import numpy as np

from tidegate.cli.bench.bare import Tape
from tidegate.core.arrays import FloatArray, IntArray

PEER_LIMIT = 1e-6
"""Largest relative difference of equity to a peer that rounds nothing; beyond it no ratio is given."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The outcome of a comparison.

    Attributes:
        agrees: whether speeds may be compared.
        difference: largest difference of equity: micro-units to the yardstick, relative to a peer; NaN where the
            curves do not even have the same length.
        text: the finding in a few words; the first difference where there is one.
    """

    agrees: bool
    difference: float
    text: str


def compare_tapes(engine: Tape, yardstick: Tape) -> Agreement:
    """Compares equity to the micro-unit, and fills in their order bit by bit."""
    ours, theirs = engine.equity_micros, yardstick.equity_micros
    if ours.shape != theirs.shape:
        return Agreement(False, float("nan"), f"{len(ours)} barriers, the yardstick has {len(theirs)}")
    gap = np.abs(ours - theirs)
    difference = float(gap.max(initial=0))
    first = _first_fill_difference(engine, yardstick)
    if difference:
        t = int(np.flatnonzero(gap)[0])
        return Agreement(False, difference, f"equity differs from barrier {t}: {ours[t]} and {theirs[t]} micro-units")
    if first:
        return Agreement(False, difference, first)
    return Agreement(True, difference, f"equity and {len(engine.asset):,} fills are the same")


def _first_fill_difference(engine: Tape, yardstick: Tape) -> str | None:
    count = min(len(engine.asset), len(yardstick.asset))
    same = np.ones(count, dtype=np.bool_)
    for column in ("barrier", "asset", "quantity", "price"):
        same &= getattr(engine, column)[:count] == getattr(yardstick, column)[:count]
    if not same.all():
        at = int(np.flatnonzero(~same)[0])
        return f"fill {at} differs: {_fill(engine, at)} and {_fill(yardstick, at)}"
    if len(engine.asset) != len(yardstick.asset):
        return f"{len(engine.asset)} fills, the yardstick has {len(yardstick.asset)}"
    return None


def _fill(tape: Tape, at: int) -> str:
    return f"({tape.barrier[at]}, asset {tape.asset[at]}, {tape.quantity[at]} at {tape.price[at]})"


def compare_equity(equity_micros: IntArray, peer: FloatArray) -> Agreement:
    """Compares the engine's equity with a peer's in currency units."""
    if equity_micros.shape != peer.shape:
        return Agreement(False, float("nan"), f"{len(equity_micros)} barriers, the peer has {len(peer)}")
    relative = np.abs(peer * 1e6 / equity_micros - 1.0)
    difference = float(np.nan_to_num(relative, nan=np.inf).max(initial=0.0))
    if difference > PEER_LIMIT:
        t = int(np.flatnonzero(~(relative <= PEER_LIMIT))[0])
        text = f"equity differs by {relative[t]:.2g} of itself at barrier {t}, limit {PEER_LIMIT:g}"
        return Agreement(False, difference, text)
    return Agreement(True, difference, f"equity within {difference:.1g}")
