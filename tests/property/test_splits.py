"""A split in the middle of a run changes what is counted, and nothing else.

Two runs: one on some prices, the other on the same prices divided, from some barrier on, by a power of two, of which
the action tells. The strategy of the other asks for the same in the shares of the day. In a fractional account every
quantity and price is then the same number times a power of two, exactly, whatever the prices are; so every cash flow,
every row of equity, every profit and every reason is the same to the last digit, levels and waiting orders included.
What is charged by the share is left out: there are more of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.engine import check_books, config_of
from tests.oracle.markets import names_of, seeded_prices, settings_of_all_kinds
from tests.oracle.records import Floats, Settings
from tests.property.dimensions import DAY_NS, IN_UNITS, differences
from tests.property.mixed_orders import MixedOrders, Plan

from tidegate import Context, Result, Session
from tidegate.data.actions import Action
from tidegate.data.panel import ArraySource
from tidegate.messages.orders import Fills

ASSETS, BARRIERS = 4, 24
NAMES = tuple(names_of(ASSETS))
PATHS = ("pessimistic", "optimistic", "high_first", "low_first", "nearest_to_open")
Splits = dict[str, tuple[int, float]]
"""Barrier and ratio by asset."""
IN_SHARES = {
    "fills": ("quantity",), "trades": ("quantity",), "positions": ("quantity",), "risk": ("quantity",),
    "orders": ("requested", "approved"),
}  # fmt: skip
IN_PRICES = {
    "fills": ("price", "reference"), "trades": ("entry_price", "exit_price"), "positions": ("mark",),
    "orders": ("limit_price", "stop_price", "trail", "limit_offset"),
}  # fmt: skip
LEFT_OUT = {"orders": ("sized", "adjusted", "filled", "measured", "limit"), "actions": None}
"""Columns by table that are not compared, None for all: what came of an order later than the barrier of its row, in the
units of that day. What was filled is in the fills, and why not in the risks."""


class InSharesOfTheDay(MixedOrders):
    """The same wishes, told in the shares of the day."""

    def __init__(self, plan: Plan, splits: Splits) -> None:
        super().__init__(plan)
        self.whole, self.splits = plan, splits

    def trade(self, ctx: Context, name: str, draw: list[float]) -> None:
        self.turn_to(ctx, name)
        super().trade(ctx, name, draw)

    def on_fill(self, ctx: Context, fills: Fills) -> None:
        columns = fills.order_id.tolist(), fills.asset.tolist(), fills.quantity.tolist(), fills.reference.tolist()
        for order, asset, quantity, price in zip(*columns, strict=True):
            if quantity > 0.0 and order % 3 == 0:
                self.turn_to(ctx, NAMES[asset])
                stop = max(price - self.plan.tick, self.plan.tick / 2)
                ctx.order(asset, -quantity, stop=stop, tif="day" if order % 2 else "gtc", tag="guard")

    def turn_to(self, ctx: Context, name: str) -> None:
        """Counts in shares of this asset from here on."""
        barrier, ratio = self.splits.get(name, (BARRIERS, 1.0))
        factor = ratio if ctx.barrier >= barrier else 1.0
        self.plan = replace(self.whole, tick=self.whole.tick / factor, lot=self.whole.lot * factor)


@dataclass(frozen=True, repr=False)
class Case:
    """One run before it is run."""

    chosen: Settings
    path: str
    limit_fill: str
    seed: int
    splits: Splits

    def __repr__(self) -> str:
        return f"Case({self.chosen}, {self.path}, {self.limit_fill}, {self.seed}, {self.splits})"

    def run(self, splits: Splits) -> Result:
        """The run in which these splits happen."""
        prices = dict(seeded_prices(self.seed, ASSETS, BARRIERS, holes=0.08))
        volume = np.where(np.isnan(prices["close"]), np.nan, 64.0)
        factor = np.ones((BARRIERS, ASSETS))
        for name, (barrier, ratio) in splits.items():
            factor[barrier:, NAMES.index(name)] = ratio
        bars = np.stack([*(prices[name] / factor for name in ("open", "high", "low", "close")), volume * factor], 1)
        actions = [Action(name, (barrier + 1) * DAY_NS, "split", ratio) for name, (barrier, ratio) in splits.items()]
        config = config_of(self.chosen)
        config["execution"] |= {"path": self.path, "limit_fill": self.limit_fill}
        config["run"] = {"kernels": "interpreted"}
        plan = Plan(self.seed, NAMES, tick=1.0, lot=0.7, rebalances=tuple(range(3, BARRIERS, 7)))
        source = ArraySource(NAMES, np.arange(1, BARRIERS + 1) * DAY_NS, bars, actions=actions)
        strategy = InSharesOfTheDay(plan, splits)
        return Session(strategy, config=config, source=source, progress=False).run()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Runs at any prices, of any settings but those that count shares."""
    chosen = replace(draw(settings_of_all_kinds()), fractional=True, per_share=0.0, slippage_fixed=0.0)
    when = st.tuples(st.integers(1, BARRIERS - 1), st.sampled_from((2.0, 2.0, 0.5, 4.0)))
    splits = draw(st.dictionaries(st.sampled_from(NAMES), when, min_size=1))
    path, limit_fill = draw(st.sampled_from(PATHS)), draw(st.sampled_from(("touch", "through")))
    return Case(chosen, path, limit_fill, draw(st.integers(0, 2**32)), splits)


def told(result: Result, splits: Splits) -> dict[str, dict[str, list[Any]]]:
    """Every column that is compared, in the shares of before the splits; None for NaN."""
    found: dict[str, dict[str, list[Any]]] = {}
    for table, columns in result.record.tables.items():
        left_out = LEFT_OUT.get(table, ())
        if left_out is not None:
            factor = _new_for_old(columns, splits) if "asset" in columns else np.ones(0)
            found[table] = {
                name: [None if value != value else value for value in _in_old(table, name, columns, factor).tolist()]
                for name in columns.keys() - set(left_out)
            }
    return found


def _new_for_old(columns: Mapping[str, Any], splits: Splits) -> Floats:
    """Shares of each row's moment for one of before."""
    asset, barrier = np.asarray(columns["asset"]), np.asarray(columns["barrier"])
    factor = np.ones(len(asset))
    for name, (first, ratio) in splits.items():
        factor[(asset == NAMES.index(name)) & (barrier >= first)] = ratio
    return factor


def _in_old(table: str, name: str, columns: Mapping[str, Any], factor: Floats) -> Any:
    values = np.asarray(columns[name])
    if name in IN_SHARES.get(table, ()):
        return values / factor
    if name in IN_PRICES.get(table, ()):
        return values * factor
    if table == "risk" and name in ("measured", "limit"):
        in_units = np.isin(np.asarray(columns["reason"]), IN_UNITS)
        ambiguous = np.asarray(columns["kind"]) == "ambiguous"
        return np.where(in_units, values / factor, np.where(ambiguous, values * factor, values))
    return values


@pytest.mark.untraced
@given(cases())
@settings(max_examples=settings().max_examples * 4)
def test_a_split_in_the_middle_leaves_all_money_as_it_is(case: Case) -> None:
    plain, split = case.run({}), case.run(case.splits)
    check_books(split)
    assert differences(told(split, case.splits), told(plain, {})) == []
    assert split.record.rows("actions") == len(case.splits)
    counts = {name: count for name, count in split.record.counts.items() if name != "actions.split"}
    assert counts == plain.record.counts
