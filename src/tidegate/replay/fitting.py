"""What parts that are others than the recorded ones take over where they begin, and what does not fit."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tidegate.actors.broker import Broker
from tidegate.actors.risk import RiskManager
from tidegate.actors.strategy import StrategyActor
from tidegate.assembly import Parts, sizing_terms
from tidegate.config.models import StrategyConfig
from tidegate.core.errors import ConfigError, UserError
from tidegate.journal.header import Header
from tidegate.journaling import PreparedRun, class_path
from tidegate.messages.state import declares, decode_state, encode_state
from tidegate.replay.leading import WHOLE, Reached
from tidegate.replay.plans import size_anew
from tidegate.replay.restoring import Takeover, told_states
from tidegate.risk.keeping import GONE
from tidegate.risk.rules import LEVEL_RULES, MaxGross, MaxWeight, RiskRule, custom_rules
from tidegate.runtime.actor import Actor
from tidegate.runtime.snapshots import Stage

_CAN_CHANGE = (
    "strategy", "risk", "execution.commission", "execution.slippage", "execution.shortage", "execution.path",
    "execution.limit_fill", "execution.min_trade", "execution.cash_buffer", "execution.tick",
    "execution.participation.pct", "execution.participation.remainder", "execution.dividends_lower_limits",
    "journal", "record", "run.name", "run.kernels", "run.phase_timeout_s", "run.max_supersteps", "run.mailbox_limit",
)  # fmt: skip
"""Settings that may be others from a barrier on: nothing that stands there was made by them, or `Fitting` says what is
taken over."""


def check_settings(before: Mapping[str, Any], now: Mapping[str, Any], first: int) -> None:
    """Only such settings are others as can be from a barrier on.

    Args:
        before, now: configurations as JSON values.
        first: the barrier.

    Raises:
        ConfigError: names each that cannot.
    """
    changed = [key for key in _changed(before, now, "") if not _among(key, _CAN_CHANGE) and not _finds_data(key)]
    if changed:
        why = f"what stands at barrier {first:,} was made with the recorded setting: {WHOLE}"
        raise ConfigError(*(f"{key}: cannot be another from a later barrier on; {why}" for key in changed))


def _changed(before: Any, now: Any, key: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in sorted(before.keys() | now.keys()):
            yield from _changed(before.get(name), now.get(name), f"{key}.{name}" if key else name)
    elif before != now:
        yield key


def _among(key: str, prefixes: Collection[str]) -> bool:
    return any(key == prefix or key.startswith(f"{prefix}.") for prefix in prefixes)


def _finds_data(key: str) -> bool:
    return key.startswith("data.") and (key.endswith(".path") or key == "data.chunk")


@dataclass(frozen=True, slots=True)
class Fitting:
    """Which state goes to whom.

    The standard actors keep what they have: orders, books, positions and their trade state. A strategy in the place of
    another begins anew on that: it knows what its context tells. Rules that are others are told what has happened; a
    halt ends with the rule that wanted it, for nobody else could lift it; costs that are others are charged from here,
    by what they would have measured of the market before.

    Attributes:
        reached: where the recorded run stood.
        header: of its journal.
        run: that is to go on.
        roles: whose actors were swapped.
    """

    reached: Reached
    header: Header
    run: PreparedRun
    roles: Collection[str]

    def prepare(self) -> None:
        """Tells actors, before the run begins, that they go on under other terms."""
        before, now = self.reached.parts.config.execution, self.run.config.execution
        size_anew(self.run, self.reached.parts.config, self.reached.barrier + 1)
        costs_differ = (before.commission, before.slippage) != (now.commission, now.slippage)
        for actor in self.run.actors:
            if isinstance(actor, Broker) and costs_differ:
                actor.charge_anew()
            if isinstance(actor, RiskManager) and self._rules_differ:
                actor.rule_anew()

    def takeover(self, stage: Stage) -> Takeover:
        """What each actor takes over.

        Raises:
            UserError: names the actor that cannot, and why.
        """
        states = dict(told_states(self.reached, self.header, self.run, stage).states)
        observers, problems = list[int](), list[str]()
        for index, actor in enumerate(stage.actors):
            if actor.name in self.roles:
                problems += self._swapped(index, actor, states)
            elif isinstance(actor, StrategyActor):
                problems += self._strategy(index, actor, states)
            elif isinstance(actor, Broker):
                if index in states and actor.must_measure(decode_state(states[index], lambda place: place)):
                    observers.append(index)
            elif isinstance(actor, RiskManager) and self._rules_differ:
                if _knows(self.run.parts.rules) - _knows(self.reached.parts.rules):
                    states.pop(index, None)
                    observers.append(index)
                else:
                    problems += self._rules(index, states)
            elif isinstance(actor, RiskManager) and index not in states and self._approves_otherwise:
                problems.append(
                    "execution.cash_buffer.targets: a rule does not say what it keeps (`state`, `restore`), so the risk"
                    " manager would be told again, under another setting, of targets that it let through"
                )
        if problems:
            raise UserError(*(f"{problem}; {WHOLE}" for problem in problems))
        return Takeover(states, tuple(observers), f"; {WHOLE}")

    def _swapped(self, index: int, actor: Actor, states: dict[int, bytes]) -> Iterator[str]:
        """Another actor takes over the state of the one before, if it says that it has one."""
        name = actor.name
        if name in self.reached.states and index not in states:
            if not declares(actor):
                yield (
                    f"actor '{name}': {class_path(type(actor))} does not say what its state is (`state`, `restore`), so"
                    f" it cannot take over what stands after barrier {self.reached.barrier:,}"
                )
            else:
                states[index] = self.reached.states[name]

    def _strategy(self, index: int, actor: StrategyActor, states: dict[int, bytes]) -> Iterator[str]:
        """A strategy that is another one takes over what the one before knew, but not what that kept on itself."""
        name, known = actor.name, self.reached.strategies.get(actor.name)
        before, now = (_strategies(parts).get(name) for parts in (self.reached.parts, self.run.parts))
        if before is not None and now is not None and before.history < now.history:
            yield (
                f"strategy '{name}': it is to look back on {now.history:,} barriers (strategy.history), and the"
                f" recorded one looked back on {before.history:,}"
            )
        elif before is None or now is None or before.what != now.what:
            if known is None:
                yield f"strategy '{name}': nothing is known of what the one before it knew"
            else:
                states[index] = known

    def _rules(self, index: int, states: dict[int, bytes]) -> Iterator[str]:
        """The book goes on; of the user's rules those keep what they kept, and halt what they halted, that stay."""
        risk = self.reached.risk
        if risk is None:
            yield "risk: the recorded risk manager was one of your own"
            return
        left = dict(enumerate(_custom_keys(self.reached.parts)))
        kept: list[msgspec.Raw | None] = []
        numbers: dict[int, int] = {}
        for key in _custom_keys(self.run.parts):
            found = next((number for number, one in left.items() if one == key), None)
            kept.append(None)
            if found is not None:
                del left[found]
                numbers[found] = len(kept) - 1
                state = risk.rules[found]
                if state is None:
                    yield f"risk: the rule {key} does not say what it keeps (`state`, `restore`)"
                else:
                    kept[-1] = msgspec.Raw(state)
        halts: dict[int, str] = {}
        for number, why in risk.halts.items():
            halts.setdefault(numbers.get(number, GONE), why)
        states[index] = encode_state([msgspec.Raw(risk.book), kept, halts])

    @property
    def _approves_otherwise(self) -> bool:
        """Whether targets that are sized at the fill would be let through as other shares of equity."""
        before, now = (sizing_terms(parts.config) for parts in (self.reached.parts, self.run.parts))
        return now.at_fill and before.share != now.share

    @property
    def _rules_differ(self) -> bool:
        return self.reached.parts.config.risk != self.run.config.risk


@dataclass(frozen=True, slots=True)
class _Named:
    """A strategy as two runs can be compared in it: class, and parameters where the configuration has them."""

    what: tuple[str, object]
    history: int


def _strategies(parts: Parts) -> dict[str, _Named]:
    settings = parts.config.strategy
    several = (settings,) if isinstance(settings, StrategyConfig) else settings
    found = {}
    for number, one in enumerate(parts.strategies):
        params = "given" if parts.given else several[number].model_dump(mode="json")["params"]
        found[one.name] = _Named((class_path(type(one.strategy)), params), one.history)
    return found


def _custom_keys(parts: Parts) -> list[str]:
    """The user's rules by what they are: as configured, or by their class where they were given in Python."""
    configured = [rule.model_dump_json() for rule in (*parts.config.risk.rules, *parts.config.risk.limits)]
    custom = custom_rules(parts.rules)
    return [
        configured[number] if number < len(configured) else class_path(type(rule))
        for number, rule in enumerate(parts.rules)
        if any(rule is one for one in custom)
    ]


def _knows(rules: tuple[RiskRule, ...]) -> set[str]:
    """What a risk manager with these rules follows: the trade state of positions, orders that are open."""
    custom = bool(custom_rules(rules))
    found = set()
    if custom or any(isinstance(rule, LEVEL_RULES) for rule in rules):
        found.add("positions")
    if custom or any(isinstance(rule, (MaxWeight, MaxGross)) for rule in rules):
        found.add("orders")
    return found
