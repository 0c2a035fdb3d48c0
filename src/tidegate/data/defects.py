"""What is wrong with a table, gathered so that one error tells all of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray
from tidegate.core.errors import DataError

EXAMPLES_MAX = 20
"""Examples named for each kind of defect; the count is always of all."""


@dataclass(slots=True)
class _Problem:
    count: int = 0
    examples: list[str] = field(default_factory=list)


class Defects:
    """Problems of one or more sources, found before any of them is raised; equal ones add up."""

    def __init__(self) -> None:
        self._problems: dict[tuple[str, str, str], _Problem] = {}

    def add(self, place: str, what: str, *, count: int, examples: Sequence[str], remedy: str) -> None:
        """Notes a defect; it reads `prices (frame): 3 infinite prices: AAPL 2024-01-02 open=inf; remedy`.

        Args:
            place: the source and its file or frame.
            what: the defect, in words that follow its count.
            count: how many rows or values have it; 0 where counting makes no sense.
            examples: some of them; the first `EXAMPLES_MAX` are shown.
            remedy: what to do about it.
        """
        problem = self._problems.setdefault((place, what, remedy), _Problem())
        problem.count += count
        problem.examples += examples[: EXAMPLES_MAX - len(problem.examples)]

    def add_cells(
        self, place: str, what: str, bad: BoolArray, describe: Callable[[tuple[int, ...]], str], remedy: str
    ) -> None:
        """Notes the true cells of `bad`, if there are any; `describe` words one of them from its position."""
        count = int(np.count_nonzero(bad))
        if count:
            first = np.argwhere(bad)[:EXAMPLES_MAX]
            self.add(place, what, count=count, examples=[describe(tuple(map(int, at))) for at in first], remedy=remedy)

    def throw(self) -> None:
        """Raises what was gathered, if anything was.

        Raises:
            DataError: at least one defect was added.
        """
        if self._problems:
            raise DataError(*(_sentence(*key, problem) for key, problem in self._problems.items()))


def _sentence(place: str, what: str, remedy: str, problem: _Problem) -> str:
    text = f"{place}: {problem.count} {what}" if problem.count else f"{place}: {what}"
    if problem.examples:
        rest = problem.count - len(problem.examples)
        text += ": " + ", ".join(problem.examples) + (f", ... ({rest} more)" if rest > 0 else "")
    return f"{text}; {remedy}" if remedy else text


@dataclass(frozen=True, slots=True)
class BarDefects:
    """Where bars break a rule; all masks have the shape of one price field.

    Attributes:
        null: no number, in any of the four prices.
        infinite: in any price or the volume.
        nonpositive: in any price.
        inconsistent: high below, or low above, another price of the bar; only where the four are finite.
        negative_volume: volume below 0.
    """

    null: BoolArray
    infinite: BoolArray
    nonpositive: BoolArray
    inconsistent: BoolArray
    negative_volume: BoolArray


def bars_are_clean(fields: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]) -> bool:
    """Whether every bar is whole, finite, positive and consistent; a few passes without large temporaries.

    `0 < low <= open, close <= high < inf` says all of it, and a NaN fails each comparison.
    """
    open_, high, low, close, volume = fields
    if not low.size:
        return True
    # fmin skips NaN: a volume may be absent.
    return bool(
        low.min() > 0.0
        and high.max() < np.inf
        and (low <= np.minimum(open_, close)).all()
        and (high >= np.maximum(open_, close)).all()
        and not np.fmin.reduce(volume, axis=None) < 0.0
        and np.fmax.reduce(volume, axis=None) != np.inf
    )


def find_bar_defects(fields: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]) -> BarDefects:
    """Every defect of bars, by kind; fields are open, high, low, close, volume of one shape."""
    open_, high, low, close, volume = fields
    null = np.isnan(open_) | np.isnan(high) | np.isnan(low) | np.isnan(close)
    infinite = np.isinf(open_) | np.isinf(high) | np.isinf(low) | np.isinf(close)
    highest, lowest = np.maximum(open_, close), np.minimum(open_, close)
    wrong = (high < np.maximum(highest, low)) | (low > np.minimum(lowest, high))
    return BarDefects(
        null=null,
        infinite=infinite | np.isinf(volume),
        nonpositive=(open_ <= 0.0) | (high <= 0.0) | (low <= 0.0) | (close <= 0.0),
        inconsistent=wrong & ~null & ~infinite,
        negative_volume=volume < 0.0,
    )


def bar_text(fields: tuple[FloatArray, ...], at: tuple[int, ...]) -> str:
    """`open=1.0 high=2.0 low=0.5 close=1.5 volume=10.0` for the bar at a position."""
    names = ("open", "high", "low", "close", "volume")
    return " ".join(f"{name}={float(column[at])}" for name, column in zip(names, fields, strict=True))
