"""Batches by number, as the feed publishes them, in whatever order they are asked for."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.unit.recorded import DAY_NS, DAYS, market

from tidegate.core.errors import DataError
from tidegate.data.batches import Batches, market_batches
from tidegate.data.panel import ArraySource
from tidegate.messages.codec import same


def test_batches_are_the_rows_of_the_panel_in_any_order() -> None:
    source = market(finer=True, chunk_rows=7)
    (chunk,) = market(finer=True).chunks()
    batches = Batches(source)
    for seq in (0, 1, 6, 7, 29, 29, 3):
        batch, finer = batches.market(seq), batches.finer(seq)
        assert (batch.seq, finer.seq, batch.ts_ns) == (seq, seq, int(chunk.ts_ns[seq]))
        assert batch.bars.tobytes() == chunk.bars[seq].tobytes()
        assert batch.signals.tobytes() == chunk.signals[seq].tobytes()
        assert finer.ts_ns.tolist() == ([] if seq == 0 else [batch.ts_ns - DAY_NS // 2, batch.ts_ns])
        assert same(batch, Batches(source).market(seq))


WRONG = [
    # asked                                   said
    (lambda b: b.market(DAYS),                "there are 30 batches, and batch 30 is asked for"),
    (lambda b: b.market(-1),                  "batches count from 0, and batch -1 is asked for"),
    (lambda b: b.finer(2),                    "the source has none, and those of barrier 2"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "said"), WRONG)
def test_what_is_not_there_is_told(ask: Callable[[Batches], object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        ask(Batches(market()))


def test_closes_are_those_of_the_barrier_or_the_last_known_since_another() -> None:
    (chunk,) = market().chunks()
    closes = chunk.bars[:, 3]
    batches = Batches(market(chunk_rows=4))
    for seq, since in ((5, 5), (12, 5), (12, 9), (13, 9), (12, 11), (29, 0), (4, 2), (8, 8)):
        want = closes[since].copy()
        for each in range(since + 1, seq + 1):
            for asset, close in enumerate(closes[each]):
                if close == close:
                    want[asset] = close
        found = batches.closes(seq, since)
        np.testing.assert_array_equal(found, want)
        assert not found.flags.writeable


@pytest.mark.parametrize(("rows", "kept"), [(5, True), (9, True), (10, False), (21, False)])
def test_late_rows_of_a_long_chunk_do_not_hold_its_memory(
    rows: int, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strategies look back on them while the next chunk is in use; those of a short one may as well be its own."""
    monkeypatch.setattr("tidegate.data.batches.KEPT_ROWS", 5)
    scores = np.arange(rows * 2.0).reshape(rows, 2)
    (chunk,) = ArraySource(("A", "B"), np.arange(rows), np.ones((rows, 5, 2)), signals={"score": scores}).chunks()
    late = list(market_batches(chunk, 0))[-5:]
    for block in ("bars", "signals"):
        found = np.stack([getattr(batch, block) for batch in late])
        np.testing.assert_array_equal(found, getattr(chunk, block)[-5:])
        assert not any(getattr(batch, block).flags.writeable for batch in late)
        assert [np.shares_memory(getattr(batch, block), getattr(chunk, block)) for batch in late] == [kept] * 5
