"""Every fill of every kind of account is explained; margin calls and stops that trail inside a bar are named."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from tests.unit.verify.recorded import RUNS

from tidegate.explain.causes import why_fill
from tidegate.explain.chain import Chain
from tidegate.explain.opening import Recorded

KINDS = {"called": 1, "finer": 1, "recalls": 4, "futures": 4, "actions": 4, "settling": 4}
"""How many fills lie from one that is explained to the next."""


@cache
def explained(name: str) -> tuple[pl.DataFrame, list[Chain]]:
    """Fills of a run and the chain of each: a second's work, which is done once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.tgj"
        fills = RUNS[name].session(path).run().fills.gather_every(KINDS[name])
        with Recorded(path, market=True) as opened:
            return fills, [why_fill(opened, fill) for fill in fills["fill_id"].to_list()]


def values(chain: Chain, what: str) -> list[dict[str, Any]]:
    return [link.values for link in chain.links if link.what == what]


@pytest.mark.parametrize("name", KINDS)
def test_every_fill_is_explained(name: str) -> None:
    fills, chains = explained(name)
    assert len(chains) > 8
    told = [values(chain, "fill")[0] for chain in chains]
    assert [one["quantity"] for one in told] == fills["quantity"].to_list()
    assert [one["price"] for one in told] == fills["price"].to_list()
    assert {chain.links[-1].what for chain in chains} <= {"context seen", "position"}
    before: set[str] = set()
    for chain in chains:
        before |= {link.what for link in chain.links}
    assert {"fill", "bar", "accepted", "decision"} <= before


def test_what_a_margin_call_sold_is_followed_to_the_call() -> None:
    fills, chains = explained("called")
    calls = [chain for chain in chains if values(chain, "margin call")]
    assert 0 < len(calls) < fills.height
    for chain in calls:
        (line,) = next(link.lines for link in chain.links if link.what == "margin call")
        assert "is below the" in line


def test_a_stop_that_trailed_inside_the_bar_is_followed_to_where_it_began() -> None:
    fills, chains = explained("finer")
    tags = fills["tag"].to_list()
    trailed = [chain for tag, chain in zip(tags, chains, strict=True) if tag == "trailing_stop"]
    assert trailed
    assert all(values(chain, "trailing") == [{"pct": 0.04}] for chain in trailed)
    others = [chain for tag, chain in zip(tags, chains, strict=True) if tag != "trailing_stop"]
    assert not any(values(chain, "trailing") for chain in others)
