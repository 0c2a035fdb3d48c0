"""The table of what the assets are: who speaks first, and everything that is wrong with it at once."""

# ruff: noqa: E501 - a row of the tables is one case

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.unit.data.made import daily

from tidegate.config.models import DataConfig
from tidegate.config.universe import UniverseConfig
from tidegate.core.errors import DataError
from tidegate.data.tables import TableSource
from tidegate.messages.instruments import Instruments

NAN, INF = float("nan"), float("inf")
FRAME = r"reference (frame): "
ROWS: dict[str, list[Any]] = {
    "asset": ["XOM", "AAPL", "SPY"],
    "lot": [100.0, None, 7.0],
    "asset_class": ["oil", None, "fund"],
    "initial": [None, 0.3, 0.1],
}


def table(**changed: list[Any]) -> pl.DataFrame:
    columns = {name: values for name, values in (ROWS | changed).items() if values}
    return pl.DataFrame(columns, strict=False)


def source(frame: Any = None, **universe: Any) -> TableSource:
    chosen = UniverseConfig.model_validate(universe)
    return TableSource(DataConfig(), chosen, {"prices": daily(), "reference": frame})


def said(reference: Any = None, **universe: Any) -> Instruments:
    found = source(reference, **universe).open().instruments
    assert found is not None
    return found


def fails(reference: Any, **universe: Any) -> list[str]:
    with pytest.raises(DataError) as caught:
        source(reference, **universe).open()
    return list(caught.value.problems)


def shown(values: Any) -> list[Any]:
    return [None if value != value else value for value in values.tolist()]


def test_nothing_is_said_where_nobody_says_anything() -> None:
    assert source().open().instruments is None


def test_a_row_goes_before_its_class_and_that_before_the_defaults() -> None:
    # the universe is AAPL MSFT XOM
    found = said(
        table(),
        defaults={"lot": 1, "tick": 0.01, "asset_class": "stock", "currency": "EUR"},
        classes={"stock": {"tick": 0.05, "initial": 0.5, "maintenance": 0.25}, "oil": {"lot": 10, "multiplier": 50}},
    )
    assert found.lot.tolist() == [1.0, 1.0, 100.0]
    assert found.tick.tolist() == [0.05, 0.05, 0.01]
    assert shown(found.initial) == [0.3, 0.5, None]
    assert shown(found.maintenance) == [0.25, 0.25, None]
    assert found.multiplier.tolist() == [1.0, 1.0, 50.0]
    assert found.asset_class == ("stock", "stock", "oil")
    assert found.currency == ("EUR",) * 3


def test_defaults_alone_speak_of_all_assets() -> None:
    assert said(defaults={"multiplier": 50.0, "future": True}).multiplier.tolist() == [50.0] * 3


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    one, other = said(table()), said(table()[::-1].select(reversed(list(ROWS))))
    assert [shown(one.lot), shown(one.initial), one.asset_class] == [
        shown(other.lot),
        shown(other.initial),
        other.asset_class,
    ]


def test_rows_of_no_asset_and_assets_without_a_row_are_counted() -> None:
    made = source(table())
    made.open()
    list(made.chunks())
    assert made.counts() == {"reference.unknown_asset": 1, "reference.no_row": 1}


def test_a_file_is_read_and_has_its_fingerprint(tmp_path: Path) -> None:
    table().write_parquet(tmp_path / "ref.parquet")
    made = source(reference=str(tmp_path / "ref.parquet"))
    found = made.open().instruments
    assert found is not None
    assert found.lot.tolist() == [0.0, 0.0, 100.0]
    assert made.fingerprints()["reference"][0]["name"] == "ref.parquet"


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        (table(lot=[100.0, -1.0, 7.0]),                     FRAME + "1 values of column 'lot': row 1 AAPL lot=-1.0; want 0 or more, and finite"),
        (table(lot=[INF, -1.0, 7.0]),                       FRAME + "2 values of column 'lot': row 0 XOM lot=inf, row 1 AAPL lot=-1.0; want 0 or more, and finite"),
        (table(multiplier=[0.0, 1.0, 1.0]),                 FRAME + "1 values of column 'multiplier': row 0 XOM multiplier=0.0; want more than 0, and finite"),
        (table(half_spread_bps=[1e4, 1, 1]),                FRAME + "1 values of column 'half_spread_bps': row 0 XOM half_spread_bps=10000.0; want 0 or more, and less than 10000"),
        (table(borrow_available=[-5, 1, 1]),                FRAME + "1 values of column 'borrow_available': row 0 XOM borrow_available=-5.0; want 0 or more"),
        (table(currency=["usd", None, "EUR"]),              FRAME + "1 values of column 'currency': row 0 XOM currency=usd; want a code of 3 to 5 capital letters, such as USD"),
        (table(asset=["XOM", None, "SPY"]),                 FRAME + "1 rows without an asset: row 1; name one"),
        (table(asset=["XOM", "SPY", "XOM"]),                FRAME + "1 rows of an asset that has one already: row 2 XOM; keep one"),
        (table(lot=["1", "2", "3"]),                        FRAME + "column 'lot' is String, want numbers"),
        (table(future=[1, 0, 0]),                           FRAME + "column 'future' is Int64, want Boolean"),
        (table(currency=[1, 2, 3]),                         FRAME + "column 'currency' is Int64, want String, Categorical or Enum"),
        (table(multiplyer=[1, 2, 3]),                       FRAME + "there is no column 'multiplyer'; did you mean 'multiplier'?"),
        (pl.DataFrame({"asset": ["XOM"], "color": ["red"]}), FRAME + "has none of the columns multiplier, lot, tick, minimum, half_spread_bps, initial, maintenance, future, borrow_rate, borrow_available, currency, asset_class"),
        (table().drop("asset"),                             FRAME + "column 'asset' is missing; did you mean 'asset_class'?; there are lot, asset_class, initial"),
        (table(maintenance=[0.1, 0.4, 0.1]),                "universe: AAPL has a maintenance margin of 0.4 above its initial margin of 0.3"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_table_is_told_with_its_place(reference: pl.DataFrame, told: str) -> None:
    assert fails(reference) == [told]


def test_all_problems_come_at_once_with_their_files(tmp_path: Path) -> None:
    table().write_parquet(tmp_path / "r1.parquet")
    table(lot=[1.0, -2.0, 1.0], initial=[0.0, 0.1, 0.1]).write_parquet(tmp_path / "r2.parquet")
    text = "\n".join(fails(str(tmp_path / "r*.parquet")))
    assert "row 4 AAPL lot=-2.0 in r2.parquet" in text
    assert "row 3 XOM initial=0.0 in r2.parquet" in text
    assert "3 rows of an asset that has one already: row 3 XOM in r2.parquet" in text


def test_other_columns_are_passed_over() -> None:
    assert said(table().with_columns(name=pl.lit("x"), exchange=pl.lit("NYSE"))).lot.tolist() == [0.0, 0.0, 100.0]


def test_a_class_that_no_asset_has_is_refused() -> None:
    assert fails(table(), classes={"ol": {"lot": 1}}) == [
        "universe.classes.ol: no asset is of this class; there are fund, oil; did you mean 'oil'?"
    ]
    assert said(table(), classes={"fund": {"lot": 1}}).lot.tolist() == [0.0, 0.0, 100.0]  # SPY has it, and is elsewhere


def test_categories_are_as_good_as_text_and_nan_says_as_little_as_null() -> None:
    found = said(table(lot=[NAN, 5.0, 7.0]).with_columns(pl.col("asset", "asset_class").cast(pl.Categorical)))
    assert found.lot.tolist() == [5.0, 0.0, 0.0]
