"""What is shown of the past: never by what is not known yet, whatever came when."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.actors.letters import NAN, batch, universe

from tidegate.core.enums import ActionKind
from tidegate.core.errors import RequestError
from tidegate.core.universe import Universe
from tidegate.messages.actions import CorporateActions
from tidegate.messages.views import Labels
from tidegate.strategy.past import Past

NAMES = ("AA", "BB", "CC")


def labels() -> Labels:
    return Labels(Universe(NAMES), ("score",), (), ())


def said(seq: int, *rows: tuple[ActionKind, int, float, int]) -> CorporateActions:
    """Actions of a barrier: (kind, asset, value, into)."""
    zero, none = [0] * len(rows), [NAN] * len(rows)
    columns: dict[str, Any] = {
        "kind": [row[0] for row in rows], "asset": [row[1] for row in rows], "into": [row[3] for row in rows],
        "ex_ns": zero, "pay_ns": zero, "value": [row[2] for row in rows], "price": none,
    }  # fmt: skip
    return CorporateActions.of(columns, seq=seq, ts_ns=seq)


prices = st.lists(st.sampled_from((NAN, 8.0, 12.0, 20.0)), min_size=3, max_size=3)
splits = st.lists(st.tuples(st.integers(0, 2), st.sampled_from((0.5, 2.0, 4.0))), max_size=2)


@given(st.lists(st.tuples(prices, splits), min_size=1, max_size=8), st.integers(1, 5), st.integers(1, 5))
def test_each_row_is_divided_by_the_splits_after_it_and_by_no_others(
    days: list[tuple[list[float], list[tuple[int, float]]]], kept: int, n: int
) -> None:
    past = Past(kept, labels())
    for seq, (close, ratios) in enumerate(days):
        if ratios:
            past.note(said(seq, *((ActionKind.SPLIT, asset, ratio, -1) for asset, ratio in ratios)))
        past.append(batch(seq, close, signals=[close]))
        if n > kept:
            continue
        shown = past.window("close", n, raw=False)
        volume, raw, score = (
            past.window(name, n, raw=flag) for name, flag in (("volume", False), ("close", True), ("score", False))
        )
        first = max(seq + 1 - n, 0)
        for row in range(first, seq + 1):
            for asset in range(3):
                later = [ratio for day in days[row + 1 : seq + 1] for column, ratio in day[1] if column == asset]
                factor = float(np.prod(later)) if later else 1.0
                np.testing.assert_equal(shown[row - first, asset], days[row][0][asset] / factor)
                assert volume[row - first, asset] == 100.0 * factor
                np.testing.assert_equal(raw[row - first, asset], days[row][0][asset])
                np.testing.assert_equal(score[row - first, asset], days[row][0][asset])


def test_a_new_name_shows_what_the_old_one_did_where_it_did_nothing_itself() -> None:
    past = Past(4, labels())
    past.append(batch(0, [10.0, NAN, 1.0]))
    past.append(batch(1, [12.0, 99.0, 1.0]))
    past.note(said(2, (ActionKind.SYMBOL_CHANGE, 0, NAN, 1)))
    past.append(batch(2, [NAN, 13.0, 1.0]))
    assert past.window("close", 4, raw=False)[:, 1].tolist() == [10.0, 99.0, 13.0]
    np.testing.assert_equal(past.window("close", 4, raw=True)[:, 1], [NAN, 99.0, 13.0])


def test_what_happened_is_told_at_its_barrier_alone() -> None:
    past = Past(4, labels())
    past.note(said(0, (ActionKind.MERGER_STOCK, 0, 2.0, 1)))
    assert past.happened() == ()
    past.append(batch(0, [10.0, 5.0, 1.0]))
    (one,) = past.happened()
    assert one[:4] == ("AA", "merger_stock", 2.0, "BB")
    past.append(batch(1, [NAN, 5.0, 1.0]))
    assert past.happened() == ()


def test_a_window_is_read_only_and_no_longer_than_what_is_kept() -> None:
    past = Past(2, labels())
    past.append(batch(0, [1.0, 2.0, 3.0], signals=[[1.0, 2.0, 3.0]]))
    assert not past.window("score", 1, raw=False).flags.writeable
    for n in (0, 3):
        with pytest.raises(RequestError, match=r"want 1\.\.2"):
            past.window("close", n, raw=False)
    with pytest.raises(RequestError, match="did you mean 'close'"):
        past.window("clsoe", 1, raw=False)
    assert universe().assets == NAMES
