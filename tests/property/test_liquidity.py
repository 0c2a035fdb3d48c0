"""Random orders in bars of random volume: what must hold of every run, and what must not matter."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

import tidegate as tg
from tidegate.data.panel import ArraySource

NAMES = ("A", "B", "C")
BARS = 8
DAY_NS = 86_400_000_000_000
CAP = 0.25


class Ask(NamedTuple):
    barrier: int
    asset: int
    units: int
    limit: float | None
    tif: str


class Asking(tg.Strategy):
    """Asks for each order at its barrier, as far as the account can be asked for it."""

    def __init__(self, asks: list[Ask], names: tuple[str, ...]) -> None:
        self.asks, self.names = asks, names

    def on_batch(self, ctx: tg.Context) -> None:
        for ask in self.asks:
            if ask.barrier == ctx.barrier:
                tif: Any = ask.tif
                ctx.order(self.names[ask.asset], 100 * ask.units, limit=ask.limit, tif=tif)


asks = st.lists(
    st.builds(
        Ask, st.integers(0, BARS - 2), st.integers(0, 2), st.integers(-6, 6).filter(bool),
        st.sampled_from([None, 9.0, 10.0, 11.0]), st.sampled_from(["gtc", "day", "ioc", "fok"]),
    ),
    min_size=1, max_size=10,
)  # fmt: skip
volumes = st.lists(
    st.lists(st.sampled_from([0.0, 400.0, 1000.0, 5000.0, np.nan]), min_size=3, max_size=3),
    min_size=BARS, max_size=BARS,
)  # fmt: skip
moves = st.lists(
    st.lists(st.sampled_from([9.0, 10.0, 11.0]), min_size=3, max_size=3), min_size=BARS, max_size=BARS
)  # fmt: skip


def run(
    asked: list[Ask],
    volume: Any,
    opens: Any,
    *,
    names: tuple[str, ...] = NAMES,
    remainder: str = "open",
    lot: float = 0.0,
) -> tg.Result:
    first = np.array(opens)
    bars = np.stack([first, first + 1.0, first - 1.0, first, np.array(volume)], axis=1)
    source = ArraySource(names, np.arange(1, BARS + 1) * DAY_NS, bars)
    config = {
        "execution": {"participation": {"pct": CAP, "remainder": remainder}},
        "account": {"cash": 50_000.0}, "universe": {"defaults": {"lot": lot}} if lot else {},
    }  # fmt: skip
    return tg.Session(Asking(asked, names), source=source, config=config).run()


@settings(max_examples=40)
@given(asks, volumes, moves, st.sampled_from(["open", "cancel"]), st.sampled_from([0.0, 20.0]))
def test_no_bar_gives_more_than_its_part_and_no_order_more_than_it_asked(
    asked: list[Ask], volume: Any, opens: Any, remainder: str, lot: float
) -> None:
    result = run(asked, volume, opens, remainder=remainder, lot=lot)
    taken = result.fills.group_by("barrier", "asset").agg(pl.col("quantity").abs().sum())
    for barrier, asset, units in taken.rows():
        there = volume[barrier][NAMES.index(asset)]
        assert there != there or units <= CAP * there + 1e-9
    for row in result.orders.to_dicts():
        assert abs(row["filled"]) <= abs(row["requested"])
        assert row["filled"] * row["requested"] >= 0.0
        whole = row["filled"] == row["requested"]
        assert whole == (row["status"] == "filled"), row
        if remainder == "cancel" and row["reason"] == "volume_limit":
            assert row["status"] == "canceled"
    if lot:
        assert (result.fills["quantity"] % lot == 0.0).all()
    assert (result.equity["cash"] >= 0.0).all()


@settings(max_examples=25)
@given(asks, volumes, moves)
def test_the_order_of_assets_does_not_matter(asked: list[Ask], volume: Any, opens: Any) -> None:
    one = run(asked, volume, opens)
    turned = [ask._replace(asset=2 - ask.asset) for ask in asked]
    other = run(turned, [row[::-1] for row in volume], [row[::-1] for row in opens], names=NAMES[::-1])
    assert one.fills.equals(other.fills)
    assert one.equity.equals(other.equity)
    assert one.orders.equals(other.orders)
