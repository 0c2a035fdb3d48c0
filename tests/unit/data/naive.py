"""What a panel must be, by plain loops over rows; knows nothing of the package."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

NAN = math.nan
Bar = tuple[float | None, float | None, float | None, float | None, float | None]


@dataclass(frozen=True)
class PriceRow:
    time: int
    asset: str
    bar: Bar  # open, high, low, close, volume


@dataclass(frozen=True)
class ValueRow:
    time: int
    asset: str
    values: tuple[float | None, ...]


@dataclass
class Expected:
    times: list[int] = field(default_factory=list)
    cells: dict[tuple[int, str], tuple[float, ...]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str, by: int = 1) -> None:
        if by:
            self.counts[what] = self.counts.get(what, 0) + by


def steps_back(times: list[int]) -> int:
    return sum(1 for before, after in pairwise(times) if after < before)


def defect_of(bar: Bar) -> str | None:
    prices = [NAN if price is None else price for price in bar[:4]]
    volume = bar[4]
    if any(math.isnan(price) for price in prices):
        return "null"
    if any(math.isinf(price) for price in prices) or (volume is not None and math.isinf(volume)):
        return "infinite"
    if min(prices) <= 0:
        return "nonpositive"
    if prices[1] < max(prices) or prices[2] > min(prices):
        return "inconsistent"
    return None


def bars(rows: list[PriceRow], universe: list[str], duplicates: str, excluded: set[tuple[int, str]]) -> Expected:
    """All defects dropped; of duplicates among what is left the first or last kept."""
    out = Expected(times=sorted({row.time for row in rows}))
    out.count("prices.sorted", steps_back([row.time for row in rows]))
    for time, asset in excluded:
        if time not in out.times or asset not in universe:
            out.count("prices.unknown_excluded")
    for row in rows:
        if row.asset not in universe:
            continue
        if (row.time, row.asset) in excluded:
            out.count("prices.dropped_excluded")
            continue
        kind = defect_of(row.bar)
        if kind:
            out.count(f"prices.dropped_{kind}")
            continue
        key = (row.time, row.asset)
        if key in out.cells:
            out.count("prices.dropped_duplicate")
            if duplicates == "first":
                continue
        out.cells[key] = tuple(NAN if price is None else float(price) for price in row.bar)
    return out


def known(
    rows: list[ValueRow],
    barriers: list[int],
    universe: list[str],
    columns: int,
    *,
    lag: int,
    max_age: int | None,
    duplicates: str,
) -> Expected:
    """As-of values; times and durations in one unit, rows known at time + lag."""
    out = Expected(times=barriers)
    out.count("sorted", steps_back([row.time for row in rows]))
    read = [row for row in rows if row.time + lag <= barriers[-1]]
    out.count("unknown_asset", sum(1 for row in read if row.asset not in universe))
    single: dict[tuple[int, str], ValueRow] = {}
    for row in read:
        key = (row.time, row.asset)
        if row.asset not in universe:
            continue
        if key in single:
            out.count("dropped_duplicate")
            if duplicates == "first":
                continue
        single[key] = row
    given: dict[tuple[int, str], ValueRow] = {}
    seen = [False] * columns
    for barrier in barriers:
        for asset in universe:
            past = [row for row in single.values() if row.asset == asset and row.time + lag <= barrier]
            cells = [NAN] * columns
            if past:
                row = max(past, key=lambda row: row.time)
                given[row.time, asset] = row
                for column, value in enumerate(row.values):
                    if value is None or not math.isfinite(value):
                        continue
                    if max_age is not None and barrier - row.time > max_age:
                        out.count("expired")
                        continue
                    out.count("carried", int(row.time + lag < barrier))
                    cells[column] = float(value)
                    seen[column] = True
            out.cells[barrier, asset] = tuple(cells)
    for row in given.values():
        out.count("dropped_infinite", sum(1 for value in row.values if value is not None and math.isinf(value)))
    out.count("columns_never_known", seen.count(False))
    return out
