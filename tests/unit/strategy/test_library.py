"""The strategies that come with the package: when they trade, what they hold, what they cannot be told."""

from collections.abc import Callable

import pytest
from tests.unit.actors.letters import NAN, only
from tests.unit.strategy.hooked import Hooked

from tidegate.core.errors import ConfigError, RequestError
from tidegate.messages.base import Message
from tidegate.messages.orders import SubmitOrders
from tidegate.strategy.library import BuyAndHold, EqualWeight, TopN
from tidegate.strategy.strategy import Strategy

REFUSED: list[tuple[Callable[[], Strategy], list[str]]] = [
    (lambda: TopN(n=0), ["TopN: n is 0, want more than 0"]),
    (lambda: TopN(n=-1, every=0, gross=NAN), ["TopN: n is -1", "TopN: every is 0", "TopN: gross is nan"]),
    (lambda: EqualWeight(every=0, gross=0.0), ["EqualWeight: every is 0", "EqualWeight: gross is 0.0"]),
    (lambda: BuyAndHold(gross=-0.5), ["BuyAndHold: gross is -0.5"]),
]


@pytest.mark.parametrize(("make", "said"), REFUSED)
def test_impossible_parameters_are_refused_all_at_once(make: Callable[[], Strategy], said: list[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        make()
    assert len(raised.value.problems) == len(said)
    for problem, words in zip(raised.value.problems, said, strict=True):
        assert words in problem


def bought(messages: list[Message]) -> dict[int, float]:
    """What is asked for, by column; nothing where nothing is."""
    if not messages:
        return {}
    asked = only(messages, SubmitOrders)
    return dict(zip(asked.asset.tolist(), asked.quantity.tolist(), strict=True))


def test_top_n_holds_the_best_scored_and_closes_the_rest() -> None:
    actor = Hooked(TopN(n=2, every=1, gross=0.8), signals=["ml_score"])
    actor.see(held=(10, 0, 5), signals=[[0.1, 0.3, 0.2]])
    # equity 1300: 520 each: 26 of BB, 13 of CC
    assert bought(actor.decide()) == {0: -10.0, 1: 26.0, 2: 8.0}


def test_top_n_holds_fewer_where_fewer_have_a_score_and_does_not_invest_the_rest() -> None:
    actor = Hooked(TopN(n=2, every=1, gross=0.8), signals=["ml_score"])
    actor.see(signals=[[NAN, 0.3, NAN]])
    assert bought(actor.decide()) == {1: 20.0}


def test_top_n_reads_the_signal_it_was_told() -> None:
    actor = Hooked(TopN(n=1, every=1, gross=1.0, signal="mine"), signals=["ml_score", "mine"])
    actor.see(signals=[[9.0, 0.0, 0.0], [0.0, 0.0, 9.0]])
    assert bought(actor.decide()) == {2: 25.0}


def test_top_n_says_which_signals_there_are() -> None:
    actor = Hooked(TopN(), signals=["ml_scores"])
    actor.see(signals=[[1.0, 2.0, 3.0]])
    with pytest.raises(RequestError, match=r"no signal 'ml_score'; there are \['ml_scores'\]; did you mean"):
        actor.decide()


def test_equal_weight_shares_among_the_assets_that_trade() -> None:
    actor = Hooked(EqualWeight(every=1, gross=0.8))
    actor.see(held=(0, 5, 0), bars=(10, NAN, 40))
    # equity 1100: 440 each for AA and CC; BB has no bar and is closed
    assert bought(actor.decide()) == {0: 44.0, 1: -5.0, 2: 11.0}


def test_equal_weight_closes_everything_where_nothing_trades() -> None:
    actor = Hooked(EqualWeight(every=1))
    actor.see(held=(0, 5, 0), bars=(NAN, NAN, NAN))
    assert bought(actor.decide()) == {1: -5.0}


@pytest.mark.parametrize(
    ("strategy", "barriers"),
    [
        (lambda: TopN(n=3, every=3, gross=0.75), [0, 3, 6]),
        (lambda: EqualWeight(every=2, gross=0.75), [0, 2, 4, 6]),
        (lambda: BuyAndHold(gross=0.75), [0]),
    ],
)
def test_rebalances_begin_at_the_first_barrier(strategy: Callable[[], Strategy], barriers: list[int]) -> None:
    actor = Hooked(strategy(), signals=["ml_score"])
    traded = []
    for seq in range(8):
        actor.see(seq, signals=[[3.0, 2.0, 1.0]])
        if bought(actor.decide(seq=seq)) == {0: 25.0, 1: 12.0, 2: 6.0}:
            traded.append(seq)
    assert traded == barriers


def test_buy_and_hold_waits_for_nobody() -> None:
    actor = Hooked(BuyAndHold(gross=0.8))
    actor.see(mark=(10, NAN, 40), bars=(10, NAN, 40))
    assert bought(actor.decide()) == {0: 40.0, 2: 10.0}
    actor.see(1, held=(40, 0, 10), mark=(10, 20, 40))
    assert actor.decide(seq=1) == []
