"""The universe: the assets of a run, ordered by name.

An asset is a column number inside and a name at the edges. Columns follow the names' own order, so a tie broken by
column is a tie broken by name and never depends on how the data happened to be laid out.
"""

from collections.abc import Iterable

from tidegate.core.errors import RequestError, did_you_mean


class Universe:
    """An immutable, name-ordered set of assets.

    Args:
        names: in any order; duplicates are an error of the caller's.
    """

    __slots__ = ("_columns", "names")

    def __init__(self, names: Iterable[str]) -> None:
        self.names: tuple[str, ...] = tuple(sorted(names))
        self._columns = {name: column for column, name in enumerate(self.names)}
        if len(self._columns) != len(self.names):
            raise RequestError("the universe names an asset twice")

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, asset: object) -> bool:
        return asset in self._columns

    def index(self, asset: str | int) -> int:
        """The column of an asset given by name or by column.

        Raises:
            RequestError: no such name (the nearest is suggested) or column.
        """
        if isinstance(asset, str):
            column = self._columns.get(asset)
            if column is None:
                hint = did_you_mean(asset, self.names)
                raise RequestError(f"asset '{asset}' is not among the {len(self)} of the universe{hint}")
            return column
        column = int(asset)
        if not 0 <= column < len(self.names):
            raise RequestError(f"asset column {column} is outside the universe's 0..{len(self) - 1}")
        return column

    def name(self, column: int) -> str:
        """The name of a column."""
        return self.names[column]
