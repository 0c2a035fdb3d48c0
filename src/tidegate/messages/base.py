"""The base of all messages."""

from typing import ClassVar

import msgspec


class Message(msgspec.Struct, frozen=True, tag=True, array_like=True, forbid_unknown_fields=True, gc=False, eq=False):
    """A frozen, typed value that actors exchange.

    Encoded it is a list: the name of its type, then its fields in order of declaration. New fields go to the end and
    have a default, so that what was encoded before can still be read.

    Array fields are read-only; constructors check nothing, so values are checked where data enters. Messages have no
    `==` (arrays and NaN make it a trap): compare their encodings, see `codec.same`.

    Attributes:
        precedence: lower is delivered earlier within a superstep; ties go by sender, then the sender's own order.
    """

    precedence: ClassVar[int] = 1
