"""In what two headers differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from tidegate.journal.header import Header

_ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class KeyDifference:
    """A key and its values in two headers, as JSON values; `absent` where a header does not have it."""

    key: str
    a: Any
    b: Any


def header_differences(a: Header, b: Header) -> Iterator[KeyDifference]:
    """Keys in which headers differ, such as `config.risk.rules.0.stop_loss.pct`, in the order of the header's fields.

    Lists are compared entry by entry where they hold maps, and whole otherwise. `shared` is how many barriers are
    another run's.
    """
    left, right = (dict(_flat("", _told(header))) for header in (a, b))
    for key in dict.fromkeys((*left, *right)):
        if left.get(key, _ABSENT) != right.get(key, _ABSENT):
            yield KeyDifference(key, left.get(key, _ABSENT), right.get(key, _ABSENT))


def _told(header: Header) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(header)
    return told | {"shared": 0 if header.shared is None else header.shared.barrier}


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), each)
    elif isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(one, Mapping) for one in value):
        for number, each in enumerate(value):
            yield from _flat(f"{prefix}.{number}", each)
    else:
        yield prefix, list(value) if isinstance(value, tuple) else value
