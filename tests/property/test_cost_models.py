"""Whole runs under any models of costs: every fill costs what the rules say, worked out by a naive account of them."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.markets import seeded_prices
from tests.oracle.naive_costs import DAY_NS, NaiveCosts

from tidegate import Context, Result, Session, Strategy
from tidegate.core.enums import OrderKind
from tidegate.data.panel import ArraySource

ASSETS, BARRIERS = 4, 40
NAMES = [f"A{number}" for number in range(ASSETS)]
FEATURES = ("ask", "average", "bid", "sigma")
FIRST_NS = 18_995 * DAY_NS + DAY_NS // 3
seeds = st.integers(0, 2**32)


class Trades(Strategy):
    """Buys and sells of any kind whose levels are near the price, drawn for barrier and name."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_batch(self, ctx: Context) -> None:
        random = np.random.Generator(np.random.PCG64((self.seed, ctx.barrier)))
        for name in ctx.universe.names:
            draw, units = random.random(4), float(random.integers(1, 900))
            price = ctx.price(name)
            if draw[0] < 0.4 or price != price:
                continue
            near = price * (0.98 + 0.04 * draw[1])
            quantity = units if draw[2] < 0.6 else -units
            terms: tuple[dict[str, Any], ...] = (
                {}, {"limit": near}, {"limit": near, "tif": "day"}, {"stop": near}, {"stop": near, "limit": near},
                {"limit": near, "tif": "on_close"},
            )  # fmt: skip
            ctx.order(name, quantity, **terms[int(6 * draw[3])])


def estimates(feature: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any way to estimate a figure."""
    defaults = st.sampled_from((None, 0.02, 500.0))
    windows = st.integers(2, 9)
    return st.one_of(
        st.builds(lambda window, default: {"window": window, "default": default}, windows, defaults),
        st.builds(lambda window: {"window": window + 2, "least": window}, windows),
        st.builds(lambda decay, default: {"decay": decay, "default": default}, st.sampled_from((0.5, 0.8)), defaults),
        st.builds(lambda default: {"feature": feature, "default": default}, defaults),
    )


@st.composite
def executions(draw: st.DrawFn) -> dict[str, Any]:
    """Any models of slippage and commission, each of them on or off."""

    def maybe(values: st.SearchStrategy[Any]) -> Any:
        return draw(st.none() | values)

    factors = st.sampled_from((0.05, 0.4, 3.0))
    slippage = {
        "bps": draw(st.sampled_from((0.0, 0.0, 5.0))),
        "fixed": draw(st.sampled_from((0.0, 0.0, 0.01))),
        "half_spread": maybe(st.sampled_from(({"bps": 3.0}, {"bps": 2.0, "bid": "bid", "ask": "ask"}))),
        "volume_share": maybe(
            st.builds(lambda f, cap: {"factor": f, "cap": cap}, factors, st.sampled_from((0.025, 1.0)))
        ),
        "volatility": maybe(st.builds(lambda f: {"factor": f}, factors)),
        "square_root": maybe(st.builds(lambda f: {"coefficient": f}, factors)),
        "almgren_chriss": maybe(st.builds(lambda t, p: {"temporary": t, "permanent": p}, factors, factors)),
        "sigma": draw(estimates("sigma")),
        "average_volume": draw(estimates("average")),
    }
    by_value = {
        "by": "value",
        "steps": [{"at_least": 1e4, "bps": 3.0}, {"at_least": 5e5, "bps": 1.0, "per_share": 0.01}],
    }
    by_units = {"by": "units", "steps": [{"at_least": 0.0, "per_share": 0.01}, {"at_least": 5e3, "bps": 0.5}]}
    venue = {"maker_bps": -1.5, "taker_bps": 2.5, "maker_per_share": 0.001, "taker_per_share": 0.002}
    commission = {
        "bps": draw(st.sampled_from((0.0, 1.0))),
        "per_share": draw(st.sampled_from((0.0, 0.005))),
        "minimum": draw(st.sampled_from((0.0, 1.0))),
        "cap_bps": draw(st.sampled_from((None, 50.0))),
        "tiers": maybe(st.sampled_from((by_value, by_units))),
        "maker_taker": maybe(st.sampled_from((venue, venue | {"taker_bps": -0.5}))),
    }
    return {
        "fill": draw(st.sampled_from(("next_open", "next_close", "same_close"))),
        "shortage": draw(st.sampled_from(("scale", "rank"))),
        "slippage": slippage,
        "commission": commission,
    }


def market(seed: int) -> ArraySource:
    """Bars with holes, with volumes that are absent or 0 here and there, and features that make no sense at times."""
    prices = seeded_prices(seed, ASSETS, BARRIERS, holes=0.1)
    random = np.random.Generator(np.random.PCG64(seed + 1))
    shape = (BARRIERS, ASSETS)
    volume = np.floor(random.lognormal(8.0, 1.0, shape))
    volume[random.random(shape) < 0.1] = 0.0
    volume[np.isnan(prices["close"])] = np.nan
    middle = np.nan_to_num(prices["close"], nan=10.0)
    bid = middle * (1 - 0.003 * random.random(shape))
    ask = middle * (1 + 0.003 * random.random(shape) - 0.0003)
    sigma, average = random.random(shape) * 0.04 - 0.002, random.lognormal(8.0, 1.0, shape)
    features = {"ask": ask, "average": average, "bid": bid, "sigma": sigma}
    for column in features.values():
        column[random.random(shape) < 0.2] = np.nan
    ts_ns = FIRST_NS + np.arange(BARRIERS) * 2 * DAY_NS
    bars = np.stack([*prices.values(), volume], axis=1)
    return ArraySource(NAMES, ts_ns, bars, features=features, chunk_rows=7)


def run(seed: int, execution: dict[str, Any], **changed: Any) -> Result:
    config: dict[str, Any] = {
        "run": {"kernels": "interpreted"}, "execution": execution, "account": {"cash": 300_000.0},
        "risk": {"rules": [{"stop_loss": {"pct": 0.05}}, {"take_profit": {"pct": 0.06}}]},
    }  # fmt: skip
    return Session(Trades(seed), config=config | changed, source=market(seed), progress=False).run()


@given(seeds, executions())
@settings(max_examples=settings().max_examples // 2)
def test_every_fill_costs_what_the_rules_say(seed: int, execution: dict[str, Any]) -> None:
    record = run(seed, execution).record
    naive = NaiveCosts(execution, FEATURES, ASSETS)
    (chunk,) = whole_market(seed)
    fills = {name: np.asarray(column).tolist() for name, column in record.tables["fills"].items()}
    parts = {name: np.asarray(column).tolist() for name, column in record.tables["fill_costs"].items()}
    orders = {name: np.asarray(column).tolist() for name, column in record.tables["orders"].items()}
    order_row = {number: row for row, number in enumerate(orders["order_id"])}
    held = [0.0] * ASSETS
    k = 0
    for barrier in range(BARRIERS):
        naive.bar(int(chunk.ts_ns[barrier]), chunk.bars[barrier].tolist(), chunk.features[barrier].tolist())
        while k < len(fills["barrier"]) and fills["barrier"][k] == barrier:
            row = order_row[fills["order_id"][k]]
            a, signed, at, price = (fills[name][k] for name in ("asset", "quantity", "reference", "price"))
            buy, size, inside = signed > 0, abs(signed), fills["point"][k] == 1
            limit = orders["limit_price"][row]
            profit_exit = fills["tag"][k] == "take_profit"
            maker = inside and (profit_exit or (orders["type"][row] in LIMITED and at == limit))
            slips = not maker and not profit_exit
            asked = abs(orders["approved"][row])
            if not buy:
                asked = min(asked, held[a])
            if profit_exit:
                assert price == at
            else:
                assert price == naive.price(a, buy=buy, asked=asked, at=at, limit=limit)
            broker = naive.broker_fee(a, size, price)
            venue = naive.venue_fee(a, size, price, maker=maker)
            assert fills["commission_micros"][k] == broker + venue
            slippage = naive.money(a, size, abs(price - at))
            assert fills["slippage_micros"][k] == slippage
            if parts["fill_id"]:
                expected = naive.parts(a, buy=buy, asked=asked, size=size, at=at, price=price) if slips else (0, 0, 0)
                told = parts["spread_micros"][k], parts["impact_micros"][k]
                assert (parts["fill_id"][k], parts["asset"][k]) == (k, a)
                assert (*told, slippage - told[0] - told[1]) == expected
                assert (parts["venue_micros"][k], parts["maker"][k]) == (venue, maker)
                assert parts["unmeasured"][k] == (naive.unmeasured(a) if slips else 0)
                assert min(*told, slippage - told[0] - told[1]) >= 0
            naive.filled(a, buy=buy, size=size, price=price, slips=slips)
            held[a] += signed
            k += 1
    assert k == len(fills["barrier"])
    assert len(parts["fill_id"]) in (0, k)


LIMITED = (OrderKind.LIMIT, OrderKind.STOP_LIMIT)


def whole_market(seed: int) -> Any:
    """The market in one piece."""
    source = market(seed)
    source._chunk_rows = BARRIERS
    return source.chunks()


@given(seeds, executions())
@settings(max_examples=settings().max_examples // 8)
def test_totals_are_those_of_the_fills_and_the_books_close(seed: int, execution: dict[str, Any]) -> None:
    result = run(seed, execution)
    record, metrics = result.record, result.metrics
    cash = record.ints("equity", "cash_micros")
    assert (cash >= 0).all()
    assert (cash + record.ints("equity", "gross_micros") == record.ints("equity", "equity_micros")).all()
    assert record.ints("postings", "amount_micros").sum() == cash[-1]
    fills = result.fills
    for whole, figures in (
        ("commission_micros", ("broker_fees", "venue_fees")),
        ("slippage_micros", ("spread", "impact", "other_slippage")),
    ):
        total = int(fills[whole].sum())
        assert int(record.ints("equity", whole)[-1]) == total
        assert sum(round(float(metrics[name] or 0.0) * 1e6) for name in figures) == total
    assert int(fills["venue_micros"].sum()) == round(float(metrics["venue_fees"] or 0.0) * 1e6)


@given(seeds, executions())
@settings(max_examples=settings().max_examples // 10)
def test_compiled_kernels_charge_the_same(seed: int, execution: dict[str, Any]) -> None:
    assert run(seed, execution, run={"kernels": "compiled"}).digest == run(seed, execution).digest
