"""What a strategy can look back on: the batches of so many barriers, and the corporate actions among them.

Prices before a split are shown in the shares of today, and volumes too, by the splits that have taken effect by now:
never by later ones, so no window knows more than its last barrier. What an asset did under its old name is shown under
the new one. Dividends change nothing here, nor do signals and features change with a split: what they mean is not
known.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.enums import ActionKind
from tidegate.core.errors import RequestError, did_you_mean
from tidegate.messages.actions import CorporateActions
from tidegate.messages.market import BAR_FIELDS, VOLUME, MarketBatch
from tidegate.messages.state import Stateful, keeps, made, told
from tidegate.messages.views import Labels


class Happened(NamedTuple):
    """A corporate action that took effect before the bars of this barrier.

    Attributes:
        asset: its name.
        kind: `split`, `dividend`... see `core.enums.ActionKind`.
        value: new shares for an old one, cash for a share, or shares of `into` for a share; NaN for the others.
        into: name of what it became, None for nothing.
        price: what a share is settled at, or brings on top; NaN where nothing is said.
    """

    asset: str
    kind: str
    value: float
    into: str | None
    price: float


class _Change(NamedTuple):
    """A split, or a change of name."""

    seq: int
    kind: int
    asset: int
    into: int
    ratio: float


class Past(Stateful):
    """Batches, oldest first, the latest included.

    Args:
        kept: how many.
        labels: names behind columns and rows.
    """

    KEEPS = keeps(
        _changes=list[_Change], _latest=CorporateActions | None, **made("_kept _labels _batches append"),
    )  # fmt: skip

    def __init__(self, kept: int, labels: Labels) -> None:
        self._kept, self._labels = kept, labels
        self._batches: deque[MarketBatch] = deque(maxlen=kept)
        self.append = self._batches.append
        self._changes: list[_Change] = []
        self._latest: CorporateActions | None = None

    def kept(self) -> list[Any]:
        """As `Stateful.kept`, and the batches."""
        return [super().kept(), [told(batch) for batch in self._batches]]

    def restore(self, state: Any) -> None:
        """As `Stateful.restore`."""
        if not isinstance(state, list) or len(state) != 2 or not isinstance(state[1], list):
            raise ValueError("this is no state of a past")
        super().restore(state[0])
        self._batches.clear()
        self._batches.extend(state[1])

    def note(self, actions: CorporateActions) -> None:
        """Corporate actions that take effect before the next batch."""
        self._latest = actions
        oldest = self._batches[0].seq if self._batches else actions.seq
        self._changes = [change for change in self._changes if change.seq > oldest]
        rows = actions.kind.tolist(), actions.asset.tolist(), actions.into.tolist(), actions.value.tolist()
        for kind, asset, into, ratio in zip(*rows, strict=True):
            if kind in (ActionKind.SPLIT, ActionKind.SYMBOL_CHANGE):
                self._changes.append(_Change(actions.seq, kind, asset, into, ratio))

    def happened(self) -> tuple[Happened, ...]:
        """The corporate actions of the latest barrier, in order."""
        latest, names = self._latest, self._labels.universe.names
        if latest is None or not self._batches or latest.seq != self._batches[-1].seq:
            return ()
        rows = latest.asset, latest.kind, latest.value, latest.into, latest.price
        return tuple(
            Happened(names[asset], ActionKind(kind).name.lower(), value, names[into] if into >= 0 else None, price)
            for asset, kind, value, into, price in zip(*(row.tolist() for row in rows), strict=True)
        )

    def window(self, field: str, n: int, *, raw: bool) -> FloatArray:
        """The last barriers' values of a field, see `Context.history`."""
        if not 1 <= n <= self._kept:
            raise RequestError(f"history of {n} barriers: want 1..{self._kept}; raise strategy.history to keep more")
        latest, labels = list(self._batches)[-n:], self._labels
        if field in BAR_FIELDS:
            row = BAR_FIELDS.index(field)
            return self._shown([batch.bars[row] for batch in latest], None if raw else latest, row)
        if field in labels.signals:
            row = labels.signals[field]
            return self._shown([batch.signals[row] for batch in latest], None if raw else latest, -1)
        if field in labels.features:
            row = labels.features[field]
            return self._shown([batch.features[row] for batch in latest], None if raw else latest, -1)
        names = (*BAR_FIELDS, *labels.signals, *labels.features)
        raise RequestError(f"no field '{field}'; there are {list(names)}{did_you_mean(field, names)}")

    def _shown(self, rows: list[FloatArray], batches: Sequence[MarketBatch] | None, bar_field: int) -> FloatArray:
        """The rows as one array; told in today's names and shares where their batches are given."""
        shown = np.array(rows, np.float64).reshape(len(rows), len(self._labels.universe))
        if batches and self._changes:
            seqs = np.array([batch.seq for batch in batches])
            for seq, kind, asset, into, ratio in self._changes:
                before = shown[: np.searchsorted(seqs, seq)]
                if kind == ActionKind.SYMBOL_CHANGE:
                    before[:, into] = np.where(np.isnan(before[:, into]), before[:, asset], before[:, into])
                elif bar_field >= 0:
                    before[:, asset] = before[:, asset] * ratio if bar_field == VOLUME else before[:, asset] / ratio
        return freeze(shown)
