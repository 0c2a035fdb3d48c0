import pytest

from tidegate.cli.bench.targets import TARGETS, judge
from tidegate.cli.bench.workloads import WORKLOADS, scaled, select
from tidegate.config.models import Config
from tidegate.core.errors import UserError


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ((),               ["W1", "W1b", "W2", "W2r", "W3", "W4d", "W4m", "W5"]),
        (("W3", "W1"),     ["W1", "W3"]),
        (("w2",),          ["W2"]),
        (("W2R",),         ["W2r"]),
        (("W4",),          ["W4d", "W4m"]),
        (("W4m", "W4"),    ["W4d", "W4m"]),
    ],
)  # fmt: skip
def test_workloads_are_asked_for_by_name(asked: tuple[str, ...], got: list[str]) -> None:
    assert [workload.key for workload in select(asked)] == got


def test_all_unknown_names_are_told_at_once() -> None:
    with pytest.raises(UserError) as refused:
        select(("W1", "W9", "rotation"))
    assert len(refused.value.problems) == 2
    assert "'W9': want one of W1, W1b, W2, W2r, W3, W4d, W4m, W5" in refused.value.problems[0]


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.key)
def test_every_workload_has_a_configuration_that_holds_what_it_says(workload: object) -> None:
    assert isinstance(workload, type(WORKLOADS[0]))
    config = Config.model_validate(workload.config())
    rules = {name for rule in config.risk.rules for name in rule.model_fields_set}
    exits = {"W2r": {"stop_loss", "take_profit", "trailing_stop"}, "W5": {"stop_loss", "take_profit"}}
    assert rules == exits.get(workload.key, set())
    assert config.account.fractional
    assert config.run.kernels == "compiled"


def test_a_scaled_workload_is_smaller_but_still_trades() -> None:
    weekly = select(("W2",))[0]
    small = scaled(weekly, 0.01)
    assert (small.shape.assets, small.shape.barriers) == (30, 50)
    assert small.rotation == weekly.rotation
    assert scaled(weekly, 1.0) is weekly
    assert small.shape.inside == 0
    assert scaled(select(("W5",))[0], 0.1).shape.inside == 39


def test_targets_are_judged_where_there_is_a_figure() -> None:
    figures = {"W1 tidegate/bare": 1.2, "W2 vectorbt second/tidegate": 2.9, "W4d us/barrier": 41.0, "unheld": 1.0}
    met = {verdict.target.figure: verdict.met for verdict in judge(figures)}
    assert met == {"W1 tidegate/bare": True, "W2 vectorbt second/tidegate": False, "W4d us/barrier": False}


def test_every_target_is_about_a_workload_or_the_start_up() -> None:
    known = {workload.key for workload in WORKLOADS} | {"start-up"}
    assert {target.figure.split()[0] for target in TARGETS} <= known
    assert len({target.figure for target in TARGETS}) == len(TARGETS)
