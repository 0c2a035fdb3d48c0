"""Another reader, written from the description of the format alone: plain loops, nothing of `tidegate`."""

import struct
import sys
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@dataclass
class StrangersBlock:
    kind: bytes
    offset: int
    end: int
    first_record: int
    committed: int
    items: list[Any]
    state: list[Any]
    arrays: dict[int, bytes]


def digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def read_journal(data: bytes) -> list[StrangersBlock]:
    """The blocks of a whole journal, the header's first."""
    assert data[:8] == bytes.fromhex("8954474a0d0a1a0a")
    assert data[8:12] == b"\1\0\0\0"
    blocks: list[StrangersBlock] = []
    chain, at, count = digest(data[:12]), 12, 0
    while at < len(data):
        stored, size, records, committed = struct.unpack_from("<IIIq", data, at + 4)
        assert struct.unpack_from("<I", data, at + 24)[0] == zlib.crc32(chain + data[at : at + 24])
        end = at + 28 + stored
        assert data[end : end + 16] == digest(chain + data[at:end])
        chain = data[end : end + 16]
        content = zstd.decompress(data[at + 28 : end])
        assert len(content) == size
        kind = data[at : at + 4]
        if kind == b"TGJh":
            blocks.append(StrangersBlock(kind, at, end + 16, 0, committed, msgspec.msgpack.decode(content), [], {}))
        else:
            told, state, first, carried, new = msgspec.msgpack.decode(content)
            arrays = dict(carried) | dict(enumerate(msgspec.msgpack.decode(new), first))
            items = msgspec.msgpack.decode(told)
            assert told[0] == new[0] == 0xDD
            blocks.append(StrangersBlock(kind, at, end + 16, count, committed, items, state, arrays))
        assert len(blocks[-1].items) == records
        count += records if kind != b"TGJh" else 0
        at = end + 16
    return blocks


def messages(blocks: list[StrangersBlock]) -> list[list[Any]]:
    """[barrier, phase, superstep, sender, its sequence, causes, body] of all messages, arrays put in their places."""
    found = []
    for block in blocks[1:]:
        barrier, phase, sent = block.state
        for number, item in enumerate(block.items, block.first_record):
            if isinstance(item, list):
                sender, superstep, back, body, *other = item
                if other:
                    barrier, phase = other[:2]
                if len(other) > 2:
                    sent[sender] = other[2]
                causes = [number - each for each in (back if isinstance(back, list) else [back] if back else [])]
                found.append([barrier, phase, superstep, sender, sent[sender], causes, whole(body, block.arrays)])
                sent[sender] += 1
            elif isinstance(item, int) and item < 0:
                barrier += -1 - item
            elif isinstance(item, int) and item <= 5:
                phase, barrier = item, barrier + (item == 0)
                body = {"type": "PhaseOpened", "phase": phase, "seq": barrier, "step": 0}
                found.append([barrier, phase, 0, 0, sent[0], [], body])
                sent[0] += 1
            elif isinstance(item, int):
                body = {"type": "MarketBatchReference", "seq": barrier, "ts_ns": item}
                found.append([barrier, phase, 1, 1, sent[1], [number - 1], body])
                sent[1] += 1
    return found


def whole(value: Any, arrays: dict[int, bytes]) -> Any:
    """A body as `messages.codec` has it."""
    if isinstance(value, dict):
        return {key: whole(each, arrays) for key, each in value.items()}
    if isinstance(value, list):
        return [whole(each, arrays) for each in value]
    if isinstance(value, msgspec.msgpack.Ext):
        assert value.code == 2
        return msgspec.msgpack.Ext(1, arrays[int.from_bytes(value.data, "big")])
    return value
