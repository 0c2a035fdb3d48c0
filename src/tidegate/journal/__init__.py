"""Journals: the messages of a run in order of delivery, on disk, committed barrier by barrier.

General layout:

    recording  Recording: the log of a run that writes
    writer     JournalWriter: append, commit, close
    filling    the block that is being filled
    filled     Filled: one that is full; Start: what one follows on
    output     where full blocks go
    reader     Journal: the messages of what was committed, and where and why the file ends
    header     Header: the manifest, durability, the schema of the message types
    records    Frame, Commit, Seal: what is in a block
    snapshots  Snapshot: what is in the block of one
    middle     Middle: a journal gone on with from a snapshot
    decoding   stored messages to messages
    whole      the messages of a block, decoded all at once
    arrays     the arrays of messages, each once; closes, which the data has
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
    block      4         kind: `TGJh` the header, `TGJr` records, `TGJs` records of which the last is the seal,
                         `TGJk` a snapshot
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

Content is MessagePack. That of the header's block is an array of one map, whose keys are the attributes of `Header`.
That of the others is an array of five: the records, what they follow on, and the arrays of their messages:

    records    binary: an array of records, opened by the byte dd and their count in four bytes, big-endian
    state      [barrier, phase, sent] of the record before; [-1, nil, zeros] at first; `sent` has for each of the
               header's `actors` how many of its messages there were
    first      the number of the first array that is new in the block
    carried    [number, binary] of each array of an earlier block that messages of this one refer to
    arrays     binary: an array, opened likewise, of the new ones, each as binary

A record is one of

    0 to 5     the first actor opened this phase, without a cause, in superstep 0, as step 0: ADVANCE, FILL, MARK,
               GUARD, DECIDE, RECORD. ADVANCE begins the next barrier
    above 5    ns UTC: a `MarketBatchReference` of this time and the barrier at hand, from actor 1 in superstep 1,
               caused by the record before
    below 0    -1 - k: a commit, k barriers after the one at hand
    array      [sender, superstep, back, body] a message in the barrier and phase of the record before, or
               [sender, superstep, back, body, barrier, phase], or the same and `sender_seq`
    map        the seal: `status`, `reason`, and which `barrier` was committed last, or -1

A record's number is how many stand before it in the journal, the header not counted; a message's number is its id.
`barrier` is -1 before the first one and never falls. `phase` is nil before the first. `superstep` counts from 0 in each
phase. `sender` is an index into the header's `actors`, and `sender_seq` how many of its messages there were before.
`back` is the message's number less its cause's, 0 where it has none, and an array of such where it has several. `body`
is an array: the name of the message's type, then its fields in the order in which the header's `schema` lists them. An
array of numbers in it is a MessagePack extension, whose integers are big-endian:

    2          4 bytes   the number of the array
    3          4         the closes of the barrier's batch, so many, where that is recorded by reference
    4          4         the last known closes, so many: of an asset that has no bar there, its last from
               8         this barrier on

The bytes of a numbered array are one byte h; h bytes, a MessagePack array of a letter (`f` float64, `i` int64, `b` one
byte, 0 or 1) and an array of the lengths; then the values, little-endian, the last dimension running fastest.

A commit says that all of its barrier stands before it; without a seal, messages after the last commit do not count.
The seal says how the run ended, why, and which barrier was committed last.

Where a block is not whole and right, reading ends. The file is *cut* if it has fewer bytes than a head, or than a right
head says, and *damaged* otherwise. After a loss of power its end may be either; what was committed before is read.

A snapshot stands behind the block in which its barrier was committed; it is no record, and how many there are changes
nothing in records and digest. One of 2^23 bytes or more, and of at most 2^26, is in several blocks that follow one
another: 2^23 bytes in each but the last, fewer in that, maybe none. A file that ends before that one ends before the
snapshot. Its content is an array:

    barrier    after which it was taken
    states     map: of each actor that tells its state, by name, that as binary, see `messages.state`
    number     of the next record
    state      what that follows on, as above
    first      the number of the next new array
    remembered the first array that the writer remembers: those from it on, of at most 2^17 bytes, are not written again
    closes     [since, closes, later]: the barrier since which the last known closes count, or -1, and these, an array
               as in messages, or nil; and in how many batches since nobody has asked for them

The digest of a journal is SHA-256 of two digests, SHA-256 of all records (without the counts before them, and without
the seal) and SHA-256 of all new arrays (likewise). It depends on neither compression nor blocks: nothing in a record
tells where a block begins.

Sizes
-----
A block ends when its records and arrays have 2^18 bytes, and at each commit in mode `barrier`. Measured on a run of 250
assets that trades at every fifth barrier, batches by reference, 3,660 bytes of content a barrier: with blocks of 2^14
bytes a journal has 1,045 bytes a barrier, with 2^16 850, with 2^18 800; a snapshot takes 11,500. Where it trades at
every 390th, 207 bytes of content a barrier become 33. Level 1 of zstd instead of -1 takes a fifth more time and saves
nothing, level 3 takes as long and saves a tenth. SHA-256 is twice as fast as BLAKE2b where the processor has
instructions for it; BLAKE3 would be another package.
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
