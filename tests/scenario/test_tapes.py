"""Every row of the tables, worked through by the oracle and by the engine: both must give the row's figures."""

import pytest
from tests.scenario import cases_exits, cases_orders, cases_parity, cases_sharing, cases_sizing
from tests.scenario.by_engine import run_case
from tests.scenario.by_hand import work_case
from tests.scenario.tape import Case

from tidegate.testing.outcomes import differences

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


@pytest.mark.parametrize("case", ROWS)
def test_by_hand(case: Case) -> None:
    assert differences(case.expected, work_case(case)) == []


@pytest.mark.parametrize("case", ROWS)
def test_by_the_engine(case: Case) -> None:
    assert differences(case.expected, run_case(case)) == []


def test_no_two_rows_have_one_name() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
