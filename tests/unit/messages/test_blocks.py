"""Columns in blocks: by name, in order, and only whole."""

from typing import Any

import numpy as np
import pytest

from tidegate.kernels import books as ledger
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.blocks import FloatRow, IntColumns, IntRow
from tidegate.messages.orders import Fills

KINDS: list[type[IntColumns]] = [Fills, TradesClosed, CashPosted]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
AT: dict[type[IntColumns], dict[str, Any]] = {
    Fills: {"seq": 4, "ts_ns": 400, "point": 1, "tags": ("a", "b")},
    TradesClosed: {"seq": 4, "ts_ns": 400, "tags": ("a", "b")},
    CashPosted: {"seq": 4, "ts_ns": 400},
}


def columns(kind: type[IntColumns]) -> dict[str, list[float]]:
    """Two rows of every column, all different."""
    names = [*kind.int_rows(), *kind.float_rows()]
    return {name: [10 * place, 10 * place + 1] for place, name in enumerate(names, 1)}


@every_kind
def test_a_message_made_of_columns_has_them_under_their_names(kind: type[IntColumns]) -> None:
    made = kind.of(columns(kind), **AT[kind])
    for name, values in columns(kind).items():
        column = getattr(made, name)
        assert (name, column.tolist()) == (name, values)
        assert column.dtype == (np.int64 if name in kind.int_rows() else np.float64)
        assert not column.flags.writeable
    assert {name: getattr(made, name) for name in AT[kind]} == AT[kind]


@every_kind
def test_every_row_of_a_block_has_one_name(kind: type[IntColumns]) -> None:
    made = kind.of(columns(kind), **AT[kind])
    assert sorted(kind.int_rows().values()) == list(range(len(made.ints)))
    floats = getattr(made, "floats", ())
    assert sorted(kind.float_rows().values()) == list(range(len(floats)))


@every_kind
def test_a_message_may_have_no_rows(kind: type[IntColumns]) -> None:
    made = kind.of(dict.fromkeys(columns(kind), ()), **(AT[kind] | {"tags": ()} if "tags" in AT[kind] else AT[kind]))
    assert made.ints.shape == (len(kind.int_rows()), 0)


def test_a_column_can_be_looked_at_but_not_replaced() -> None:
    made = CashPosted.of(columns(CashPosted), **AT[CashPosted])
    with pytest.raises(AttributeError):
        setattr(made, "kind", np.zeros(2, np.int64))  # noqa: B010
    with pytest.raises(ValueError, match="read-only"):
        made.kind[0] = 1


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("one too few",    {"asset": None},       "columns kind, fill_id, amount_micros, currency; want kind, asset"),
    ("one too many",   {"price": [1.0, 2.0]}, "columns kind, asset, fill_id, amount_micros, currency, price; want"),
    ("one is shorter", {"asset": [1]},        "columns of different lengths: {'kind': 2, 'asset': 1"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_columns_that_do_not_fit_are_refused(changed: dict[str, Any], said: str) -> None:
    given = {name: values for name, values in (columns(CashPosted) | changed).items() if values is not None}
    with pytest.raises(ValueError, match="CashPosted") as refused:
        CashPosted.of(given, **AT[CashPosted])
    assert str(refused.value).startswith(f"CashPosted has {said}")


def test_rows_tell_what_they_are_of_a_class() -> None:
    assert isinstance(Fills.asset, IntRow)
    assert isinstance(Fills.price, FloatRow)
    assert (Fills.asset.row, Fills.price.row) == (2, 1)


FILL = {
    "fill_id": ledger.FILL_NUMBER, "order_id": ledger.FILL_ORDER, "asset": ledger.FILL_ASSET,
    "cash_micros": ledger.FILL_CASH, "commission_micros": ledger.FILL_COMMISSION,
    "slippage_micros": ledger.FILL_SLIPPAGE,
}  # fmt: skip
FILL_FLOATS = {"quantity": ledger.FILL_QUANTITY, "price": ledger.FILL_PRICE, "reference": ledger.FILL_REFERENCE}
TRADE = {
    "fill_id": ledger.TRADE_FILL, "asset": ledger.TRADE_ASSET, "entry_seq": ledger.TRADE_ENTRY_SEQ,
    "cost_micros": ledger.TRADE_COST, "proceeds_micros": ledger.TRADE_PROCEEDS,
    "commission_micros": ledger.TRADE_COMMISSION, "pnl_micros": ledger.TRADE_PNL, "bars_held": ledger.TRADE_BARS,
}  # fmt: skip
TRADE_FLOATS = {
    "quantity": ledger.TRADE_QUANTITY, "entry_price": ledger.TRADE_ENTRY_PRICE, "exit_price": ledger.TRADE_EXIT_PRICE,
    "mae": ledger.TRADE_MAE, "mfe": ledger.TRADE_MFE,
}  # fmt: skip
POSTING = {
    "kind": ledger.POSTING_KIND, "asset": ledger.POSTING_ASSET, "fill_id": ledger.POSTING_FILL,
    "amount_micros": ledger.POSTING_AMOUNT, "currency": ledger.POSTING_CURRENCY,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "ints", "floats"),
    [(Fills, FILL, FILL_FLOATS), (TradesClosed, TRADE, TRADE_FLOATS), (CashPosted, POSTING, {})],
)
def test_messages_read_the_rows_that_the_ledger_writes(
    kind: type[IntColumns], ints: dict[str, int], floats: dict[str, int]
) -> None:
    assert (kind.int_rows(), kind.float_rows()) == (ints, floats)
