"""Scripts: every way to ask, and what a strategy then asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import Result, Session
from tidegate.core.errors import RequestError
from tidegate.testing.drawn import markets, scripts
from tidegate.testing.market import tape
from tidegate.testing.script import Ask, Script, parse_asks, script_text

WAYS = [
    # text                               what it asks for
    ("A+5",                              Ask("order", "A", 5.0)),
    ("A-5",                              Ask("order", "A", -5.0)),
    ("b-1-.5",                           Ask("order", "b-1", -0.5)),
    ("A~.04",                            Ask("percent", "A", 0.04)),
    ("A$500",                            Ask("value", "A", 500.0)),
    ("=A:.5 B:.25",                      Ask("weights", weights={"A": 0.5, "B": 0.25})),
    ("=A:.5 others=keep",                Ask("weights", weights={"A": 0.5}, words={"others": "keep"})),
    ("=",                                Ask("weights")),
    ("cancel 3",                         Ask("cancel", number=3.0)),
    ("cancel open 1",                    Ask("cancel_open", number=1.0)),
    ("cancel all",                       Ask("cancel_all")),
    ("A+5 limit=95 tif=day tag=x",       Ask("order", "A", 5.0, words={"limit": 95.0, "tif": "day", "tag": "x"})),
    ("A-5 stop=9 after=0",               Ask("order", "A", -5.0, words={"stop": 9.0, "after": 0})),
    ("A-5 trail=2 reduce_only=true",     Ask("order", "A", -5.0, words={"trail": 2.0, "reduce_only": True})),
    ("A+5 stop_loss=9 take_profit=12",   Ask("order", "A", 5.0, words={"stop_loss": 9.0, "take_profit": 12.0})),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ask"), WAYS)
def test_each_way_to_ask_is_read_and_written(text: str, ask: Ask) -> None:
    assert parse_asks(f"7 {text}") == {7: [ask]}
    assert parse_asks(f"7 {ask}") == {7: [ask]}


WRONG = [
    # text                said
    ("A+5",               "want a barrier, and what to ask for at it"),
    ("0",                 "want such as A+5"),
    ("0 A5",              "want such as A+5"),
    ("0 =A:x",            "'x' is no number"),
    ("0 A+5 limit",       "'limit': want NAME=VALUE of limit"),
    ("0 A+5 price=3",     "'price=3': want NAME=VALUE of limit"),
    ("0 A~.5 tif=day",    "only orders have further words; got tif=day"),
    ("0 cancel most",     "'most' is no number"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_cannot_be_asked_is_refused(text: str, said: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse_asks(text)
    assert said in str(refused.value)


@given(st.data())
def test_the_text_of_a_script_is_read_as_that_script(data: st.DataObject) -> None:
    script = data.draw(markets().flatmap(scripts))
    assert parse_asks(script_text(script)) == {barrier: asked for barrier, asked in script.items() if asked}


def run(asks: str, bars: str, *more: Script) -> Result:
    return Session([Script(asks), *more], source=tape(bars).source(), progress=False).run()


def test_a_script_asks_at_its_barriers() -> None:
    orders = run("0 A+5, 1 A~.0005, 2 =B:.1, 2 A-1", "A 100 100 100 100; B 50 50 50 50").orders
    assert list(zip(orders["barrier"], orders["asset"], orders["requested"], strict=True)) == [
        (0, "A", 5.0), (2, "A", -5.0), (2, "B", 2000.0), (2, "A", -1.0),
    ]  # fmt: skip


def test_orders_may_have_prices_times_and_exits() -> None:
    orders = run("0 A+5 limit=95 tif=day, 1 A+5 stop_loss=90 take_profit=120", "A 100 100 100").orders
    assert orders["type"].to_list() == ["limit", "market", "stop", "limit"]
    assert orders["tif"].to_list()[0] == "day"


@pytest.mark.parametrize(
    ("cancel", "canceled"), [("cancel 1", [1]), ("cancel open 0", [0]), ("cancel open 5", []), ("cancel all", [0, 1])]
)
def test_orders_are_canceled_by_their_count_or_all(cancel: str, canceled: list[int]) -> None:
    orders = run(f"0 A+5 limit=1, 0 A+6 limit=1, 1 {cancel}", "A 100 100 100").orders
    assert [row for row, status in enumerate(orders["status"]) if status == "canceled"] == canceled


def test_a_script_that_is_not_the_first_strategy_counts_its_own_orders() -> None:
    orders = run("0 A+1 limit=1", "A 100 100 100", Script("0 A+2 limit=1, 1 cancel 0", place=1)).orders
    assert dict(zip(orders["requested"], orders["status"], strict=True)) == {1.0: "expired", 2.0: "canceled"}


def test_an_order_that_waits_for_another_names_it_by_its_count() -> None:
    orders = run("0 A+5, 0 A-5 limit=110 after=0", "A 100 100/120/100/110 100").orders
    assert orders["status"].to_list() == ["filled", "filled"]
