"""The protective levels of positions, and what meets them; the rules are those of `exits`."""

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.books import Books, Rows
from tidegate.kernels.exits import NOTHING_REACHED, exit_at_levels, levels_reached
from tidegate.kernels.finer import row_reaching_levels
from tidegate.kernels.kernel import Kernels
from tidegate.messages.market import MarketBatch
from tidegate.messages.risk import AmbiguousBars, ProtectiveLevels


class Protection:
    """The levels that were sent last.

    Args:
        path: see `terms.path_code`.
        arrivals: looks at what comes.
        kernels: how kernels run.
    """

    def __init__(self, path: int, arrivals: Arrivals, kernels: Kernels) -> None:
        self._path, self._arrivals = path, arrivals
        self._levels: ProtectiveLevels | None = None
        self._levels_reached = kernels(levels_reached)
        self._row_reaching = kernels(row_reaching_levels)
        # This looks at nothing; what it gets is looked at when it comes.
        self._exit_at_levels = kernels.unchecked(exit_at_levels)

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules behind the levels."""
        return self._levels.rules if self._levels is not None else ()

    def protect(self, levels: ProtectiveLevels) -> None:
        """Replaces all levels.

        Raises:
            RequestError: they are not columns of levels.
        """
        self._arrivals.check_levels(levels)
        self._levels = levels

    def reached(self, batch: MarketBatch, positions: FloatArray) -> int:
        """When in a bar a level is reached, see `exits.levels_reached`."""
        levels = self._levels
        if levels is None:
            return NOTHING_REACHED
        return self._levels_reached(batch.bars, levels.stop, levels.take, positions)

    def row_reached(self, begin: int, end: int, finer: FloatArray, positions: FloatArray) -> int:
        """At which of some finer bars a level is reached first, see `finer.row_reaching_levels`."""
        levels = self._levels
        if levels is None:
            return end
        return self._row_reaching(begin, end, finer, levels.stop, levels.take, positions)

    def exit(self, batch: MarketBatch, books: Books, rows: Rows, *, at_open: bool, fractional: bool) -> int:
        """Closes what has reached its level; returns how many fills that made."""
        levels = self._levels
        if levels is None:
            return 0
        return self._exit_at_levels(
            batch.seq, at_open, batch.bars, levels.stop, levels.take, levels.stop_rule, levels.take_rule, self._path,
            fractional, books, rows,
        )  # fmt: skip

    def clashes(self, seq: int, assets: IntArray, finer_ts_ns: int) -> AmbiguousBars:
        """Tells that bars of these assets reached both of their levels."""
        assert self._levels is not None
        asset = freeze(assets)
        stop, take = freeze(self._levels.stop[asset]), freeze(self._levels.take[asset])
        return AmbiguousBars(seq, asset, stop, take, finer_ts_ns)
