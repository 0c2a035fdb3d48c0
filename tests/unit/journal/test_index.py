"""The index is a help that is believed only when the journal says the same."""

import io
from pathlib import Path

import numpy as np
import pytest
from tests.unit.journal.made import expected, header, read, record, steps, told, written
from tests.unit.journal.stranger import read_journal

from tidegate.journal import Durability, Ending, Journal, JournalError, JournalWriter
from tidegate.journal.index import Index, index_path

MADE = steps(40, assets=30)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with its index beside it."""
    path = tmp_path / "run.tgj"
    with JournalWriter.create(path, header(Durability.BATCH)) as writer:
        record(writer, MADE)
    return path


@pytest.fixture
def barriers(tmp_path: Path) -> Path:
    """The same, with a block for each barrier."""
    path = tmp_path / "barriers.tgj"
    with JournalWriter.create(path, header()) as writer:
        record(writer, MADE)
    return path


def loaded(path: Path) -> Index | None:
    return Index.load(index_path(path), path.stat().st_size)


def believed(path: Path) -> bool:
    """Whether the journal is opened by the index that is there."""
    index = loaded(path)
    return index is not None and Journal(io.BytesIO(path.read_bytes()), "journal", index).index is index


def test_a_closed_journal_has_an_index_of_its_blocks(barriers: Path) -> None:
    index = loaded(barriers)
    blocks = read_journal(barriers.read_bytes())[1:]
    assert index is not None
    committed = np.maximum.accumulate([block.committed for block in blocks])
    assert index.columns[0].tolist() == [block.offset for block in blocks]
    assert index.columns[1].tolist() == [block.first_record for block in blocks]
    assert index.columns[2].tolist() == committed.tolist()
    assert believed(barriers)


def test_by_the_index_and_without_it_the_same_is_read(path: Path, barriers: Path) -> None:
    for journal in (path, barriers):
        with Journal.open(journal) as quick, Journal.open(journal, check=True) as slow:
            assert (quick.end, quick.seal) == (slow.end, slow.seal)
            assert told(quick) == told(slow) == expected(MADE)
            for first, last in ((0, 0), (7, 9), (39, None), (40, None), (41, None), (-1, -1), (12, 11)):
                numbers = [frame.number for frame in quick.frames(first, last)]
                upto = 99 if last is None else last
                assert numbers == [f.number for f in slow.frames() if first <= f.barrier <= upto]


def test_a_missing_index_is_made_anew(path: Path) -> None:
    saved = index_path(path).read_bytes()
    index_path(path).unlink()
    Journal.open(path, check=True).close()
    assert index_path(path).read_bytes() == saved


def test_no_bit_of_an_index_is_believed_when_flipped(barriers: Path) -> None:
    saved = index_path(barriers).read_bytes()
    for bit in range(0, len(saved) * 8, 61):
        changed = bytearray(saved)
        changed[bit // 8] ^= 1 << bit % 8
        index_path(barriers).write_bytes(changed)
        assert loaded(barriers) is None
    Journal.open(barriers).close()
    assert index_path(barriers).read_bytes() == saved


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 100, -17, -16, -1])
def test_an_index_that_is_cut_is_made_anew(path: Path, cut: int) -> None:
    saved = index_path(path).read_bytes()
    index_path(path).write_bytes(saved[:cut])
    with Journal.open(path) as journal:
        assert told(journal) == expected(MADE)
    assert index_path(path).read_bytes() == saved


def test_the_index_of_another_journal_is_not_believed(path: Path, barriers: Path) -> None:
    index_path(path).write_bytes(index_path(barriers).read_bytes())
    assert not believed(path)
    other = written(steps(40, assets=31, seed=3))
    mine = loaded(barriers)
    assert Journal(io.BytesIO(other), "other", mine).index is not mine
    with Journal.open(path) as journal:
        assert told(journal) == expected(MADE)
    assert believed(path)


def test_a_journal_that_has_changed_since_is_read_anew(barriers: Path) -> None:
    data = barriers.read_bytes()
    blocks = read_journal(data)
    for changed in (data[:-1], data + b"\0", data[: blocks[-1].offset], data + data[blocks[-1].offset :]):
        barriers.write_bytes(changed)
        with Journal.open(barriers) as journal:
            assert journal.end.ending is not Ending.SEALED
            assert journal.end == read(changed).end
            assert told(journal) == (expected(MADE) if journal.seal else expected(MADE, journal.end.barrier))


def test_only_the_index_of_a_sealed_journal_is_kept(barriers: Path) -> None:
    index_path(barriers).unlink()
    barriers.write_bytes(barriers.read_bytes()[:-1])
    Journal.open(barriers).close()
    assert not index_path(barriers).exists()


def test_damage_that_an_index_hides_at_first_is_met_on_the_way(barriers: Path) -> None:
    data = barriers.read_bytes()
    blocks = read_journal(data)
    for number in (1, 5, 17):
        block = blocks[number]
        for place in (block.offset + 3, block.offset + 40, block.end - 1):
            changed = bytearray(data)
            changed[place] ^= 16
            barriers.write_bytes(changed)
            with Journal.open(barriers) as journal:
                assert journal.end.ending is Ending.SEALED
                with pytest.raises(JournalError, match=r"barriers\.tgj: damaged") as caught:
                    list(journal.frames())
            end = caught.value.end
            assert end is not None
            assert (end.offset, end.record) == (block.offset, block.first_record)
            assert end.barrier == max(earlier.committed for earlier in blocks[:number])
            assert end == read(bytes(changed)).end


def test_a_barrier_is_found_without_reading_what_stands_before_it(barriers: Path) -> None:
    data = barriers.read_bytes()
    blocks = read_journal(data)
    changed = bytearray(data)
    changed[blocks[3].offset + 40] ^= 1
    barriers.write_bytes(changed)
    with Journal.open(barriers) as journal:
        assert {frame.barrier for frame in journal.frames(20, 22)} == {20, 21, 22}
        with pytest.raises(JournalError, match="damaged"):
            list(journal.frames(0, 5))


def forged(path: Path, row: int, column: int, value: int) -> None:
    index = loaded(path)
    assert index is not None
    columns = index.columns.copy()
    columns[row, column] = value
    Index(index.journal, index.size, columns).save(index_path(path))


@pytest.mark.parametrize("row", [0, 1, 2])
@pytest.mark.parametrize("value", [-(2**62), -1, 0, 5, 1_500, 2**62])
def test_a_forged_index_never_gives_another_message(barriers: Path, row: int, value: int) -> None:
    forged(barriers, row, 20, value)
    try:
        with Journal.open(barriers) as journal:
            assert told(journal) == expected(MADE)
    except JournalError:
        pass


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index_path(path).unlink()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with Journal.open(path) as journal:
        assert told(journal) == expected(MADE)
    assert not index_path(path).exists()


def test_the_index_grows_by_24_bytes_a_block(path: Path, barriers: Path) -> None:
    sizes = [(len(read_journal(each.read_bytes())), index_path(each).stat().st_size) for each in (path, barriers)]
    (few, small), (many, large) = sizes
    assert large - small == 24 * (many - few)
