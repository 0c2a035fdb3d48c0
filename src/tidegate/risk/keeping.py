"""What the risk book keeps from one barrier to the next, rules of the user's among it."""

from typing import Any

from tidegate.core.arrays import BoolArray
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.market import MarketBatch
from tidegate.messages.state import ARRAY, BATCH, FINER, PART, Stateful, keeps, made, typed
from tidegate.risk.rules import RiskRule


class KeepsRiskBook(Stateful):
    """What `RiskBook` keeps."""

    KEEPS = keeps(
        state=PART, _projected=PART, _orders=PART, _stop=ARRAY, _take=ARRAY, _stop_rule=ARRAY,
        _closed=BoolArray, _any_closed=bool, _batch=BATCH, _finer=FINER,
        _snapshot=AccountSnapshot | None, _changing=dict[int, float], _halted=str, _exits_sent=int,
        **made("_labels _custom _fractional _shorts _sizes _part_orders _limits _pcts _has_levels _take_rule"),
    )  # fmt: skip
    _custom: tuple[RiskRule, ...]
    _batch: MarketBatch | None
    _closed: BoolArray
    _any_closed: bool

    def kept(self) -> list[Any]:
        """As `Stateful.kept`, with the states of the user's rules."""
        return [super().kept(), [rule.state() for rule in self._custom]]

    def restore(self, state: Any) -> None:
        """As `Stateful.restore`; the batch is known again as it was looked at, without what was closed then."""
        told, rules = typed(tuple[Any, list[Any]], state)
        super().restore(told)
        if len(rules) != len(self._custom):
            raise ValueError(f"there are {len(self._custom)} rules, and states of {len(rules)}")
        for rule, one in zip(self._custom, rules, strict=True):
            rule.restore(one)
        if self._batch is not None and self._any_closed:
            self._batch = self._batch.without(self._closed)
