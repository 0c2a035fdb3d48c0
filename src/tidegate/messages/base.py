"""The base of all messages."""

from typing import ClassVar

import msgspec


class Message(msgspec.Struct, frozen=True, tag=True, gc=False, eq=False):
    """A frozen, typed value that actors exchange.

    Array fields are read-only; constructors check nothing, so values are checked where data enters. Messages have no
    `==` (arrays and NaN make it a trap): compare their encodings, see `codec.same`.

    Attributes:
        precedence: lower is delivered earlier within a superstep; ties go by sender, then the sender's own order.
    """

    precedence: ClassVar[int] = 1
