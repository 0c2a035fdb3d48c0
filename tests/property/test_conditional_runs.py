"""Whole runs with orders of every kind: what must not matter does not, the books close, every order has an end."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.engine import config_of, source_of
from tests.oracle.markets import names_of, seeded_prices, settings_of_all_kinds
from tests.oracle.records import Floats, Settings
from tests.property.test_what_must_not_matter import same_business

from tidegate import Context, Result, Session, Strategy

ASSETS, BARRIERS = 6, 40
seeds = st.integers(0, 2**32)


class AnyOrders(Strategy):
    """At each barrier some orders of any kind, drawn for barrier and name, so that columns may lie in any order."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_batch(self, ctx: Context) -> None:
        random = np.random.Generator(np.random.PCG64((self.seed, ctx.barrier)))
        for name in sorted(ctx.universe.names):
            draw, units = random.random(4), float(random.integers(1, 60))
            price = ctx.price(name)
            if draw[0] < 0.6 or price != price:
                continue
            near = round(price * (0.97 + 0.06 * draw[1]), 2)
            quantity = units if draw[2] < 0.6 else -units
            tif = ("gtc", "day", "gtc", "ioc", "fok", "on_open", "on_close")[int(7 * draw[3])]
            kinds: tuple[dict[str, Any], ...] = (
                {"limit": near, "tif": tif}, {"stop": near}, {"stop": near, "limit": price}, {"trail_pct": 0.02},
                {"trail": 0.5, "limit_offset": 0.25, "tif": "day"}, {"tif": tif}, {},
            )  # fmt: skip
            orders = [
                ctx.order(name, quantity, tag=str(kind), **kinds[(kind + int(7 * draw[1])) % 7])
                for kind in range(1 + int(2 * draw[2]))
            ]
            if len(orders) > 1:
                ctx.one_cancels_other(*orders)
            if draw[3] < 0.3:
                entry = near if draw[1] < 0.5 else None
                ctx.bracket(name, units, limit=entry, stop_loss=price * 0.97, take_profit=price * 1.02)
        if random.random() < 0.1:
            ctx.cancel_all()


def run(prices: dict[str, Floats], names: list[str], chosen: Settings, seed: int, **changed: Any) -> Result:
    config = config_of(chosen)
    path = ("pessimistic", "optimistic", "high_first", "low_first", "nearest_to_open")[seed % 5]
    config["execution"] |= {"path": path, "limit_fill": ("touch", "through")[seed % 2]}
    config["run"] = changed.pop("run", {"kernels": "interpreted"})
    source = source_of(names, prices)
    return Session(AnyOrders(seed), config=config, source=source, progress=False, **changed).run()


@given(seeds, settings_of_all_kinds(), st.permutations(range(ASSETS)))
@settings(max_examples=settings().max_examples // 5)
def test_neither_columns_nor_schedules_nor_compilation_matter(seed: int, chosen: Settings, order: list[int]) -> None:
    prices, names = seeded_prices(seed, ASSETS, BARRIERS, holes=0.08), names_of(ASSETS)
    plain = run(prices, names, chosen, seed)
    assert run(prices, names, chosen, seed, shuffle_seed=seed).digest == plain.digest
    assert run(prices, names, chosen, seed, run={"kernels": "compiled"}).digest == plain.digest
    permuted = {field: values[:, order] for field, values in prices.items()}
    same_business(run(permuted, [names[column] for column in order], chosen, seed), plain, {})


@given(seeds, settings_of_all_kinds())
@settings(max_examples=settings().max_examples // 3)
def test_the_books_close_and_every_order_has_an_end(seed: int, chosen: Settings) -> None:
    result = run(seeded_prices(seed, ASSETS, BARRIERS, holes=0.08), names_of(ASSETS), chosen, seed)
    record = result.record
    cash = record.ints("equity", "cash_micros")
    assert (cash >= 0).all()
    assert (cash + record.ints("equity", "gross_micros") == record.ints("equity", "equity_micros")).all()
    gained = int(record.ints("trades", "pnl_micros").sum() + record.ints("equity", "unrealized_micros")[-1])
    assert gained == record.ints("equity", "equity_micros")[-1] - record.initial_cash_micros
    requested, filled = record.floats("orders", "requested"), record.floats("orders", "filled")
    assert (np.abs(filled) <= np.abs(requested)).all()
    assert (filled * requested >= 0).all()
    status = np.array(record.texts("orders", "status"))
    assert "open" not in status
    assert (np.abs(filled[status == "filled"]) > 0).all()
