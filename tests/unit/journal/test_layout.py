"""Blocks: nothing that a head says is believed beyond its limits, and nothing takes more memory than it may."""

import io
import struct
import subprocess
import sys
import zlib
from hashlib import blake2b
from pathlib import Path

import pytest
from tests.unit.journal.crafted import HEADER, START, content, encode, journal_of, packed, seal
from tests.unit.journal.made import header, read, steps, written

from tidegate.journal import Ending, Journal, JournalError
from tidegate.journal.errors import Broken
from tidegate.journal.header import encode_header
from tidegate.journal.layout import CONTENT_MAX, MAGIC, STORED_MAX, Kind, Packer, opening, read_block
from tidegate.journal.records import counted

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def with_head(kind: bytes, stored: int, content: int, records: int, committed: int, data: bytes = b"") -> bytes:
    """A second block whose head is right and says this."""
    chain = HEADER[-16:]
    head = struct.pack("<4sIIIq", kind, stored, content, records, committed)
    return HEADER + head + struct.pack("<I", zlib.crc32(chain + head)) + data


HEADS = [
    # what is wrong          head                                         said
    ("an unknown kind",      (b"TGJx", 10, 10, 1, 0),                     "kind b'TGJx'"),
    ("too much stored",      (b"TGJr", STORED_MAX + 1, 10, 1, 0),         "8,454,145 stored bytes, above"),
    ("four gigabytes",       (b"TGJr", 2**32 - 1, 10, 1, 0),              "4,294,967,295 stored bytes"),
    ("too much content",     (b"TGJr", 10, CONTENT_MAX + 1, 1, 0),        "8,388,609 bytes, above"),
    ("too many records",     (b"TGJr", 10, 10, 2**16 + 1, 0),             "65,537 records, above"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "said"), [row[1:] for row in HEADS], ids=[row[0] for row in HEADS])
def test_a_head_that_says_too_much_is_damage(head: tuple[bytes, int, int, int, int], said: str) -> None:
    end = read(with_head(*head)).end
    assert (end.ending, end.offset) == (Ending.DAMAGED, len(HEADER))
    assert said in end.why


def test_a_right_head_alone_is_a_cut() -> None:
    """The table above differs from this in what the head says alone."""
    end = read(with_head(b"TGJr", 10, 10, 1, 0)).end
    assert end.ending is Ending.CUT
    assert end.why == "the file has 0 of the 26 bytes after a block's head"


OPENINGS = [
    # what is wrong           bytes                                       ending           said
    ("nothing",               b"",                                        Ending.CUT,      "has 0 of the 12 bytes"),
    ("a part",                MAGIC[:5],                                  Ending.CUT,      "has 5 of the 12 bytes"),
    ("another file",          b"PAR1" * 5,                                Ending.DAMAGED,  "does not open as"),
    ("line ends mended",      MAGIC.replace(b"\r\n", b"\n") + bytes(9),   Ending.DAMAGED,  "does not open as"),
    ("a later version",       MAGIC + b"\2\0\0\0",                        Ending.DAMAGED,  "version 2 of the format"),
    ("no header",             opening()[0],                               Ending.CUT,      "ends before its header"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "ending", "said"), [row[1:] for row in OPENINGS], ids=[row[0] for row in OPENINGS])
def test_what_does_not_open_as_a_journal_is_told(data: bytes, ending: Ending, said: str) -> None:
    with pytest.raises(JournalError, match=said) as caught:
        read(data)
    assert caught.value.end is not None
    assert caught.value.end.ending is ending


def test_a_first_block_that_is_no_header_is_told() -> None:
    first, chain = opening()
    with pytest.raises(JournalError, match=r"damaged at byte 12, record 0, .*the first block is no header"):
        read(first + Packer(chain).pack(Kind.RECORDS, packed(), 0, -1))
    with pytest.raises(JournalError, match=r"damaged at byte 12, record 0, .*holds no header"):
        read(first + Packer(chain).pack(Kind.HEADER, packed(1), 1, -1))


def test_what_compresses_to_nothing_like_its_size_is_not_believed() -> None:
    content = encode_header(header())
    first, chain = opening()
    block = Packer(chain).pack(Kind.HEADER, content, 1, -1)
    found = read_block(io.BytesIO(first + block), 12, chain)
    assert found is not None
    assert found.content() == content
    for data, said in (
        (zstd.compress(content + b"x"), "announced"),
        (zstd.compress(content[:-1]), "announced"),
        (zstd.compress(content) + b"x", "announced"),
        (zstd.compress(content) * 2, "announced"),
        (zstd.compress(content)[:-1], "announced"),
        (b"", "announced"),
        (content, "does not decompress"),
    ):
        wrong = type(found)(found.head, data, found.chain, found.end)
        with pytest.raises(Broken, match=said):
            wrong.content()


class Unreadable(io.BytesIO):
    """Fails like a disk with a bad sector."""

    bad = 10**9

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= self.bad:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_disk_that_cannot_read_is_damage() -> None:
    file = Unreadable(written(steps(9)))
    file.bad = 3_000
    end = Journal(file).end
    assert (end.ending, end.why) == (Ending.DAMAGED, "it cannot be read: Input/output error")
    file.bad = 0
    with pytest.raises(JournalError, match="Input/output error"):
        Journal(file)


BOMBS = """
import sys
from pathlib import Path
from tidegate.cli.bench.memory import peak_bytes
from tidegate.journal import Journal, JournalError
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        with Journal.open(path) as journal:
            for frame in journal.frames():
                frame.message
    except JournalError as error:
        print(path.name, error)
    else:
        print(path.name, "read")
print("peak_mib", peak_bytes() // 2**20)
"""


def test_no_bomb_takes_more_than_256_mib(tmp_path: Path) -> None:
    zeros = bytes(CONTENT_MAX)
    names = b"\x97\xb0UniverseDeclared\xdd\x00\x7f\xff\x00" + b"\xa0" * 0x7FFF00 + b"\x90\x90\x90\x00\xc0"
    frame = b"\x94\x00\x00\x00"
    frames = b"\xdd\x00\x01\x00\x00" + (frame + b"\x91\xadPhaseExtended") * 2**16
    causes = b"\xdd\x00\x00\x00\x01" + frame[:-1] + b"\xdd\x00\x7f\xff\x00" + bytes(0x7FFF00)
    unread = b"\x92\xadPhaseExtended\xdd\x00\x70\x00\x00" + b"\x80" * 0x700000
    nested = b"\xdd\x00\x00\x00\x01" + frame + unread
    nested, names = content(nested), content(b"\xdd\x00\x00\x00\x01" + frame + names)
    pairs = content(b"\xdd\x00\x00\x00\x01\xdf\x00\x10\x00\x00" + b"\xa1x\x00" * 2**20)
    carried = encode((counted(0), START, 0, ((0, b""),) * 2**20, counted(0)))
    arrays = encode((counted(0), START, 0, (), counted(2**21) + b"\xc4\x00" * 2**21))
    sent = encode((counted(0), (-1, None, (0,) * 2**22), 0, (), counted(0)))

    def after(sent: int) -> tuple[Kind, bytes, int, int]:
        return Kind.SEALED, packed(seal(), state=(-1, None, (sent, 0, 0))), 1, -1

    bombs = {
        "zeros": journal_of((Kind.RECORDS, zeros, 1, 0)),
        "names": journal_of((Kind.RECORDS, names, 1, -1), after(1)),
        "frames": journal_of((Kind.RECORDS, content(frames), 2**16, -1), after(2**16)),
        "causes": journal_of((Kind.RECORDS, content(causes), 1, 0)),
        "nested": journal_of((Kind.RECORDS, nested, 1, -1), after(1)),
        "pairs": journal_of((Kind.RECORDS, pairs, 1, -1), after(0)),
        "carried": journal_of((Kind.RECORDS, carried, 0, -1), after(0)),
        "arrays": journal_of((Kind.RECORDS, arrays, 0, -1), after(0)),
        "sent": journal_of((Kind.RECORDS, sent, 0, -1), after(0)),
        "lies": with_head(b"TGJr", 2**32 - 1, 2**32 - 1, 2**32 - 1, 0) + zeros,
        "header": opening()[0] + Packer(opening()[1]).pack(Kind.HEADER, zeros, 1, -1),
        "gigabyte": gigabyte(),
    }
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run([sys.executable, "-c", BOMBS, str(tmp_path)], capture_output=True, text=True, check=True)
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert set(lines) == {*bombs, "peak_mib"}
    assert int(lines["peak_mib"]) < 256, done.stdout
    assert {name for name, said in lines.items() if said == "read"} == {"frames", "lies", "names"}


def gigabyte() -> bytes:
    """A block whose data decompress to a gigabyte, with right checksums, that announces the most a block may hold."""
    compressor = zstd.ZstdCompressor()
    data = b"".join(compressor.compress(bytes(2**20)) for _ in range(1024)) + compressor.flush()
    block = with_head(b"TGJr", len(data), CONTENT_MAX, 1, 0, data)[len(HEADER) :]
    return HEADER + block + blake2b(HEADER[-16:] + block, digest_size=16).digest()
