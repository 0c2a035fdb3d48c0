"""What every asset of a run is, put together from its row of the reference table, its class and the defaults."""

from collections.abc import Mapping, Sequence

import numpy as np

from tidegate.config.universe import InstrumentTerms, UniverseConfig
from tidegate.core.arrays import freeze
from tidegate.core.errors import DataError, did_you_mean
from tidegate.messages.instruments import NUMBER_FIELDS, UNSAID, Instruments

Said = float | str | None
Told = Mapping[str, Sequence[Said]]
"""By column, what the table says of each asset of the universe; None for nothing."""


def make_instruments(
    config: UniverseConfig, names: Sequence[str], told: Told | None = None, classes: Sequence[str] = ()
) -> Instruments | None:
    """What is said of each asset: its row first, then its class, then the defaults.

    Args:
        names: the universe.
        told: what the table says; None where there is none.
        classes: that the table knows, of assets outside the universe too.
    Returns:
        None where nothing is said of any asset.
    Raises:
        DataError: a class that is configured and that no asset has; a maintenance margin above the initial one.
    """
    if told is None and not config.classes and config.defaults.model_dump(exclude_none=True) == {}:
        return None
    told = told or {}
    of_class = [_first(told, "asset_class", k, (config.defaults,)) or "" for k in range(len(names))]
    problems = _unknown_classes(config, sorted({*classes, *map(str, of_class)} - {""}))
    behind = [_behind(config, str(word)) for word in of_class]
    numbers = {
        column: freeze(np.array([_number(told, column, k, terms) for k, terms in enumerate(behind)], np.float64))
        for column in NUMBER_FIELDS
    }
    for k in np.flatnonzero(numbers["maintenance"] > numbers["initial"]).tolist():
        problems.append(
            f"universe: {names[k]} has a maintenance margin of {numbers['maintenance'][k]:g} above its initial margin"
            f" of {numbers['initial'][k]:g}"
        )
    if problems:
        raise DataError(*problems)
    currency = tuple(str(_first(told, "currency", k, terms) or "") for k, terms in enumerate(behind))
    return Instruments(**numbers, currency=currency, asset_class=tuple(map(str, of_class)))


def _behind(config: UniverseConfig, of_class: str) -> tuple[InstrumentTerms, ...]:
    """Who speaks of an asset of a class where its row does not, in order."""
    terms = config.classes.get(of_class)
    return (config.defaults,) if terms is None else (terms, config.defaults)


def _first(told: Told, column: str, k: int, behind: Sequence[InstrumentTerms]) -> Said:
    """What the first of all says who speaks of one asset."""
    said = told[column][k] if column in told else None
    for terms in behind:
        if said is not None:
            break
        said = getattr(terms, column)
    return said


def _number(told: Told, column: str, k: int, behind: Sequence[InstrumentTerms]) -> float:
    said = _first(told, column, k, behind)
    return UNSAID[column] if said is None else float(said)


def _unknown_classes(config: UniverseConfig, there: Sequence[str]) -> list[str]:
    known = f"there are {', '.join(there)}" if there else "nothing says the class of any asset"
    return [
        f"universe.classes.{name}: no asset is of this class; {known}{did_you_mean(name, there)}"
        for name in config.classes
        if name not in there
    ]
