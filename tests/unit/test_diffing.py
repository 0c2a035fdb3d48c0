"""What is said of two messages that should be the same: which, where, and why it was sent."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.recorded import record

from tidegate.core.arrays import freeze
from tidegate.core.enums import Phase
from tidegate.diffing import NOTHING, Delivered, chain_of, compare
from tidegate.journal import Journal
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.control import LogWritten
from tidegate.messages.market import MarketBatch, MarketBatchReference

NO_ROWS = freeze(np.empty((0, 2)))


def batch(close: float) -> MarketBatch:
    return MarketBatch(3, 40, freeze(np.full((5, 2), close)), NO_ROWS, NO_ROWS, freeze(np.empty(0)))


def one(message: Message | None, superstep: int = 1, sender: str = "a", rank: int = 4, back: int = 2) -> Delivered:
    return Delivered(20, 3, Phase.DECIDE, superstep, sender, rank, back, message)


LOG, OTHER = LogWritten(3, "a", "this"), LogWritten(3, "a", "that")
CASES: list[tuple[Delivered | None, Delivered | None, Any]] = [
    # expected                found                       field      index   expected               found
    (one(LOG),                one(LOG),                   None),
    (None,                    None,                       None),
    (one(None),               one(None),                  None),
    (one(LOG),                one(OTHER),                 ("text",    (),     "'this'",              "'that'")),
    (one(batch(1.0)),         one(batch(2.0)),            ("bars",    (0, 0), "1.0",                 "2.0")),
    (one(batch(0.0)),         one(batch(-0.0)),           ("bars",    (0, 0), "0.0",                 "-0.0")),
    (one(batch(np.nan)),      one(batch(np.nan)),         None),
    (one(MarketBatchReference(3, 40)), one(batch(1.0)),   None),
    (one(MarketBatchReference(3, 41)), one(batch(1.0)),   ("ts_ns",   (),     "41",                  "40")),
    (one(LOG),                one(batch(1.0)),            ("type",    (),     "LogWritten",          "MarketBatch")),
    (one(LOG),                one(LOG, back=3),           ("cause",   (),     "record 18",           "record 17")),
    (one(LOG),                one(LOG, back=0),           ("cause",   (),     "record 18",           "none")),
    (one(LOG),                one(LOG, sender="b"),       ("sender",  (),     "'a'",                 "'b'")),
    (one(LOG),                one(LOG, rank=5),
     ("message", (), "LogWritten of 'a' (barrier 3, DECIDE, superstep 1)", NOTHING)),
    (one(LOG, superstep=2),   one(LOG),
     ("message", (), NOTHING, "LogWritten of 'a' (barrier 3, DECIDE, superstep 1)")),
    (one(None),               one(LOG),
     ("message", (), NOTHING, "LogWritten of 'a' (barrier 3, DECIDE, superstep 1)")),
    (one(LOG),                one(None),
     ("message", (), "LogWritten of 'a' (barrier 3, DECIDE, superstep 1)", NOTHING)),
    (None,                    one(LOG),
     ("message", (), "over", "LogWritten of 'a' (barrier 3, DECIDE, superstep 1)")),
    (one(PhaseOpened(Phase.DECIDE, 3, 1)), None,
     ("message", (), "PhaseOpened DECIDE step 1 of 'a' (barrier 3, DECIDE, superstep 1)", "ended")),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "found", "said"), CASES)
def test_what_differs_first_is_told(expected: Delivered | None, found: Delivered | None, said: Any) -> None:
    difference = compare(expected, found, ("A", "B"), ends=("over", "ended"))
    if said is None:
        assert difference is None
    else:
        assert difference is not None
        assert (difference.field, difference.index, difference.expected, difference.found) == said
        assert difference.as_json()["field"] == said[0]


def test_the_asset_and_how_many_more_differ_are_remarked() -> None:
    difference = compare(one(batch(1.0)), one(batch(2.0)), ("A", "B"))
    assert difference is not None
    assert difference.remark == "of A; 9 more entries differ"
    assert str(difference).splitlines() == [
        "first difference at barrier 3, DECIDE, superstep 1: MarketBatch of 'a' (record 20)",
        "  bars[0, 0]",
        "    expected 1.0",
        "    found    2.0",
        "  of A; 9 more entries differ",
    ]


def test_a_chain_goes_back_to_the_batch(tmp_path: Path) -> None:
    record(tmp_path / "run.tgj")
    with Journal.open(tmp_path / "run.tgj") as journal:
        accepted = next(frame for frame in journal.frames(4) if frame.type == "OrdersAccepted")
        chain = chain_of(journal, accepted.number)
        assert [line.partition(": ")[2].partition(" (")[0] for line in chain] == [
            "OrdersApproved of 'risk'",
            "SubmitOrders of 'busy'",
            "PhaseOpened DECIDE of 'clock'",
            "MarketBatch 4 of 1970-01-06 of 'feed'",
        ]
        numbers = [int(line.split()[1].rstrip(":")) for line in chain]
        assert numbers == sorted(numbers, reverse=True)
        assert accepted.number > numbers[0]
        assert chain_of(journal, 0) == ()
