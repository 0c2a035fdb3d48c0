"""What the engine is meant to reach, beside what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One bound.

    Attributes:
        figure: key of the measured figure, such as `W1 tidegate/bare`.
        bound: the value it is held against.
        at_least: whether more is better.
        unit: printed after the numbers.
        text: what it means.
    """

    figure: str
    bound: float
    at_least: bool
    unit: str
    text: str

    def met(self, value: float) -> bool:
        """Whether a measured value keeps the bound."""
        return value >= self.bound if self.at_least else value <= self.bound


TARGETS = (
    *(
        Target(f"{key} tidegate/bare", 1.2, False, "x", f"{key}: run-only against the bare loop")
        for key in ("W1", "W2")
    ),
    *(
        Target(f"{key} vectorbt second/tidegate", bound, True, "x", f"{key}: vectorbt's warm second call over run-only")
        for key, bound in (("W1", 1.0), ("W2", 3.0), ("W3", 3.0))
    ),
    *(
        Target(f"{key} vectorbt first/tidegate", 6.0, True, "x", f"{key}: vectorbt's first call over run-only")
        for key in ("W1", "W2", "W3")
    ),
    *(Target(f"{key} us/barrier", 40.0, False, "us", f"{key}: fixed cost of a barrier") for key in ("W4d", "W4m")),
    Target("W2r tidegate/plain", 1.5, False, "x", "W2r: run-only against W2"),
    Target("W1b tidegate/plain", 3.0, False, "x", "W1b: run-only against W1"),
    Target("W5 tidegate/bare", 3.0, False, "x", "W5: run-only against the bare loop"),
    Target("W3 files/read", 2.0, False, "x", "W3: end to end against reading the Parquet files with Polars"),
    *(
        Target(f"{key} folder recorded/folder", 1.3, False, "x", f"{key}: run folder with a journal against without")
        for key in ("W2", "W3")
    ),
    *(
        Target(f"{key} files recorded/files", 1.3, False, "x", f"{key}: end to end with a journal against without")
        for key in ("W2", "W3")
    ),
    *(
        Target(f"{key} recorded/tidegate call", 1.3, False, "x", f"{key}: from memory with a journal against without")
        for key in ("W2", "W3")
    ),
    *(
        Target(f"{key} verified/recorded", 1.0, False, "x", f"{key}: verify against the run that it checks")
        for key in ("W2", "W3")
    ),
    Target("W2 journal open s", 1.0, False, "s", "opening a journal of 1,000,000 messages"),
    *(
        Target(
            f"{key} memory beyond results/chunk", 3.0, False, "x", f"{key}: peak memory less results against a chunk"
        )
        for key in ("W1", "W2", "W2r", "W3")
    ),
    Target("start-up over 1.3 imports", 1.0, False, "s", "a small run's process less 1.3x importing Polars and Numba"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and what was measured."""

    target: Target
    measured: float

    @property
    def met(self) -> bool:
        """Whether the bound is kept."""
        return self.target.met(self.measured)


def judge(figures: Mapping[str, float]) -> list[Verdict]:
    """The targets for which there is a figure, in their order."""
    return [Verdict(target, figures[target.figure]) for target in TARGETS if target.figure in figures]
