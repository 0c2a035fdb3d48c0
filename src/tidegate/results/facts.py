"""What a run gave: its tables, metrics and counts."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidegate.core.enums import RunStatus
from tidegate.results.digest import digest
from tidegate.results.manifest import make_manifest
from tidegate.results.metrics import Metrics, compute_metrics
from tidegate.results.record import RunRecord

if TYPE_CHECKING:
    import polars as pl


class RunFacts:
    """Tables, metrics and counts of one run; a frame is built when it is first looked at.

    The frames' rules (times, names, money) are in `tables`.

    Args:
        record: the raw tables.
        config: the configuration as JSON values.
        data: fingerprints of the sources by name.
        path: the run folder, where there is one.
        journal: facts of the journal, where there is one; see `manifest.make_manifest`.
    """

    def __init__(
        self,
        record: RunRecord,
        *,
        config: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        path: Path | None = None,
        journal: Mapping[str, Any] | None = None,
    ) -> None:
        self.record = record
        self.config: dict[str, Any] = dict(config or {})
        self.data: dict[str, Any] = dict(data or {})
        self.path = path
        self.journal: dict[str, Any] | None = None if journal is None else dict(journal)

    @property
    def status(self) -> RunStatus:
        """How the run ended."""
        return self.record.status

    @property
    def error(self) -> str | None:
        """What ended a failed or interrupted run, in words."""
        return self.record.error

    @property
    def digest(self) -> str:
        """SHA-256 over assets and tables, in hex; see `digest.digest`. Computed when first asked for, and kept."""
        if not self.record.digest:
            self.record.digest = digest(self.record)
        return self.record.digest

    @property
    def counts(self) -> dict[str, int]:
        """How often something was refused, trimmed, stale, ambiguous or dropped, by name.

        Those of data are of all that was read: of a run that was cut short, maybe more than it came to.
        """
        return self.record.counts

    @property
    def timings(self) -> dict[str, float]:
        """Seconds by part of the run."""
        return self.record.timings

    @cached_property
    def metrics(self) -> Metrics:
        """Figures by name, None where one is not defined; see `metrics.compute_metrics`."""
        return compute_metrics(self.record)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The facts of the run as `manifest.json` holds them; see `manifest.make_manifest`."""
        return make_manifest(self.record, self.digest, self.config, self.data, self.journal)

    @cached_property
    def equity(self) -> "pl.DataFrame":
        """One row for each barrier: cash, equity, exposure, profit, costs so far."""
        return self._frame("equity")

    @cached_property
    def fills(self) -> "pl.DataFrame":
        """One row for each fill, in the order booked, with what its costs are made of."""
        return self._frame("fills")

    @cached_property
    def fill_costs(self) -> "pl.DataFrame":
        """What the costs of fills are made of, one row for each, where models that say so are configured."""
        return self._frame("fill_costs")

    @cached_property
    def orders(self) -> "pl.DataFrame":
        """One row for each order: what was requested, approved, filled, and why not."""
        return self._frame("orders")

    @cached_property
    def trades(self) -> "pl.DataFrame":
        """One row for each closed part of a position; `pnl_micros` adds up to the realized profit exactly."""
        return self._frame("trades")

    @cached_property
    def positions(self) -> "pl.DataFrame":
        """Holdings with their marks, as often as the configuration's `record.positions` says."""
        return self._frame("positions")

    @cached_property
    def risk(self) -> "pl.DataFrame":
        """One row for each refusal, trim, protective exit, ambiguous bar or halt."""
        return self._frame("risk")

    @cached_property
    def postings(self) -> "pl.DataFrame":
        """Every change of cash; `amount_micros` adds up to the cash exactly."""
        return self._frame("postings")

    @cached_property
    def actions(self) -> "pl.DataFrame":
        """One row for each corporate action, and each dividend paid later: what became of the position, and the cash.

        `orders` is how many open orders it changed or canceled; see `messages.actions.ActionsApplied`.
        """
        return self._frame("actions")

    @cached_property
    def log(self) -> "pl.DataFrame":
        """Remarks of the actors."""
        return self._frame("log")

    def _frame(self, table: str) -> "pl.DataFrame":
        from tidegate.results.tables import frame  # keeps Polars out of `import tidegate`

        return frame(self.record, table)
