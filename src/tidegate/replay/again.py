"""A session made anew from what a journal says of its run."""

import sys
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidegate.actors.feed import DataFeed
from tidegate.assembly import STANDARD_ROLES
from tidegate.config.loader import load_config
from tidegate.config.models import Config
from tidegate.core.errors import ConfigError, UserError, did_you_mean
from tidegate.core.loading import make
from tidegate.data.panel import PanelSource
from tidegate.journal.header import Header, Market
from tidegate.journal.reader import Journal
from tidegate.journaling import class_path
from tidegate.messages.clock import PhaseOpened, StopRequested
from tidegate.replay.feed import JournalFeed, JournalSource
from tidegate.results.progress import Progress
from tidegate.risk.rules import RiskRule
from tidegate.runtime.actor import Actor
from tidegate.runtime.routing import SCHEDULER
from tidegate.runtime.steered import SteeredClock, StopAt
from tidegate.session import Session
from tidegate.strategy.strategy import Strategy

if TYPE_CHECKING:
    from tidegate.data.table import Frame

STRATEGY = "strategy"
_FEED = 1
"""Number of the feed among the actors."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a run was given in Python, and must be given again: a journal does not hold it.

    Attributes:
        strategy: as of `Session`; of no use after one run.
        risk: rules and limits beside the configured ones.
        source: the panel that took the place of all tables.
        frames: tables by their names among the arguments of `Session`; also paths, where files have moved.
        prepare: called with the session, to add and swap actors.
    """

    strategy: Strategy | Sequence[Strategy] | None = None
    risk: Sequence[RiskRule] = ()
    source: PanelSource | None = None
    frames: Mapping[str, "Frame"] = field(default_factory=dict)
    prepare: Callable[[Session], None] | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """How a run is to be made again.

    Attributes:
        given: what was given in Python.
        swaps: other parts: by role a class as `module:Class`, by key of the configuration a value.
        out: the run folder, if any.
        recorded: whether the configuration is to say that the run is recorded, as it did.
        shuffle_seed: as of `Session`.
        pace: as of `SteeredClock`.
        progress: as of `Session`.
    """

    given: Given = field(default_factory=Given)
    swaps: Mapping[str, str] = field(default_factory=dict)
    out: Path | None = None
    recorded: bool = False
    shuffle_seed: int | None = None
    pace: float | None = None
    progress: bool | Progress | None = False

    @property
    def other_parts(self) -> dict[str, str]:
        """The swaps that do not merely say where the same data is now."""
        return {key: value for key, value in self.swaps.items() if not finds_data(key)}

    @property
    def settings(self) -> list[str]:
        """The swaps of settings, as `a.b=c`."""
        return [f"{key}={value}" for key, value in self.swaps.items() if "." in key]

    @property
    def roles(self) -> dict[str, str]:
        """The swaps of actors and of the strategy."""
        return {key: value for key, value in self.swaps.items() if "." not in key}


def finds_data(key: str) -> bool:
    """Whether a setting merely says where the same data is now."""
    return key.startswith("data.") and key.endswith(".path")


def make_session(journal: Journal, path: Path, again: Again, journal_to: Path | None = None) -> Session:
    """The session.

    Args:
        journal: closed by nobody here; batches by value are read from it while the session runs.
        path: of the journal; modules beside it, and where the run had its own, can be imported from then on.
        again: how.
        journal_to: where to record it.

    Raises:
        UserError: something that was given in Python is not given again.
        ConfigError: a swap names nothing that is there.
    """
    header, given = journal.header, again.given
    for folder in (str(path.absolute().parent), *header.folders):
        if folder not in sys.path:
            sys.path.append(folder)
    by_value = from_journal(header, again)
    _require(header, again, by_value=by_value)
    config = config_of(header, again)
    session = Session(
        given.strategy if STRATEGY not in again.roles else None,
        config=config,
        risk=given.risk,
        out=again.out,
        journal=journal_to,
        progress=again.progress,
        source=JournalSource(journal) if by_value else given.source,
        shuffle_seed=again.shuffle_seed,
        **given.frames,
    )
    if by_value:
        session.swap("feed", JournalFeed(journal, _FEED, header.actors[_FEED]))
    if given.prepare is not None:
        given.prepare(session)
    stop = stop_of(journal)
    if stop is not None or again.pace is not None:
        clock = SteeredClock(again.pace, stop)
        clock.stop_with(session.stop)
        session.swap("clock", clock)
    for role, use in again.roles.items():
        if role != STRATEGY:
            session.swap(role, make(f"swap of {role}", use, {}, Actor))
    return session


def from_journal(header: Header, again: Again) -> bool:
    """Whether the journal itself is the data: batches are in it as they were."""
    if again.given.source is not None or again.given.frames or "feed" in again.roles:
        return False
    own_feed = header.classes[_FEED : _FEED + 1] != (class_path(DataFeed),)
    return header.market is Market.VALUE or (own_feed and again.given.prepare is None)


def config_of(header: Header, again: Again) -> Config:
    """The run's configuration with other settings, and the strategy that takes the place of its own.

    Raises:
        ConfigError: a role is none, a setting is none, or its value cannot be.
    """
    _check_roles(header, again)
    values: dict[str, Any] = _without_none(deepcopy(header.config))
    if not again.recorded:
        values["journal"] = {**values.get("journal", {}), "mode": "off"}
    if STRATEGY in again.roles:
        _swap_strategy(values, header, again.roles[STRATEGY])
    return load_config(values, again.settings)


def _swap_strategy(values: dict[str, Any], header: Header, use: str) -> None:
    """Another class in the place of the first strategy, under the same name, made without arguments."""
    if len(header.strategies) > 1 and header.strategies[0].get("given"):
        raise ConfigError("swap of strategy: the run had several that were given in Python; give all of them instead")
    setting = {"use": use}
    if header.strategies:
        setting["name"] = header.strategies[0]["name"]
    configured = values.get(STRATEGY)
    several = configured if isinstance(configured, list) else [configured] if configured else []
    kept = {key: several[0][key] for key in ("history",) if several and key in several[0]}
    values[STRATEGY] = [{**setting, **kept}, *several[1:]]


def stop_of(journal: Journal) -> StopAt | None:
    """Where somebody outside asked for the recorded run's end; None where nobody did.

    Raises:
        JournalError: the journal cannot be read.
    """
    scheduler = journal.header.actors.index(SCHEDULER)
    opened: PhaseOpened | None = None
    for frame in journal.frames(max(journal.end.barrier, -1)):
        if frame.type == PhaseOpened.__name__:
            message = frame.message
            opened = message if isinstance(message, PhaseOpened) else None
        elif frame.sender == scheduler and frame.type == StopRequested.__name__:
            message = frame.message
            assert isinstance(message, StopRequested)
            return StopAt(opened, message.reason)
    return None


def _check_roles(header: Header, again: Again) -> None:
    """The roles of swaps are there, whatever is to take them, and are swapped as roles.

    Raises:
        ConfigError: each that is not.
    """
    classes = [key for key in again.swaps if key.startswith(f"{STRATEGY}.") and key.endswith(".use")]
    if classes:
        raise ConfigError(
            *(f"{key}: another strategy is no setting: swap it (--swap {STRATEGY}=module:Class)" for key in classes)
        )
    roles = (STRATEGY, *STANDARD_ROLES, *(str(one["name"]) for one in header.strategies))
    absent = [role for role in again.roles if role not in roles]
    if absent:
        there = ", ".join(roles)
        raise ConfigError(*(f"swap: no role '{one}'{did_you_mean(one, roles)}; there are {there}" for one in absent))


def _require(header: Header, again: Again, *, by_value: bool) -> None:
    """Whatever was given in Python is given again.

    Raises:
        UserError: each that is not.
    """
    given, problems = again.given, list[str]()
    names = [one["name"] for one in header.strategies if one.get("given")]
    if names and given.strategy is None and STRATEGY not in again.roles:
        classes = ", ".join(str(one["class"]) for one in header.strategies)
        problems.append(
            f"strategy: '{', '.join(names)}' ({classes}) was given in Python: give it again (Given.strategy), or one in"
            " its place (--swap strategy=module:Class)"
        )
    absent = [name for name in header.frames if name not in given.frames and given.source is None]
    if absent and not by_value:
        problems.append(f"data: {', '.join(absent)} was given as a table in Python: give it again (Given.frames)")
    elif "arrays" in header.data and given.source is None and not by_value:
        problems.append("data: it was given as arrays in Python: give the source again (Given.source)")
    if problems:
        raise UserError(*problems)


def _without_none(value: Any) -> Any:
    """A configuration as it is written: what is not set is not there."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value
