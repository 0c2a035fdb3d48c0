from dataclasses import replace

import numpy as np
import pytest

from tidegate.cli.bench.agreement import compare_equity, compare_tapes
from tidegate.cli.bench.bare import Tape

TAPE = Tape(
    equity_micros=np.array([100, 110, 120]),
    barrier=np.array([1, 2]),
    asset=np.array([0, 3]),
    quantity=np.array([1.5, -1.5]),
    price=np.array([10.0, 11.0]),
)


def test_the_same_tape_agrees() -> None:
    agreement = compare_tapes(TAPE, replace(TAPE))
    assert agreement.agrees
    assert agreement.difference == 0
    assert agreement.text == "equity and 2 fills are the same"


@pytest.mark.parametrize(
    ("change", "difference", "said"),
    [
        ({"equity_micros": np.array([100, 111, 119])}, 1,   "equity differs from barrier 1: 110 and 111 micro-units"),
        ({"price": np.array([10.0, np.nextafter(11.0, 12.0)])}, 0, "fill 1 differs: (2, asset 3, -1.5 at 11.0) and"),
        ({"asset": np.array([0, 2])},                   0,   "fill 1 differs"),
        ({"barrier": np.array([2, 2])},                 0,   "fill 0 differs"),
        ({"quantity": np.array([1.5, -1.0])},           0,   "fill 1 differs"),
    ],
)  # fmt: skip
def test_a_planted_difference_is_found_and_placed(change: dict[str, object], difference: float, said: str) -> None:
    agreement = compare_tapes(TAPE, replace(TAPE, **change))  # type: ignore[arg-type]  # a table of columns
    assert not agreement.agrees
    assert agreement.difference == difference
    assert said in agreement.text


def test_a_missing_fill_or_barrier_is_found() -> None:
    short = replace(TAPE, **{name: getattr(TAPE, name)[:1] for name in ("barrier", "asset", "quantity", "price")})
    assert compare_tapes(TAPE, short).text == "2 fills, the yardstick has 1"
    assert not compare_tapes(replace(TAPE, equity_micros=TAPE.equity_micros[:2]), TAPE).agrees


@pytest.mark.parametrize(
    ("peer", "agrees"),
    [
        ([1.0, 2.0, 3.0],                True),
        ([1.0, 2.0 * (1 + 9e-7), 3.0],   True),
        ([1.0, 2.0 * (1 + 2e-6), 3.0],   False),
        ([1.0, float("nan"), 3.0],       False),
        ([1.0, 2.0],                     False),
    ],
)  # fmt: skip
def test_equity_of_a_peer_may_differ_by_a_millionth(peer: list[float], agrees: bool) -> None:
    agreement = compare_equity(np.array([1_000_000, 2_000_000, 3_000_000]), np.array(peer))
    assert agreement.agrees == agrees
    if not agrees and len(peer) == 3:
        assert "at barrier 1" in agreement.text
