"""The engine equals the oracle: in every fill and its order, every posting, trade, refusal and row of the account."""

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.oracle.decisions import script, top_n
from tests.oracle.engine import differences, run_engine
from tests.oracle.manual_loop import work_through
from tests.oracle.markets import describe, names_of, plans, seeded_prices, seeded_scores, settings_of_all_kinds
from tests.oracle.records import Settings

from tidegate.testing.drawn import markets


@given(st.data())
def test_any_small_market_and_any_requests(data: st.DataObject) -> None:
    market = data.draw(markets(barriers=(1, 8)))
    chosen = data.draw(settings_of_all_kinds())
    plan = data.draw(plans(market, fractional=chosen.fractional))
    note(f"settings {describe(chosen)}\n{market}")
    log = work_through(market.prices(), chosen, script(plan))
    result = run_engine(market.names, market.prices(), chosen, script(plan))
    assert differences(result, log) == []


@given(st.data())
def test_two_strategies_of_one_account(data: st.DataObject) -> None:
    market = data.draw(markets(assets=(3, 3), barriers=(6, 6)))
    chosen = data.draw(settings_of_all_kinds())
    asked = [data.draw(plans(market, fractional=chosen.fractional)) for _ in range(2)]
    log = work_through(market.prices(), chosen, *map(script, asked))
    result = run_engine(market.names, market.prices(), chosen, *map(script, asked))
    assert differences(result, log) == []


@given(seed=st.integers(0, 2**32), chosen=settings_of_all_kinds(), every=st.integers(1, 7), n=st.integers(1, 8))
@settings(max_examples=settings().max_examples // 2)
def test_a_rotation_over_a_market_with_holes(seed: int, chosen: Settings, every: int, n: int) -> None:
    market = seeded_prices(seed, 12, 60, holes=0.1)
    scores = seeded_scores(seed, 12, 60, absent=0.1)
    decision = top_n(scores, n, every, 0.95)
    log = work_through(market, chosen, decision)
    result = run_engine(names_of(12), market, chosen, decision)
    assert differences(result, log) == []
