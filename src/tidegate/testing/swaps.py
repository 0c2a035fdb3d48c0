"""Other parts than those with which a test was made: `strategy=my.module:Class`, `execution.fill=same_close`.

What has a dot before its `=` is a setting of the configuration. Anything else is a role, as `Session.swap` has it, or
`strategy` for the first strategy, and the class to put there, which is made without arguments.
"""

from collections.abc import Mapping, Sequence

from tidegate.core.errors import ConfigError
from tidegate.core.loading import make
from tidegate.results.result import Result
from tidegate.runtime.actor import Actor
from tidegate.strategy.strategy import Strategy
from tidegate.testing.scenarios import Scenario

STRATEGY = "strategy"


def parse_swaps(texts: Sequence[str]) -> dict[str, str]:
    """What takes the place of what.

    Raises:
        ConfigError: a text is neither a role with a class nor a setting with a value.
    """
    swaps, problems = dict[str, str](), list[str]()
    for text in texts:
        what, equals, by = text.partition("=")
        if not (what and equals and by) or ("." not in what and ":" not in by):
            problems.append(f"swap '{text}': want ROLE=module:Class, or a setting such as execution.fill=same_close")
        elif what in swaps:
            problems.append(f"swap '{text}': {what} has been swapped for {swaps[what]} already")
        swaps[what] = by
    if problems:
        raise ConfigError.of(problems)
    return swaps


def settings_of(swaps: Mapping[str, str]) -> list[str]:
    """The settings among them, as `a.b=c`."""
    return [f"{what}={by}" for what, by in swaps.items() if "." in what]


def run_swapped(scenario: Scenario, swaps: Mapping[str, str], shuffle_seed: int | None = None) -> Result:
    """Runs a row with other parts.

    Raises:
        ConfigError: a class cannot be found or made, or there is no such role.
    """
    strategy = make("swap of strategy", swaps[STRATEGY], {}, Strategy) if STRATEGY in swaps else None
    session = scenario.session(strategy, settings=settings_of(swaps), shuffle_seed=shuffle_seed)
    for role, use in swaps.items():
        if role != STRATEGY and "." not in role:
            session.swap(role, make(f"swap of {role}", use, {}, Actor))
    return session.run()
