"""Finds where a journal's blocks are and where it ends: by reading all of it, or by its index."""

import os
from dataclasses import dataclass
from typing import BinaryIO

from tidegate.journal.errors import Broken, End, Ending
from tidegate.journal.index import Blocks, Index
from tidegate.journal.layout import CHAIN_BYTES, Block, Kind, read_block, read_bytes
from tidegate.journal.records import Seal, seal_of


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a journal.

    Attributes:
        seal: the last record of the last block; None where the journal was not closed.
        last: which block is the last to be read: that of the seal, or of the last commit; -1 where neither is there.
    """

    end: End
    index: Index
    seal: Seal | None
    last: int


def by_index(file: BinaryIO, header: Block, index: Index) -> Found | None:
    """What the index says, if the journal's last block says so too."""
    place = index.columns.shape[1] - 1
    if index.journal != header.chain or place < 0 or index.columns[0, 0] != header.end:
        return None
    offset, record, barrier = (int(value) for value in index.columns[:, place])
    try:
        block = read_block(file, offset, read_bytes(file, offset - CHAIN_BYTES, CHAIN_BYTES))
        if block is None or block.head.kind is not Kind.SEALED or block.end != index.size or _size(file) != index.size:
            return None
        seal = _seal_of(block, barrier)
    except Broken:
        return None
    end = End(Ending.SEALED, block.end, record + block.head.records, barrier, seal.status)
    return Found(end, index, seal, place)


def by_reading(file: BinaryIO, header: Block) -> Found:
    """What is found by checking every checksum; one block at a time is in memory, and only the last is decompressed."""
    blocks, last, offset, chain = Blocks(), header, header.end, header.chain
    whole, size = 0, offset  # without the beginning of a snapshot whose end is not there
    ending, seal = Ending.CUT, None
    why = "the file ends without a seal"
    try:
        while (block := read_block(file, offset, chain)) is not None:
            if last.head.kind is Kind.SEALED:
                raise Broken(Ending.DAMAGED, "there is something after the seal")
            if block.head.kind is Kind.HEADER:
                raise Broken(Ending.DAMAGED, "there is a second header")
            if block.head.kind is Kind.SEALED:
                seal = _seal_of(block, max(blocks.barrier, block.head.committed))
                ending, why = Ending.SEALED, seal.status
            blocks.add(offset, block.head)
            last, offset, chain = block, block.end, block.chain
            if not block.head.goes_on:
                whole, size = len(blocks.offsets), offset
    except Broken as broken:
        after = last.head.kind is Kind.SEALED
        ending, why = (Ending.DAMAGED, "there is something after the seal") if after else (broken.ending, broken.why)
    blocks.cut(whole)
    index = Index.of(header.chain, size, blocks)
    end = End(ending, offset, blocks.count, blocks.barrier, why)
    if seal is not None:
        return Found(end, index, seal, len(blocks.offsets) - 1)
    return Found(end, index, None, index.committing(blocks.barrier) if blocks.barrier >= 0 else -1)


def _seal_of(block: Block, barrier: int) -> Seal:
    seal = seal_of(block.content(), block.head.records)
    if seal is None or seal.barrier != barrier:
        raise Broken(Ending.DAMAGED, "the last block has no seal that fits")
    return seal


def _size(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)
