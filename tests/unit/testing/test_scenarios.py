"""Tables of scenarios: read, run, and written anew."""

from pathlib import Path
from textwrap import dedent

import pytest

from tidegate.core.errors import ConfigError
from tidegate.testing import scenarios
from tidegate.testing.outcomes import outcome_of
from tidegate.testing.scenarios import Scenario, parse_scenarios, read_scenarios, rewritten

assert scenarios.__doc__ is not None
EXAMPLE = dedent(scenarios.__doc__[scenarios.__doc__.index("    set") : scenarios.__doc__.index("`market`")])


def of(text: str) -> list[Scenario]:
    return list(parse_scenarios(dedent(text)))


def found(scenario: Scenario) -> list[str]:
    return scenario.differences(outcome_of(scenario.session().run()))


@pytest.mark.parametrize("scenario", of(EXAMPLE), ids=lambda scenario: scenario.name)
def test_the_rows_in_the_description_come_out_as_they_say(scenario: Scenario) -> None:
    assert found(scenario) == []


def test_a_row_that_comes_out_otherwise_says_so() -> None:
    row = of("name | market | asks | cash | fills\nx | A 100 110 | 0 A+5 | 999999 | 1o A+5@110")[0]
    assert found(row) == ["cash: want 999999; have 999450"]


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "some.scenarios").write_text(EXAMPLE, encoding="utf-8")
    rows = read_scenarios(tmp_path / "some.scenarios")
    assert [row.name for row in rows] == ["at the open", "of nothing", "at the close"]
    assert rows[1].place == "some.scenarios:4"


def test_settings_hold_for_the_rows_below_until_others_do() -> None:
    rows = of(
        """
        name | market | config
        a    | A 1    |
        set account.cash=5; run.seed=3
        b    | A 1    | account.cash=7
        c    | A 1    |
        set
        set run.seed=4
        d    | A 1    |
        """
    )
    assert [row.config for row in rows] == [
        (), ("account.cash=5", "run.seed=3", "account.cash=7"), ("account.cash=5", "run.seed=3"), ("run.seed=4",),
    ]  # fmt: skip
    assert rows[1].settings("run.seed=8")["run"]["seed"] == 8
    assert rows[1].settings()["account"] == {"cash": 7}


def test_columns_may_change_on_the_way() -> None:
    rows = of("name | market\na | A 1\n\n# others\nname | market | cash\nb | A 1 | 5")
    assert [dict(row.expected) for row in rows] == [{}, {"cash": "5"}]


def test_without_asks_the_strategy_is_that_of_the_configuration() -> None:
    row = Scenario(
        "x", "A 100 100", config=("strategy.use=tidegate.strategy:BuyAndHold",), expected={"positions": "A1"}
    )
    assert found(row)[0].startswith("positions: want A1; have A")


WRONG = [
    # text                                           said
    ("a | A 1",                                      "scenarios:1: has 2 cells, want 0: no columns"),
    ("name | market\na",                             "scenarios:2: has 1 cells, want 2: name | market"),
    ("name | market | cahs\n",                       "scenarios:1: no column 'cahs'; did you mean 'cash'?"),
    ("name | asks",                                  "scenarios:1: there is no column 'market'"),
    ("name | market\na | A 1\na | A 1",              "scenarios: two rows are named 'a'; give one another name"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_table_without_sense_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        of(text)
    assert said in str(refused.value)


def test_a_cell_without_sense_is_told_with_its_place() -> None:
    row = of("name | market | asks | fills\nx | A 1 | 0 A+1 | A")[0]
    with pytest.raises(ConfigError, match=r"^scenarios:2: 'A': want such as"):
        found(row)


def test_a_table_is_written_anew_with_other_cells_and_aligned() -> None:
    text = dedent(
        """\
        # what it is about
        set account.cash=1000
        name | market | cash | equity
        a | A 1 | 1 | 2

        b | A 1 | 3 | 4
        name |    market
        c |    A 1
        """
    )
    assert rewritten(text, {"b": {"cash": "123456", "fills": "none"}}) == dedent(
        """\
        # what it is about
        set account.cash=1000
        name | market | cash   | equity
        a    | A 1    | 1      | 2

        b    | A 1    | 123456 | 4
        name |    market
        c |    A 1
        """
    )
    assert rewritten(text, {}) == text
