"""Every row of the rules of orders along finer bars, under each path policy that it names."""

import pytest
from tests.scenario import rules_finer
from tests.scenario.finer import FinerRule, parse_rows, play
from tests.scenario.rules import told_in_order

TABLES = {
    "decided": rules_finer.DECIDED,
    "gaps": rules_finer.GAPS,
    "missing": rules_finer.MISSING,
    "trailing": rules_finer.TRAILING,
    "brackets": rules_finer.BRACKETS,
    "cash": rules_finer.CASH,
}
ROWS = [pytest.param(row, id=f"{name}: {row.text}") for name, table in TABLES.items() for row in parse_rows(table)]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_happens_as_it_says(row: FinerRule) -> None:
    for policy in row.rule.under.policies:
        assert tuple(told_in_order(play(row, policy).phrases)) == row.rule.happens, policy
