from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import numpy as np
import pytest

from tidegate.core.arrays import freeze
from tidegate.core.errors import RequestError
from tidegate.core.universe import Universe
from tidegate.messages.market import BAR_FIELDS, MarketBatch
from tidegate.messages.views import Batch, Labels

LABELS = Labels(Universe(["BB", "AA", "CC"]), signals=("score", "rank"), features=("beta",), context=("vix", "rate"))
BARS = np.arange(15.0).reshape(5, 3)
BARS[:, 2] = np.nan
MESSAGE = MarketBatch(
    seq=4,
    ts_ns=1_704_205_800_000_000_000,
    bars=freeze(BARS),
    signals=freeze(np.array([[0.1, 0.2, 0.3], [1.0, 2.0, np.nan]])),
    features=freeze(np.array([[1.5, 2.5, 3.5]])),
    context=freeze(np.array([17.5, 0.05])),
)
BATCH = Batch(LABELS, MESSAGE)


def test_prices_are_the_messages_own_rows() -> None:
    for row, field in enumerate(BAR_FIELDS):
        values = getattr(BATCH, field)
        assert np.shares_memory(values, BARS)
        np.testing.assert_array_equal(values, BARS[row])
    assert BATCH.has_bar.tolist() == [True, True, False]


def test_blocks_are_looked_up_by_name_without_a_copy() -> None:
    assert BATCH.signals["score"].tolist() == [0.1, 0.2, 0.3]
    assert np.shares_memory(BATCH.signals["rank"], MESSAGE.signals)
    assert not BATCH.features["beta"].flags.writeable
    assert dict(BATCH.context) == {"vix": 17.5, "rate": 0.05}
    assert (list(BATCH.signals), len(BATCH.features), len(BATCH.context)) == (["score", "rank"], 1, 2)


@pytest.mark.parametrize("asset", ["BB", 1])
def test_an_event_is_one_assets_part_of_the_batch(asset: str | int) -> None:
    event = BATCH.event(asset)
    assert (event.asset, event.index, event.ts) == ("BB", 1, MESSAGE.ts_ns)
    assert event.time == datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
    assert [getattr(event, field) for field in BAR_FIELDS] == BARS[:, 1].tolist()
    assert event.has_bar
    assert dict(event.signals) == {"score": 0.2, "rank": 2.0}
    assert dict(event.indicators) == {"beta": 2.5}
    assert dict(event.context) == dict(BATCH.context)


def test_an_event_holds_plain_numbers() -> None:
    event = BATCH.event("AA")
    for value in (event.close, event.signals["score"], event.indicators["beta"], event.context["vix"]):
        assert type(value) is float


def test_an_asset_without_a_bar_has_nan_and_says_so() -> None:
    event = BATCH.event("CC")
    assert not event.has_bar
    assert np.isnan([event.open, event.close, event.volume, event.signals["rank"]]).all()
    assert event.signals["score"] == 0.3


UNKNOWN: list[tuple[Callable[[], Mapping[str, object]], str, str]] = [
    (lambda: BATCH.signals, "scor", "no signal 'scor'; there are ['score', 'rank']; did you mean 'score'?"),
    (lambda: BATCH.features, "score", "no feature 'score'; there are ['beta']"),
    (lambda: BATCH.context, "vixx", "no context 'vixx'; there are ['vix', 'rate']; did you mean 'vix'?"),
    (lambda: BATCH.event("AA").signals, "scor", "no signal 'scor'; there are ['score', 'rank']; did you mean 'score'?"),
    (lambda: BATCH.event("AA").indicators, "bta", "no feature 'bta'; there are ['beta']; did you mean 'beta'?"),
    (lambda: BATCH.event("AA").context, "x", "no context 'x'; there are ['vix', 'rate']"),
]


@pytest.mark.parametrize(("block", "name", "said"), UNKNOWN)
def test_an_unknown_name_is_told_with_those_there_are(
    block: Callable[[], Mapping[str, object]], name: str, said: str
) -> None:
    with pytest.raises(RequestError) as caught:
        block()[name]
    assert str(caught.value) == said


def test_an_unknown_asset_is_told_with_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"asset 'BBB' is not among the 3 of the universe; did you mean 'BB'\?"):
        BATCH.event("BBB")
