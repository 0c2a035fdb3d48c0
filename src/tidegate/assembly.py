"""From configuration to actors: which parts a run has, and how each is made."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tidegate.actors.broker import Broker
from tidegate.actors.feed import DataFeed
from tidegate.actors.recorder import Recorder
from tidegate.actors.risk import RiskManager
from tidegate.actors.strategy import StrategyActor
from tidegate.config.broker import AccountConfig, Margin
from tidegate.config.models import Config, StrategyConfig
from tidegate.config.risk import LimitConfig, RuleConfig
from tidegate.core.enums import ShortageRule, Sizing
from tidegate.core.errors import ConfigError, did_you_mean
from tidegate.core.ids import FIRST_STRATEGY_SENDER, PROTECTIVE_SENDER, RISK_SENDER
from tidegate.core.loading import make
from tidegate.core.money import to_micros
from tidegate.core.universe import Universe
from tidegate.cost_models import cost_models
from tidegate.data.panel import Columns, PanelChunk
from tidegate.kernels import shortage
from tidegate.kernels.execution import Execution
from tidegate.kernels.instruments import AccountSays
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.kernels.terms import AccountTerms, CostModels, ExecutionTerms, SizingTerms
from tidegate.messages.market import UniverseDeclared
from tidegate.results.progress import Progress, Silent
from tidegate.results.tape import Tape
from tidegate.risk.book import RiskBook
from tidegate.risk.rules import (
    MaxGross,
    MaxWeight,
    RiskRule,
    StopLoss,
    TakeProfit,
    TrailingStop,
    watches_positions,
)
from tidegate.runtime.actor import Actor
from tidegate.runtime.clock import Clock
from tidegate.strategy.desk import Desk
from tidegate.strategy.strategy import Strategy
from tidegate.strategy.terms import DeskTerms

STANDARD_ROLES = ("clock", "feed", "broker", "risk", "recorder")
HISTORY = StrategyConfig.model_fields["history"].default
_SHORTAGE = {
    ShortageRule.SCALE: shortage.SCALE,
    ShortageRule.RANK: shortage.RANK,
    ShortageRule.REJECT: shortage.REJECT,
}


@dataclass(frozen=True, slots=True)
class NamedStrategy:
    """A strategy with the name of its actor and how far back it can look."""

    name: str
    strategy: Strategy
    history: int


def load_strategies(config: Config, given: Strategy | Sequence[Strategy] | None) -> tuple[NamedStrategy, ...]:
    """The strategies of a run: those given in Python, or else those of the configuration.

    Raises:
        ConfigError: there is none, a class cannot be found or made, or a name is taken.
    """
    if given is not None:
        several: tuple[object, ...] = tuple(given) if isinstance(given, (list, tuple)) else (given,)
        wrong = [repr(one) for one in several if not isinstance(one, Strategy)]
        if wrong:
            raise ConfigError(f"strategy: {', '.join(wrong)} is not a Strategy; make an instance of a subclass of it")
        strategies = [one for one in several if isinstance(one, Strategy)]
        return tuple(_distinct([(type(one).__name__.lower(), one, HISTORY) for one in strategies]))
    settings = (config.strategy,) if isinstance(config.strategy, StrategyConfig) else config.strategy
    if not settings:
        raise ConfigError("strategy: there is none; name one as {use: 'module:Class'}, such as tidegate.strategy:TopN")
    found: list[tuple[str, Strategy, int]] = []
    problems: list[str] = []
    for number, setting in enumerate(settings):
        place = "strategy" if len(settings) == 1 else f"strategy.{number}"
        try:
            strategy = make(place, setting.use, setting.params, Strategy)
        except ConfigError as error:
            problems += error.problems
        else:
            name = setting.name or type(strategy).__name__.lower()
            found.append((name, strategy, setting.history))
    if problems:
        raise ConfigError(*problems)
    return tuple(_distinct(found))


def _distinct(found: Sequence[tuple[str, Strategy, int]]) -> Iterator[NamedStrategy]:
    """Names are made distinct by a number: topn, topn-2."""
    taken = dict.fromkeys(STANDARD_ROLES, 1)
    for name, strategy, history in found:
        if name in STANDARD_ROLES:
            raise ConfigError(f"strategy.name: '{name}' is the name of a standard actor; choose another")
        taken[name] = taken.get(name, 0) + 1
        yield NamedStrategy(name if taken[name] == 1 else f"{name}-{taken[name]}", strategy, history)


def load_rules(config: Config) -> tuple[RiskRule, ...]:
    """The rules and limits of a configuration, in its order.

    Raises:
        ConfigError: a rule of the user's cannot be found or made.
    """
    rules = [_rule(f"risk.rules.{number}", rule) for number, rule in enumerate(config.risk.rules)]
    return (*rules, *(_limit(limit) for limit in config.risk.limits))


def given_rules(risk: Sequence[RiskRule] | None) -> tuple[RiskRule, ...]:
    """The rules and limits given in Python.

    Raises:
        ConfigError: one is none.
    """
    given: tuple[object, ...] = tuple(risk) if isinstance(risk, list | tuple) else () if risk is None else (risk,)
    wrong = [repr(one) for one in given if not isinstance(one, RiskRule)]
    if wrong:
        raise ConfigError(f"risk: {', '.join(wrong)} is not a RiskRule; give a list of instances of subclasses of it")
    return tuple(one for one in given if isinstance(one, RiskRule))


def _rule(place: str, config: RuleConfig) -> RiskRule:
    if config.stop_loss is not None:
        return StopLoss(config.stop_loss.pct)
    if config.take_profit is not None:
        return TakeProfit(config.take_profit.pct)
    if config.trailing_stop is not None:
        return TrailingStop(config.trailing_stop.pct)
    if config.custom is None:
        raise ConfigError(f"{place}: names no rule")
    return make(f"{place}.custom", config.custom.use, config.custom.params, RiskRule)


def _limit(config: LimitConfig) -> RiskRule:
    if config.max_weight is not None:
        return MaxWeight(config.max_weight.pct, config.max_weight.action)
    if config.max_gross is not None:
        return MaxGross(config.max_gross.pct, config.max_gross.action)
    raise ConfigError("risk.limits: an item names no limit")


def account_terms(config: AccountConfig, features: tuple[str, ...], context: tuple[str, ...]) -> AccountTerms:
    """What kind of account it is, among these columns.

    Raises:
        ConfigError: it names features or context columns that are not there.
    """
    borrow, problems = config.borrow, list[str]()

    def row(place: str, name: str | None, there: tuple[str, ...], kind: str) -> int:
        if name is None:
            return -1
        if name not in there:
            problems.append(f"account.{place}: no {kind} '{name}'{did_you_mean(name, there)}; there are {list(there)}")
            return -1
        return there.index(name)

    terms = AccountTerms(
        margin=config.kind == "margin",
        locked=config.short_proceeds == "locked",
        currency=config.currency,
        says=account_says(config),
        settlement=config.settlement,
        credit=config.interest.credit,
        debit=config.interest.debit,
        others=tuple(sorted(config.rates)),
        rates=tuple(row(f"rates.{name}", config.rates[name], context, "context") for name in sorted(config.rates)),
        borrow_rate_row=row("borrow.rate_feature", borrow.rate_feature, features, "feature"),
        borrow_available_row=row("borrow.available_feature", borrow.available_feature, features, "feature"),
    )
    if problems:
        raise ConfigError(*problems)
    return terms


def account_says(config: AccountConfig) -> AccountSays:
    """What the account says of assets of which nothing else is said."""
    margin = config.margin or Margin()
    if config.kind != "margin":
        return AccountSays(borrow_rate=config.borrow.rate)
    return AccountSays(initial=margin.initial, maintenance=margin.maintenance, borrow_rate=config.borrow.rate)


def broker_terms(config: Config, features: tuple[str, ...], context: tuple[str, ...]) -> ExecutionTerms:
    """The broker's terms, among these columns.

    Raises:
        ConfigError: features or context columns that are named are not there; all of them are told.
    """
    account, models, problems = None, None, list[str]()
    try:
        account = account_terms(config.account, features, context)
    except ConfigError as error:
        problems += error.problems
    try:
        models = cost_models(config.execution, features)
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return execution_terms(config, account, models)


def execution_terms(
    config: Config, account: AccountTerms | None = None, models: CostModels | None = None
) -> ExecutionTerms:
    """The broker's terms; for a plain cash account and without further models of costs where none are given."""
    execution = config.execution
    return ExecutionTerms(
        timing=execution.fill,
        commission_bps=execution.commission.bps,
        per_share=execution.commission.per_share,
        minimum=execution.commission.minimum,
        slippage_bps=execution.slippage.bps,
        shortage=_SHORTAGE[execution.shortage],
        fractional=config.account.fractional,
        path=execution.path,
        through=execution.limit_fill == "through",
        per_trade=execution.commission.per_trade,
        cap_bps=math.inf if execution.commission.cap_bps is None else execution.commission.cap_bps,
        slippage_fixed=execution.slippage.fixed,
        dividends_lower_limits=execution.dividends_lower_limits,
        account=account or AccountTerms(),
        models=models or CostModels(),
        participation=math.nan if execution.participation.pct is None else execution.participation.pct,
        cancels_rest=execution.participation.remainder == "cancel",
        zero_fills=execution.participation.zero_volume == "fill",
        rounds_ticks=execution.tick == "round",
        sizing=sizing_terms(config),
    )


def sizing_terms(config: Config) -> SizingTerms:
    """How targets become orders, for those who ask, check and fill them."""
    execution = config.execution
    return SizingTerms(
        at_fill=execution.sizing is Sizing.FILL,
        least_value=execution.min_trade.value,
        least_weight=execution.min_trade.weight,
        share=1.0 - execution.cash_buffer.targets,
        floor=execution.cash_buffer.floor,
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """What the actors of one run are made from.

    Attributes:
        given: whether the strategies were given in Python.
        swapped: actors that take the place of standard ones, by role; a strategy's role is its name.
        added: actors beside the standard ones.
    """

    config: Config
    strategies: tuple[NamedStrategy, ...]
    rules: tuple[RiskRule, ...]
    tape: Tape
    progress: Progress = field(default_factory=Silent)
    given: bool = False
    swapped: dict[str, Actor] = field(default_factory=dict)
    added: list[Actor] = field(default_factory=list)

    def roles(self) -> tuple[str, ...]:
        """What can be swapped."""
        return (*STANDARD_ROLES, *(one.name for one in self.strategies))

    def senders(self) -> dict[int, str]:
        """Names behind the sender numbers of order ids."""
        strategies = {number: one.name for number, one in enumerate(self.strategies, FIRST_STRATEGY_SENDER)}
        return {PROTECTIVE_SENDER: "broker", RISK_SENDER: "risk", **strategies}

    def swap(self, role: str, actor: Actor) -> None:
        """Puts an actor into a role.

        Raises:
            ConfigError: there is no such role.
        """
        if role not in self.roles():
            roles = self.roles()
            raise ConfigError(f"swap: no role '{role}'{did_you_mean(role, roles)}; there are {', '.join(roles)}")
        self.swapped[role] = actor

    def feeds(self, actor: Actor) -> bool:
        """Whether the actor publishes the run's data as it is."""
        return type(actor) is DataFeed and actor not in self.swapped.values() and actor not in self.added

    def actors(
        self, columns: Columns | None = None, chunks: Iterator[PanelChunk] | None = None, kernels: Kernels = INTERPRETED
    ) -> tuple[Actor, ...]:
        """The actors, in the order that breaks ties of delivery; without data they can be looked at but not run."""
        terms = None
        if columns is None or chunks is None:
            columns, chunks = Columns(Universe(()), (), (), (), 0), iter(())
        elif self.swapped.keys().isdisjoint(("feed", "broker")):  # otherwise nobody knows yet what will be declared
            terms = broker_terms(self.config, columns.features, columns.context)
        makers: dict[str, Callable[[], Actor]] = {
            "clock": Clock,
            "feed": lambda: DataFeed(columns, chunks),
            "broker": lambda: self._broker(terms, kernels),
            "risk": lambda: self._risk(kernels),
        }
        for number, one in enumerate(self.strategies, FIRST_STRATEGY_SENDER):
            makers[one.name] = self._strategy(number, one, kernels)
        makers["recorder"] = lambda: Recorder(self.tape, self.progress)
        standard = [self.swapped[role] if role in self.swapped else make_one() for role, make_one in makers.items()]
        return (*standard, *self.added)

    def _broker(self, known: ExecutionTerms | None, kernels: Kernels) -> Broker:
        guarded = watches_positions(self.rules) or "risk" in self.swapped or bool(self.added)

        def execution(universe: UniverseDeclared) -> Execution:
            terms = known or broker_terms(self.config, universe.features, universe.context)
            return Execution(universe, to_micros(self.config.account.cash), terms, kernels)

        return Broker(self.config.execution.fill, execution, guarded=guarded)

    def _risk(self, kernels: Kernels) -> RiskManager:
        account, share = self.config.account, sizing_terms(self.config).share
        fractional, shorts = account.fractional, account.kind == "margin"

        def book(universe: UniverseDeclared) -> RiskBook:
            return RiskBook(self.rules, universe, fractional=fractional, share=share, shorts=shorts, kernels=kernels)

        return RiskManager(self.rules, book)

    def _strategy(self, number: int, one: NamedStrategy, kernels: Kernels) -> Callable[[], StrategyActor]:
        account, sizing = self.config.account, sizing_terms(self.config)
        shorts = account.kind == "margin"
        initial = (account.margin or Margin()).initial if shorts else 1.0
        terms = DeskTerms(one.name, number, account.fractional, one.history, account.currency, shorts, initial, sizing)

        def desk(universe: UniverseDeclared) -> Desk:
            return Desk(terms, universe, kernels)

        return lambda: StrategyActor(one.strategy, desk, one.name)
