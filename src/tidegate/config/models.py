"""The configuration: one pydantic model, the same in YAML, JSON and Python.

Every model is frozen and refuses keys it does not know. Durations are text such as `5m`; they are kept as written
and parsed where they are used. What only the files can tell (columns, types) is checked by the data layer.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from tidegate.config.broker import AccountConfig, ExecutionConfig
from tidegate.config.risk import RiskConfig
from tidegate.config.section import Section, Use
from tidegate.config.universe import UniverseConfig
from tidegate.config.values import (
    ACTOR_NAME,
    RUN_NAME,
    Duration,
    Flag,
    Moment,
    Number,
    PathText,
    Whole,
    parse_last_moment,
    parse_moment,
)


class RunConfig(Section):
    """The run itself.

    Attributes:
        name: names the run folder.
        seed: from which every use of randomness derives its own.
        kernels: `compiled` by numba, `interpreted`, or `auto`: compiled where the run is long enough to pay.
        phase_timeout_s: how long a phase of a barrier may take before `BarrierTimeout`.
        max_supersteps: how many rounds of messages one phase may take before it counts as endless.
        mailbox_limit: how many messages may wait for one actor in one superstep.
    """

    name: Annotated[str, Field(pattern=RUN_NAME)] = "run"
    seed: Annotated[Whole, Field(ge=0)] = 0
    kernels: Literal["auto", "compiled", "interpreted"] = "auto"
    phase_timeout_s: Annotated[Number, Field(gt=0)] = 60.0
    max_supersteps: Annotated[Whole, Field(ge=4)] = 10_000
    mailbox_limit: Annotated[Whole, Field(ge=16)] = 65_536


class StampedSource(Section):
    """A table whose rows carry a time.

    Attributes:
        path: a Parquet file or glob; frames are passed in Python instead.
        stamp: whether a row's timestamp is the `start` or the `end` of what it describes. Dates need none.
        bar: length of a row's interval; needed with `start`.
        timezone: the zone of timestamps that carry none; without it those are refused.
    """

    path: PathText | None = None
    stamp: Literal["start", "end"] | None = None
    bar: Duration | None = None
    timezone: str | None = None

    @model_validator(mode="after")
    def _start_needs_length(self) -> "StampedSource":
        if self.stamp == "start" and self.bar is None:
            raise ValueError("stamp 'start' needs the bar's length: add bar, such as 5m")
        return self


Policy = Literal["error", "drop"]


class BarSource(StampedSource):
    """Bars: columns timestamp, asset, open, high, low, close and, where there is one, volume.

    The policies say what happens to a row with the named defect: `error` refuses the run, `drop` treats the bar as
    absent; `first` and `last` keep that one of several rows for one asset and time; `sort` accepts rows in any order.
    What a policy let pass is counted in the results.

    Attributes:
        on_null: a price is missing.
        on_infinite: a price or the volume is no finite number.
        on_nonpositive: a price is 0 or less, or the volume is below 0.
        on_inconsistent: the high is below another of its prices, or the low above one.
        on_duplicate: there are several rows for one asset and time.
        on_disorder: a row comes before an earlier one.
    """

    on_null: Policy = "error"
    on_infinite: Policy = "error"
    on_nonpositive: Policy = "error"
    on_inconsistent: Policy = "error"
    on_duplicate: Literal["error", "first", "last"] = "error"
    on_disorder: Literal["error", "sort"] = "error"


class PriceSource(BarSource):
    """The bars that make the barriers.

    Attributes:
        exclude: a Parquet table of `timestamp, asset` whose bars are treated as absent.
    """

    exclude: PathText | None = None


class FinerSource(BarSource):
    """Bars that say how the bars of the prices came about: what orders and exits meet after the open, and when.

    A finer bar belongs to the first barrier that does not come before its end; where the prices have dates, to that of
    its day in the time zone of its timestamps. Where an asset has none, its bar decides as ever, and that is counted.

    Attributes:
        on_contradiction: what happens to a finer bar that goes beyond the high or low of its bar by more than rounding.
    """

    on_contradiction: Policy = "error"


class ValueSource(StampedSource):
    """Numbers as of a time, joined backward: signals and features by asset, context market-wide.

    Attributes:
        columns: which to read; without it all that are numbers.
        lag: how much later than its end a row is known.
        max_age: how old a value may be when it is joined; without it any age.
        on_infinite: what happens to an infinite value that is the latest known at some barrier: `error` refuses the
            run, `drop` treats it as absent.
        on_duplicate: which of several rows for one asset and time is kept, if any.
        on_disorder: whether rows may come in any order.
    """

    columns: tuple[str, ...] | None = None
    lag: Duration = "0s"
    max_age: Duration | None = None
    on_infinite: Policy = "error"
    on_duplicate: Literal["error", "first", "last"] = "error"
    on_disorder: Literal["error", "sort"] = "error"


class ActionSource(Section):
    """Corporate actions: columns asset, ex_date, kind and value, where needed pay_date, into and price.

    Attributes:
        path: a Parquet file or glob; frames are passed in Python instead.
        timezone: the zone of dates, where bars have times, and of times that carry none.
    """

    path: PathText | None = None
    timezone: str | None = None


class DataConfig(Section):
    """Where the numbers come from.

    Attributes:
        prices: the bars that make the barriers.
        signals: predictions by asset, which a strategy reads as `ctx.batch.signals`.
        features: other numbers by asset, for strategies, rules and models of costs.
        context: numbers that are market-wide, such as an index or a currency's rate.
        actions: splits, dividends and whatever else happens to assets beside trading.
        finer_prices: how the bars of `prices` came about, such as minutes under days; without it that is assumed.
        start, end: first and last moment of the run, ISO 8601 date or UTC datetime, both included; as `end`, a date
            means all of its day.
        chunk: how much time is handed on at once: calendar periods (UTC), or by default as much as 8 MB hold. Results
            do not depend on it.
    """

    prices: PriceSource = PriceSource()
    finer_prices: FinerSource | None = None
    signals: ValueSource | None = None
    features: ValueSource | None = None
    context: ValueSource | None = None
    actions: ActionSource | None = None
    start: Moment | None = None
    end: Moment | None = None
    chunk: Literal["auto", "day", "week", "month", "quarter", "year", "all"] = "auto"

    @model_validator(mode="after")
    def _start_before_end(self) -> "DataConfig":
        if self.start and self.end and parse_moment(self.start) > parse_last_moment(self.end):
            raise ValueError(f"start {self.start} is after end {self.end}; want start at or before end")
        return self


class StrategyConfig(Use):
    """A strategy.

    Attributes:
        name: names the actor; the class's name by default.
        history: how many past batches `ctx.history` can look back on.
    """

    name: Annotated[str, Field(pattern=ACTOR_NAME)] | None = None
    history: Annotated[Whole, Field(ge=1)] = 256


class RecordConfig(Section):
    """What the run folder holds beyond the tables that are always there.

    Attributes:
        positions: rows for every barrier at which a holding changed (`changes`), for each (`every`), or none (`off`).
        report: whether an HTML report is made.
        periods_per_year: barriers to a year for annualised metrics; worked out from the timestamps by default.
    """

    positions: Literal["changes", "every", "off"] = "changes"
    report: Flag = True
    periods_per_year: Annotated[Number, Field(gt=0)] | None = None


class JournalConfig(Section):
    """The journal: every message of the run in the order of delivery, in the run folder's `journal.tgj`.

    Attributes:
        mode: `off` for none; `barrier` waits for the disk at every barrier, so that each is safe, come what may, before
            the next begins; `batch` waits now and then, so that a loss of power may take the last barriers.
        market: whether the data's batches are in it as a `reference` to the data, or by `value`.
        snapshots: barriers from one snapshot of the actors' states to the next, from which a run can be resumed or
            replayed without running what was before; 0 for none.
    """

    mode: Literal["off", "barrier", "batch"] = "off"
    market: Literal["reference", "value"] = "reference"
    snapshots: Annotated[Whole, Field(ge=0)] = 1000


ONE, MANY = "(one)", "(many)"


def _how_many(value: object) -> str:
    return ONE if isinstance(value, Mapping | StrategyConfig) else MANY


# Told apart by shape before validation: a plain union would report every problem once for each alternative.
Strategies = Annotated[
    Annotated[StrategyConfig, Tag(ONE)] | Annotated[tuple[StrategyConfig, ...], Tag(MANY)], Discriminator(_how_many)
]


class Config(Section):
    """Everything a run is made from.

    Attributes:
        run: its name, its seed, how it is carried out.
        data: where the numbers come from.
        universe: which assets take part, and what they are.
        strategy: one or several.
        risk: exit rules over positions and limits on orders.
        execution: when and at what price orders fill, and what that costs.
        account: cash or margin, and what its nights bring and cost.
        record: what the run folder holds.
        journal: the log of all messages.
    """

    run: RunConfig = RunConfig()
    data: DataConfig = DataConfig()
    universe: UniverseConfig = UniverseConfig()
    strategy: Strategies = ()
    risk: RiskConfig = RiskConfig()
    execution: ExecutionConfig = ExecutionConfig()
    account: AccountConfig = AccountConfig()
    record: RecordConfig = RecordConfig()
    journal: JournalConfig = JournalConfig()
