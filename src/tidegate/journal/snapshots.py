"""Snapshots in a journal: the states of actors after a barrier, and what its writer must know to go on from there.

Where a writer stands follows from the records before, and so do its digest and the arrays that it remembers; these are
found in the blocks before a snapshot, so that nothing in the records depends on how often one is taken.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from tidegate.journal.arrays import ClosesState
from tidegate.journal.errors import Broken, Ending
from tidegate.journal.records import RECORDS_MAX, State
from tidegate.messages.codec import accept_array, decode_extension, encode_array

_Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Snapshot(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """The content of a snapshot's block.

    Attributes:
        barrier: the last that is over.
        states: of the actors that tell one, by name, see `messages.state`.
        number: of the next record.
        state: what that follows on.
        first: the number of the next new array.
        remembered: the first array that the writer remembers.
        closes: what it knows of the closes of batches.
    """

    barrier: _Count
    states: Annotated[dict[str, bytes], Meta(max_length=RECORDS_MAX)]
    number: _Count
    state: State
    first: _Count
    remembered: _Count
    closes: ClosesState


_ENCODER = msgspec.msgpack.Encoder(enc_hook=encode_array)
_DECODER = msgspec.msgpack.Decoder(Snapshot, dec_hook=accept_array, ext_hook=decode_extension)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The content of its block."""
    return _ENCODER.encode(snapshot)


def decode_snapshot(content: bytes) -> Snapshot:
    """The snapshot in a block.

    Raises:
        Broken: there is none.
    """
    try:
        return _DECODER.decode(content)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Broken(Ending.DAMAGED, f"the block holds no snapshot: {error}") from error
