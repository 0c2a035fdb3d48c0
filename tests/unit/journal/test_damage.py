"""Cut anywhere, changed anywhere: what was committed before is read, the place is named, nothing else is believed."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.journal.crafted import START, content, encode, journal_of, packed, seal
from tests.unit.journal.made import Disk, Sent, Step, batch, expected, header, read, record, steps, told, written
from tests.unit.journal.stranger import StrangersBlock, read_journal

from tidegate.journal import Durability, End, Ending, Journal, JournalError, JournalWriter
from tidegate.journal.layout import Kind, opening
from tidegate.journal.records import counted
from tidegate.messages.codec import array_bytes

MODES = [Durability.BARRIER, Durability.OFF]
FLIPS = 20_000


@cache
def small(mode: Durability) -> tuple[list[Step], bytes, list[StrangersBlock]]:
    """A journal of 10 to 20 kB, of a block for each barrier or of blocks that begin and end anywhere."""
    made = steps(30, assets=6)
    data = written(made, mode, block_bytes=1_300)
    assert 10_000 <= len(data) <= 20_000
    return made, data, read_journal(data)


@cache
def large() -> tuple[list[Step], bytes, list[StrangersBlock]]:
    """A journal of several hundred kB, whose barriers are shorter and longer than a block."""
    made = steps(40, assets=200)[:-1] + [step for barrier in range(40, 44) for step in long_barrier(barrier)]
    data = written(made, Durability.BATCH)
    assert 500_000 <= len(data) <= 2_000_000
    return made, data, read_journal(data)


def long_barrier(barrier: int) -> list[Step]:
    return [Sent(batch(barrier, assets=3_000, seed=seed), barrier) for seed in range(3)] + [barrier]


def committed_before(blocks: list[StrangersBlock], offset: int) -> int:
    """The last barrier committed in the blocks that end by `offset`."""
    return max([block.committed for block in blocks if block.end <= offset], default=-1)


def opened(data: bytes) -> tuple[End, Journal | None]:
    """Where the file ends, and the journal if it has a header."""
    try:
        journal = read(data)
    except JournalError as error:
        if error.end is None:
            raise
        return error.end, None
    return journal.end, journal


def assert_prefix(data: bytes, made: list[Step], whole: bytes) -> None:
    """Whatever it is, it is not taken for the journal, and gives none but messages committed in it."""
    end, journal = opened(data)
    if journal is None:
        assert end.barrier == -1
        return
    found = told(journal)
    if data == whole:
        assert journal.end.ending is Ending.SEALED
    else:
        assert journal.end.ending is not Ending.SEALED
        assert data[: journal.end.offset] == whole[: journal.end.offset]
    wanted = expected(made) if journal.seal else expected(made, journal.end.barrier)
    assert found == wanted


@pytest.mark.parametrize("mode", MODES)
def test_every_cut_is_read_up_to_its_last_commit(mode: Durability) -> None:
    made, data, blocks = small(mode)
    checked: dict[int, list[tuple[object, ...]]] = {}
    for cut in range(len(data)):
        if cut < blocks[0].end:
            with pytest.raises(JournalError, match="cut at byte"):
                read(data[:cut])
            continue
        journal = read(data[:cut])
        whole = [block for block in blocks if block.end <= cut]
        end = journal.end
        assert end.ending is Ending.CUT
        assert (end.offset, end.barrier) == (whole[-1].end, committed_before(blocks, cut))
        assert end.record == blocks[len(whole)].first_record
        if end.barrier not in checked or cut % 101 == 0:
            checked[end.barrier] = told(journal)
            assert checked[end.barrier] == expected(made, end.barrier)
    assert len(checked) == len({block.committed for block in blocks[:-1]})


def assert_flip_is_located(data: bytes, blocks: list[StrangersBlock], bit: int) -> None:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    hit = next((number for number, block in enumerate(blocks) if bit // 8 < block.end and bit // 8 >= 12), None)
    end, journal = opened(bytes(changed))
    assert (journal is None) == (hit in (None, 0))
    where = 0 if hit is None else blocks[hit].offset
    record_number = blocks[hit].first_record if hit else 0
    assert (end.ending, end.offset, end.record) == (Ending.DAMAGED, where, record_number), (bit, end)
    assert end.barrier == committed_before(blocks, where)


@pytest.mark.parametrize("mode", MODES)
def test_flipped_bits_are_found_where_they_are(mode: Durability) -> None:
    _, data, blocks = small(mode)
    for bit in range(0, len(data) * 8, 37):
        assert_flip_is_located(data, blocks, bit)


@pytest.mark.soak
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("first", range(8))
def test_every_flipped_bit_is_found_where_it_is(mode: Durability, first: int) -> None:
    _, data, blocks = small(mode)
    for bit in range(first, len(data) * 8, 8):
        assert_flip_is_located(data, blocks, bit)


def test_after_a_flip_what_was_committed_before_is_read() -> None:
    made, data, blocks = small(Durability.BARRIER)
    for block in blocks[1:]:
        assert_prefix(flipped(data, (block.offset + block.end) * 4), made, data)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_random_flips_of_a_larger_journal_are_found() -> None:
    _, data, blocks = large()
    for bit in np.random.default_rng(1).integers(0, len(data) * 8, 100).tolist():
        assert_flip_is_located(data, blocks, bit)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(8))
def test_many_random_flips_of_a_larger_journal_are_found(seed: int) -> None:
    _, data, blocks = large()
    for bit in np.random.default_rng(seed).integers(0, len(data) * 8, FLIPS // 8).tolist():
        assert_flip_is_located(data, blocks, bit)


def pieces(data: bytes, blocks: list[StrangersBlock]) -> list[bytes]:
    edges = [0, *(block.end for block in blocks)]
    return [data[start:end] for start, end in pairwise(edges)]


def swapped(parts: list[bytes], left: int, right: int) -> bytes:
    parts[left], parts[right] = parts[right], parts[left]
    return b"".join(parts)


def zeroed(data: bytes, start: int, end: int) -> bytes:
    return data[:start] + bytes(end - start) + data[end:]


REARRANGED: list[tuple[str, Callable[[list[bytes]], bytes]]] = [
    # what was done                  how, with the file cut into its blocks
    ("two blocks swapped",           lambda parts: swapped(parts, 2, 3)),
    ("far blocks swapped",           lambda parts: swapped(parts, 1, -2)),
    ("the seal first",               lambda parts: swapped(parts, 1, -1)),
    ("a block twice",                lambda parts: b"".join([*parts[:3], parts[2], *parts[3:]])),
    ("a block left out",             lambda parts: b"".join(parts[:2] + parts[3:])),
    ("the header left out",          lambda parts: b"".join(parts[1:])),
    ("the header twice",             lambda parts: b"".join([parts[0], parts[0][12:], *parts[1:]])),
    ("an old block after the seal",  lambda parts: b"".join([*parts, parts[1]])),
    ("the seal twice",               lambda parts: b"".join([*parts, parts[-1]])),
    ("joined to itself",             lambda parts: b"".join(parts * 2)),
    ("joined without a seal",        lambda parts: b"".join(parts[:-1] + parts)),
    ("one byte more",                lambda parts: b"".join([*parts, b"\0"])),
    ("a page of zeros more",         lambda parts: b"".join([*parts, bytes(4096)])),
    ("a block zeroed",               lambda parts: b"".join([*parts[:2], bytes(len(parts[2])), *parts[3:]])),
    ("all zeroed",                   lambda parts: bytes(sum(len(part) for part in parts))),
    ("nothing",                      lambda parts: b""),
]  # fmt: skip


@pytest.mark.parametrize("change", [row[1] for row in REARRANGED], ids=[row[0] for row in REARRANGED])
def test_rearranged_blocks_are_not_taken_for_the_journal(change: Callable[[list[bytes]], bytes]) -> None:
    for made, data, blocks in (small(Durability.BARRIER), large()):
        assert_prefix(change(pieces(data, blocks)), made, data)


def test_a_block_of_another_journal_does_not_fit() -> None:
    made, data, blocks = small(Durability.BARRIER)
    other = written(steps(30, assets=6, seed=1))
    parts, others = pieces(data, blocks), pieces(other, read_journal(other))
    assert len(parts) == len(others)
    for place in range(2, len(parts)):
        end = read(b"".join([*parts[:place], others[place], *parts[place + 1 :]])).end
        assert (end.ending, end.offset) == (Ending.DAMAGED, blocks[place].offset)
    assert_prefix(data + other, made, data)


@given(st.data())
def test_whatever_is_done_to_a_journal_a_committed_prefix_is_read(draw: st.DataObject) -> None:
    made, data, _ = small(draw.draw(st.sampled_from(MODES)))
    changed, places = data, st.integers(0, len(data))
    for _ in range(draw.draw(st.integers(1, 4))):
        start, end = sorted((draw.draw(places), draw.draw(places)))
        put = draw.draw(st.sampled_from(["zeros", "cut", "twice", "noise", "flip", "moved"]))
        middle = changed[start:end]
        new = {"zeros": bytes(len(middle)), "cut": b"", "twice": middle * 2, "moved": changed[: len(middle)]}.get(put)
        if new is None:
            new = (
                bytes(byte ^ (put == "flip") for byte in middle) if put == "flip" else draw.draw(st.binary(max_size=60))
            )
        changed = changed[:start] + new + changed[end:]
    assert_prefix(changed, made, data)


@given(st.binary(max_size=200), st.booleans())
def test_noise_is_no_journal(noise: bytes, opened: bool) -> None:
    with pytest.raises(JournalError, match="at byte"):
        read(opening()[0] * opened + noise)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.binary(max_size=9)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)
numbers = st.integers(-2, 5)
references = st.builds(msgspec.msgpack.Ext, st.integers(1, 5), st.sampled_from([bytes(4), b"\0\0\0\1", bytes(12)]))
orders = st.fixed_dictionaries({"type": st.just("CancelOrders"), "order_id": references})
near = st.tuples(numbers, numbers, numbers | st.lists(numbers, max_size=3), orders | values)
almost = (
    near.map(list)
    | st.tuples(near, numbers, numbers | st.none()).map(lambda parts: [*parts[0], *parts[1:]])
    | st.integers(-3, 7)
    | st.fixed_dictionaries({"status": values, "reason": values, "barrier": numbers})
)
states = st.tuples(numbers, numbers | st.none(), st.lists(st.integers(-1, 3), min_size=2, max_size=4).map(tuple))
stored = st.lists(st.binary(max_size=9) | st.just(array_bytes(np.arange(2))), max_size=3)


def crafted(items: list[object] | bytes, kind: Kind, records: int, committed: int, sealed: bool, **other: Any) -> bytes:
    """A journal whose second block holds anything at all."""
    told = items if isinstance(items, bytes) else counted(records) + b"".join(map(encode, items))
    last = [(Kind.SEALED, packed(seal(barrier=committed)), 1, -1)] * sealed
    return journal_of((kind, content(told, **other), records, committed), *last)


@pytest.mark.soak
@settings(max_examples=2_000)
@given(st.integers(0, 2**32))
def test_a_larger_journal_survives_any_number_of_flips_and_moved_parts(seed: int) -> None:
    made, data, _ = large()
    rng = np.random.default_rng(seed)
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        start, end = sorted(rng.integers(0, len(data), 2).tolist())
        match int(rng.integers(4)):
            case 0:
                changed[start : start + 1] = bytes([1 << int(rng.integers(8))])
            case 1:
                changed[start:end] = bytes(end - start)
            case 2:
                del changed[start:end]
            case _:
                changed[start:start] = data[start:end]
    assert_prefix(bytes(changed), made, data)


@given(
    st.lists(almost | values, max_size=5) | st.binary(max_size=60),
    st.sampled_from(Kind),
    numbers,
    st.booleans(),
    st.data(),
)
def test_right_checksums_over_wrong_content_raise_journal_errors_alone(
    items: list[object] | bytes, kind: Kind, committed: int, sealed: bool, data: st.DataObject
) -> None:
    records = data.draw(st.sampled_from([len(items), 0, 1, 2**16]))
    other = {"state": data.draw(st.just(START) | states), "first": data.draw(numbers), "arrays": data.draw(stored)}
    try:
        journal = read(crafted(items, kind, records, committed, sealed, **other))
        for frame in journal.frames():
            assert 0 <= frame.sender < len(journal.header.actors)
            try:
                assert frame.type == type(frame.message).__name__
            except JournalError:
                pass
    except JournalError:
        pass


@pytest.mark.parametrize("mode", list(Durability))
def test_a_machine_that_goes_down_at_any_write_keeps_what_it_promised(mode: Durability) -> None:
    made = steps(20, assets=40)
    promised = set()
    for left in range(10_000):
        disk = Disk(left)
        durable = -1
        try:
            writer = JournalWriter(disk, header(mode))
            for step in made:
                record(writer, [step])
                durable = writer.durable
                if isinstance(step, int) and mode is Durability.BARRIER:
                    assert durable == step
            writer.close()
        except JournalError as error:
            problem = str(error)
        else:
            assert disk.left == 0, "the last attempt needs every write it was given"
            break
        assert "went down" in problem
        promised.add(durable)
        for data in disk.after():
            try:
                journal = read(data)
            except JournalError:
                assert durable == -1
                continue
            assert journal.end.barrier >= durable
            assert told(journal) == (expected(made) if journal.seal else expected(made, journal.end.barrier))
    assert promised == ({-1, *range(20)} if mode is Durability.BARRIER else {-1})
