"""Laws that tie one whole run to another whose input was changed: exact, figure by figure, in every table.

Money becomes whole micro-units at each cash flow, so a run in ten times the money, or with twice the units, can be the
same to the last digit only where no flow is rounded: where each is a multiple of 1/64, which is 15,625 micro-units.
`exact` draws such runs, and the tests see that they are:

- Prices are whole ticks of 2**16, commissions and distances whole numbers, and shares whole.
- Fractions are powers of two: a level 1/16 from a price, whose fill slips by 1/64, from which an exit's level is again
  1/16 away, which slips again, lies on a grid of 2**16 / 2**20 = 1/16. A commission of 1/64 comes without slippage.
- A part that is sold of what was bought at several prices, or for a fixed commission, takes a share of that with it
  which is rounded whatever the numbers are. There the comparison leaves out all that follows from such shares; levels
  at a distance from the average price are only drawn where nothing is bought again before it was sold.

Weights in a fractional account divide by the last close. There (`octaves`) closes are powers of two, and lots so large
that the quantities of two decisions in a row are still on the grid.

Where quantities change, nothing may be cut or sized to whole shares: twice the shares that 3.6 shares' worth of cash
buys are not what 7.2 buy. Only what is bought whole or not at all doubles. The laws that keep all quantities, and
those that halve prices in a fractional account, need none of this: binary fractions of any price are exact.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.markets import Prices, names_of, seeded_prices, settings_of_all_kinds
from tests.oracle.records import Settings
from tests.property.dimensions import AS_IT_IS, BASIS, Units, differences, told
from tests.property.mixed_orders import Case, Plan

from tidegate import Result

ASSETS, BARRIERS = 6, 40
NAMES = tuple(names_of(ASSETS))
TICK = 2.0**16
GRID_MICROS = 15_625
PATHS = ("pessimistic", "optimistic", "high_first", "low_first", "nearest_to_open")
seeds = st.integers(0, 2**32)
paths, limit_fills = st.sampled_from(PATHS), st.sampled_from(("touch", "through"))
new_names = st.sets(st.integers(0, 9999).map(lambda n: f"n{n}"), min_size=ASSETS + 1, max_size=ASSETS + 1).map(sorted)
fills = st.sampled_from(("next_open", "next_close", "same_close"))
COSTS: tuple[dict[str, Any], ...] = (
    {}, {"slippage_bps": 156.25}, {"bps": 156.25}, {"per_share": 256.0}, {"per_share": 256.0, "minimum": 4096.0},
    {"per_trade": 512.0, "slippage_fixed": 1024.0}, {"minimum": 65_536.0, "cap_bps": 156.25},
)  # fmt: skip


def in_ticks(seed: int, tick: float, *, octaves: bool = False) -> Prices:
    """Random walks of some 5 to 50 ticks with holes; of 2 to 20 where each close is to be 4 or 8."""
    walks = seeded_prices(seed, ASSETS, BARRIERS, holes=0.08, vol=0.25 if octaves else 0.04)
    ticks = {field: np.maximum(np.rint(values / (16 if octaves else 4)), 2.0) for field, values in walks.items()}
    if octaves:
        ticks["close"] = np.where(ticks["close"] < 6.0, 4.0, np.where(np.isnan(ticks["close"]), np.nan, 8.0))
        ticks["open"] = np.minimum(ticks["open"], 16.0)
        ticks["high"] = np.maximum(np.maximum(ticks["open"], ticks["close"]), np.minimum(ticks["high"], 16.0))
        ticks["low"] = np.minimum(np.minimum(ticks["open"], ticks["close"]), ticks["low"])
    return {field: values * tick for field, values in ticks.items()}


@st.composite
def exact(draw: st.DrawFn, *, cuts: bool) -> Case:
    """Runs in which no cash flow is rounded; `cuts` where orders may be cut, or sized, to whole shares."""
    adds = draw(st.booleans())
    levels = st.sampled_from((None, 1 / 16)) if not adds else st.none()
    chosen = Settings(
        cash=draw(st.sampled_from((2.0**23, 2.0**25, 2.0**27))),
        fill=draw(fills),
        shortage=draw(st.sampled_from(("scale", "rank", "reject"))) if cuts else "reject",
        fractional=not cuts and draw(st.booleans()),
        stop_loss=draw(levels),
        take_profit=draw(levels),
        trailing_stop=draw(st.sampled_from((None, 1 / 16))),
        max_weight=draw(st.sampled_from((None, 1 / 8, 1 / 2))),
        max_weight_action=draw(st.sampled_from(("trim", "deny"))) if cuts else "deny",
        max_gross=draw(st.sampled_from((None, 1 / 2, 1.0))),
        max_gross_action=draw(st.sampled_from(("trim", "deny"))) if cuts else "deny",
    )
    seed = draw(seeds)
    plan = Plan(seed, NAMES, tick=TICK, lot=1.0, rebalances=tuple(range(4, BARRIERS, 9)) if cuts else (), adds=adds)
    costs = replace(chosen, **draw(st.sampled_from(COSTS)))
    return Case(costs, draw(paths), draw(limit_fills), NAMES, in_ticks(seed, TICK), plan)


@st.composite
def octaves(draw: st.DrawFn) -> Case:
    """Runs with weights in a fractional account in which no cash flow is rounded."""
    seed = draw(seeds)
    chosen = Settings(
        cash=2.0**31,
        fill=draw(fills),
        shortage="reject",
        fractional=True,
        trailing_stop=draw(st.sampled_from((None, 1 / 16))),
        max_weight=draw(st.sampled_from((None, 1 / 8, 1 / 2))),
        max_weight_action="deny",
    )
    plan = Plan(seed, NAMES, tick=1.0, lot=2.0**21, rebalances=(10, 25))
    return Case(chosen, draw(paths), draw(limit_fills), NAMES, in_ticks(seed, 1.0, octaves=True), plan)


@st.composite
def any_run(draw: st.DrawFn, chosen: st.SearchStrategy[Settings]) -> Case:
    """Runs at any prices, of any settings."""
    seed, found = draw(seeds), draw(chosen)
    prices = seeded_prices(seed, ASSETS, BARRIERS, holes=0.08)
    if draw(st.booleans()):
        prices = {field: np.round(values, 0) for field, values in prices.items()}
    lot = draw(st.sampled_from((0.7, 12.5) if found.fractional else (1.0, 25.0)))
    plan = Plan(seed, NAMES, tick=1.0, lot=lot, rebalances=tuple(range(4, BARRIERS, 9)))
    return Case(found, draw(paths), draw(limit_fills), NAMES, prices, plan)


def whole_or_not_at_all(case: Case) -> Case:
    """The same, with nothing that is cut or sized to whole shares."""
    chosen = replace(case.chosen, shortage="reject", max_weight_action="deny", max_gross_action="deny")
    return case if case.chosen.fractional else replace(case, chosen=chosen, plan=replace(case.plan, rebalances=()))


def assert_same(
    other: Result,
    plain: Result,
    units: Units = AS_IT_IS,
    without: Mapping[str, Collection[str]] | None = None,
    called: Mapping[str, str] | None = None,
) -> None:
    """The other run tells what the plain one does, in these units, when its assets are called so."""
    assert differences(told(other, without=without, called=called), told(plain, units, without=without)) == []
    assert other.record.counts == plain.record.counts


def assert_exactly_same(case: Case, units: Units) -> None:
    """A run in other units tells what the plain one does; nothing was rounded in either."""
    plain = case.run()
    for table, name in (("fills", "cash_micros"), ("fills", "commission_micros"), ("equity", "equity_micros")):
        assert not (plain.record.ints(table, name) % GRID_MICROS).any(), "these numbers do not make the law exact"
    assert_same(case.told_in(units).run(), plain, units, BASIS if case.divides_costs else None)


LAW = settings(max_examples=20 if settings().max_examples == 50 else 2 * settings().max_examples)
"""A few cases of each law in the usual run, 200 in a pass of the soak."""


@given(st.one_of(exact(cuts=True), exact(cuts=True), octaves()), st.sampled_from((8.0, 10.0)))
@LAW
def test_in_a_currency_of_a_tenth_everything_costs_ten_times_as_much(case: Case, factor: float) -> None:
    assert_exactly_same(case, Units(money=factor))


@given(st.one_of(exact(cuts=False), exact(cuts=False), octaves()), st.sampled_from((2.0, 3.0)))
@LAW
def test_twice_the_orders_on_twice_the_cash_make_twice_the_money(case: Case, factor: float) -> None:
    assert_exactly_same(case, Units(money=factor, quantity=factor))


@given(any_run(settings_of_all_kinds()), st.integers(1, 60_000), st.booleans())
@LAW
def test_days_later_the_same_happens(case: Case, days: int, adds: bool) -> None:
    everything = replace(case, plan=replace(case.plan, adds=adds))
    assert_same(everything.told_in(Units(days=days)).run(), everything.run(), Units(days=days))


@given(any_run(settings_of_all_kinds()), st.sampled_from((2.0, 8.0)))
@LAW
def test_a_split_before_the_first_bar_leaves_all_money_as_it_is(case: Case, factor: float) -> None:
    units, before = Units(quantity=factor), whole_or_not_at_all(case)
    assert_same(before.told_in(units).run(), before.run(), units)


@given(any_run(settings_of_all_kinds()), new_names, st.permutations(range(ASSETS + 1)), st.integers(0, ASSETS))
@LAW
def test_neither_names_in_the_same_order_nor_columns_nor_strangers_matter(
    case: Case, names: list[str], order: list[int], place: int
) -> None:
    stranger = seeded_prices(case.plan.seed + 1, 1, BARRIERS, holes=0.3)
    known = tuple(name for name in names if name != names[place])
    other = replace(
        case,
        names=tuple(names[column] for column in order),
        prices={
            field: np.insert(values, place, stranger[field][:, 0], axis=1)[:, order]
            for field, values in case.prices.items()
        },
        plan=replace(case.plan, names=known),
    )
    assert_same(other.run(), case.run(), called=dict(zip(known, NAMES, strict=True)))
