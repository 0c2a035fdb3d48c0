"""Tables of whole runs: in which market what is asked, and what must come of it.

A file of scenarios has a row for each; the first row names the columns, and may come again to change them:

    set account.cash=1000; execution.commission.bps=10
    name         | market          | asks  | config                    | fills      | cash   | equity
    at the open  | A 100 110 120   | 0 A+5 |                           | 1o A+5@110 | 449.45 | 1000 999.45 1049.45
    of nothing   | A 1 1; B 5 5    | 0 B-1 |                           |            | 1000   | 1000 1000
    at the close | A 100 110       | 0 A+5 | execution.fill=same_close | 0c A+5@100 | 499.5  | 999.5 1049.5

`market` is a tape and `asks` a script, see the modules of these names; without asks the strategy is that of the
configuration, where there is one. `config` has settings with `;` between them, `set` those of all rows below it, each
`set` in place of the one before. Lines that begin with `#`, and empty ones, are passed over. The other columns are what
must come of it; what has no column is not compared. Money is in currency units and compared to the micro-unit, other
figures to 8 digits.

    fills       `1o A+5@110, 2b A-5@90 stop_loss`: barrier, point (open, bar, close), asset, signed units, price, and
                the rule where one made the order
    refused     `trimmed 0 A+5 MAX_WEIGHT`: what happened, barrier, asset, signed units, reason; in any order
    trades      `A4 pnl 31.6`: asset, units, profit
    positions   `A5 B-3` at the end
    cash        at the end; and so commission and slippage, as sums of the run
    equity      after each barrier; and so waiting (orders that rest) and stale (positions without a price of the bar)
    ambiguous   how many bars could have reached two levels
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidegate.config.overrides import Override
from tidegate.core.errors import ConfigError, did_you_mean
from tidegate.session import Session
from tidegate.strategy.strategy import Strategy
from tidegate.testing.market import tape
from tidegate.testing.outcomes import COLUMNS, Outcome, differences
from tidegate.testing.script import Script

SUFFIX = ".scenarios"
GIVEN = ("name", "market", "asks", "config")


@dataclass(frozen=True)
class Scenario:
    """One row.

    Attributes:
        config: settings as `a.b=c`.
        expected: what must come of it, by column, as it is written.
        place: where it is written, for messages.
    """

    name: str
    market: str
    asks: str = ""
    config: tuple[str, ...] = ()
    expected: Mapping[str, str] = field(default_factory=dict)
    place: str = ""

    def session(
        self, strategy: Strategy | None = None, *, settings: Sequence[str] = (), shuffle_seed: int | None = None
    ) -> Session:
        """The run, to be run.

        Args:
            strategy: takes the place of the row's.
            settings: laid over those of the row.
            shuffle_seed: as that of `Session`.

        Raises:
            UserError: the row makes no sense.
        """
        config = self.settings(*settings)
        if strategy is None and (self.asks or "strategy" not in config):
            strategy = Script(self.asks)
        source = tape(self.market).source()
        return Session(strategy, source=source, config=config, shuffle_seed=shuffle_seed, progress=False)

    def settings(self, *more: str) -> dict[str, Any]:
        """The configuration, with further settings laid over it.

        Raises:
            ConfigError: a setting makes no sense.
        """
        values: dict[str, Any] = {"run": {"kernels": "interpreted"}, "record": {"positions": "every"}}
        for text in (*self.config, *more):
            Override.parse(text).apply(values)
        return values

    def differences(self, outcome: Outcome) -> list[str]:
        """What is not as it is written, one line each.

        Raises:
            ConfigError: a cell makes no sense.
        """
        try:
            return differences(self.expected, outcome)
        except ConfigError as error:
            raise ConfigError(*(f"{self.place}: {problem}" for problem in error.problems)) from None


def read_scenarios(path: Path | str) -> list[Scenario]:
    """The rows of a file.

    Raises:
        ConfigError: with every row that makes no sense.
    """
    path = Path(path)
    return list(parse_scenarios(path.read_text(encoding="utf-8"), path.name))


def parse_scenarios(text: str, place: str = "scenarios") -> Iterator[Scenario]:
    """The rows of a text; `place` names it in messages.

    Raises:
        ConfigError: with every row that makes no sense.
    """
    columns: list[str] = []
    settings: tuple[str, ...] = ()
    found, problems = list[Scenario](), list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{place}:{number}"
        cells = [part.strip() for part in line.split("|")]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if _sets(line):
            settings = _settings(line.removeprefix("set"))
        elif cells[0] == "name":
            columns = cells
            problems += _column_problems(columns, where)
        elif len(cells) != len(columns):
            problems.append(
                f"{where}: has {len(cells)} cells, want {len(columns)}: {' | '.join(columns) or 'no columns'}"
            )
        else:
            found.append(_scenario(dict(zip(columns, cells, strict=True)), settings, where))
    twice = {one.name for one in found if sum(other.name == one.name for other in found) > 1}
    problems += [f"{place}: two rows are named '{name}'; give one another name" for name in sorted(twice)]
    if problems:
        raise ConfigError.of(problems)
    return iter(found)


def _scenario(row: dict[str, str], settings: tuple[str, ...], where: str) -> Scenario:
    expected = {column: text for column, text in row.items() if column not in GIVEN}
    config = (*settings, *_settings(row.get("config", "")))
    return Scenario(row["name"], row.get("market", ""), row.get("asks", ""), config, expected, where)


def _sets(line: str) -> bool:
    return line.split()[0] == "set" and "|" not in line


def _settings(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _column_problems(columns: Sequence[str], where: str) -> Iterator[str]:
    known = (*GIVEN, *COLUMNS)
    for column in columns:
        if column not in known:
            yield f"{where}: no column '{column}'{did_you_mean(column, known)}; there are {', '.join(known)}"
    if "market" not in columns:
        yield f"{where}: there is no column 'market'"


def rewritten(text: str, cells: Mapping[str, Mapping[str, str]]) -> str:
    """A file's text with other cells in some rows, its tables aligned anew where that is so.

    Args:
        text: of a file that can be read.
        cells: by the row's name and the column.
    """
    lines, columns, block = list[str](), list[str](), list[tuple[int, list[str]]]()
    for line in text.splitlines():
        parts = [part.strip() for part in line.split("|")]
        plain = not line.strip() or line.lstrip().startswith("#") or _sets(line)
        if not plain:
            if parts[0] == "name":
                _align(lines, block, cells)
                columns = parts
            changes = cells.get(parts[0], {}) if parts[0] != "name" else {}
            parts = [changes.get(column, part) for column, part in zip(columns, parts, strict=True)]
            block.append((len(lines), parts))
        lines.append(line)
    _align(lines, block, cells)
    return "\n".join(lines) + "\n"


def _align(lines: list[str], block: list[tuple[int, list[str]]], cells: Mapping[str, object]) -> None:
    """Puts a table back into its lines, where some row of it has changed; and begins the next."""
    if any(parts[0] in cells for _, parts in block):
        widths = [max(map(len, column)) for column in zip(*(parts for _, parts in block), strict=True)]
        for at, parts in block:
            lines[at] = " | ".join(map(str.ljust, parts, widths)).rstrip()
    block.clear()
