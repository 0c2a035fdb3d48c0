"""Runs of many kinds break no rule, and every rule was asked of some of them."""

import pytest
from tests.unit.verify.recorded import RUNS, checked, recorded


@pytest.mark.parametrize("name", list(RUNS))
def test_a_right_run_breaks_no_rule(name: str) -> None:
    report = checked(*recorded(name))
    assert [str(finding) for finding in report.findings.found] == []
