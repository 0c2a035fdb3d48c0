"""What a journal says of its run beside what the run that repeats it is."""

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.core.errors import DataError, UserError
from tidegate.journal.header import Header


def check_data(recorded: Header, found: Header) -> None:
    """The data is that of the recorded run.

    Raises:
        DataError: a table is not; names it, and both fingerprints.
    """
    problems = list(_data_problems(recorded.data, found.data))
    if problems:
        raise DataError(*problems)


def check_parts(recorded: Header, found: Header, swapped: frozenset[str]) -> None:
    """Actors, strategies and rules are of the same classes, apart from what is swapped.

    Args:
        recorded, found: the headers.
        swapped: roles of actors, or `strategy`.

    Raises:
        UserError: they are not; what was given in Python must be given again.
    """
    problems = []
    before, now = (dict(zip(one.actors, one.classes, strict=False)) for one in (recorded, found))
    for name in before:
        if name not in now:
            problems.append(f"actor '{name}': the run had one of class {before[name]}: add it again (Given.prepare)")
        elif before[name] != now[name] and name not in swapped:
            problems.append(f"actor '{name}': it was a {before[name]} and is a {now[name]}: swap it (Given.prepare)")
    problems += [f"actor '{name}': the run had no such actor" for name in now if name not in before]
    if "strategy" not in swapped:
        classes = [[str(one["class"]) for one in header.strategies] for header in (recorded, found)]
        if classes[0] != classes[1]:
            problems.append(f"strategy: it was {', '.join(classes[0])} and is {', '.join(classes[1])}")
    if problems:
        raise UserError(*problems)


def check_rules(recorded: Header, found: Header) -> None:
    """The rules that were given in Python are given again.

    Raises:
        UserError: they are not.
    """
    if recorded.rules != found.rules:
        was, is_ = (", ".join(one.rules) or "none" for one in (recorded, found))
        raise UserError(f"risk: rules and limits were {was} and are {is_}: give the same again (Given.risk)")


def remarks(recorded: Header, found: Header) -> Iterator[str]:
    """How the code and the libraries are others than those that made the journal."""
    for name in sorted(recorded.code.keys() | found.code.keys()):
        was, is_ = recorded.code.get(name), found.code.get(name)
        if was != is_ and was is not None and is_ is not None:
            yield f"code: {name} has changed since ({was[:12]} then, {is_[:12]} now)"
    for name in sorted(recorded.versions.keys() | found.versions.keys()):
        was, is_ = recorded.versions.get(name), found.versions.get(name)
        if was != is_ and was is not None and is_ is not None:
            yield f"versions: {name} was {was} and is {is_}"


def changes(recorded: Header, found: Header) -> Iterator[str]:
    """Everything in which a run is not the one that a journal is of, and cannot go on with it."""
    yield from remarks(recorded, found)
    for name in sorted(recorded.code.keys() ^ found.code.keys()):
        yield f"code: {name} is {'gone' if name in recorded.code else 'new'}"
    yield from _data_problems(recorded.data, found.data)
    yield from differing(recorded.config, found.config, "config")
    for field in ("actors", "classes", "strategies", "rules", "universe", "frames", "schema"):
        if getattr(recorded, field) != getattr(found, field):
            yield f"{field}: {_short(getattr(recorded, field))} then, {_short(getattr(found, field))} now"


def differing(was: Any, now: Any, place: str) -> Iterator[str]:
    """The keys at which two trees of plain values differ."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted(was.keys() | now.keys()):
            yield from differing(was.get(key), now.get(key), f"{place}.{key}")
    elif was != now:
        yield f"{place}: {_short(was)} then, {_short(now)} now"


def _data_problems(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(recorded.keys() | found.keys()):
        was, is_ = recorded.get(name), found.get(name)
        if was == is_:
            continue
        if was is None or is_ is None:
            there = "the recorded run had none" if was is None else "there is none, and the recorded run had one"
            yield f"{name}: {there}"
            continue
        for before, after in zip(was, is_, strict=False):
            if {**before, "name": ""} != {**after, "name": ""}:  # a file may be elsewhere now
                yield f"{name}: the data is not that of the recorded run: {_print(before)} then, {_print(after)} now"
        if len(was) != len(is_):
            yield f"{name}: {len(was)} files then, {len(is_)} now"


def _print(fingerprint: Mapping[str, Any]) -> str:
    size = f"{fingerprint['bytes']:,} bytes" if "bytes" in fingerprint else f"{fingerprint.get('rows', 0):,} rows"
    return f"{fingerprint.get('name')} ({size}, sha256 {str(fingerprint.get('sha256'))[:12]})"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
