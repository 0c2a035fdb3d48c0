"""Two messages field by field."""

from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.messages.conftest import any_of

from tidegate.core.arrays import freeze
from tidegate.core.enums import Phase
from tidegate.journal.difference import differences, first_difference
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, RunFinished
from tidegate.messages.codec import MESSAGE_TYPES, decode, encode, same
from tidegate.messages.control import LogWritten
from tidegate.messages.market import MarketBatch, UniverseDeclared
from tidegate.messages.orders import Fills, OrdersDenied, OrderTerms, SubmitOrders
from tidegate.messages.risk import ProtectiveLevels

NAMES = ("AAA", "BBB", "CCC")


def floats(*values: float) -> Any:
    return freeze(np.array(values, np.float64))


def ints(*values: int) -> Any:
    return freeze(np.array(values, np.int64))


def submitted(quantity: tuple[float, ...] = (1.0, 2.0), **changed: Any) -> SubmitOrders:
    n = len(quantity)
    fields: dict[str, Any] = {
        "order_id": ints(*range(n)), "asset": ints(2, 1), "quantity": floats(*quantity),
        "priority": floats(*[0.0] * n), "tags": ("",) * n, "terms": None,
    }  # fmt: skip
    return SubmitOrders(**fields | changed)


def terms(limit: float) -> OrderTerms:
    plain = OrderTerms.plain(2)
    return msgspec.structs.replace(plain, limit=floats(np.nan, limit))


def filled(price: float) -> Fills:
    columns: dict[str, Any] = {"fill_id": [0, 1], "order_id": [5, 6], "asset": [0, 2], "cash_micros": [1, 1],
               "commission_micros": [0, 0], "slippage_micros": [0, 0], "quantity": [1.0, 1.0],
               "price": [1.0, price], "reference": [1.0, 1.0]}  # fmt: skip
    return Fills.of(columns, seq=0, ts_ns=0, point=0, tags=("", ""))


def levels(stop: float) -> ProtectiveLevels:
    none = ints(0, 0, 0)
    return ProtectiveLevels(floats(1.0, stop, 3.0), floats(4.0, 5.0, 6.0), none, none, ("stop_loss",))


def batch(context: float) -> MarketBatch:
    none = freeze(np.empty((0, 3)))
    return MarketBatch(0, 0, freeze(np.ones((5, 3))), none, none, floats(0.0, context))


NAN = np.array([0x7FF8000000000001], np.uint64).view(np.float64)[0]
DECLARED = UniverseDeclared(NAMES, (), (), (), 3)
OTHER = UniverseDeclared(("AAA", "B", "CCC"), (), (), (), 3)
SAID, FILL, MARK = LogWritten(1, "a", "b"), PhaseOpened(Phase.FILL, 1, 0), PhaseOpened(Phase.MARK, 1, 0)
ONE, TWO = submitted((1.0,), tags=("",)), submitted()
CASES = [
    # expected                  found                       place                expected, found
    (SAID,                      RunFinished(1, "b"),        "type",              "'LogWritten'", "'RunFinished'"),
    (SAID,                      LogWritten(2, "a", "b"),    "seq",               "1", "2"),
    (SAID,                      LogWritten(1, "a", "c"),    "text",              "'b'", "'c'"),
    (FILL,                      MARK,                       "phase",             "1", "2"),
    (DECLARED,                  OTHER,                      "assets[1]",         "'BBB'", "'B'"),
    (TWO,                       submitted((1.0, 3.0)),      "quantity[1] (BBB)", "2.0", "3.0"),
    (TWO,                       submitted((7.0, 3.0)),      "quantity[0] (CCC)", "1.0", "7.0; 1 more entries differ"),
    (submitted((0.0, 2.0)),     submitted((-0.0, 2.0)),     "quantity[0] (CCC)", "0.0", "-0.0"),
    (submitted((np.nan, 2.0)),  submitted((NAN, 2.0)),      "quantity[0] (CCC)", "'bits 0x7ff8000000000000'",
                                                                                 "'bits 0x7ff8000000000001'"),
    (TWO,                       submitted(tags=("", "x")),  "tags[1] (BBB)",     "''", "'x'"),
    (TWO,                       ONE,                        "order_id.shape",    "'int64 (2,)'", "'int64 (1,)'"),
    (TWO,                       submitted(tags=("",)),      "tags.length",       "2", "1"),
    (TWO,                       submitted(terms=terms(1)),  "terms",             "None", "'OrderTerms'"),
    (submitted(terms=terms(1)), submitted(terms=terms(2)),  "terms.limit[1] (BBB)", "1.0", "2.0"),
    (filled(1.0),               filled(2.0),                "price[1] (CCC)",    "1.0", "2.0"),
    (levels(2.0),               levels(2.5),                "stop[1] (BBB)",     "2.0", "2.5"),
    (batch(1.0),                batch(2.0),                 "context[1]",        "1.0", "2.0"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "found", "place", "this", "that"), CASES)
def test_the_first_field_that_differs_is_told_with_its_place(
    expected: Message, found: Message, place: str, this: str, that: str
) -> None:
    difference = first_difference(expected, found)
    assert difference is not None
    assert difference.text(NAMES) == f"{place}: expected {this}, found {that}"


def test_all_fields_that_differ_are_told_in_order_of_their_declaration() -> None:
    left, right = submitted((1.0, 2.0)), submitted((1.0, 3.0), priority=floats(1.0, 0.0), tags=("a", "b"))
    assert [one.place for one in differences(left, right)] == ["quantity[1]", "priority[0]", "tags[0]"]


def test_nothing_is_told_of_an_asset_that_has_no_name() -> None:
    refused = OrdersDenied(ints(1), ints(-1), floats(1.0), ints(0), floats(0.0), floats(0.0), ("",))
    other = msgspec.structs.replace(refused, quantity=floats(2.0))
    difference = first_difference(refused, other)
    assert difference is not None
    assert difference.text(NAMES) == "quantity[0]: expected 1.0, found 2.0"


@cache
def drawn(kind: type[Message]) -> st.SearchStrategy[Message]:
    return any_of(kind)


@pytest.mark.parametrize("kind", MESSAGE_TYPES)
@given(data=st.data())
@settings(max_examples=8)
def test_a_difference_is_found_exactly_where_encodings_differ(kind: type[Message], data: st.DataObject) -> None:
    one = data.draw(drawn(kind))
    other = data.draw(drawn(kind)) if data.draw(st.booleans()) else decode(encode(one))
    assert (first_difference(one, other) is None) == same(one, other)
