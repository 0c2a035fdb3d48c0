"""The bytes of a block: head, compressed content, chained checksum. The package's docstring describes them.

The head has a checksum of its own, so that a length is believed only when it is right: a file that ends inside a block
is then cut, and not damaged, for certain. Both checksums start from the chain of the block before, so a block is right
in one place of one journal alone. Content is decompressed only once its checksum is right, into no more bytes than the
head says and `CONTENT_MAX` allows.
"""

import struct
import sys
import zlib
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import BinaryIO

from tidegate.journal.errors import Broken, Ending
from tidegate.journal.records import RECORDS_MAX

if sys.version_info >= (3, 14):
    from compression.zstd import (
        CompressionParameter,
        DecompressionParameter,
        ZstdCompressor,
        ZstdDecompressor,
        ZstdError,
    )
else:
    from backports.zstd import CompressionParameter, DecompressionParameter, ZstdCompressor, ZstdDecompressor, ZstdError

MAGIC = b"\x89TGJ\r\n\x1a\n"
"""First bytes of a journal; a transfer that mends line ends or strips the high bit breaks them."""
VERSION = 1
CONTENT_MAX = 2**23
"""Most bytes of a block before compression, and so of a message; a list in it may take twenty times as much memory."""
SNAPSHOT_MAX = 2**26
"""Most bytes of a snapshot, which is in several blocks where it is too large for one."""
STORED_MAX = CONTENT_MAX + CONTENT_MAX // 128
"""Most bytes of a block's compressed content; what cannot be compressed grows by less than that."""
LEVEL = -1
"""Of compression; see the package's docstring for why not more."""
NO_BARRIER = -1
CHAIN_BYTES = 16
_WINDOW_LOG = CONTENT_MAX.bit_length() - 1
_OPENING = struct.Struct("<8sI")
_HEAD = struct.Struct("<4sIIIq")
_CRC = struct.Struct("<I")
OPENING_BYTES = _OPENING.size
HEAD_BYTES = _HEAD.size + _CRC.size
OVERHEAD_BYTES = HEAD_BYTES + CHAIN_BYTES
"""What a block takes beside its content."""


class Kind(Enum):
    """What a block is: the journal's header, records, records of which the last is the seal, or a snapshot."""

    HEADER = b"TGJh"
    RECORDS = b"TGJr"
    SEALED = b"TGJs"
    SNAPSHOT = b"TGJk"


_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Head:
    """What a block says of itself.

    Attributes:
        stored, content: bytes after and before compression.
        records: how many it holds.
        committed: the last barrier that a record of it commits, or `NO_BARRIER`.
    """

    kind: Kind
    stored: int
    content: int
    records: int
    committed: int

    @property
    def goes_on(self) -> bool:
        """Whether it is a part of a snapshot, and not the last."""
        return self.kind is Kind.SNAPSHOT and self.content == CONTENT_MAX


@dataclass(frozen=True, slots=True)
class Block:
    """A whole block as it is in the file, its checksums found right.

    Attributes:
        data: the compressed content.
        chain: the checksum of everything up to and including the block.
        end: offset of the byte after it.
    """

    head: Head
    data: bytes
    chain: bytes
    end: int

    def content(self) -> bytes:
        """The content, decompressed.

        Raises:
            Broken: it is not what the head says.
        """
        head = self.head
        decompressor = ZstdDecompressor(options={DecompressionParameter.window_log_max: _WINDOW_LOG})
        try:
            content = decompressor.decompress(self.data, max_length=head.content)
            # The end of a frame may be seen only by asking for more; there must be none.
            rest = b"" if decompressor.eof else decompressor.decompress(b"", max_length=1)
        except ZstdError as error:
            raise Broken(Ending.DAMAGED, f"the content does not decompress: {error}") from error
        if rest or not decompressor.eof or decompressor.unused_data or len(content) != head.content:
            raise Broken(Ending.DAMAGED, f"the content does not decompress to the {head.content:,} bytes announced")
        return content


def opening() -> tuple[bytes, bytes]:
    """The first bytes of a journal, and the chain that its first block starts from."""
    data = _OPENING.pack(MAGIC, VERSION)
    return data, _link(b"", data)


class Packer:
    """Makes the blocks of one journal, each chained to the one before.

    Attributes:
        chain: of everything made so far.
    """

    def __init__(self, chain: bytes) -> None:
        self.chain = chain
        self._compressor = ZstdCompressor(
            options={CompressionParameter.compression_level: LEVEL, CompressionParameter.checksum_flag: 0}
        )

    def pack(self, kind: Kind, content: bytes | bytearray, records: int, committed: int) -> bytes:
        """The bytes of the next block."""
        data = self._compressor.compress(content, ZstdCompressor.FLUSH_FRAME)
        head = _HEAD.pack(kind.value, len(data), len(content), records, committed)
        head += _CRC.pack(zlib.crc32(self.chain + head))
        self.chain = _link(self.chain, head, data)
        return b"".join((head, data, self.chain))


def read_opening(file: BinaryIO) -> bytes:
    """The chain that the first block starts from.

    Raises:
        Broken: the file is no journal, or of another version.
    """
    data, chain = opening()
    found = read_bytes(file, 0, OPENING_BYTES)
    if found == data:
        return chain
    if data.startswith(found):
        raise Broken(Ending.CUT, f"the file has {len(found)} of the {OPENING_BYTES} bytes that a journal opens with")
    if not found.startswith(MAGIC):
        raise Broken(Ending.DAMAGED, "the file does not open as a journal does")
    version = int.from_bytes(found[len(MAGIC) :], "little")
    raise Broken(Ending.DAMAGED, f"it is of version {version} of the format; this reads version {VERSION}")


def read_block(file: BinaryIO, offset: int, chain: bytes) -> Block | None:
    """The block at `offset`, which must follow on `chain`; None at the end of the file.

    Raises:
        Broken: there is none that does.
    """
    raw = read_bytes(file, offset, HEAD_BYTES)
    if not raw:
        return None
    if len(raw) < HEAD_BYTES:
        raise Broken(Ending.CUT, f"the file has {len(raw)} of the {HEAD_BYTES} bytes of a block's head")
    head = _parsed(raw, chain)
    left = head.stored + CHAIN_BYTES
    rest = read_bytes(file, offset + HEAD_BYTES, left)
    if len(rest) < left:
        raise Broken(Ending.CUT, f"the file has {len(rest):,} of the {left:,} bytes after a block's head")
    data, stored_chain = rest[: head.stored], rest[head.stored :]
    if stored_chain != _link(chain, raw, data):
        raise Broken(Ending.DAMAGED, "the block's checksum is wrong")
    return Block(head, data, stored_chain, offset + HEAD_BYTES + left)


def read_bytes(file: BinaryIO, offset: int, count: int) -> bytes:
    """So many bytes of the file, or fewer where it ends.

    Raises:
        Broken: the system cannot read them.
    """
    try:
        file.seek(offset)
        return file.read(count)
    except OSError as error:
        raise Broken(Ending.DAMAGED, f"it cannot be read: {error.strerror}") from error


def _parsed(raw: bytes, chain: bytes) -> Head:
    body = raw[: _HEAD.size]
    if _CRC.pack(zlib.crc32(chain + body)) != raw[_HEAD.size :]:
        raise Broken(Ending.DAMAGED, "there is no block that follows on the one before")
    tag, stored, content, records, committed = _HEAD.unpack(body)
    kind = _KINDS.get(tag)
    if kind is None:
        raise Broken(Ending.DAMAGED, f"blocks of kind {tag!r} are unknown")
    for name, value, limit in (
        ("stored bytes", stored, STORED_MAX),
        ("bytes", content, CONTENT_MAX),
        ("records", records, RECORDS_MAX),
    ):
        if value > limit:
            raise Broken(Ending.DAMAGED, f"the block announces {value:,} {name}, above {limit:,}")
    return Head(kind, stored, content, records, committed)


def _link(chain: bytes, *parts: bytes) -> bytes:
    digest = blake2b(chain, digest_size=CHAIN_BYTES)
    for part in parts:
        digest.update(part)
    return digest.digest()
