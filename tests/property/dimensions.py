"""What the figures of a run are counted in, so that a run in other units can be compared with it figure by figure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from tests.oracle.records import Floats

from tidegate import Result
from tidegate.core.enums import Reason

DAY_NS = 86_400_000_000_000
QUANTITIES = ("quantity", "requested", "approved", "sized", "filled")
PRICES = (
    "price",
    "reference",
    "entry_price",
    "exit_price",
    "mark",
    "limit_price",
    "stop_price",
    "trail",
    "limit_offset",
)
MEASURES = ("measured", "limit")
IN_MONEY = (Reason.CASH_SHORTAGE, Reason.BELOW_THRESHOLD)
IN_UNITS = (Reason.NO_POSITION, Reason.SHORT_NOT_ALLOWED, Reason.PARENT_ENDED, Reason.REDUCE_ONLY)
"""Reasons whose measure and limit are so counted; an ambiguous bar has prices there, all others have ratios."""
BASIS = {
    "trades": ("entry_price", "cost_micros", "commission_micros", "pnl_micros", "mae", "mfe"),
    "equity": ("realized_micros", "unrealized_micros"),
    "positions": ("cost_micros",),
}
"""What comes from the cost of what is held."""


@dataclass(frozen=True)
class Units:
    """What is multiplied by what, and how much later it happens; a price is money for one unit of quantity."""

    money: float = 1.0
    quantity: float = 1.0
    days: int = 0

    @property
    def price(self) -> float:
        """What prices are multiplied by."""
        return self.money / self.quantity


AS_IT_IS = Units()


def told(
    result: Result,
    units: Units = AS_IT_IS,
    *,
    without: Mapping[str, Collection[str]] | None = None,
    called: Mapping[str, str] | None = None,
) -> dict[str, dict[str, list[Any]]]:
    """Every column of every table as plain values in other units; assets by name, None for NaN.

    Args:
        without: columns by table that are left out.
        called: other names of assets.
    """
    left_out, names = without or {}, called or {}
    assets = [*(names.get(name, name) for name in result.record.assets), "none"]  # whose column is -1
    found: dict[str, dict[str, list[Any]]] = {}
    for table, columns in result.record.tables.items():
        found[table] = {}
        for name in columns.keys() - set(left_out.get(table, ())):
            values = np.asarray(columns[name])
            if name == "asset":
                found[table][name] = [assets[column] for column in values.tolist()]
            else:
                figures = _in_units(name, values, columns, units).tolist()
                found[table][name] = [None if value != value else value for value in figures]
    return found


def _in_units(name: str, values: Any, columns: Mapping[str, Any], units: Units) -> Any:
    if name.endswith("_micros"):
        return values * int(units.money)
    if name.endswith("ts_ns"):
        return np.where(values < 0, values, values + units.days * DAY_NS)
    if name in QUANTITIES:
        return values * units.quantity
    if name in PRICES:
        return values * units.price
    if name in MEASURES:
        return values * _measure(columns, units)
    return values


def _measure(columns: Mapping[str, Any], units: Units) -> Floats:
    """What the measures of refusals are multiplied by."""
    reason = np.asarray(columns["reason"])
    factor = np.where(np.isin(reason, IN_MONEY), units.money, np.where(np.isin(reason, IN_UNITS), units.quantity, 1.0))
    if "kind" in columns:
        factor = np.where(np.asarray(columns["kind"]) == "ambiguous", units.price, factor)
    return factor


def differences(left: Mapping[str, Mapping[str, list[Any]]], right: Mapping[str, Mapping[str, list[Any]]]) -> list[str]:
    """The first place at which each column of two such tellings differs."""
    found = []
    for table, columns in left.items():
        for name, values in columns.items():
            others = right[table][name]
            if len(values) != len(others):
                found.append(f"{table}.{name}: {len(values)} rows and {len(others)}")
            elif values != others:
                row = next(k for k in range(len(values)) if values[k] != others[k])
                found.append(f"{table}.{name}: row {row}: {values[row]} and {others[row]}")
    return found
