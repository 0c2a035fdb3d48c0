"""Every fill of every kind of account is explained; margin calls and stops that trail inside a bar are named."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.unit.verify.recorded import RUNS

from tidegate.explain.causes import why_fill
from tidegate.explain.chain import Chain
from tidegate.explain.opening import Recorded

KINDS = ("called", "finer", "recalls", "futures", "actions", "settling")


def explained(name: str, folder: Path, every: int = 1) -> tuple[pl.DataFrame, list[Chain]]:
    """A run's fills, one of so many, and the chain of each."""
    path = folder / "run.tgj"
    fills = RUNS[name].session(path).run().fills.gather_every(every)
    with Recorded(path, market=True) as opened:
        return fills, [why_fill(opened, fill) for fill in fills["fill_id"].to_list()]


def values(chain: Chain, what: str) -> list[dict[str, Any]]:
    return [link.values for link in chain.links if link.what == what]


@pytest.mark.parametrize("name", KINDS)
def test_every_fill_is_explained(name: str, tmp_path: Path) -> None:
    fills, chains = explained(name, tmp_path, every=4)
    assert len(chains) > 8
    told = [values(chain, "fill")[0] for chain in chains]
    assert [one["quantity"] for one in told] == fills["quantity"].to_list()
    assert [one["price"] for one in told] == fills["price"].to_list()
    assert {chain.links[-1].what for chain in chains} <= {"context seen", "position"}
    before: set[str] = set()
    for chain in chains:
        before |= {link.what for link in chain.links}
    assert {"fill", "bar", "accepted", "decision"} <= before


def test_what_a_margin_call_sold_is_followed_to_the_call(tmp_path: Path) -> None:
    fills, chains = explained("called", tmp_path)
    calls = [chain for chain in chains if values(chain, "margin call")]
    assert 0 < len(calls) < fills.height
    for chain in calls:
        (line,) = next(link.lines for link in chain.links if link.what == "margin call")
        assert "is below the" in line


def test_a_stop_that_trailed_inside_the_bar_is_followed_to_where_it_began(tmp_path: Path) -> None:
    fills, chains = explained("finer", tmp_path)
    tags = fills["tag"].to_list()
    trailed = [chain for tag, chain in zip(tags, chains, strict=True) if tag == "trailing_stop"]
    assert trailed
    assert all(values(chain, "trailing") == [{"pct": 0.04}] for chain in trailed)
    others = [chain for tag, chain in zip(tags, chains, strict=True) if tag != "trailing_stop"]
    assert not any(values(chain, "trailing") for chain in others)
