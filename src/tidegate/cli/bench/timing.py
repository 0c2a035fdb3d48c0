"""Turns: measured things run one after the other, again and again, so that a drifting machine hits all alike."""

import gc
import statistics
from collections.abc import Callable, Mapping, Sequence

Subject = Callable[[], float]
"""Does the thing once and returns the seconds that count."""


def take_turns(subjects: Mapping[str, Subject], repeat: int) -> dict[str, list[float]]:
    """Runs A B A B ...; every other round backwards, so that nobody always comes after the same one.

    Garbage is collected before each turn, and left to run during it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    for turn in range(repeat):
        names = list(subjects)
        for name in names if turn % 2 == 0 else reversed(names):
            gc.collect()
            seconds[name].append(subjects[name]())
    return seconds


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """Median of the ratios pair by pair: each pair ran back to back."""
    return statistics.median(one / other for one, other in zip(of, to, strict=True))
