"""Markets written down: what tables and tapes say, and what is said of those that make no sense."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given

from tidegate.core.errors import DataError
from tidegate.core.time import NS_PER
from tidegate.data.actions import Action
from tidegate.testing.drawn import markets
from tidegate.testing.market import Market, table, tape

TEXT = """
# Two assets, a split, a dividend that is paid later
time                  A                 B    signal:score:A  feature:vol:B  context:vix
2024-01-02            100               50   0.5             0.01           15
2024-01-03            101/103/99/102    -    -               -              16

! A split 2
! B dividend 0.5 pay_date=2024-01-09
2024-01-04T21:00:00Z  51/52/50/51@4000  49   0.25            0.02           14
"""
DAY_NS = NS_PER["d"]


def moment(day: int, hour: int = 0) -> int:
    return int(datetime(2024, 1, day, hour, tzinfo=UTC).timestamp()) * NS_PER["s"]


def test_a_table_says_all_that_a_source_can_hold() -> None:
    market = table(TEXT)
    assert market.names == ("A", "B")
    assert market.ts_ns.tolist() == [moment(2), moment(3), moment(4, 21)]
    bars = [[100] * 4 + [math.nan], [101, 103, 99, 102, math.nan], [51, 52, 50, 51, 4000]]
    np.testing.assert_array_equal(market.bars[:, :, 0], bars)
    np.testing.assert_array_equal(market.bars[:, 3, 1], [50, math.nan, 49])
    np.testing.assert_array_equal(market.signals["score"], [[0.5, math.nan], [math.nan] * 2, [0.25, math.nan]])
    np.testing.assert_array_equal(market.features["vol"][:, 1], [0.01, math.nan, 0.02])
    np.testing.assert_array_equal(market.context["vix"], [15, 16, 14])
    split, dividend = market.actions
    assert (split.asset, split.ex_ns, split.kind, split.value) == ("A", moment(4, 21), "split", 2.0)
    assert dividend.pay_ns == moment(9)


def test_its_source_is_the_feed_of_a_session() -> None:
    source = table(TEXT).source(chunk_rows=2)
    columns = source.open()
    assert (columns.universe.names, columns.signals, columns.features, columns.context) == (
        ("A", "B"), ("score",), ("vol",), ("vix",),
    )  # fmt: skip
    assert [len(chunk) for chunk in source.chunks()] == [2, 1]
    assert columns.actions is not None


def test_without_times_barriers_are_days() -> None:
    assert table("A\n1\n2\n").ts_ns.tolist() == [DAY_NS, 2 * DAY_NS]


def test_a_tape_is_a_market_in_one_line() -> None:
    market = tape("B 50 50 - ; A 100 110/115/105/112 120@7")
    assert market.names == ("B", "A")
    assert market.bars[1, :, 1].tolist()[:4] == [110, 115, 105, 112]
    assert market.bars[2, 4, 1] == 7
    assert np.isnan(market.bars[2, :, 0]).all()
    assert market.prices()["close"][:, 0].tolist()[:2] == [50, 50]


@given(markets(splits=True, volumes=True, signals=("score", "other")))
def test_the_text_of_a_market_is_the_table_that_makes_it(market: Market) -> None:
    again = table(str(market))
    assert (again.names, again.actions) == (market.names, tuple(map(like_read, market.actions)))
    for have, want in ((again.bars, market.bars), (again.ts_ns, market.ts_ns)):
        np.testing.assert_array_equal(have, want)
    for name, values in market.signals.items():
        np.testing.assert_array_equal(again.signals[name], values)
    assert str(again) == str(market)
    assert repr(market) == f'table("""\n{market}""")'


def like_read(action: Action) -> Action:
    """With the very NaN of the module, so that equal actions are equal."""
    value = math.nan if math.isnan(action.value) else action.value
    return action._replace(value=value, price=math.nan if math.isnan(action.price) else action.price)


def test_the_text_of_features_context_times_and_every_action() -> None:
    text = str(table(TEXT + "! B merger_stock 0.5 into=A price=3\n2024-01-05 50 - - - -\n"))
    assert str(table(text)) == text
    assert "! B merger_stock 0.5 into=A price=3" in text
    assert "2024-01-04T21:00:00Z" in text


WRONG = [
    # text                               said
    ("",                                 "there is no row of columns' names"),
    ("A B",                              "there is no row of bars"),
    ("A A\n1 1",                         "a name comes twice"),
    ("A B\n1",                           "line 2: has 1 cells, want 2: A B"),
    ("A\nx",                             "line 2: 'x' is no number"),
    ("A\n1/2/3",                         "line 2: bar '1/2/3': want open/high/low/close"),
    ("A\n1/2/3/4",                       "bar '1/2/3/4': open and close must lie between low and high"),
    ("time A\nnow 1",                    "line 2: 'now' is no ISO 8601 time"),
    ("A\n! A split 2",                   "line 2: no row follows this action"),
    ("A\n! A\n1",                        "line 2: want an asset and what happens to it"),
    ("A\n! A split by=2\n1",             "line 2: 'by' is none of value, into, price, pay_date"),
    ("signal:x:A\n1",                    "there is no column of an asset's bars"),
    ("A signal:x:B\n1 1",                "column 'signal:x:B': want signal:NAME:ASSET"),
    ("A signals:x:A\n1 1",               "column 'signals:x:A': want signal:NAME:ASSET"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_table_without_sense_is_refused(text: str, said: str) -> None:
    with pytest.raises(DataError) as refused:
        table(text)
    assert said in str(refused.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(DataError) as refused:
        table("A\nx\ny\n! A\n1")
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A 1 1; B 1", "every asset needs as many bars, and '-' where there is none; A has 2, B has 1"),
        ("A 1; A 2", "'A 2': want the name of another asset, and its bars"),
        ("A 1;", "'': want the name of another asset"),
        ("A 1 2/1", "asset A: bar '2/1'"),
    ],
)
def test_a_tape_without_sense_is_refused(text: str, said: str) -> None:
    with pytest.raises(DataError) as refused:
        tape(text)
    assert said in str(refused.value)
