from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.results.sample_run import record_of, seeded_run, table

from tidegate.core.enums import RunStatus
from tidegate.results.digest import digest
from tidegate.results.record import SCHEMA, Column, RunRecord

CELLS = [(name, column) for name, columns in SCHEMA.items() for column in columns]


def test_the_digest_of_a_known_record_is_pinned() -> None:
    """A change here makes every recorded digest incomparable: raise the digest's header when that is meant."""
    record = record_of([100.5, 99.25], pnl=[1.0], tables={"log": table("log", 1, source=["é"], text=["x"])})
    assert digest(record) == "946ed357f4f2aa4993b8dbbe45cfdd9a157755b2ad171c673e778af2b73a4979"


def test_equal_runs_have_equal_digests_and_other_runs_another() -> None:
    assert digest(seeded_run(seed=3)) == digest(seeded_run(seed=3))
    assert digest(seeded_run(seed=3)) != digest(seeded_run(seed=4))


def test_what_does_not_belong_to_the_tables_leaves_the_digest_alone() -> None:
    other = seeded_run(timings={"run": 9.0}, counts={}, status=RunStatus.FAILED, error="x", senders={}, currency="EUR")
    assert digest(other) == digest(seeded_run())


@given(st.sampled_from(CELLS), st.randoms(use_true_random=False))
def test_changing_any_single_cell_changes_the_digest(cell: tuple[str, str], random: Random) -> None:
    record = seeded_run(barriers=20)
    before = digest(record)
    values = record.tables[cell[0]][cell[1]]
    row = random.randrange(len(values))
    record.tables[cell[0]][cell[1]] = _changed(values, row)
    assert digest(record) != before


def _changed(values: Column, row: int) -> Column:
    if isinstance(values, list):
        return [*values[:row], values[row] + "x", *values[row + 1 :]]
    changed = values.copy()
    if changed.dtype.kind == "f":
        changed[row] = 1.0 if np.isnan(changed[row]) else np.nextafter(changed[row], np.inf)
    else:
        changed[row] += 1
    return changed


def test_text_cannot_move_from_one_cell_to_the_next_unseen() -> None:
    split = [RunRecord(("A",), 1, tables={"log": table("log", 2, text=text)}) for text in (["ab", "c"], ["a", "bc"])]
    assert digest(split[0]) != digest(split[1])


def test_assets_count_and_so_does_their_order() -> None:
    assert len({digest(RunRecord(assets, 1)) for assets in (("A", "B"), ("B", "A"), ("AB",))}) == 3


@pytest.mark.parametrize("odd", [-np.nan, np.uint64(0x7FF8_0000_0000_0123).view(np.float64)])
def test_all_nan_are_one_whatever_their_bits(odd: float) -> None:
    columns = [table("positions", 1, mark=np.array([value])) for value in (np.nan, odd)]
    plain, other = (RunRecord(("A",), 1, tables={"positions": made}) for made in columns)
    assert digest(plain) == digest(other)


def test_a_strided_or_big_endian_column_gives_the_digest_of_its_values() -> None:
    record = seeded_run()
    before = digest(record)
    price = record.tables["fills"]["price"]
    assert not isinstance(price, list)
    record.tables["fills"]["price"] = np.repeat(price, 2)[::2]
    assert digest(record) == before
    record.tables["fills"]["price"] = price.astype(">f8")
    assert digest(record) == before
