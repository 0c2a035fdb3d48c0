"""The figures, counts and facts of a run as text: the same words in the printed summary and in the report."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tidegate.config.broker import Margin
from tidegate.core.enums import RunStatus
from tidegate.core.money import format_micros
from tidegate.core.time import format_ts
from tidegate.results.facts import RunFacts
from tidegate.results.metrics import Metrics

NOT_DEFINED = "-"
_SOURCES = ("prices", "finer_prices", "signals", "features", "context", "actions", "reference")
"""What counts of data begin with."""
_CENTS_BELOW = 1e9
_PLAIN_BELOW = 1e7


class Line(NamedTuple):
    """A label and its value, as text."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """How a metric is shown."""

    name: str
    label: str
    form: Callable[[float], str]

    def line(self, metrics: Metrics) -> Line:
        """Label and text; a dash where the metric is not defined."""
        value = metrics[self.name]
        return Line(self.label, NOT_DEFINED if value is None else self.form(value))


def _plain(value: float, form: str) -> str:
    """The value in the form given, or in powers of ten where that would fill the page."""
    return format(value, form if abs(value) < _PLAIN_BELOW else ".2e")


def _percent(value: float) -> str:
    return f"{_plain(value * 100, ',.2f')} %"


def _signed_percent(value: float) -> str:
    return f"{_plain(value * 100, '+,.2f')} %"


def _number(value: float) -> str:
    return _plain(value, ",.2f")


def _money(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < _CENTS_BELOW else f"{value:,.0f}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _bps(value: float) -> str:
    return f"{_number(value)} bps"


def _times(value: float) -> str:
    return f"{_number(value)} x"


GROUPS: dict[str, tuple[Figure, ...]] = {
    "Return": (
        Figure("initial_cash", "initial cash", _money),
        Figure("final_equity", "final equity", _money),
        Figure("net_profit", "net profit", _money),
        Figure("trade_profit", "of closed trades", _money),
        Figure("open_profit", "of what is held", _money),
        Figure("total_return", "total return", _signed_percent),
        Figure("cagr", "CAGR", _signed_percent),
        Figure("best_bar", "best bar", _signed_percent),
        Figure("worst_bar", "worst bar", _signed_percent),
    ),
    "Risk": (
        Figure("volatility", "volatility", _percent),
        Figure("sharpe", "Sharpe", _number),
        Figure("sortino", "Sortino", _number),
        Figure("calmar", "Calmar", _number),
        Figure("max_drawdown", "max drawdown", _percent),
        Figure("longest_drawdown_bars", "under water, bars", _whole),
        Figure("longest_drawdown_days", "under water, days", _whole),
        Figure("exposure_average", "exposure, average", _percent),
        Figure("exposure_max", "exposure, max", _percent),
        Figure("exposure_long", "exposure, long", _percent),
        Figure("exposure_short", "exposure, short", _percent),
        Figure("exposure_net", "exposure, net", _signed_percent),
    ),
    "Trading": (
        Figure("orders", "orders", _whole),
        Figure("fills", "fills", _whole),
        Figure("trades", "trades", _whole),
        Figure("hit_rate", "hit rate", _percent),
        Figure("trades_long", "trades, long", _whole),
        Figure("trades_short", "trades, short", _whole),
        Figure("hit_rate_long", "hit rate, long", _percent),
        Figure("hit_rate_short", "hit rate, short", _percent),
        Figure("average_win", "average win", _money),
        Figure("average_loss", "average loss", _money),
        Figure("profit_factor", "profit factor", _number),
        Figure("average_bars_held", "bars held", _number),
        Figure("turnover", "turnover", _times),
        Figure("turnover_annual", "turnover per year", _times),
    ),
    "Costs": (
        Figure("traded_value", "traded value", _money),
        Figure("commission", "commission", _money),
        Figure("commission_bps", "commission rate", _bps),
        Figure("broker_fees", "of the broker", _money),
        Figure("venue_fees", "of the venue", _money),
        Figure("slippage", "slippage", _money),
        Figure("slippage_bps", "slippage rate", _bps),
        Figure("spread", "spread", _money),
        Figure("impact", "impact", _money),
        Figure("other_slippage", "other slippage", _money),
        Figure("costs", "in all", _money),
        Figure("costs_bps", "cost rate", _bps),
    ),
    "Carry": (
        Figure("dividend", "dividends", _money),
        Figure("interest", "interest", _money),
        Figure("financing", "financing", _money),
        Figure("borrow", "borrowed shares", _money),
        Figure("cash_in_lieu", "cash in lieu", _money),
        Figure("carry", "in all", _money),
        Figure("receivable", "dividends to come", _money),
    ),
}
"""What is shown, by heading."""


def count_lines(counts: dict[str, int]) -> list[Line]:
    """The counts that are not zero, most first, equal ones by name."""
    shown = sorted(((-number, name) for name, number in counts.items() if number))
    return [Line(name.replace(".", " ").replace("_", " "), f"{-number:,}") for number, name in shown]


def read_ahead(result: RunFacts) -> str:
    """Says of a run that was cut short what its counts of the data are of; empty where they are of what it came to.

    Data is read ahead, in chunks, and counted as it is read.
    """
    counted = any(number and name.partition(".")[0] in _SOURCES for name, number in result.counts.items())
    if result.status is RunStatus.COMPLETED or not counted:
        return ""
    return "those of data are of all that was read, which may be more than the run came to"


def title(result: RunFacts) -> str:
    """The run's name, or `run`."""
    return str(result.config.get("run", {}).get("name") or "run")


def period(result: RunFacts) -> str:
    """First and last barrier's time; empty where there was none."""
    ts_ns = result.record.ints("equity", "ts_ns")
    return f"{format_ts(int(ts_ns[0]))} to {format_ts(int(ts_ns[-1]))}" if len(ts_ns) else ""


def fact_lines(result: RunFacts) -> list[Line]:
    """What the run was: size, fill timing, targets, costs, account, strategy, seed, time taken, digest."""
    record, config = result.record, result.config
    cash = f"{format_micros(record.initial_cash_micros)} {record.currency}"
    seconds = "  ".join(f"{part} {value:.3f} s" for part, value in result.timings.items())
    lines = [
        Line("barriers", ", ".join(filter(None, (f"{record.barriers:,}", period(result))))),
        Line("assets", f"{len(record.assets):,}"),
        Line("fills", _fill_text(result)),
        Line("targets", _target_text(config.get("execution", {}))),
        Line("costs", _cost_text(config.get("execution", {}))),
        Line("account", f"{cash} {_account_text(config.get('account', {}))}"),
        Line("strategy", _strategy_text(config.get("strategy"))),
        Line("seed", str(config.get("run", {}).get("seed", ""))),
        Line("timings", seconds),
        Line("digest", result.digest),
    ]
    return [line for line in lines if line.text]


_FILLS = {
    "next_open": "at the next bar's open (next_open)",
    "next_close": "at the next bar's close (next_close)",
    "same_close": "at the close that was decided on (same_close)",
}


def _fill_text(result: RunFacts) -> str:
    timing = str(result.record.fill)
    execution = result.config.get("execution", {})
    shortage, path = execution.get("shortage"), execution.get("path", "pessimistic")
    share = execution.get("participation", {}).get("pct")
    parts = [
        _FILLS.get(timing, timing),
        f"cash shortage: {shortage}" if shortage else "",
        f"inside a bar: {path}" if path != "pessimistic" else "",
        "limits: when gone through" if execution.get("limit_fill") == "through" else "",
        f"at most {_share(share)} of a bar's volume" if share is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def _target_text(execution: dict[str, Any]) -> str:
    """How targets become orders, where that is not the plain way."""
    least, buffer = execution.get("min_trade", {}), execution.get("cash_buffer", {})
    smallest = [f"{least['value']:,g}" if least.get("value") else "", _share(least.get("weight"))]
    parts = [
        "sized when they go" if execution.get("sizing") == "fill" else "",
        f"none for changes below {' or '.join(filter(None, smallest))}" if any(smallest) else "",
        f"shares of equity less {_share(buffer['targets'])}" if buffer.get("targets") else "",
        f"entries leave {_share(buffer['floor'])} of equity in cash" if buffer.get("floor") else "",
    ]
    return ", ".join(part for part in parts if part)


def _share(fraction: float | None) -> str:
    return f"{fraction * 100:g} %" if fraction else ""


def _account_text(account: dict[str, Any]) -> str:
    """What kind of account it is, and what a night brings."""
    on_margin = account.get("kind") == "margin"
    interest, borrow = account.get("interest", {}), account.get("borrow", {})
    margin = account.get("margin") or (Margin().model_dump() if on_margin else None)
    yearly = [("credit", interest.get("credit")), ("debit", interest.get("debit")), ("borrow", borrow.get("rate"))]
    parts = [
        "on margin" if on_margin else "cash",
        f"initial {_share(margin['initial'])}, maintenance {_share(margin['maintenance'])}" if margin else "",
        f"sales settle in {account['settlement']} sessions" if account.get("settlement") else "",
        *(f"{name} {_share(rate)} a year" for name, rate in yearly if rate),
    ]
    return ", ".join(part for part in parts if part)


_MODELS = {
    "volume_share": "volume share factor/cap",
    "volatility": "volatility x",
    "square_root": "square-root impact x",
    "almgren_chriss": "Almgren-Chriss temporary/permanent",
}


def _cost_text(execution: dict[str, Any]) -> str:
    if not execution:
        return "as charged, see Costs"
    commission, slippage = execution.get("commission", {}), execution.get("slippage", {})
    parts = [
        f"commission {commission.get('bps', 0.0):g} bps",
        f"+ {commission['per_share']:g} per share" if commission.get("per_share") else "",
        f"+ {commission['per_trade']:g} per trade" if commission.get("per_trade") else "",
        f"(at least {commission['minimum']:g})" if commission.get("minimum") else "",
        f"(at most {commission['cap_bps']:g} bps)" if commission.get("cap_bps") is not None else "",
    ]
    fixed = f" + {slippage['fixed']:g} a unit" if slippage.get("fixed") else ""
    basis = " ".join(part for part in parts if part)
    slips = f"slippage {slippage.get('bps', 0.0):g} bps{fixed}"
    return ", ".join((basis, *_commission_texts(commission), slips, *_slippage_texts(slippage)))


def _commission_texts(commission: dict[str, Any]) -> Iterator[str]:
    """The models of commission that have a section of their own."""
    tiers, venue = commission.get("tiers"), commission.get("maker_taker")
    if tiers:
        yield f"{len(tiers['steps'])} tiers by {tiers['by']} a month"
    if commission.get("per_contract") is not None:
        yield f"futures {commission['per_contract']:g} per contract"
    if venue:
        sides = [(side, venue[f"{side}_bps"], venue[f"{side}_per_share"]) for side in ("maker", "taker")]
        yield from (f"{side} {bps:g} bps" + (f" {unit:+g} per share" if unit else "") for side, bps, unit in sides)


def _slippage_texts(slippage: dict[str, Any]) -> Iterator[str]:
    """The models of slippage that have a section of their own."""
    spread = slippage.get("half_spread")
    if spread:
        quoted = f" ({spread['bid']}, {spread['ask']})" if spread.get("bid") else ""
        yield f"half-spread {spread['bps']:g} bps{quoted}"
    for name, label in _MODELS.items():
        terms = slippage.get(name)
        if terms:
            yield f"{label} " + "/".join(f"{value:g}" for value in terms.values())


def _strategy_text(strategy: Any) -> str:
    if not strategy:
        return ""
    uses = strategy if isinstance(strategy, (list, tuple)) else [strategy]
    return "; ".join(_use_text(use) for use in uses)


def _use_text(use: dict[str, Any]) -> str:
    params = ", ".join(f"{name}={value!r}" for name, value in use.get("params", {}).items())
    return f"{use.get('use', '')}({params})"
