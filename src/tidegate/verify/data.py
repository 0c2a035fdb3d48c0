"""The data that a journal refers to, where they can be had and are still the same."""

from typing import Any

from tidegate.config.loader import load_config
from tidegate.core.errors import UserError
from tidegate.data.panel import PanelSource
from tidegate.journal import Header, Market


class NotAtHand(Exception):
    """The data cannot be had, or are others; the argument says why."""


def data_of(header: Header) -> PanelSource | None:
    """What the batches of a journal can be read from; None where they are in the journal itself.

    Raises:
        NotAtHand: they were given in Python, cannot be read, or are not those of the run.
    """
    if header.market is Market.VALUE:
        return None
    if header.frames:
        raise NotAtHand(f"they were given in Python: {', '.join(header.frames)}")
    try:
        config = load_config(dict(header.config))
        if config.data.prices.path is None:
            raise NotAtHand("they were given in Python, by a source of their own")
        from tidegate.data.tables import TableSource  # Polars: only where tables are read

        zero_fills = config.execution.participation.zero_volume == "fill"
        source = TableSource(config.data, config.universe, {}, zero_fills=zero_fills)
        source.open()
        _compare(dict(header.data), dict(source.fingerprints()))
    except UserError as error:
        raise NotAtHand(str(error)) from error
    return source


def _compare(told: dict[str, Any], found: dict[str, Any]) -> None:
    changed = [name for name in sorted({*told, *found}) if told.get(name) != found.get(name)]
    if changed:
        raise NotAtHand(f"they have changed since the run: {', '.join(changed)}")
