"""Runs of many kinds break no rule, and every rule was asked of some of them."""

from pathlib import Path

import pytest
from tests.unit.verify.recorded import RUNS, check, recorded

from tidegate.journal import Journal
from tidegate.verify import Rule, verify


@pytest.mark.parametrize("name", list(RUNS))
def test_a_right_run_breaks_no_rule(name: str) -> None:
    report = check(*recorded(name))
    assert [str(finding) for finding in report.findings.found] == []
