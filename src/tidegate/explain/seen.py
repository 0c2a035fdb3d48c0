"""What was known when something was decided: the bar, the values of the batch, the account."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tidegate.core.arrays import FloatArray
from tidegate.explain.chain import Link
from tidegate.explain.ledger import last_before
from tidegate.explain.opening import Recorded, batch_time
from tidegate.explain.wording import asset_name, figure, money
from tidegate.journal.records import Frame
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.market import BAR_FIELDS


def bar_link(recorded: Recorded, barrier: int, asset: int, what: str) -> Link:
    """The bar of an asset at a barrier."""
    frame = _batch_frame(recorded, barrier)
    number, ts_ns = (-1, None) if frame is None else (frame.number, batch_time(frame))
    batch = recorded.market.at(barrier)
    if batch is None:
        missing = recorded.market.missing or "the barrier has no batch"
        return Link(what, (f"not at hand: {missing}",), number, barrier, ts_ns)
    bar = dict(zip(BAR_FIELDS, batch.bars[:, asset].tolist(), strict=True))
    text = ", ".join(f"{name} {figure(value)}" for name, value in bar.items())
    return Link(what, (f"{asset_name(recorded.universe, asset)}: {text}",), number, barrier, ts_ns, bar)


def seen_links(recorded: Recorded, record: int, barrier: int, asset: int) -> Iterator[Link]:
    """What whoever handled a record had been told before: the account, and the batch with its values.

    Args:
        recorded: the run.
        record: the one that was handled.
        barrier: its own.
        asset: column of the asset that it was about; -1 for none.
    """
    snapshot = last_before(recorded, AccountSnapshot, record, barrier)
    if snapshot is not None:
        yield _account_link(recorded, *snapshot, asset)
    seen = barrier if (frame := _batch_frame(recorded, barrier)) and frame.number < record else barrier - 1
    if seen >= 0 and asset >= 0:
        yield bar_link(recorded, seen, asset, "bar seen")
        yield from _value_links(recorded, seen, asset)


def _account_link(recorded: Recorded, frame: Frame, snapshot: AccountSnapshot, asset: int) -> Link:
    parts = {
        "equity": snapshot.equity_micros, "cash": snapshot.cash_micros, "free": snapshot.free_micros,
        "gross": snapshot.gross_micros,
    }  # fmt: skip
    lines = [", ".join(f"{name} {money(micros)}" for name, micros in parts.items())]
    values: dict[str, Any] = {name: micros / 1e6 for name, micros in parts.items()}
    if asset >= 0:
        held = {
            "held": float(snapshot.quantity[asset]), "pending": float(snapshot.pending[asset]),
            "mark": float(snapshot.mark[asset]),
        }  # fmt: skip
        told = ", ".join(f"{name} {figure(value)}" for name, value in held.items())
        lines.append(f"{asset_name(recorded.universe, asset)}: {told}")
        values |= held
    return Link("account seen", tuple(lines), frame.number, frame.barrier, snapshot.ts_ns, values)


def _value_links(recorded: Recorded, barrier: int, asset: int) -> Iterator[Link]:
    batch, declared = recorded.market.at(barrier), recorded.declared
    if batch is None or declared is None:
        return
    for what, names, block in (
        ("signals seen", declared.signals, batch.signals),
        ("features seen", declared.features, batch.features),
    ):
        if names:
            told = [f"{name} {_ranked(block[row], asset)}" for row, name in enumerate(names)]
            values = {name: float(block[row, asset]) for row, name in enumerate(names)}
            yield Link(what, (", ".join(told),), barrier=barrier, values=values)
    if declared.context:
        values = dict(zip(declared.context, batch.context.tolist(), strict=True))
        text = ", ".join(f"{name} {figure(value)}" for name, value in values.items())
        yield Link("context seen", (text,), barrier=barrier, values=values)


def _ranked(values: FloatArray, asset: int) -> str:
    """A value and its place among those of all assets, the highest first."""
    value = float(values[asset])
    if value != value:
        return "-"
    place, count = int(np.count_nonzero(values > value)) + 1, int(np.count_nonzero(values == values))
    return f"{figure(value)} (place {place:,} of {count:,}, from the highest)"


def _batch_frame(recorded: Recorded, barrier: int) -> Frame | None:
    return next((one for one in recorded.journal.frames(barrier, barrier) if batch_time(one) is not None), None)
