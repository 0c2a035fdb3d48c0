"""A comparison as a person reads it."""

import json
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tidegate.core.time import format_ts
from tidegate.explain.comparison import Comparison
from tidegate.explain.effect import Execution, first_fills
from tidegate.explain.wording import figure, money, side

SHOWN = 10
"""So many keys, fills and positions are shown; the rest is counted, and all are in the JSON."""
_VALUE_MAX = 40


def rendered(comparison: Comparison) -> RenderableType:
    """The whole comparison, for a console of any width."""
    parts = [part for section in (_headers, _shared, _first, _types, _fills, _books) for part in section(comparison)]
    return Group(*parts)


def _headers(comparison: Comparison) -> Iterator[RenderableType]:
    keys = comparison.headers
    if not keys:
        yield Text("The headers are equal.")
        return
    yield Text(f"The headers differ in {_count(len(keys), 'key')}", style="bold")
    table = _table("key", "A", "B")
    for one in keys[:SHOWN]:
        table.add_row(Text(one.key, overflow="fold"), _value(one.a), _value(one.b))
    yield _inside(table)
    yield from _more(len(keys))
    if comparison.data_differs:
        yield Text("The data is not the same, and batches are recorded as references to it.")


def _shared(comparison: Comparison) -> Iterator[RenderableType]:
    if comparison.shared:
        yield Text()
        whose = "Barrier 0 is" if comparison.shared == 1 else f"Barriers 0 to {comparison.shared - 1:,} are"
        yield Text(f"{whose} the same run's in both. What follows is counted from barrier {comparison.shared:,} on.")


def _first(comparison: Comparison) -> Iterator[RenderableType]:
    first = comparison.first
    yield Text()
    if first is None:
        yield Text("All messages are equal.")
        return
    phase = None if first.phase is None else first.phase.name
    where = ", ".join(filter(None, (comparison.when, phase, f"superstep {first.superstep}")))
    yield Text("First difference: ", style="bold").append(f"{where}: {first.type} of {first.sender}", style="not bold")
    yield _inside(Text(f"{first.where}: expected {first.expected}, found {first.found}"))
    if first.remark:
        yield _inside(Text(first.remark))
    yield _inside(Text("caused by, last first"))
    for line in first.chain:
        yield Padding(Text(line), (0, 0, 0, 4))


def _types(comparison: Comparison) -> Iterator[RenderableType]:
    yield Text()
    table = _table("Messages", "in A", "in B", "equal", right=(1, 2, 3))
    for name, one in comparison.types.items():
        table.add_row(name, f"{one.a:,}", f"{one.b:,}", f"{one.equal:,}")
    yield table


def _fills(comparison: Comparison) -> Iterator[RenderableType]:
    effect = comparison.effect
    changed, only_a, only_b = len(effect.changed), len(effect.only_a), len(effect.only_b)
    yield Text()
    yield Text("Fills: ", style="bold").append(
        f"{effect.equal:,} equal, {changed:,} at another price or quantity, {only_a:,} only in A, {only_b:,} only in B",
        style="not bold",
    )
    if not changed + only_a + only_b:
        return
    table = _table("barrier", "time", "asset", "A", "B", right=(0,))
    for a, b in list(first_fills(effect))[:SHOWN]:
        fill = a or b
        assert fill is not None
        table.add_row(f"{fill.barrier:,}", format_ts(fill.ts_ns), fill.asset, _fill(a), _fill(b))
    yield _inside(table)
    yield from _more(changed + only_a + only_b)


def _books(comparison: Comparison) -> Iterator[RenderableType]:
    effect = comparison.effect
    yield Text()
    if effect.final_a is None or effect.final_b is None:
        yield Text("Equity: a run without a mark has none to compare.")
        return
    table = _table("Equity", "A", "B", "B less A", right=(1, 2, 3))
    rows = [("at the end", effect.final_a, effect.final_b)]
    if effect.gap is not None:
        place = f"largest gap, barrier {effect.gap.barrier:,} ({format_ts(effect.gap.ts_ns)})"
        rows.append((place, effect.gap.a_micros, effect.gap.b_micros))
    for label, a, b in rows:
        table.add_row(label, money(a), money(b), money(b - a))
    yield table
    yield Text()
    if not effect.positions:
        yield Text("Positions at the end are equal.")
        return
    held = _table("Positions at the end", "A", "B", right=(1, 2))
    for name, (a_units, b_units) in list(effect.positions.items())[:SHOWN]:
        held.add_row(name, figure(a_units), figure(b_units))
    yield held
    yield from _more(len(effect.positions))


def _table(*columns: str, right: tuple[int, ...] = ()) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number in right else "left", header_style="bold")
    return table


def _inside(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 2))


def _more(count: int) -> Iterator[RenderableType]:
    if count > SHOWN:
        yield _inside(Text(f"and {count - SHOWN:,} more: all are in the JSON (--json)"))


def _count(count: int, one: str) -> str:
    return f"{count:,} {one}" + ("" if count == 1 else "s")


def _fill(fill: Execution | None) -> str:
    if fill is None:
        return "-"
    return f"{side(fill.quantity)} at {figure(fill.price)}" + (f" ({fill.tag})" if fill.tag else "")


def _value(value: object) -> Text:
    text = value if isinstance(value, str) else json.dumps(value)
    return Text(text if len(text) <= _VALUE_MAX else text[: _VALUE_MAX - 3] + "...", overflow="fold")
