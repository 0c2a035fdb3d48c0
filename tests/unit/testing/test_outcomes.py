"""What came of a run in words: read, written, compared."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import Session
from tidegate.core.errors import ConfigError
from tidegate.testing.drawn import NAMES
from tidegate.testing.market import tape
from tidegate.testing.outcomes import COLUMNS, READ, Outcome, cell, differences, near, outcome_of
from tidegate.testing.script import Script
from tidegate.testing.stepping import Stepped

OUTCOME = Outcome(
    fills=[(1, "o", "A", 5.0, 110.0, ""), (2, "b", "b-1", -0.25, 1e-05, "stop_loss")],
    refused=[("trimmed", 0, "A", 5.0, "MAX_WEIGHT"), ("expired", 2, "S001", -1.0, "END_OF_DATA")],
    trades=[("A", 4.0, 31_600_000), ("S001", 2.5, -17)],
    positions={"A": 5.0, "b-1": -3.0, "BRK.B": 2.0},
    cash=449_450_000,
    equity=[1_000_000_000, 999_999_983],
    waiting=[0, 1],
    stale=[1, 0],
    ambiguous=2,
    commission=550_000,
    slippage=-1,
)
CELLS = {
    "fills": "1o A+5@110, 2b b-1-0.25@0.00001 stop_loss",
    "refused": "trimmed 0 A+5 MAX_WEIGHT, expired 2 S001-1 END_OF_DATA",
    "trades": "A4 pnl 31.6, S001:2.5 pnl -0.000017",
    "positions": "A5 b-1:-3 BRK.B2",
    "cash": "449.45",
    "equity": "1000 999.999983",
    "waiting": "0 1",
    "stale": "1 0",
    "ambiguous": "2",
    "commission": "0.55",
    "slippage": "-0.000001",
}


def test_every_column_has_its_words() -> None:
    assert {column: cell(OUTCOME, column) for column in COLUMNS} == CELLS
    assert {one.name for one in fields(Outcome)} == set(COLUMNS) == CELLS.keys()


@pytest.mark.parametrize("column", COLUMNS)
def test_what_is_written_is_read_as_it_was(column: str) -> None:
    assert near(READ[column](CELLS[column]), getattr(OUTCOME, column))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9),
            st.sampled_from("obc"),
            st.sampled_from((*NAMES, "S001", "A.B", "1")),
            st.floats(1e-9, 1e9) | st.floats(-1e9, -1e-9),
            st.floats(1e-6, 1e6),
            st.sampled_from(("", "stop_loss")),
        )
    )
)
def test_fills_of_any_size_and_name_are_read_as_they_were(fills: list[Any]) -> None:
    assert near(READ["fills"](cell(replace(OUTCOME, fills=fills), "fills")), fills)


@given(st.dictionaries(st.sampled_from((*NAMES, "S001", "A.B", "1")), st.floats(1e-9, 1e9) | st.floats(-1e9, -1e-9)))
def test_positions_of_any_size_and_name_are_read_as_they_were(held: dict[str, float]) -> None:
    assert near(READ["positions"](cell(replace(OUTCOME, positions=held), "positions")), held)


def test_nothing_differs_from_itself() -> None:
    assert differences(CELLS, OUTCOME) == []
    assert differences({}, OUTCOME) == []


CHANGES: list[tuple[str, str, str]] = [
    # column        want                             said
    ("fills",       "1o A+5@110",                    "fills: want 1o A+5@110; have 1o A+5@110, 2b b-1-0.25"),
    ("fills",       "",                              "fills: want nothing; have 1o"),
    ("fills",       "1o A+5@110.00001, 2b b-1-0.25@0.00001 stop_loss", "fills: want 1o A+5@110.00001"),
    ("refused",     "trimmed 0 A+5 MAX_WEIGHT",      "refused: want trimmed 0 A+5 MAX_WEIGHT; have trimmed"),
    ("trades",      "A4 pnl 31.600001, S001:2.5 pnl -0.000017", "trades: want A4 pnl 31.600001"),
    ("positions",   "A5 b-1:-3",                     "positions: want A5 b-1:-3; have A5 b-1:-3 BRK.B2"),
    ("cash",        "449.450001",                    "cash: want 449.450001; have 449.45"),
    ("equity",      "1000",                          "equity: want 1000; have 1000 999.999983"),
    ("waiting",     "0 0",                           "waiting: want 0 0; have 0 1"),
    ("stale",       "0 0",                           "stale: want 0 0; have 1 0"),
    ("ambiguous",   "",                              "ambiguous: want nothing; have 2"),
    ("commission",  "0.5",                           "commission: want 0.5; have 0.55"),
    ("slippage",    "0",                             "slippage: want 0; have -0.000001"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "want", "said"), CHANGES)
def test_each_column_is_compared(column: str, want: str, said: str) -> None:
    found = differences(CELLS | {column: want}, OUTCOME)
    assert len(found) == 1
    assert found[0].startswith(said)


def test_refusals_have_no_order_and_figures_by_hand_fewer_digits() -> None:
    turned = ", ".join(reversed(CELLS["refused"].split(", ")))
    thirds = replace(OUTCOME, positions={"A": 1 / 3})
    assert differences({"refused": turned}, OUTCOME) == []
    assert differences({"positions": "A.333333333"}, thirds) == []
    assert differences({"positions": "A.333333"}, thirds) != []


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("fills", "1o A5@3", "'1o A5@3': want such as 1o A\\+5@110"),
        ("refused", "0 A+5", "want such as trimmed"),
        ("trades", "A pnl 3", "want such as A4 pnl 31.6"),
        ("positions", "5", "want such as A5 B-3"),
        ("cash", "much", "'much': want a number"),
    ],
)
def test_a_cell_without_sense_is_refused(column: str, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        differences({column: text}, OUTCOME)


def test_a_run_that_ends_before_its_first_barrier_has_an_outcome() -> None:
    with Stepped(Session(Script(""), source=tape("A 1 2").source(), progress=False)) as run:
        pass
    assert run.result is not None
    assert outcome_of(run.result) == Outcome([], [], [], {}, 1_000_000_000_000, [], [], [], 0, 0, 0)
