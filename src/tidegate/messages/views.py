"""One barrier's data, by name: views of the batch message, made on demand."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from tidegate.core.arrays import BoolArray, FloatArray
from tidegate.core.errors import RequestError, did_you_mean
from tidegate.core.time import to_datetime
from tidegate.core.universe import Universe
from tidegate.messages.market import MarketBatch


class Named(Mapping[str, FloatArray]):
    """Rows of a block by name; a row has shape (n_assets,)."""

    __slots__ = ("_block", "_kind", "_names")

    def __init__(self, kind: str, names: Mapping[str, int], block: FloatArray) -> None:
        self._kind = kind
        self._names = names
        self._block = block

    def __getitem__(self, name: str) -> FloatArray:
        row = self._names.get(name)
        if row is None:
            raise RequestError(f"no {self._kind} '{name}'; there are {list(self._names)}{near(name, self._names)}")
        values: FloatArray = self._block[row]
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class NamedNumbers(Mapping[str, float]):
    """One number to a name: market-wide values, or one asset's."""

    __slots__ = ("_kind", "_names", "_values")

    def __init__(self, kind: str, names: Mapping[str, int], values: FloatArray) -> None:
        self._kind = kind
        self._names = names
        self._values = values

    def __getitem__(self, name: str) -> float:
        row = self._names.get(name)
        if row is None:
            raise RequestError(f"no {self._kind} '{name}'; there are {list(self._names)}{near(name, self._names)}")
        return float(self._values[row])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def near(name: str, names: Mapping[str, int]) -> str:
    """The hint for a misspelled name."""
    return did_you_mean(name, list(names))


class Labels:
    """Names of the rows of a batch's blocks; one for a run."""

    __slots__ = ("context", "features", "signals", "universe")

    def __init__(
        self, universe: Universe, signals: tuple[str, ...], features: tuple[str, ...], context: tuple[str, ...]
    ) -> None:
        self.universe = universe
        self.signals = {name: row for row, name in enumerate(signals)}
        self.features = {name: row for row, name in enumerate(features)}
        self.context = {name: row for row, name in enumerate(context)}


class Batch:
    """All that became known at one timestamp. Arrays are read-only, shape (n_assets,), NaN where there is nothing."""

    __slots__ = ("_labels", "_message")

    def __init__(self, labels: Labels, message: MarketBatch) -> None:
        self._labels = labels
        self._message = message

    @property
    def open(self) -> FloatArray:
        """First price of each bar."""
        return self._message.open

    @property
    def high(self) -> FloatArray:
        """Highest price of each bar."""
        return self._message.high

    @property
    def low(self) -> FloatArray:
        """Lowest price of each bar."""
        return self._message.low

    @property
    def close(self) -> FloatArray:
        """Last price of each bar."""
        return self._message.close

    @property
    def volume(self) -> FloatArray:
        """Units traded in each bar."""
        return self._message.volume

    @property
    def has_bar(self) -> BoolArray:
        """Which assets have a bar."""
        return self._message.has_bar

    @property
    def signals(self) -> Named:
        """Model output by name."""
        return Named("signal", self._labels.signals, self._message.signals)

    @property
    def features(self) -> Named:
        """Indicators by name."""
        return Named("feature", self._labels.features, self._message.features)

    @property
    def context(self) -> NamedNumbers:
        """Market-wide values by name."""
        return NamedNumbers("context", self._labels.context, self._message.context)

    def event(self, asset: str | int) -> "MarketEvent":
        """One asset's part of the batch.

        Raises:
            RequestError: no such asset.
        """
        return MarketEvent(self._labels, self._message, self._labels.universe.index(asset))


class MarketEvent:
    """One asset at one timestamp; numbers are NaN where the asset has no bar or the value is absent."""

    __slots__ = ("_labels", "_message", "index")

    def __init__(self, labels: Labels, message: MarketBatch, index: int) -> None:
        self._labels = labels
        self._message = message
        self.index = index

    @property
    def asset(self) -> str:
        """Name of the asset."""
        return self._labels.universe.name(self.index)

    @property
    def ts(self) -> int:
        """When the bar closed, ns UTC."""
        return self._message.ts_ns

    @property
    def time(self) -> datetime:
        """When the bar closed, UTC."""
        return to_datetime(self._message.ts_ns)

    @property
    def open(self) -> float:
        """First price."""
        return float(self._message.bars[0, self.index])

    @property
    def high(self) -> float:
        """Highest price."""
        return float(self._message.bars[1, self.index])

    @property
    def low(self) -> float:
        """Lowest price."""
        return float(self._message.bars[2, self.index])

    @property
    def close(self) -> float:
        """Last price."""
        return float(self._message.bars[3, self.index])

    @property
    def volume(self) -> float:
        """Units traded."""
        return float(self._message.bars[4, self.index])

    @property
    def has_bar(self) -> bool:
        """Whether the asset has a bar."""
        return self.close == self.close

    @property
    def signals(self) -> NamedNumbers:
        """Model output by name."""
        return NamedNumbers("signal", self._labels.signals, self._message.signals[:, self.index])

    @property
    def indicators(self) -> NamedNumbers:
        """Features by name."""
        return NamedNumbers("feature", self._labels.features, self._message.features[:, self.index])

    @property
    def context(self) -> NamedNumbers:
        """Market-wide values by name."""
        return NamedNumbers("context", self._labels.context, self._message.context)
