"""The tests that journals and rows of tables become."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tidegate.core.errors import ActorFailed, TidegateError, UserError
from tidegate.testing.outcomes import cell, outcome_of
from tidegate.testing.replaying import Replayer, bless_journal, note_reason
from tidegate.testing.scenarios import SUFFIX, Scenario, read_scenarios, rewritten
from tidegate.testing.swaps import parse_swaps, run_swapped

JOURNAL = ".tgj"
MANIFEST = "manifest.json"
BLESSED = pytest.StashKey[list[str]]()


class Changed(Exception):
    """It did not come out as it is written; the argument says how."""


def collected(path: Path, parent: pytest.Collector) -> pytest.File | None:
    """The tests in a journal or a table, unless it lies outside of the folders for such.

    The journal in a run folder is no test but a result, unless it is named on the command line.
    """
    named = parent.session.isinitpath(path)
    folders = [parent.config.rootpath / name for name in parent.config.getini("tidegate_folders")]
    if not named and folders and not any(folder in path.parents for folder in folders):
        return None
    if path.suffix == SUFFIX:
        return ScenarioFile.from_parent(parent, path=path)
    if not named and (path.parent / MANIFEST).exists():
        return None
    return JournalFile.from_parent(parent, path=path)


class _Test(pytest.Item):
    """What both sorts of tests have in common: how they are told apart from errors, and blessed."""

    def runtest(self) -> None:
        """Compares; what has changed is blessed where that is asked for."""
        options = self.config.option
        swaps = parse_swaps(options.tidegate_swap)
        changes = list(self.changes(swaps, None))
        if changes and options.tidegate_bless:
            self.bless(options.tidegate_reason, "\n".join(changes))
            self.config.stash.setdefault(BLESSED, []).append(self.nodeid)
        elif changes:
            raise Changed("\n".join(changes))
        for seed in range(options.tidegate_shuffle):
            shuffled = list(self.changes(swaps, seed))
            if shuffled:
                raise Changed("\n".join([f"only with actors in another order (shuffle seed {seed}):", *shuffled]))

    @abstractmethod
    def changes(self, swaps: dict[str, str], shuffle_seed: int | None) -> Iterable[str]:
        """What is not as it is written, with the actors in their own order or another."""

    @abstractmethod
    def bless(self, reason: str, was: str) -> None:
        """What is now is what is to be."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A change, and a mistake in a file, without the way through this code."""
        error = excinfo.value
        mistake = error.cause if isinstance(error, ActorFailed) else error
        if isinstance(mistake, Changed | UserError):
            return str(error)
        return super().repr_failure(excinfo, style)


class JournalFile(pytest.File):
    """A journal: one test, that it replays."""

    def collect(self) -> Iterator[pytest.Item]:
        """The test."""
        yield JournalTest.from_parent(self, name="replay")


class JournalTest(_Test):
    """Every message is as it was recorded."""

    def changes(self, swaps: dict[str, str], shuffle_seed: int | None) -> Iterable[str]:
        """The first difference."""
        difference = self._replayer().replay(self.path, swaps, shuffle_seed)
        if difference is not None:
            yield str(difference)

    def bless(self, reason: str, was: str) -> None:
        """Records it anew."""
        bless_journal(self.path, self._replayer(), reason, was)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it is told."""
        return self.path, None, f"replay of {self.path.name}"

    def _replayer(self) -> Replayer:
        found: Replayer = self.ihook.pytest_tidegate_replayer(config=self.config)
        return found


class ScenarioFile(pytest.File):
    """A table of scenarios: a test for each row."""

    def collect(self) -> Iterator[pytest.Item]:
        """The tests."""
        try:
            rows = read_scenarios(self.path)
        except TidegateError as error:
            raise self.CollectError(str(error)) from None
        for row in rows:
            yield ScenarioTest.from_parent(self, name=row.name, scenario=row)


class ScenarioTest(_Test):
    """A row comes out as it is written."""

    def __init__(self, *, scenario: Scenario, **options: Any) -> None:
        super().__init__(**options)
        self.scenario = scenario
        self._cells: dict[str, str] = {}
        self._digest = ""

    def changes(self, swaps: dict[str, str], shuffle_seed: int | None) -> Iterable[str]:
        """Figures that differ; with actors in another order, from those in their own."""
        result = run_swapped(self.scenario, swaps, shuffle_seed)
        if shuffle_seed is None:
            self._digest, outcome = result.digest, outcome_of(result)
            self._cells = {column: cell(outcome, column) for column in self.scenario.expected}
            yield from self.scenario.differences(outcome)
        elif result.digest != self._digest:
            yield f"digest: want {self._digest}, have {result.digest}"

    def bless(self, reason: str, was: str) -> None:
        """Writes the figures into the table; those that are near enough stay as they are."""
        told = [line.partition(":")[0] for line in was.splitlines()]
        changed = {column: text for column, text in self._cells.items() if column in told}
        note_reason(self.path, reason, f"{self.name}\n{was}")
        text = rewritten(self.path.read_text(encoding="utf-8"), {self.name: changed})
        self.path.write_text(text, encoding="utf-8", newline="\n")

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is told."""
        line = int(self.scenario.place.rpartition(":")[2])
        return self.path, line - 1, self.name
