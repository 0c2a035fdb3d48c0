"""Every row of the tables, worked through by the oracle and by the engine: both must give the row's figures."""

from typing import Any

import pytest
from tests.scenario import cases_exits, cases_orders, cases_parity, cases_sharing, cases_sizing
from tests.scenario.by_engine import run_case
from tests.scenario.by_hand import work_case
from tests.scenario.tape import Case, Outcome, parse_fills, parse_refused, parse_trades

TABLES = {
    "timing": cases_orders.TIMING,
    "costs": cases_orders.COSTS,
    "books": cases_orders.BOOKS,
    "levels": cases_exits.LEVELS,
    "entry bar": cases_exits.ENTRY_BAR,
    "moving": cases_exits.MOVING,
    "shortage": cases_sharing.SHORTAGE,
    "targets": cases_sharing.TARGETS,
    "limits": cases_sharing.LIMITS,
    "cancels": cases_sharing.CANCELS,
    "halts": cases_sharing.HALTS,
    "threshold": cases_sizing.THRESHOLD,
    "buffer": cases_sizing.BUFFER,
    "at the fill": cases_sizing.AT_FILL,
    "vectorbt": cases_parity.VECTORBT,
    "backtrader": cases_parity.BACKTRADER,
    "zipline": cases_parity.ZIPLINE,
    "LEAN": cases_parity.LEAN,
}
ROWS = [pytest.param(case, id=f"{table}: {case.name}") for table, cases in TABLES.items() for case in cases]


def near(value: float) -> Any:
    """A figure worked out by hand has fewer digits than one of the machine's; 1e-8 is below any rounding of money."""
    return pytest.approx(value, rel=1e-8, abs=1e-12, nan_ok=True)


def check(case: Case, outcome: Outcome) -> None:
    fills = [(*where, near(units), near(price), tag) for *where, units, price, tag in parse_fills(case.fills)]
    assert outcome.fills == fills
    refused = [(*where, near(units), reason) for *where, units, reason in sorted(parse_refused(case.refused))]
    assert sorted(outcome.refused) == refused
    assert outcome.cash == pytest.approx(round(case.cash * 1e6), abs=0)
    assert outcome.equity == [round(float(equity) * 1e6) for equity in case.equity.split()]
    if case.trades is not None:
        assert outcome.trades == [(asset, near(units), pnl) for asset, units, pnl in parse_trades(case.trades)]
    if case.waiting is not None:
        assert outcome.waiting == [int(count) for count in case.waiting.split()]
    if case.stale is not None:
        assert outcome.stale == [int(count) for count in case.stale.split()]
    assert outcome.ambiguous == case.ambiguous
    if case.commission is not None:
        assert outcome.commission == round(case.commission * 1e6)
    if case.slippage is not None:
        assert outcome.slippage == round(case.slippage * 1e6)
    if case.positions is not None:
        held = {text.rstrip("0123456789.e-"): text.lstrip("ABCD") for text in case.positions.split()}
        assert outcome.positions == {asset: near(float(units)) for asset, units in held.items()}


@pytest.mark.parametrize("case", ROWS)
def test_by_hand(case: Case) -> None:
    check(case, work_case(case))


@pytest.mark.parametrize("case", ROWS)
def test_by_the_engine(case: Case) -> None:
    check(case, run_case(case))


def test_no_two_rows_have_one_name() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
