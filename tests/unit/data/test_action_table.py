"""The table of corporate actions: when its rows take effect, and everything that is wrong with it at once."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.unit.data.made import DAY, at_times, daily, ns, source

from tidegate.core.enums import ActionKind
from tidegate.core.errors import DataError
from tidegate.data.actions import Actions

SECOND = DAY + timedelta(days=1)


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows with what they say; a split of AAPL at the second day in so far as they say nothing."""
    plain = {"asset": "AAPL", "ex_date": SECOND, "kind": "split", "value": 2.0}
    schema = {"value": pl.Float64, "pay_date": pl.Date, "into": pl.String, "price": pl.Float64}
    return pl.DataFrame([{**plain, **row} for row in rows], schema_overrides=schema).with_columns(
        *(
            pl.lit(None, dtype).alias(name)
            for name, dtype in schema.items()
            if not any(name in row for row in [plain, *rows])
        )
    )


def actions_of(frame: Any, prices: pl.DataFrame | None = None, data: Any = None) -> Actions:
    found = source(daily() if prices is None else prices, actions=frame, data=data).open().actions
    assert found is not None
    return found


def problems(frame: Any, prices: pl.DataFrame | None = None, data: Any = None) -> list[str]:
    with pytest.raises(DataError) as caught:
        source(daily() if prices is None else prices, actions=frame, data=data).open()
    return list(caught.value.problems)


def test_without_a_table_there_are_no_actions() -> None:
    assert source(daily()).open().actions is None


def test_rows_are_put_into_the_order_in_which_they_take_effect() -> None:
    later = SECOND + timedelta(days=1)
    found = actions_of(
        table(
            {"asset": "MSFT", "ex_date": later, "kind": "halt", "value": None},
            {"asset": "MSFT"},
            {"asset": "MSFT", "kind": "dividend", "value": 1.5, "pay_date": later},
            {"asset": "AAPL", "kind": "symbol_change", "value": None, "into": "XOM"},
        )
    )
    kinds = [ActionKind(kind).name for kind in found.ints[0].tolist()]
    assert kinds == ["DIVIDEND", "SPLIT", "SYMBOL_CHANGE", "HALT"]
    assert found.ints[1].tolist() == [1, 1, 0, 1]
    assert found.ints[2].tolist() == [-1, -1, 2, -1]
    assert found.ints[4].tolist() == [ns(2024, 2, 1), -(2**63), -(2**63), -(2**63)]


def test_dated_actions_take_effect_with_the_bar_of_their_date() -> None:
    assert actions_of(table({})).ex_ns.tolist() == [ns(2024, 1, 31)]


def test_a_date_of_bars_that_are_labeled_by_their_start_is_the_same_bar() -> None:
    bars = {"prices": {"stamp": "start", "bar": "1d"}}
    opened = source(daily(), actions=table({}), data=bars)
    actions = opened.open().actions
    assert actions is not None
    assert actions.ex_ns.tolist() == [next(opened.chunks()).ts_ns.tolist()[1]]


# Ex date, its zone; bars have times:                               first moment at which a bar's end is late enough
MOMENTS = [
    (SECOND,                                        None,               ns(2024, 1, 31) + 1),
    (SECOND,                                        "America/New_York", ns(2024, 1, 31, 5) + 1),
    (datetime(2024, 1, 31, 14, 30, tzinfo=UTC),     None,               ns(2024, 1, 31, 14, 30) + 1),
    (datetime(2024, 1, 31, 14, 30),                 "America/New_York", ns(2024, 1, 31, 19, 30) + 1),
]  # fmt: skip


@pytest.mark.parametrize(("ex", "zone", "moment"), MOMENTS)
def test_where_bars_have_times_an_action_comes_with_the_first_bar_that_ends_after_it(
    ex: date | datetime, zone: str | None, moment: int
) -> None:
    prices = at_times(daily())
    data = {"prices": {"stamp": "end"}, "actions": {"timezone": zone}}
    frame = table({"ex_date": ex})
    assert actions_of(frame, prices, data).ex_ns.tolist() == [moment]


def test_a_time_in_another_zone_of_dated_prices_means_its_own_date() -> None:
    midnight = datetime(2024, 1, 31, tzinfo=ZoneInfo("Asia/Tokyo"))
    frame = table({}).with_columns(ex_date=pl.lit(midnight))
    assert actions_of(frame).ex_ns.tolist() == [ns(2024, 1, 31)]


def test_categories_and_files_are_fine(tmp_path: Path) -> None:
    frame = table({}).with_columns(pl.col("asset", "kind").cast(pl.Categorical))
    frame.write_parquet(tmp_path / "actions.parquet")
    data = {"actions": {"path": str(tmp_path / "actions.parquet")}}
    opened = source(daily(), data=data)
    assert opened.open().actions is not None
    assert opened.fingerprints()["actions"][0]["name"] == "actions.parquet"


def test_what_does_not_concern_the_run_is_counted() -> None:
    frame = table({}, {"asset": "ZZZ"}, {"ex_date": date(2020, 1, 1)}, {"ex_date": date(2030, 1, 1)})
    opened = source(daily(), actions=frame)
    actions = opened.open().actions
    list(opened.chunks())
    assert actions is not None
    assert len(actions.ex_ns) == 1
    assert opened.counts() == {"actions.after_end": 1, "actions.before_start": 1, "actions.unknown_asset": 1}


# What a row says beside asset and date                                    what is said about it
WRONG = [
    ({"kind": "splitt"},                                                   "did you mean 'split'?"),
    ({"value": None},                                                      "without the value that a split needs"),
    ({"value": 0.0},                                                       "value is not a finite number above 0"),
    ({"value": -2.0},                                                      "value is not a finite number above 0"),
    ({"value": float("inf")},                                              "value is not a finite number above 0"),
    ({"value": float("nan")},                                              "without the value that a split needs"),
    ({"pay_date": SECOND},                                                 "with a pay_date, for which a split has no"),
    ({"into": "MSFT"},                                                     "with an into, for which a split has no"),
    ({"price": 1.0},                                                       "with a price, for which a split has no"),
    ({"kind": "dividend", "pay_date": DAY},                                "paid before their ex date"),
    ({"kind": "halt"},                                                     "with a value, for which a halt has no use"),
    ({"kind": "symbol_change", "value": None},                             "without the into that a symbol_change"),
    ({"kind": "symbol_change", "value": None, "into": "AAPL"},             "into the asset itself"),
    ({"kind": "symbol_change", "value": None, "into": "MSTF"},             "into 'MSTF', which is not in the universe"),
    ({"kind": "merger_stock", "into": "MSFT", "value": None},              "without the value that a merger_stock"),
    ({"kind": "merger_cash", "value": None},                               "without the price that a merger_cash"),
    ({"kind": "delisting", "value": None, "price": -1.0},                  "price is not a finite number of 0 or more"),
    ({"asset": None},                                                      "rows without asset"),
    ({"kind": None},                                                       "rows without kind"),
    ({"ex_date": None},                                                    "rows without ex_date"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "said"), WRONG)
def test_trap_nan_prices_that_pass_every_check_and_other_rows_that_make_no_sense(
    row: dict[str, Any], said: str
) -> None:
    (problem,) = problems(table({"asset": "MSFT"}, row) if "MSFT" not in row.values() else table(row))
    assert problem.startswith("actions (frame): 1 rows")
    assert said in problem
    assert "row 1" in problem or "MSFT" in row.values()


def test_everything_that_is_wrong_is_told_at_once_with_its_rows() -> None:
    found = problems(
        table({"value": -1.0}, {"asset": "MSFT", "value": -2.0}, {"asset": "XOM", "kind": "halt"}, {"asset": None})
    )
    assert len(found) == 3
    assert (
        "2 rows whose value is not a finite number above 0: AAPL 2024-01-31 split in row 0, MSFT 2024-01-31" in found[1]
    )


# Rows that contradict one another
PAIRS = [
    (({}, {}),                                                                               "repeat or contradict"),
    (({}, {"value": 3.0}),                                                                   "repeat or contradict"),
    (({"kind": "dividend"}, {"kind": "dividend"}),                                           "repeat or contradict"),
    (({"kind": "halt", "value": None}, {"kind": "resume", "value": None}),                   "repeat or contradict"),
    (({"kind": "delisting", "value": None}, {"kind": "merger_cash", "value": None, "price": 1.0}), "a second time"),
    (({"kind": "delisting", "value": None, "asset": "MSFT", "ex_date": DAY},
      {"kind": "symbol_change", "value": None, "into": "MSFT"}),                             "has ended itself"),
    (({"kind": "delisting", "value": None, "asset": "MSFT"},
      {"kind": "symbol_change", "value": None, "into": "MSFT"}),                             "has ended itself"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "said"), PAIRS)
def test_rows_that_contradict_one_another_are_refused(rows: tuple[dict[str, Any], ...], said: str) -> None:
    (problem,) = problems(table(*rows))
    assert said in problem


def test_two_different_dividends_of_a_day_are_two_dividends() -> None:
    assert len(actions_of(table({"kind": "dividend"}, {"kind": "dividend", "value": 0.5})).ex_ns) == 2


def test_an_asset_that_resumed_may_end_again() -> None:
    ends = {"kind": "delisting", "value": None}
    rows = table(
        {**ends, "ex_date": DAY}, {"kind": "resume", "value": None}, {**ends, "ex_date": SECOND + timedelta(days=1)}
    )
    assert len(actions_of(rows).ex_ns) == 3


# Columns                                                                     what is said about them
COLUMNS = [
    (table({}).drop("kind"),                                                   "column 'kind' is missing"),
    (table({}).rename({"into": "inot"}),                                       "column 'inot' is none of"),
    (table({}).with_columns(ex_date=pl.lit("2024-01-31")),                     "column 'ex_date' is String, want Date"),
    (table({}).with_columns(value=pl.lit("two")),                              "column 'value' is String, want"),
    (table({}).with_columns(kind=pl.lit(1)),                                   "column 'kind' is Int32, want String"),
    (table({}).with_columns(ex_date=pl.lit(datetime(2024, 1, 31))),            "column 'ex_date' has no time zone"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "said"), COLUMNS)
def test_columns_that_cannot_be_used_are_refused(frame: pl.DataFrame, said: str) -> None:
    (problem,) = problems(frame)
    assert said in problem


def test_problems_of_all_tables_are_told_together() -> None:
    found = problems(table({}).drop("kind"), daily().drop("close"))
    assert len(found) == 2


def test_a_zone_that_there_is_not_and_settings_without_a_table_are_refused() -> None:
    assert "there is no time zone 'Nowhere'" in problems(table({}), data={"actions": {"timezone": "Nowhere"}})[0]
    assert "no table is given" in problems(None, data={"actions": {}})[0]


def test_rows_of_several_files_are_named_with_their_file(tmp_path: Path) -> None:
    table({}).write_parquet(tmp_path / "a.parquet")
    table({"asset": "MSFT", "value": -1.0}).write_parquet(tmp_path / "b.parquet")
    (problem,) = problems(tmp_path / "*.parquet")
    assert "MSFT 2024-01-31 split in row 1 of b.parquet" in problem
