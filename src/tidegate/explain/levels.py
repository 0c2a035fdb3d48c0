"""Exits at protective levels: which rule had set the level, and which position it closed."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tidegate.explain.chain import Link
from tidegate.explain.ledger import Event, cause_of, fills_of_asset, in_barrier, last_before
from tidegate.explain.opening import Recorded
from tidegate.explain.summaries import fill_text
from tidegate.explain.wording import asset_name, counted, figure
from tidegate.messages.account import TradesClosed
from tidegate.messages.risk import AmbiguousBars, ProtectiveLevels, TrailingStops


def level_links(recorded: Recorded, fill: Event) -> Iterator[Link]:
    """The level behind a fill, and the fills that opened what it closed."""
    asset, tag = int(fill.message.asset[fill.row]), fill.message.tags[fill.row]
    handled = cause_of(fill.frame)
    found = last_before(recorded, ProtectiveLevels, handled, fill.frame.barrier)
    if found is not None:
        frame, levels = found
        lines, values = _levels(levels, asset, tag)
        lines += _said_of(recorded, tag)
        yield Link("level", tuple(lines), frame.number, frame.barrier, recorded.time_ns(frame.barrier), values)
    yield from _trailing(recorded, handled, fill.frame.barrier, asset, tag)
    yield from _ambiguous(recorded, fill, asset)
    yield from _position(recorded, fill, asset)


def _levels(levels: ProtectiveLevels, asset: int, tag: str) -> tuple[list[str], dict[str, Any]]:
    lines, values = [], dict[str, Any]()
    for name, level, rules in (("stop", levels.stop, levels.stop_rule), ("take", levels.take, levels.take_rule)):
        price = float(level[asset])
        if price == price:
            rule = levels.rules[int(rules[asset])]
            hit = ", which was hit" if rule == tag else ""
            lines.append(f"{name} at {figure(price)} by rule {rule}{hit}")
            values |= {name: price, f"{name}_rule": rule}
    return lines or ["no level of this asset had been told"], values


def _said_of(recorded: Recorded, tag: str) -> list[str]:
    """What the configuration says of a rule."""
    rules: Sequence[dict[str, Any]] = (recorded.header.config.get("risk") or {}).get("rules") or ()
    settings = [rule[tag] for rule in rules if rule.get(tag)]
    return [f"{tag}: {', '.join(f'{key} {value}' for key, value in each.items())}" for each in settings]


def _trailing(recorded: Recorded, record: int, barrier: int, asset: int, tag: str) -> Iterator[Link]:
    found = last_before(recorded, TrailingStops, record, barrier) if "trail" in tag else None
    if found is not None:
        frame, stops = found
        text = f"the stop follows {stops.pct:.4%} behind the best price, {figure(float(stops.best[asset]))} at first"
        yield Link("trailing", (text,), frame.number, frame.barrier, None, {"pct": stops.pct})


def _ambiguous(recorded: Recorded, fill: Event, asset: int) -> Iterator[Link]:
    for frame, bars in in_barrier(recorded, AmbiguousBars, fill.frame.barrier):
        for row in np.flatnonzero(bars.asset == asset).tolist():
            stop, take = float(bars.stop[row]), float(bars.take[row])
            text = f"the bar may have reached {figure(stop)} or {figure(take)} first; the path policy decided"
            yield Link("ambiguous", (text,), frame.number, frame.barrier, None, {"stop": stop, "take": take})


def _position(recorded: Recorded, fill: Event, asset: int) -> Iterator[Link]:
    """The fills of the position, from that which opened it on."""
    fill_id = int(fill.message.fill_id[fill.row])
    for _, trades in in_barrier(recorded, TradesClosed, fill.frame.barrier):
        for row in np.flatnonzero(trades.fill_id == fill_id).tolist():
            entry = int(trades.entry_seq[row])
            side = np.sign(trades.quantity[row])
            opened = [
                event
                for event in fills_of_asset(recorded, asset, entry, fill.frame.barrier)
                if event.message.fill_id[event.row] < fill_id and np.sign(event.message.quantity[event.row]) == side
            ]
            told = [(int(event.message.fill_id[event.row]), event) for event in opened]
            lines = [
                f"fill {number}: {fill_text(event.message, event.row, recorded.universe)} at barrier"
                f" {event.frame.barrier:,}"
                for number, event in told
            ]
            first = opened[0].frame if opened else None
            name = asset_name(recorded.universe, asset)
            head = f"{name} was entered by {counted(len(opened), 'fill')} (why --fill walks on from there)"
            place = (-1, entry) if first is None else (first.number, first.barrier)
            values = {"fills": [number for number, _ in told]}
            yield Link("position", (head, *lines), *place, recorded.time_ns(entry), values)
