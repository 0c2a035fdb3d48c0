"""What the risk book keeps from one barrier to the next, rules of the user's among it."""

from abc import ABC, abstractmethod
from typing import Any

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.risk import ProtectiveLevels
from tidegate.messages.state import ARRAY, BATCH, PART, Stateful, declares, keeps, made, typed
from tidegate.risk.approved import ApprovedOrders
from tidegate.risk.projection import Projection
from tidegate.risk.rules import RiskRule, level_pcts
from tidegate.risk.state import PositionTradeState

GONE = -1
"""Number of a rule that is no longer there, among those that halted trading."""


class KeepsRiskBook(Stateful, ABC):
    """What `RiskBook` keeps, and how it gets to know what another one has decided."""

    KEEPS = keeps(
        state=PART, _projected=PART, _orders=PART, _stop=ARRAY, _take=ARRAY, _stop_rule=ARRAY,
        _closed=BoolArray, _any_closed=bool, _batch=BATCH,
        _snapshot=AccountSnapshot | None, _changing=dict[int, float], _exits_sent=int,
        **made("_labels _custom _fractional _shorts _sizes _part_orders _limits _pcts _has_levels _take_rule"),
        **made("_finer _halts"),  # comes anew before each batch; told beside the states of the rules that they are of
    )  # fmt: skip
    state: PositionTradeState
    _projected: Projection
    _orders: ApprovedOrders
    _changing: dict[int, float]
    _stop: FloatArray
    _take: FloatArray
    _stop_rule: IntArray
    _custom: tuple[RiskRule, ...]
    _batch: MarketBatch | None
    _closed: BoolArray
    _any_closed: bool
    _halts: dict[int, str]

    def kept(self) -> list[Any]:
        """As `Stateful.kept`, with the states of the user's rules, None of one that does not say, and their halts."""
        return [super().kept(), [rule.state() if declares(rule) else None for rule in self._custom], self._halts]

    def restore(self, state: Any) -> None:
        """As `Stateful.restore`; the batch is known again as it was looked at, without what was closed then."""
        told, rules, halts = typed(tuple[Any, list[Any], dict[int, str]], state)
        super().restore(told)
        self._halts = halts
        if len(rules) != len(self._custom):
            raise ValueError(f"there are {len(self._custom)} rules, and states of {len(rules)}")
        for rule, one in zip(self._custom, rules, strict=True):
            if one is not None:
                rule.restore(one)
        if self._batch is not None and self._any_closed:
            self._batch = self._batch.without(self._closed)

    def expect_changes(self, orders: IntArray, quantity: FloatArray) -> None:
        """Changes of orders that were let through; NaN where a quantity stays."""
        for order, after in zip(orders.tolist(), quantity.tolist(), strict=True):
            known = self._orders.get(order)
            if known is not None and after == after:
                self._changing.setdefault(order, known.quantity)
                self._projected.change(order, after)

    def note_levels(self, levels: ProtectiveLevels) -> None:
        """Levels that stand with the broker, whoever sent them."""
        self._stop[:], self._take[:], self._stop_rule[:] = levels.stop, levels.take, levels.stop_rule

    def note_bar(self) -> None:
        """The bar at hand has ended: it moves the water marks, and no levels."""
        if self._batch is not None:
            scratch = self._stop.copy(), self._take.copy(), self._stop_rule.copy()
            self.state.write_levels(self._batch, level_pcts(()), *scratch)

    @property
    def halted(self) -> str:
        """The rule that halted trading first of those that do, and why; empty where none does."""
        return next(iter(self._halts.values()), "")

    def note_halt(self, rule: RiskRule, why: str) -> bool:
        """A rule of the user's wants trading halted; whether nobody did before.

        Each is known by itself: a rule that is gone takes its halt along, and no other's.
        """
        first = not self._halts
        self._halts.setdefault(next(k for k, one in enumerate(self._custom) if one is rule), why)
        return first

    def lift_halts(self) -> str:
        """Lets go of what halted trading for rules that are gone; says so in words, empty where there are none."""
        gone = self._halts.pop(GONE, "")
        now = f"it stays halted ({self.halted})" if self._halts else "entries pass again"
        return f"the rule that halted trading ({gone}) is gone: {now}" if gone else ""

    def levels_anew(self) -> list[Message]:
        """The levels of positions, as the rules at hand want them; nothing where these stand with the broker."""
        return self._levels_if_changed(None)

    @abstractmethod
    def _levels_if_changed(self, ended: MarketBatch | None) -> list[Message]:
        """See `RiskBook`."""
