"""Column order, names, bystanders and compilation change no result.

Schedules: `test_rotation`; what is around a process: `test_surroundings`.
"""

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.decisions import top_n
from tests.oracle.engine import columns, run_engine
from tests.oracle.markets import names_of, seeded_prices, settings_of_all_kinds
from tests.oracle.records import Floats, Settings

from tidegate import Result

FILLS = "barrier point quantity price reference cash_micros commission_micros slippage_micros tag"
TRADES = "barrier quantity entry_barrier entry_price exit_price cost_micros proceeds_micros pnl_micros bars_held tag"
seeds = st.integers(0, 2**32)


def tables(result: Result) -> dict[str, Any]:
    """Every table as plain values."""
    return {
        table: {name: np.asarray(column).tolist() for name, column in raw.items()}
        for table, raw in result.record.tables.items()
    }


def by_name(result: Result, table: str, names: str, rename: dict[str, str]) -> Counter[Any]:
    """The rows of a table with their assets' names, in no order."""
    assets = [rename.get(name, name) for name in result.record.assets]
    return Counter((assets[row[0]], *row[1:]) for row in columns(result, table, "asset " + names))


def same_business(left: Result, right: Result, rename: dict[str, str]) -> None:
    """The same fills and trades by name, and the same account at every barrier."""
    assert by_name(left, "fills", FILLS, rename) == by_name(right, "fills", FILLS, {})
    assert by_name(left, "trades", TRADES, rename) == by_name(right, "trades", TRADES, {})
    assert tables(left)["equity"] == tables(right)["equity"]


def market(seed: int) -> tuple[dict[str, Floats], Floats]:
    """Prices with holes and scores without ties: a tie goes by name, which is what these tests change."""
    scores = np.random.Generator(np.random.PCG64(seed + 1)).normal(size=(40, 8))
    return seeded_prices(seed, 8, 40, holes=0.08), scores


@given(seed=seeds, chosen=settings_of_all_kinds(), order=st.permutations(range(8)))
@settings(max_examples=settings().max_examples // 3)
def test_the_order_of_the_columns_in_the_input(seed: int, chosen: Settings, order: list[int]) -> None:
    prices, scores = market(seed)
    decision = top_n(scores, 3, 2, 0.9)
    plain = run_engine(names_of(8), prices, chosen, decision)
    permuted = {field: values[:, order] for field, values in prices.items()}
    other = run_engine([names_of(8)[column] for column in order], permuted, chosen, decision)
    assert other.digest == plain.digest


@given(seed=seeds, chosen=settings_of_all_kinds(plain=True), order=st.permutations(range(8)))
@settings(max_examples=settings().max_examples // 3)
def test_the_names_of_the_assets(seed: int, chosen: Settings, order: list[int]) -> None:
    prices, scores = market(seed)
    plain = run_engine(names_of(8), prices, chosen, top_n(scores, 3, 2, 0.9))
    permuted = {field: values[:, order] for field, values in prices.items()}
    renamed = [f"N{place}" for place in range(8)]
    other = run_engine(renamed, permuted, chosen, top_n(scores[:, order], 3, 2, 0.9))
    same_business(other, plain, {new: names_of(8)[old] for new, old in zip(renamed, order, strict=True)})


@given(seed=seeds, chosen=settings_of_all_kinds(), place=st.integers(0, 8))
@settings(max_examples=settings().max_examples // 3)
def test_an_asset_that_nobody_asks_for(seed: int, chosen: Settings, place: int) -> None:
    prices, scores = market(seed)
    plain = run_engine(names_of(8), prices, chosen, top_n(scores, 3, 2, 0.9))
    stranger = seeded_prices(seed + 2, 1, 40, holes=0.3)
    wider = {field: np.insert(values, place, stranger[field][:, 0], axis=1) for field, values in prices.items()}
    names = [*names_of(8)[:place], f"S{place - 1:03d}x" if place else "A", *names_of(8)[place:]]
    other = run_engine(names, wider, chosen, top_n(np.insert(scores, place, np.nan, axis=1), 3, 2, 0.9))
    same_business(other, plain, {})


@given(seed=seeds, chosen=settings_of_all_kinds())
@settings(max_examples=settings().max_examples // 5)
def test_compiled_or_interpreted_kernels(seed: int, chosen: Settings) -> None:
    prices, scores = market(seed)
    digests = {
        run_engine(names_of(8), prices, chosen, top_n(scores, 3, 2, 0.9), run={"kernels": kernels}).digest
        for kernels in ("interpreted", "compiled")
    }
    assert len(digests) == 1
