"""The test kit: markets and orders written down, clocks that a test moves, what Hypothesis draws, a pytest plugin.

General layout:

    market       Market: as a table with a row for each barrier, or in one line
    script       Script: a strategy that asks for what a text says
    scenarios    tables of whole runs: what is asked in which market, and what must come of it
    outcomes     what came of a run, in the words of such a table
    stepping     Stepped: a run that a test moves barrier by barrier; ManualClock, Listener
    drawn        markets, orders and scripts for Hypothesis, which is loaded with it and nowhere else
    replaying    what replays journals for the plugin, and how a changed one is blessed
    swaps        other actors, strategies and settings than those that a test was made with
    items        the tests that journals and rows of tables become
    plugin       what pytest loads: options, fixtures, collection
    hooks        of the plugin

Importing this package loads none of it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.testing.drawn import asks, markets, scripts
    from tidegate.testing.market import Market, table, tape
    from tidegate.testing.outcomes import Outcome, outcome_of
    from tidegate.testing.replaying import JournalReplayer, Replayer
    from tidegate.testing.scenarios import Scenario, read_scenarios
    from tidegate.testing.script import Ask, Script, parse_asks
    from tidegate.testing.stepping import Listener, ManualClock, Stepped

_HOMES = {
    "drawn": ("asks", "markets", "scripts"),
    "market": ("Market", "table", "tape"),
    "replaying": ("JournalReplayer", "Replayer"),
    "outcomes": ("Outcome", "outcome_of"),
    "scenarios": ("Scenario", "read_scenarios"),
    "script": ("Ask", "Script", "parse_asks"),
    "stepping": ("Listener", "ManualClock", "Stepped"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Ask",
    "JournalReplayer",
    "Listener",
    "ManualClock",
    "Market",
    "Outcome",
    "Replayer",
    "Scenario",
    "Script",
    "Stepped",
    "asks",
    "markets",
    "outcome_of",
    "parse_asks",
    "read_scenarios",
    "scripts",
    "table",
    "tape",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'tidegate.testing' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"tidegate.testing.{home}"), name)
    globals()[name] = value
    return value
