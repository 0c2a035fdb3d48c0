"""What is known of an asset's past, by hand, and as a plain list of what came would say it."""

import math
import statistics
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, NAN, assert_forms_agree, floats

from tidegate.kernels import estimates
from tidegate.kernels.estimates import (
    DECAY,
    FEATURE,
    NO_AVERAGE,
    NO_QUOTE,
    NO_SIGMA,
    NO_VOLUME,
    OFF,
    WINDOW,
    Known,
    average,
    deviation,
    hand_on,
    learn,
    rescale,
    see_volume,
)
from tidegate.kernels.instruments import (
    AVERAGE_VOLUME,
    BAR_VOLUME,
    DRIFT,
    HALF_SPREAD,
    MOVED,
    SIGMA,
    UNMEASURED,
    plain_instruments,
)

NOTHING = NO_QUOTE | NO_SIGMA | NO_AVERAGE


class Past:
    """One asset, and what is learned of it bar by bar."""

    def __init__(
        self,
        *,
        sigma: int = WINDOW,
        volume: int = WINDOW,
        window: int = 3,
        least: int = 3,
        decay: float = 0.5,
        defaults: tuple[float, float] = (NAN, NAN),
        quoted: bool = False,
    ) -> None:
        how = np.zeros(9, np.int64)
        how[estimates.HOW_SIGMA], how[estimates.HOW_AVERAGE] = sigma, volume
        how[estimates.LEAST_SIGMA] = how[estimates.LEAST_AVERAGE] = least
        how[estimates.ROW_SIGMA], how[estimates.ROW_AVERAGE] = 2, 3
        how[estimates.ROW_BID], how[estimates.ROW_ASK] = (0, 1) if quoted else (-1, -1)
        how[estimates.NEEDS_VOLUME] = 1
        self.known = Known(
            how, floats(decay, decay, *defaults), floats(NAN), np.zeros((1, window)), np.zeros((1, window)),
            np.zeros((2, 1), np.int64), np.zeros((4, 1)), np.array([NOTHING if quoted else NO_SIGMA | NO_AVERAGE]),
        )  # fmt: skip
        self.instruments = plain_instruments(1)
        self.instruments[HALF_SPREAD] = 0.001
        self.features = np.full((4, 1), NAN)

    def bar(self, close: float, volume: float = 100.0) -> "Past":
        bars = np.array([[close], [close], [close], [close], [volume]])
        assert_forms_agree(learn, bars, self.features, self.known, self.instruments)
        learn(bars, self.features, self.known, self.instruments)
        return self

    def says(self, bid: float = NAN, ask: float = NAN, sigma: float = NAN, volume: float = NAN) -> "Past":
        self.features[:, 0] = bid, ask, sigma, volume
        return self.bar(NAN, NAN)

    @property
    def sigma(self) -> float:
        return float(self.instruments[SIGMA, 0])

    @property
    def volume(self) -> float:
        return float(self.instruments[AVERAGE_VOLUME, 0])

    @property
    def missing(self) -> int:
        return int(self.known.missing[0])


def test_a_window_counts_once_it_is_full_and_then_forgets_the_oldest() -> None:
    past = Past()
    past.bar(100.0, 10.0).bar(110.0, 20.0)
    assert (past.sigma, past.volume, past.missing) == (0.0, INF, NO_SIGMA | NO_AVERAGE)
    past.bar(99.0, 30.0)
    assert (past.sigma, past.volume, past.missing) == (0.0, 20.0, NO_SIGMA)  # three volumes, but two returns
    past.bar(99.0, 40.0)
    returns = [110.0 / 100.0 - 1.0, 99.0 / 110.0 - 1.0, 0.0]
    assert past.sigma == pytest.approx(statistics.stdev(returns), rel=1e-14)
    assert (past.volume, past.missing) == (30.0, 0)
    past.bar(198.0, 40.0)
    assert past.sigma == pytest.approx(statistics.stdev([*returns[1:], 1.0]), rel=1e-14)


def test_a_window_may_count_before_it_is_full() -> None:
    past = Past(least=2).bar(100.0, 10.0).bar(101.0, 20.0)
    assert (past.volume, past.missing) == (15.0, NO_SIGMA)
    assert past.bar(103.02, 60.0).sigma == pytest.approx(statistics.stdev([0.01, 0.02]), rel=1e-9)
    assert past.volume == 30.0


def test_a_decay_halves_the_weight_of_everything_before() -> None:
    past = Past(sigma=DECAY, volume=DECAY, least=2, decay=0.5).bar(100.0, 10.0).bar(110.0, 40.0)
    assert past.volume == (0.25 * 10.0 + 0.5 * 40.0) / 0.75
    past.bar(88.0, 40.0)
    assert past.sigma == pytest.approx(math.sqrt((0.25 * 0.01 + 0.5 * 0.04) / 0.75), rel=1e-12)


def test_a_bar_that_is_not_there_is_passed_over_and_one_without_a_volume_counts_for_sigma() -> None:
    past = Past(least=2).bar(100.0, 10.0).bar(NAN, NAN).bar(110.0, NAN).bar(NAN, NAN).bar(121.0, 30.0)
    assert past.sigma == pytest.approx(0.0, abs=1e-12)
    assert (past.volume, past.missing) == (20.0, 0)


def test_a_default_stands_until_enough_was_seen_and_is_noted_as_not_measured() -> None:
    past = Past(defaults=(0.05, 500.0))
    past.instruments[SIGMA], past.instruments[AVERAGE_VOLUME] = 0.05, 500.0
    past.bar(100.0).bar(101.0)
    assert (past.sigma, past.volume, past.missing) == (0.05, 500.0, NO_SIGMA | NO_AVERAGE)


@pytest.mark.parametrize(("default", "left"), [(NAN, INF), (7.0, 7.0)])
def test_an_average_of_nothing_traded_is_not_measured(default: float, left: float) -> None:
    past = Past(defaults=(NAN, default)).bar(1.0, 0.0).bar(1.0, 3.0).bar(1.0, 0.0)
    assert (past.volume, past.missing & NO_AVERAGE) == (1.0, 0)
    past.bar(1.0, 0.0).bar(1.0, 0.0)
    assert (past.volume, past.missing & NO_AVERAGE) == (left, NO_AVERAGE)


FEATURES = [
    # what it says           sigma   volume  missing
    ((NAN, NAN),             0.02,   50.0,   0),
    ((-0.01, -5.0),          0.02,   50.0,   0),
    ((INF, INF),             0.02,   50.0,   0),
    ((0.0, 0.0),             0.0,    50.0,   0),
    ((0.03, 60.0),           0.03,   60.0,   0),
]  # fmt: skip


@pytest.mark.parametrize(("said", "sigma", "volume", "missing"), FEATURES)
def test_a_feature_that_makes_no_sense_leaves_what_was_said_before(
    said: tuple[float, float], sigma: float, volume: float, missing: int
) -> None:
    past = Past(sigma=FEATURE, volume=FEATURE)
    assert past.bar(100.0).missing == NO_SIGMA | NO_AVERAGE
    past.says(sigma=0.02, volume=50.0).says(sigma=said[0], volume=said[1])
    assert (past.sigma, past.volume, past.missing) == (sigma, volume, missing)


QUOTES = [
    # bid     ask     half-spread
    (99.0,    101.0,  0.01),
    (100.0,   100.0,  0.0),
    (101.0,   99.0,   0.05),  # crossed
    (0.0,     1.0,    0.05),
    (-1.0,    1.0,    0.05),
    (NAN,     101.0,  0.05),
    (99.0,    NAN,    0.05),
    (99.0,    INF,    0.05),
]  # fmt: skip


@pytest.mark.parametrize(("bid", "ask", "half"), QUOTES)
def test_the_last_usable_quote_counts(bid: float, ask: float, half: float) -> None:
    past = Past(quoted=True, sigma=OFF, volume=OFF)
    past.says(bid=bid, ask=ask)
    usable = half != 0.05
    assert past.instruments[HALF_SPREAD, 0] == (half if usable else 0.001)
    assert bool(past.missing & NO_QUOTE) is not usable
    past.says(bid=95.0, ask=105.0).says(bid=bid, ask=ask)
    assert (past.instruments[HALF_SPREAD, 0], past.missing & NO_QUOTE) == (half, 0)


@pytest.mark.parametrize(("volume", "taken", "bits"), [(5.0, 5.0, 0), (0.0, INF, NO_VOLUME), (NAN, INF, NO_VOLUME)])
def test_the_volume_of_the_bar_itself_is_seen_where_it_is_needed(volume: float, taken: float, bits: int) -> None:
    past = Past()
    bars = np.array([[1.0], [1.0], [1.0], [1.0], [volume]])
    assert_forms_agree(see_volume, bars, past.known, past.instruments)
    see_volume(bars, past.known, past.instruments)
    assert past.instruments[BAR_VOLUME, 0] == taken
    assert past.instruments[UNMEASURED, 0] == NO_SIGMA | NO_AVERAGE | bits
    past.known.how[estimates.NEEDS_VOLUME] = 0
    past.instruments[BAR_VOLUME] = INF
    see_volume(bars, past.known, past.instruments)
    assert (past.instruments[BAR_VOLUME, 0], past.instruments[UNMEASURED, 0]) == (INF, NO_SIGMA | NO_AVERAGE)


def test_what_fills_moved_takes_effect_with_the_next_bar() -> None:
    past = Past()
    past.instruments[DRIFT], past.instruments[MOVED] = 0.01, 0.02
    past.bar(NAN)
    assert (past.instruments[DRIFT, 0], past.instruments[MOVED, 0]) == (0.01 + 0.02, 0.0)


@pytest.mark.parametrize("how", [WINDOW, DECAY])
def test_a_split_leaves_returns_and_scales_volumes(how: int) -> None:
    split, plain = (Past(sigma=how, volume=how, least=2) for _ in range(2))
    for past in (split, plain):
        past.bar(100.0, 10.0).bar(110.0, 20.0).bar(99.0, 30.0)
    assert_forms_agree(rescale, 0, 4.0, split.known, split.instruments)
    rescale(0, 4.0, split.known, split.instruments)
    assert (split.sigma, split.volume) == (plain.sigma, 4.0 * plain.volume)
    split.bar(100.0 / 4.0, 160.0)
    plain.bar(100.0, 40.0)
    assert (split.sigma, split.volume) == pytest.approx((plain.sigma, 4.0 * plain.volume), rel=1e-14)


def side_by_side(*pasts: Past) -> tuple[Known, Any]:
    """What is known of several assets, each of which has had a past of its own."""
    first, *_ = pasts
    axes = {"last": 0, "returns": 0, "volumes": 0, "seen": 1, "sums": 1, "missing": 0}
    joined = {
        name: np.concatenate([getattr(past.known, name) for past in pasts], axis=axis) for name, axis in axes.items()
    }
    return first.known._replace(**joined), np.concatenate([past.instruments for past in pasts], axis=1)


def handed_on(old: Past, new: Past, rate: float = 1.0) -> Past:
    """The new name, once the old one's past was handed on; the old one's stays as it is."""
    known, instruments = side_by_side(old, new)
    before = side_by_side(old, new)
    assert_forms_agree(hand_on, 0, 1, rate, known, instruments)
    hand_on(0, 1, rate, known, instruments)
    for name in ("last", "returns", "volumes", "missing"):
        assert np.array_equal(getattr(known, name)[0], getattr(before[0], name)[0], equal_nan=True)
    assert (instruments[[DRIFT, MOVED], 0] == 0.0).all()
    left = [row for row in range(len(instruments)) if row not in (DRIFT, MOVED)]
    assert np.array_equal(instruments[left, 0], before[1][left, 0], equal_nan=True)
    new.known = known._replace(
        last=known.last[1:], returns=known.returns[1:], volumes=known.volumes[1:], seen=known.seen[:, 1:].copy(),
        sums=known.sums[:, 1:].copy(), missing=known.missing[1:],
    )  # fmt: skip
    new.instruments = instruments[:, 1:].copy()
    return new


CLOSES = (100.0, 110.0, 99.0, 104.0, 101.0)


@pytest.mark.parametrize("how", [WINDOW, DECAY])
@pytest.mark.parametrize("seen", [1, 3, 5])
def test_a_new_name_goes_on_where_the_old_one_ended(how: int, seen: int) -> None:
    old, same = Past(sigma=how, volume=how, least=2), Past(sigma=how, volume=how, least=2)
    for k, close in enumerate(CLOSES[:seen]):
        old.bar(close, 10.0 * k)
        same.bar(close, 10.0 * k)
    new = handed_on(old, Past(sigma=how, volume=how, least=2))
    for _ in range(3):
        assert (new.sigma, new.volume, new.missing) == (same.sigma, same.volume, same.missing)
        assert new.instruments[UNMEASURED, 0] == same.missing
        new.instruments[UNMEASURED] = NOTHING
        for past in (new, same):
            past.bar(102.0, 7.0)
        new.instruments[UNMEASURED] = new.missing


def test_a_new_name_that_has_a_past_keeps_it() -> None:
    old, new = Past(least=2).bar(100.0, 10.0).bar(110.0, 20.0).bar(99.0, 30.0), Past(least=2).bar(50.0, NAN)
    new = handed_on(old, new)
    # It has had a close, but no volume.
    assert (new.known.last[0], new.sigma, new.missing) == (50.0, 0.0, NO_SIGMA)
    assert new.volume == 20.0
    kept = handed_on(old, Past(least=2).bar(NAN, NAN).bar(50.0, 4.0).bar(50.0, 6.0))
    assert (kept.volume, kept.known.last[0]) == (5.0, 50.0)


def test_a_new_name_in_another_currency_has_the_last_close_in_that() -> None:
    old = Past(least=2).bar(100.0).bar(110.0)
    new = handed_on(old, Past(least=2), rate=1.25)
    assert new.known.last[0] == 88.0
    unknown = handed_on(Past(least=2).bar(100.0).bar(110.0), Past(least=2), rate=NAN).bar(7.0)
    assert (unknown.known.last[0], unknown.known.seen[0, 0]) == (7.0, 1), "no return across currencies without a rate"


def test_features_and_quotes_go_over_where_there_were_none() -> None:
    made: dict[str, Any] = {"sigma": FEATURE, "volume": FEATURE, "quoted": True}
    old, new = Past(**made), Past(**made)
    old.says(bid=99.0, ask=101.0, sigma=0.02, volume=500.0)
    new.says(sigma=0.03)
    new = handed_on(old, new)
    assert (new.sigma, new.volume, new.instruments[HALF_SPREAD, 0], new.missing) == (0.03, 500.0, 0.01, 0)
    none = handed_on(Past(**made), Past(**made))
    assert none.missing == NOTHING


def test_what_fills_moved_goes_with_the_name() -> None:
    old, new = Past(), Past()
    old.instruments[DRIFT], old.instruments[MOVED], new.instruments[DRIFT] = 0.01, 0.02, 0.005
    new = handed_on(old, new)
    assert new.instruments[[DRIFT, MOVED], 0].tolist() == [0.015, 0.02]


@given(st.lists(st.floats(-10.0, 10.0), min_size=2, max_size=30), st.integers(2, 8))
def test_mean_and_deviation_are_those_of_the_last_values(values: list[float], size: int) -> None:
    ring = np.zeros(size)
    for k, value in enumerate(values):
        ring[k % size] = value
    last = values[-size:]
    assert average(ring, len(values)) == pytest.approx(statistics.fmean(last), abs=1e-12)
    assert deviation(ring, len(values)) == pytest.approx(statistics.stdev(last), abs=1e-12)
    assert_forms_agree(average, ring, len(values))
    assert_forms_agree(deviation, ring, len(values))
