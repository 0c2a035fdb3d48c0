"""Numbers and words of the closed sets are recorded in files, so they are pinned."""

import ast
import inspect
import itertools
import re
from enum import Enum

import pytest

from tidegate.core import enums
from tidegate.core.enums import (
    ActionKind,
    FillPoint,
    FillTiming,
    OrderKind,
    PathPolicy,
    Phase,
    PostingKind,
    Reason,
    RunStatus,
    ShortageRule,
    Sizing,
    TimeInForce,
)

SOURCE = inspect.getsource(enums)


def test_phases_come_in_the_declared_order() -> None:
    assert [phase.name for phase in sorted(Phase)] == ["ADVANCE", "FILL", "MARK", "GUARD", "DECIDE", "RECORD"]


def test_numbers_that_travel_in_arrays_count_up_from_zero() -> None:
    for kind in (Phase, FillPoint, PostingKind, Reason, OrderKind, TimeInForce):
        assert [int(member) for member in kind] == list(range(len(kind))), kind.__name__


def test_recorded_numbers_keep_their_meaning() -> None:
    assert {reason.name: int(reason) for reason in Reason} == {
        "NONE": 0,
        "NO_PRICE": 1,
        "SHORT_NOT_ALLOWED": 2,
        "NO_POSITION": 3,
        "CASH_SHORTAGE": 4,
        "MAX_WEIGHT": 5,
        "MAX_GROSS": 6,
        "TRADING_HALTED": 7,
        "RULE": 8,
        "CANCEL_REQUESTED": 9,
        "END_OF_DATA": 10,
        "TIME_IN_FORCE": 11,
        "ONE_CANCELS_OTHER": 12,
        "PARENT_ENDED": 13,
        "REDUCE_ONLY": 14,
        "REPLACED": 15,
        "CANNOT_REPLACE": 16,
        "VOLUME_LIMIT": 17,
        "MINIMUM_SIZE": 18,
        "LOT_SIZE": 19,
        "TICK_SIZE": 20,
        "MARGIN_SHORTAGE": 21,
        "MARGIN_CALL": 22,
        "NEGATIVE_EQUITY": 23,
        "BORROW_UNAVAILABLE": 24,
        "DELISTED": 25,
        "CORPORATE_ACTION": 26,
        "BELOW_THRESHOLD": 27,
    }
    assert [kind.name for kind in OrderKind] == [
        "MARKET", "LIMIT", "STOP", "STOP_LIMIT", "TRAILING_STOP", "TRAILING_STOP_LIMIT",
    ]  # fmt: skip
    assert [tif.name for tif in TimeInForce] == ["GTC", "DAY", "GTD", "IOC", "FOK", "ON_OPEN", "ON_CLOSE"]
    assert [kind.name for kind in PostingKind] == [
        "DEPOSIT", "TRADE", "COMMISSION", "DIVIDEND", "INTEREST", "FINANCING", "BORROW", "VARIATION", "CASH_IN_LIEU",
        "CONVERSION",
    ]  # fmt: skip
    assert (FillPoint.OPEN, FillPoint.BAR, FillPoint.CLOSE) == (0, 1, 2)


def test_words_of_the_configuration_are_lower_case_names() -> None:
    for member in itertools.chain(FillTiming, ShortageRule, RunStatus, PathPolicy):
        assert member.value == member.name.lower()


def member_docstrings(kind: str) -> dict[str, str]:
    """What is said below each member of an enumeration."""
    (body,) = [node.body for node in ast.parse(SOURCE).body if isinstance(node, ast.ClassDef) and node.name == kind]
    said = {}
    for member, below in itertools.pairwise(body):
        if isinstance(member, ast.Assign) and isinstance(member.targets[0], ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            name = member.targets[0].id
            said[name] = " ".join(str(text.value).split()) if isinstance(text, ast.Constant) else ""
    return said


@pytest.mark.parametrize(
    # what each member says for itself, and what the whole says for all of them
    ("kind", "of_each", "of_all"),
    [
        (OrderKind,    "When Price Unrealistic", "Order of all kinds:"),
        (TimeInForce,  "When",                   "Price: Order: Unrealistic:"),
        (ActionKind,   "Price",                  "When: Order:"),
        (FillTiming,   "",                       "When: Price: Order: Unrealistic:"),
        (ShortageRule, "",                       "When: Price: Order: Unrealistic:"),
        (Sizing,       "",                       "When: Price: Order: Unrealistic:"),
        (PathPolicy,   "",                       "When: Price: Order: Unrealistic:"),
    ],
)  # fmt: skip
def test_what_decides_about_fills_says_when_at_what_price_in_which_order_and_what_is_unrealistic(
    kind: type[Enum], of_each: str, of_all: str
) -> None:
    whole = kind.__doc__ or ""
    labels = re.findall(r"[A-Z][a-z ]+:", of_all)
    assert labels
    assert [label for label in labels if label not in whole] == []
    for name, said in member_docstrings(kind.__name__).items() if of_each else ():
        missing = [label for label in of_each.split() if not re.search(rf"\b{label}(, \w+)*:", said, re.IGNORECASE)]
        assert not missing, (name, missing)
