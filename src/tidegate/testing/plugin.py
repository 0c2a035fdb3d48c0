"""What pytest loads: options, fixtures, and the collection of journals and tables of scenarios.

Every run of pytest loads this module where Tidegate is installed, so it loads nothing of it until that is needed.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tidegate.data.panel import ArraySource
    from tidegate.session import Session
    from tidegate.testing.replaying import Replayer
    from tidegate.testing.stepping import ManualClock, Stepped

SUFFIXES = (".tgj", ".scenarios")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("tidegate", "journals and tables of scenarios as tests")
    group.addoption(
        "--tidegate-swap", action="append", default=[], metavar="WHAT=BY",
        help="run with another part: ROLE=module:Class or a setting such as execution.fill=same_close; what then"
        " differs is what it changes. May be given several times.",
    )  # fmt: skip
    group.addoption(
        "--tidegate-bless", action="store_true",
        help="what differs is as it should be: write it over what was there. Needs --reason, which is kept beside it.",
    )  # fmt: skip
    group.addoption(
        "--reason", "--tidegate-reason", dest="tidegate_reason", default="", metavar="TEXT",
        help="why the blessed changes are as they should be",
    )  # fmt: skip
    group.addoption(
        "--tidegate-shuffle", type=int, default=0, metavar="N",
        help="run each once more with its actors in N other orders, which must change nothing",
    )  # fmt: skip
    parser.addini(
        "tidegate_folders", type="linelist", default=[],
        help="folders whose journals and tables of scenarios are tests; by default all that pytest visits",
    )  # fmt: skip


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Those of `hooks`."""
    from tidegate.testing import hooks  # where this is loaded before pytest is ready, its marks are not known yet

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Refuses options that do not go together."""
    options = config.option
    if options.tidegate_bless and not options.tidegate_reason.strip():
        raise pytest.UsageError('--tidegate-bless needs --reason "...", which is kept beside what it changes')
    if options.tidegate_reason and not options.tidegate_bless:
        raise pytest.UsageError("--reason is that of --tidegate-bless, which is not given")
    if options.tidegate_bless and options.tidegate_swap:
        raise pytest.UsageError("--tidegate-bless would write down what --tidegate-swap changes; leave one of them out")
    if options.tidegate_bless and getattr(options, "numprocesses", None):
        raise pytest.UsageError("--tidegate-bless writes files that several processes would write at once: say -n 0")
    if options.tidegate_shuffle < 0:
        raise pytest.UsageError(f"--tidegate-shuffle {options.tidegate_shuffle}: want 0 or more")
    if options.tidegate_swap:
        _check_swaps(options.tidegate_swap)


def _check_swaps(texts: list[str]) -> None:
    from tidegate.core.errors import ConfigError  # see the module's docstring
    from tidegate.testing.swaps import parse_swaps

    try:
        parse_swaps(texts)
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(trylast=True)
def pytest_tidegate_replayer() -> "Replayer":
    """The usual replayer, where no `conftest.py` has another one."""
    from tidegate.testing.replaying import JournalReplayer  # see the module's docstring

    return JournalReplayer()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Journals and tables of scenarios; of other files, a look at their suffix."""
    if file_path.suffix not in SUFFIXES:
        return None
    from tidegate.testing.items import collected  # see the module's docstring

    return collected(file_path, parent)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was blessed."""
    if config.option.tidegate_bless:
        from tidegate.testing.items import BLESSED  # see the module's docstring

        blessed = config.stash.get(BLESSED, [])
        terminalreporter.section("blessed")
        for nodeid in blessed:
            terminalreporter.write_line(nodeid)
        terminalreporter.write_line(f"{len(blessed)} changed, because: {config.option.tidegate_reason}")


@pytest.fixture
def scripted_feed() -> "Callable[[str], ArraySource]":
    """Makes the source of a market that is written down, as a table or in one line; see `testing.market`."""
    from tidegate.testing.market import table, tape  # see the module's docstring

    return lambda text: (table if "\n" in text else tape)(text).source()


@pytest.fixture
def manual_clock() -> "Iterator[ManualClock]":
    """A clock for `session.swap("clock", ...)`, which opens a barrier when the test allows it to."""
    from tidegate.testing.stepping import LEFT, ManualClock  # see the module's docstring

    clock = ManualClock()
    yield clock
    clock.end(LEFT)


@pytest.fixture
def stepped() -> "Iterator[Callable[[Session], Stepped]]":
    """Starts a session that the test then moves barrier by barrier; what is left of it ends with the test."""
    from tidegate.testing.stepping import Stepped  # see the module's docstring

    with ExitStack() as stack:
        yield lambda session: stack.enter_context(Stepped(session))
