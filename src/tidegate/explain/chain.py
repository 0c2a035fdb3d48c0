"""A chain of causes: its links, as text and as JSON values."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tidegate.core.time import format_ts
from tidegate.explain.content import plain

_LABELS = ("record", "barrier", "time", "what")
_GAP = 2
_TEXT_MIN = 30


@dataclass(frozen=True, slots=True)
class Link:
    """One link.

    Attributes:
        what: it is, in a word or two.
        lines: what is to be said of it.
        record: number of its message; -1 where there is none.
        barrier: of the message.
        ts_ns: when that was; None where the link before says it.
        values: the same as numbers and words.
    """

    what: str
    lines: tuple[str, ...]
    record: int = -1
    barrier: int = -1
    ts_ns: int | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chain:
    """Links from an effect back to its causes.

    Attributes:
        title: what is explained.
        about: the same as values.
        links: the effect first.
    """

    title: str
    about: dict[str, Any]
    links: tuple[Link, ...]

    def lines(self, width: int) -> Iterator[str]:
        """The chain, a row or more to a link.

        Args:
            width: columns of the terminal.
        """
        rows = [
            (
                str(link.record) if link.record >= 0 else "",
                f"{link.barrier:,}" if link.barrier >= 0 else "",
                "" if link.ts_ns is None else format_ts(link.ts_ns),
                link.what,
            )
            for link in self.links
        ]
        widths = [max(map(len, column)) for column in zip(_LABELS, *rows, strict=True)]
        indent = sum(widths) + _GAP * len(widths)  # deterministic: of integers
        room = max(width - indent, _TEXT_MIN)
        yield self.title
        yield ""
        yield _aligned(_LABELS, widths).rstrip()
        for row, link in zip(rows, self.links, strict=True):
            text = [part for line in link.lines for part in textwrap.wrap(line, room)] or [""]
            yield f"{_aligned(row, widths)}{' ' * _GAP}{text[0]}".rstrip()
            yield from (" " * indent + more for more in text[1:])

    def as_json(self) -> dict[str, Any]:
        """The chain as JSON values."""
        return {
            **self.about,
            "title": self.title,
            "links": [
                {
                    "what": link.what,
                    "record": link.record if link.record >= 0 else None,
                    "barrier": link.barrier if link.barrier >= 0 else None,
                    "time": None if link.ts_ns is None else format_ts(link.ts_ns),
                    "text": list(link.lines),
                    "values": {name: plain(value) for name, value in link.values.items()},
                }
                for link in self.links
            ],
        }


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    """Numbers to the right, words to the left."""
    sides = (">", ">", "<", "<")
    return (" " * _GAP).join(f"{cell:{side}{size}}" for cell, side, size in zip(cells, sides, widths, strict=True))
