"""What the prices of an order make of it, and what makes no order."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from tidegate.core.enums import OrderKind, TimeInForce
from tidegate.core.errors import RequestError
from tidegate.messages.orders import OrderTerms
from tidegate.strategy.conditions import Conditions

NAN = float("nan")
MOMENT = datetime(2024, 1, 2, 16, 0, 0, 250, tzinfo=UTC)


def made(**given: Any) -> OrderTerms:
    terms = Conditions(**given).terms("AA")
    assert terms is not None
    return terms


def test_no_prices_and_no_time_make_a_plain_market_order() -> None:
    assert Conditions().terms("AA") is None


@pytest.mark.parametrize(
    ("given", "kind", "numbers"),
    [
        #                                               limit  stop   trail  trail_pct
        ({"limit": 95},                  "LIMIT",               (95.0, NAN,  NAN, NAN)),
        ({"stop": 95},                   "STOP",                (NAN,  95.0, NAN, NAN)),
        ({"stop": 95, "limit": 94.5},    "STOP_LIMIT",          (94.5, 95.0, NAN, NAN)),
        ({"trail": 5},                   "TRAILING_STOP",       (NAN,  NAN,  5.0, NAN)),
        ({"trail_pct": 0.05},            "TRAILING_STOP",       (NAN,  NAN,  NAN, 0.05)),
        ({"trail": 5, "limit_offset": 0},"TRAILING_STOP_LIMIT", (0.0,  NAN,  5.0, NAN)),
        ({"tif": "day"},                 "MARKET",              (NAN,  NAN,  NAN, NAN)),
    ],
)  # fmt: skip
def test_the_prices_say_the_kind(given: dict[str, Any], kind: str, numbers: tuple[float, ...]) -> None:
    terms = made(**given)
    assert terms.kind.tolist() == [OrderKind[kind]]
    found = [column.item() for column in (terms.limit, terms.stop, terms.trail, terms.trail_pct)]
    np.testing.assert_array_equal(found, numbers)
    assert (terms.group.tolist(), terms.expire_ns.tolist()) == ([0], [0])


@pytest.mark.parametrize("tif", [tif.name.lower() for tif in TimeInForce if tif is not TimeInForce.GTD])
def test_every_time_in_force_has_its_word(tif: str) -> None:
    assert made(limit=95, tif=tif).tif.tolist() == [TimeInForce[tif.upper()]]


def test_the_last_moment_is_exact() -> None:
    terms = made(limit=95, tif="gtd", until=MOMENT)
    assert terms.expire_ns.tolist() == [1_704_211_200_000_250_000]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"limit": -1},                                 "limit is -1, want a finite number above 0"),
        ({"stop": NAN},                                 "stop is nan, want a finite number above 0"),
        ({"trail": 0},                                  "trail is 0, want a finite number above 0"),
        ({"trail_pct": 1.5},                            "trail_pct is 1.5, want a fraction below 1"),
        ({"trail": 5, "trail_pct": 0.05},               "both given"),
        ({"trail": 5, "limit": 95},                     "want limit_offset for its limit"),
        ({"limit_offset": 1, "limit": 5},               "limit_offset belongs to a trailing stop"),
        ({"stop": 95, "tif": "ioc"},                    "a stop waits: want gtc, day or gtd"),
        ({"tif": "gdt"},                                "tif is 'gdt', want one of gtc, day, gtd"),
        ({"limit": 95, "tif": "gtd"},                   "tif 'gtd' and until belong together"),
        ({"limit": 95, "until": MOMENT},                "tif 'gtd' and until belong together"),
        ({"limit": 95, "tif": "gtd", "until": MOMENT.replace(tzinfo=None)}, "without a time zone"),
    ],
)  # fmt: skip
def test_what_makes_no_order_is_told(given: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError, match=r"^order of AA: ") as caught:
        Conditions(**given).terms("AA")
    assert any(said in problem for problem in caught.value.problems)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(RequestError) as caught:
        Conditions(limit=-1.0, stop=float("inf"), tif="fok").terms("AA")
    assert len(caught.value.problems) == 3
