"""Journals: the messages of a run in order of delivery, on disk, committed barrier by barrier.

General layout:

    writer     JournalWriter: append, commit, close
    reader     Journal: the messages of what was committed, and where and why the file ends
    header     Header: the manifest, durability, the schema of the message types
    records    Frame, Commit, Seal: what is in a block
    layout     blocks: head, compression, chained checksums
    scan       where the blocks are and where the file ends
    index      the table of blocks that is kept beside a journal
    storage    a file, or what a test puts in its place
    errors     JournalError, End

The format, version 1
---------------------
Integers are little-endian, and without sign unless it says otherwise. A file is an opening and then blocks:

    opening    8 bytes   89 54 47 4a 0d 0a 1a 0a
               4         version: 1
    block      4         kind: `TGJh` the header, `TGJr` records, `TGJs` records of which the last is the seal
               4         n, bytes of compressed content; at most 2^23 + 2^16
               4         bytes of content; at most 2^23
               4         how many records; at most 2^16
               8         the last barrier that is committed in it, signed; -1: none
               4         CRC-32 (that of zlib) of the chain before the block and then the 24 bytes above
               n         the content as one zstd frame, with a window of at most 2^23 bytes
               16        the chain: BLAKE2b without a key, with a digest of 16 bytes, of the chain before the block and
                         then all of its bytes above

The chain before the first block is BLAKE2b, likewise, of the 12 bytes of the opening. The first block is the header, no
other is; nothing follows the seal. So every byte is under a checksum that depends on all bytes before it: a block that
was changed, moved, repeated or taken from another journal is found, and the last chain stands for the whole journal.

Content is one MessagePack array. That of the header's block holds one map, whose keys are the attributes of `Header`.
The others open with the byte dd and the count in four bytes, big-endian; their elements are records, which are arrays:

    message    [0, barrier, phase, superstep, sender, sender_seq, causes, body]
    commit     [1, barrier]
    seal       [2, status, reason, barrier]

A record's number is how many stand before it in the journal, the header not counted; a message's number is its id.
`barrier` is -1 before the first one and never falls. `phase` is nil before the first, else 0 to 5: ADVANCE, FILL, MARK,
GUARD, DECIDE, RECORD. `superstep` counts from 0 in each phase. `sender` is an index into the header's `actors`, and
`sender_seq` how many messages it had sent before. `causes` is an array of at most 2^16 ids, lower than the message's
own. `body` is a map with the name of the message's type under `type` and its fields by name, as the header's `schema`
lists them. An array of numbers in it is a MessagePack extension of type 1: one byte h; h bytes, a MessagePack array of
a letter (`f` float64, `i` int64, `b` one byte, 0 or 1) and an array of the lengths; then the values, little-endian, the
last dimension running fastest.

A commit says that all of its barrier stands before it; without a seal, messages after the last commit do not count.
The seal says how the run ended, why, and which barrier was committed last, or -1.

Where a block is not whole and right, reading ends. The file is *cut* if it has fewer bytes than a head, or than a right
head says, and *damaged* otherwise. After a loss of power its end may be either; what was committed before is read.

Sizes
-----
A block ends when its content has 2^18 bytes, and at each commit in mode `barrier`. Measured on the messages of a run
with 250 assets (1,430 bytes each, batches by reference): with blocks of 2^14 bytes a journal has 21.1 % of the
messages' size, with 2^16 18.9 %, 2^18 17.4 %, 2^20 17.0 %; with a block for each barrier 23.0 %. Level 3 of zstd
instead of 1 makes a journal smaller by 3 % and takes as long; with a block for each barrier it makes it smaller by 1 %
and writing a tenth slower. BLAKE2b is in the standard library; BLAKE3 would be another package, four times as fast for
long blocks and no faster for short ones.
"""

from tidegate.journal.errors import End, Ending, JournalError
from tidegate.journal.header import Durability, Header, Market, Schema, schema_of
from tidegate.journal.reader import Journal
from tidegate.journal.records import Commit, Frame, Record, Seal
from tidegate.journal.storage import Storage
from tidegate.journal.writer import JournalWriter

__all__ = [
    "Commit",
    "Durability",
    "End",
    "Ending",
    "Frame",
    "Header",
    "Journal",
    "JournalError",
    "JournalWriter",
    "Market",
    "Record",
    "Schema",
    "Seal",
    "Storage",
    "schema_of",
]
