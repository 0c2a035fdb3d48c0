import numpy as np
import polars as pl
import pytest
from tests.unit.results.sample_run import FIRST_NS, record_of, seeded_run, table

from tidegate.core.enums import FillPoint, PostingKind, Reason
from tidegate.core.ids import order_id
from tidegate.results.digest import digest
from tidegate.results.record import SCHEMA, RunRecord
from tidegate.results.tables import frame, raw_table

FILLS = table(
    "fills",
    2,
    barrier=[3, 4],
    ts_ns=[FIRST_NS, FIRST_NS + 1],
    fill_id=[0, 1],
    order_id=[order_id(2, 7), order_id(0, 1)],
    point=[FillPoint.OPEN, FillPoint.BAR],
    asset=[1, 0],
    quantity=[10.0, -10.0],
    price=[2.5, 2.0],
    reference=[2.5, 2.0],
    cash_micros=[-25_000_000, 20_000_000],
    commission_micros=[1, 2],
    slippage_micros=[0, 0],
    tag=["", "stop_loss"],
)
SENDERS = {0: "broker", 1: "risk", 2: "topn"}


def test_fills_read_as_people_expect() -> None:
    made = frame(record_of([1.0], senders=SENDERS, tables={"fills": FILLS}), "fills")
    assert made["timestamp"].dtype == pl.Datetime("ns", "UTC")
    assert made["timestamp"].cast(pl.Int64).to_list() == [FIRST_NS, FIRST_NS + 1]
    assert made["asset"].to_list() == ["B", "A"]
    assert made["sender"].to_list() == ["topn", "broker"]
    assert made["order_id"].to_list() == [order_id(2, 7), 1]
    assert made["point"].to_list() == ["open", "bar"]
    assert made["cash_micros"].to_list() == [-25_000_000, 20_000_000]
    assert made["cash"].to_list() == [-25.0, 20.0]
    assert made["commission"].to_list() == [0.000001, 0.000002]
    assert made["tag"].to_list() == ["", "stop_loss"]


@pytest.mark.parametrize("name", SCHEMA)
def test_a_table_without_rows_has_the_columns_and_types_of_a_full_one(name: str) -> None:
    full, empty = frame(seeded_run(), name), frame(RunRecord((), 1), name)
    assert full.height > 0
    assert empty.height == 0
    assert empty.schema == full.schema


@pytest.mark.parametrize("name", SCHEMA)
def test_every_amount_is_there_as_micros_and_in_currency(name: str) -> None:
    made = frame(seeded_run(), name)
    for column in SCHEMA[name]:
        if column.endswith("_micros"):
            assert made[column].dtype == pl.Int64
            assert made[column.removesuffix("_micros")].to_list() == [micros / 1e6 for micros in made[column].to_list()]


def test_what_is_absent_is_null() -> None:
    made = frame(seeded_run(), "risk").row(-1, named=True)
    assert {name: made[name] for name in ("asset", "order_id", "sender", "measured", "limit")} == dict.fromkeys(
        ("asset", "order_id", "sender", "measured", "limit")
    )
    assert frame(seeded_run(), "postings")["fill_id"][0] is None


def test_numbers_of_enums_become_their_lower_case_names() -> None:
    postings = table("postings", len(PostingKind), kind=list(PostingKind))
    risk = table("risk", len(Reason), reason=list(Reason))
    record = record_of([1.0], tables={"postings": postings, "risk": risk})
    assert frame(record, "postings")["kind"].to_list() == [kind.name.lower() for kind in PostingKind]
    assert frame(record, "risk")["reason"].to_list() == [reason.name.lower() for reason in Reason]


def test_entry_time_of_a_trade_is_a_time() -> None:
    trades = frame(seeded_run(), "trades")
    assert trades["entry_timestamp"].dtype == pl.Datetime("ns", "UTC")
    assert (trades["entry_timestamp"] < trades["timestamp"]).all()


def test_a_sender_nobody_named_is_null() -> None:
    assert frame(record_of([1.0], tables={"fills": FILLS}), "fills")["sender"].to_list() == [None, None]


def test_frames_turn_back_into_the_raw_columns_bit_for_bit() -> None:
    record = seeded_run()
    back = {name: raw_table(name, frame(record, name), record.assets) for name in SCHEMA}
    assert digest(RunRecord(record.assets, 1, tables=back)) == digest(record)
    assert np.isnan(np.asarray(back["orders"]["limit"])).all()
