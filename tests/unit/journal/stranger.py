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
        items = msgspec.msgpack.decode(content)
        assert len(items) == records
        kind = data[at : at + 4]
        blocks.append(StrangersBlock(kind, at, end + 16, count, committed, items))
        count += records if kind != b"TGJh" else 0
        at = end + 16
    return blocks
