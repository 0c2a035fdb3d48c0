"""The protective levels of positions, and what meets them; the rules are those of `exits` and `following`."""

from functools import lru_cache

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.books import QUANTITY, Books, Rows
from tidegate.kernels.exits import NOTHING_REACHED, exit_at_levels, levels_reached
from tidegate.kernels.following import follow_bars, follow_opens, row_reaching_levels
from tidegate.kernels.kernel import Kernels
from tidegate.messages.market import OPEN, MarketBatch
from tidegate.messages.risk import AmbiguousBars, ProtectiveLevels, TrailingStops
from tidegate.messages.state import Stateful, keeps, made


class Protection(Stateful):
    """The levels that were sent last, as far as the price has moved them since.

    Args:
        path: see `terms.path_code`.
        arrivals: looks at what comes.
        kernels: how kernels run.

    Attributes:
        levels: None before any was sent.
        rules: names of the rules behind them.
        trailing: how its stops follow the price inside a bar; None where they do not.
    """

    KEEPS = keeps(
        levels=ProtectiveLevels | None, rules=tuple[str, ...], trailing=TrailingStops | None,
        **made("_path _arrivals _row_reaching _follow_bars _follow_opens _levels_reached _exit_at_levels"),
    )  # fmt: skip

    def __init__(self, path: int, arrivals: Arrivals, kernels: Kernels) -> None:
        self._path, self._arrivals = path, arrivals
        self.levels: ProtectiveLevels | None = None
        self.rules: tuple[str, ...] = ()
        self.trailing: TrailingStops | None = None
        self._row_reaching = kernels(row_reaching_levels)
        self._follow_bars, self._follow_opens = kernels(follow_bars), kernels(follow_opens)
        # These look at nothing; what they get is looked at when it comes.
        self._levels_reached = kernels.unchecked(levels_reached)
        self._exit_at_levels = kernels.unchecked(exit_at_levels)

    def protect(self, levels: ProtectiveLevels) -> None:
        """Replaces all levels; none of them follows the price inside a bar.

        Raises:
            RequestError: they are not columns of levels.
        """
        self._arrivals.check_levels(levels)
        self.levels, self.rules, self.trailing = levels, levels.rules, None

    def trail(self, trailing: TrailingStops) -> None:
        """Has the stops that were sent last follow the price inside a bar.

        Raises:
            RequestError: there are none, or the best prices are not one for each asset.
        """
        self._arrivals.check_trailing(trailing, self.rules)
        self.trailing = trailing

    def reached(self, batch: MarketBatch, positions: FloatArray) -> int:
        """When in a bar a level is reached, see `exits.levels_reached`."""
        levels = self.levels
        if levels is None:
            return NOTHING_REACHED
        return self._levels_reached(batch.bars, levels.stop, levels.take, positions)

    def row_reached(
        self, passed: int, begin: int, finer: FloatArray, since: IntArray, seq: int, stuck: IntArray,
        positions: FloatArray,
    ) -> int:  # fmt: skip
        """At which finer bars from `begin` on a level is reached first, see `following.row_reaching_levels`."""
        levels, end = self.levels, len(finer)
        if levels is None:
            return end
        pct, _, best, stop, stop_rule = self._moving(self.trailing or _none_trails(len(levels.stop)))
        return self._row_reaching(
            passed, begin, end, finer, since, seq, stuck, levels.take, positions, pct, best, stop, stop_rule
        )

    def follow(self, begin: int, end: int, finer: FloatArray, since: IntArray, positions: FloatArray) -> None:
        """Has stops follow the finer bars of rows [begin, end), which have ended, see `following.follow_bars`."""
        if self.trailing is not None and begin < end:
            moving = self._moving(self.trailing)
            self._follow_bars(begin, end, finer, since, positions[QUANTITY], *moving)
            self._moved(*moving[2:])

    def jump(self, bars: MarketBatch, positions: FloatArray) -> None:
        """Has stops follow the opens of finer bars, see `following.follow_opens`."""
        if self.trailing is not None:
            moving = self._moving(self.trailing)
            self._follow_opens(bars.bars[OPEN], positions[QUANTITY], *moving)
            self._moved(*moving[2:])

    def _moving(self, trailing: TrailingStops) -> tuple[float, int, FloatArray, FloatArray, IntArray]:
        """What kernels take to move stops: how they trail, and copies of what they change."""
        assert self.levels is not None
        stop, stop_rule = self.levels.stop.copy(), self.levels.stop_rule.copy()
        return trailing.pct, trailing.rule, trailing.best.copy(), stop, stop_rule

    def _moved(self, best: FloatArray, stop: FloatArray, stop_rule: IntArray) -> None:
        assert self.levels is not None
        assert self.trailing is not None
        self.levels = msgspec.structs.replace(self.levels, stop=freeze(stop), stop_rule=freeze(stop_rule))
        self.trailing = msgspec.structs.replace(self.trailing, best=freeze(best))

    def exit(self, batch: MarketBatch, books: Books, rows: Rows, *, at_open: bool, fractional: bool) -> int:
        """Closes what has reached its level; returns how many fills that made."""
        levels = self.levels
        if levels is None:
            return 0
        return self._exit_at_levels(
            batch.seq, at_open, batch.bars, levels.stop, levels.take, levels.stop_rule, levels.take_rule, self._path,
            fractional, books, rows,
        )  # fmt: skip

    def clashes(self, seq: int, assets: IntArray, finer_ts_ns: int) -> AmbiguousBars:
        """Tells that bars of these assets reached both of their levels."""
        assert self.levels is not None
        asset = freeze(assets)
        stop, take = freeze(self.levels.stop[asset]), freeze(self.levels.take[asset])
        return AmbiguousBars(seq, asset, stop, take, finer_ts_ns)


@lru_cache(maxsize=8)
def _none_trails(n_assets: int) -> TrailingStops:
    return TrailingStops(freeze(np.full(n_assets, np.nan)), np.nan, 0)
