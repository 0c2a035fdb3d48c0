"""The tape keeps what was committed, and nothing else."""

import struct
from typing import Any

import msgspec
import numpy as np
import pytest

from tidegate.core.arrays import freeze
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.control import LogWritten
from tidegate.results.record import SCHEMA
from tidegate.results.tape import EQUITY_COLUMNS, Tape

NONE = freeze(np.zeros(2))


def snapshot(seq: int, equity: int, quantity: Any = NONE) -> AccountSnapshot:
    """Cash is all equity but the value of the holdings, at a mark of 1."""
    held = freeze(np.asarray(quantity, np.float64)) if quantity is not NONE else NONE
    value = round(float(held[0] + held[1]) * 10**6)
    cost = freeze(np.array([5, 6]))
    mark = freeze(np.ones(2))
    numbers = equity - value, equity, value, 1, 2, 7, 8, 9, 10, 11, 3, 4, 5, 6
    return AccountSnapshot(seq, seq * 7, *numbers, held, NONE, mark, cost, mark, 12)


def play(tape: Tape, *snapshots: AccountSnapshot) -> None:
    for mark in snapshots:
        tape.keep_snapshot(mark)
        tape.commit(mark.seq)


def column(tape: Tape, table: str, name: str) -> list[Any]:
    return list(np.asarray(tape.tables()[0][table][name]).tolist())


def test_an_empty_tape_has_every_table_with_no_row() -> None:
    tables, counts = Tape("changes").tables()
    assert set(tables) == set(SCHEMA)
    assert all(len(values) == 0 for table in tables.values() for values in table.values())
    assert not any(counts.values())


def test_a_barrier_is_one_row_of_equity() -> None:
    tape = Tape("changes")
    play(tape, snapshot(0, 100_000_000), snapshot(1, 99_000_000, [3.0, 0.0]))
    equity = tape.tables()[0]["equity"]
    assert list(equity) == list(EQUITY_COLUMNS)
    rows = np.column_stack([np.asarray(equity[name]) for name in EQUITY_COLUMNS]).tolist()
    assert rows == [
        [0, 0, 100_000_000, 100_000_000, 0, 0, 1, 2, 7, 12, 8, 9, 10, 3, 4, 5, 6, 0],
        [1, 7, 96_000_000, 99_000_000, 3_000_000, 0, 1, 2, 7, 12, 8, 9, 10, 3, 4, 5, 6, 1],
    ]
    assert tape.tables()[1]["marks.stale"] == 10
    assert tape.tables()[1]["orders.waiting"] == 12


def test_the_last_mark_of_a_barrier_is_the_one_that_counts() -> None:
    tape = Tape("off")
    tape.keep_snapshot(snapshot(0, 100))
    tape.keep_snapshot(snapshot(0, 90))
    assert tape.commit(0) is not None
    assert column(tape, "equity", "equity_micros") == [90]


def test_what_is_not_committed_is_in_no_table() -> None:
    tape = Tape("every")
    play(tape, snapshot(0, 100, [1.0, 0.0]))
    tape.keep(LogWritten(1, "topn", "after the last commit"))
    tape.keep_snapshot(snapshot(1, 50, [2.0, 0.0]))
    assert column(tape, "equity", "equity_micros") == [100]
    assert column(tape, "positions", "quantity") == [1.0]
    assert column(tape, "log", "text") == []
    assert tape.committed == 0


def test_the_end_of_data_belongs_to_the_last_barrier() -> None:
    tape = Tape("off")
    play(tape, snapshot(0, 100), snapshot(1, 100))
    tape.keep(LogWritten(1, "topn", "the end"))
    tape.close()
    assert column(tape, "log", "barrier") == [1]
    assert column(tape, "log", "text") == ["the end"]


def test_without_a_barrier_there_is_nothing_for_the_end_to_belong_to() -> None:
    tape = Tape("off")
    tape.keep(LogWritten(-1, "topn", "never began"))
    tape.close()
    assert column(tape, "log", "text") == []


def test_a_commit_without_an_account_leaves_no_row() -> None:
    tape = Tape("every")
    assert tape.commit(0) is None
    assert column(tape, "equity", "barrier") == []


@pytest.mark.parametrize(
    ("mode", "barriers"),
    [
        ("off",     []),
        ("changes", [1, 3]),     # barrier 0 holds nothing; 2 holds what 1 held
        ("every",   [1, 2, 3]),
    ],
)  # fmt: skip
def test_positions_are_noted_as_configured(mode: Any, barriers: list[int]) -> None:
    tape, held = Tape(mode), snapshot(1, 100, [1.0, 0.0])
    same = AccountSnapshot(2, 14, 0, 100, *(0,) * 12, held.quantity, NONE, held.mark, held.cost_micros, held.mark)
    play(tape, snapshot(0, 100), held, same, snapshot(3, 100, [4.0, 0.0]))
    assert column(tape, "positions", "barrier") == barriers
    assert column(tape, "equity", "positions") == [0, 1, 1, 1]


def test_holdings_are_other_ones_where_they_are_not_equal_not_where_the_array_is_another() -> None:
    tape = Tape("changes")
    play(tape, *(snapshot(seq, 100, held) for seq, held in enumerate(([1.0, 0.0], [1.0, 0.0], [2.0, 0.0], [2.0, 0.0]))))
    assert column(tape, "positions", "barrier") == [0, 2]


def test_the_same_units_at_another_cost_are_other_holdings_though_the_array_may_be_the_same() -> None:
    """As in a journal, which holds equal arrays once: what was sold and bought again in one bar."""
    tape, held = Tape("changes"), snapshot(0, 100, [1.0, 0.0])
    cost = freeze(np.array([4, 6]))
    play(tape, held, msgspec.structs.replace(held, seq=1, ts_ns=7, cost_micros=cost))
    assert column(tape, "positions", "barrier") == [0, 1]
    assert column(tape, "positions", "cost_micros") == [5, 4]


def test_a_commit_that_fails_leaves_nothing_of_its_barrier() -> None:
    tape = Tape("every")
    play(tape, snapshot(0, 100, [1.0, 0.0]))
    broken = AccountSnapshot(1, 7, 0, 2**70, *(0,) * 12, NONE, NONE, NONE, freeze(np.zeros(2, np.int64)), NONE)
    tape.keep(LogWritten(1, "topn", "never committed"))
    tape.keep_snapshot(broken)
    with pytest.raises(struct.error):
        tape.commit(1)
    assert tape.committed == 0
    assert column(tape, "equity", "barrier") == [0]
    assert column(tape, "positions", "barrier") == [0]
    assert column(tape, "log", "text") == []
