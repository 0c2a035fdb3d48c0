"""The figures that describe a run. Numpy only; money is summed as integers, so no figure depends on an order.

Returns start from the account's initial cash, not from the first equity: a loss at the first barrier is a loss. There
is one return for each barrier, and a figure that is not defined (no variance, no trade, one bar) is None.

Sources: annualised return, volatility, Sharpe (risk-free rate 0), Sortino (downside deviation around 0 over all bars)
and Calmar agree to rounding with empyrical-reloaded 0.7.1 and quantstats 0.0.86, given the same returns and
`periods_per_year`; the longest drawdown runs from the high to its recovery, a day or two more than quantstats counts.
"""

import math
from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.enums import PostingKind
from tidegate.core.money import MICROS
from tidegate.core.time import NS_PER
from tidegate.results.periods import periods_per_year
from tidegate.results.record import RunRecord

Metrics = dict[str, float | int | None]

CARRIED = (
    PostingKind.DIVIDEND, PostingKind.INTEREST, PostingKind.FINANCING, PostingKind.BORROW, PostingKind.CASH_IN_LIEU,
)  # fmt: skip
"""What changes cash beside trades and their costs."""
_ROUNDING = 1e-12
"""A spread below this share of the largest return is rounding, not variance."""


@dataclass(frozen=True, slots=True)
class Drawdowns:
    """How far equity stood below its highest value so far, the initial cash included.

    Attributes:
        depth: (n_barriers,) fraction <= 0.
        longest_bars: most barriers in a row below the high.
        longest_days: calendar days from that high to its recovery, or to the end where there is none.
    """

    depth: FloatArray
    longest_bars: int
    longest_days: float


def compute_metrics(record: RunRecord) -> Metrics:
    """Every figure of a run by name.

    Fractions, not percent; money in currency units; `*_bps` of the traded value. Names and definitions:

    - initial_cash, final_equity, net_profit, total_return; periods_per_year (see `periods`), years = barriers to that.
      trade_profit: of what was closed; open_profit: of what is held at the end, at its marks; both after commission and
      slippage. receivable: dividends that are not paid yet. With carry these three make the net profit, exactly.
    - cagr: (final / initial) ** (1 / years) - 1. volatility: sample deviation of returns, annualised. sharpe, sortino,
      calmar (cagr over the largest drawdown).
    - max_drawdown (<= 0), longest_drawdown_bars, longest_drawdown_days: see `Drawdowns`. best_bar, worst_bar: returns.
    - exposure_average, exposure_max: gross value, longs and shorts alike, over equity, over barriers with equity.
      exposure_long, exposure_short, exposure_net: averages of the longs, of the shorts, and of the one less the other.
    - traded_value: buys and sells, at the prices paid. turnover: that over average equity; turnover_annual: per year.
    - orders, fills, trades: how many. hit_rate: trades with a profit, of all; trades_long, trades_short,
      hit_rate_long, hit_rate_short: the same of trades of one side. average_win, average_loss (< 0),
      average_trade, profit_factor: sum of wins over sum of losses. average_bars_held.
    - commission, slippage, costs: paid in all, and each in bps of the traded value. broker_fees and venue_fees (< 0: a
      rebate) add up to commission; spread, impact and other_slippage add up to slippage.
    - dividend, interest, financing, borrow, cash_in_lieu: what came in or (< 0) went out by itself; carry: all of it.
    """
    equity = record.ints("equity", "equity_micros")
    per_year = record.periods_per_year or periods_per_year(record.ints("equity", "ts_ns"))
    years = len(equity) / per_year if per_year and len(equity) else None
    return {
        "initial_cash": record.initial_cash_micros / MICROS,
        **_growth(record, equity, years),
        "periods_per_year": per_year,
        "years": years,
        **_risk_figures(record, per_year, years),
        **_exposure(record, equity),
        **_activity(record, equity, years),
        **_carried(record),
        **_trade_figures(record),
    }


def bar_returns(record: RunRecord) -> FloatArray:
    """(n_barriers,) equity over the equity one barrier before, the initial cash before the first, less 1.

    NaN or infinite where there was no equity before: on a debt nothing is earned.
    """
    path = _path(record)
    before = np.where(path[:-1] < 0.0, np.nan, path[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return path[1:] / before - 1.0


def drawdowns(record: RunRecord) -> Drawdowns:
    """The drawdown at every barrier and the longest."""
    path = _path(record)
    high = np.maximum.accumulate(path)
    depth = path[1:] / high[1:] - 1.0
    bars, first = _longest_run(depth < 0)
    ts_ns = record.ints("equity", "ts_ns")
    days = 0.0
    if bars:
        peak, recovery = max(first - 1, 0), min(first + bars, len(ts_ns) - 1)
        days = int(ts_ns[recovery] - ts_ns[peak]) / NS_PER["d"]
    return Drawdowns(depth, bars, days)


def exact_sum(micros: IntArray) -> int:
    """The sum of up to 2**31 int64 amounts, exact where int64 would wrap."""
    return (int((micros >> 32).sum()) << 32) + int((micros & 0xFFFFFFFF).sum())


def _path(record: RunRecord) -> FloatArray:
    """(n_barriers + 1,) equity from the initial cash on, in micro-units."""
    return np.concatenate(([record.initial_cash_micros], record.ints("equity", "equity_micros"))).astype(np.float64)


def _growth(record: RunRecord, equity: IntArray, years: float | None) -> Metrics:
    initial = record.initial_cash_micros
    final = int(equity[-1]) if len(equity) else initial
    return {
        "final_equity": final / MICROS,
        "net_profit": (final - initial) / MICROS,
        "trade_profit": _last(record, "realized_micros"),
        "open_profit": _last(record, "unrealized_micros"),
        "receivable": _last(record, "receivable_micros"),
        "total_return": _ratio(final - initial, initial),
        "cagr": _annualized(final, initial, years),
    }


def _last(record: RunRecord, column: str) -> float:
    """An amount as of the last barrier, in currency units; 0 before the first."""
    amounts = record.ints("equity", column)
    return int(amounts[-1]) / MICROS if len(amounts) else 0.0


def _annualized(final: int, initial: int, years: float | None) -> float | None:
    if not years or initial <= 0 or final < 0:
        return None
    try:
        return float((final / initial) ** (1 / years)) - 1.0
    except OverflowError:
        return None


def _risk_figures(record: RunRecord, per_year: float | None, years: float | None) -> Metrics:
    returns = bar_returns(record)
    returns = returns[np.isfinite(returns)]
    fall = drawdowns(record)
    deepest = float(fall.depth.min()) if len(fall.depth) else None
    mean = float(returns.mean()) if len(returns) else 0.0
    deviation = _deviation(returns)
    downside = math.sqrt(float(np.square(np.minimum(returns, 0.0)).mean())) if len(returns) > 1 else None
    root = math.sqrt(per_year) if per_year else None
    equity = record.ints("equity", "equity_micros")
    cagr = _annualized(int(equity[-1]), record.initial_cash_micros, years) if len(equity) else None
    return {
        "volatility": None if deviation is None or root is None else deviation * root,
        "sharpe": _scaled(mean, deviation, root),
        "sortino": _scaled(mean, downside, root),
        "calmar": None if cagr is None or deepest is None else _ratio(cagr, -deepest),
        "max_drawdown": deepest,
        "longest_drawdown_bars": fall.longest_bars,
        "longest_drawdown_days": fall.longest_days,
        "best_bar": float(returns.max()) if len(returns) else None,
        "worst_bar": float(returns.min()) if len(returns) else None,
    }


def _deviation(returns: FloatArray) -> float | None:
    """Sample standard deviation; 0 where all that differs is rounding, None below two returns."""
    if len(returns) < 2:
        return None
    deviation = float(returns.std(ddof=1))
    return deviation if deviation > _ROUNDING * float(np.abs(returns).max()) else 0.0


def _scaled(mean: float, deviation: float | None, root: float | None) -> float | None:
    ratio = _ratio(mean, deviation) if deviation is not None else None
    return None if ratio is None or root is None else ratio * root


def _exposure(record: RunRecord, equity: IntArray) -> Metrics:
    solvent = equity > 0
    gross, short = (record.ints("equity", f"{name}_micros")[solvent] for name in ("gross", "short"))
    share = gross / equity[solvent]
    sides = {"long": gross - short, "short": short, "net": gross - 2 * short}
    averages = {name: float((value / equity[solvent]).mean()) if len(share) else None for name, value in sides.items()}
    return {
        "exposure_average": float(share.mean()) if len(share) else None,
        "exposure_max": float(share.max()) if len(share) else None,
        **{f"exposure_{name}": average for name, average in averages.items()},
    }


def _activity(record: RunRecord, equity: IntArray, years: float | None) -> Metrics:
    traded = exact_sum(np.abs(record.ints("fills", "cash_micros")))
    commission = exact_sum(record.ints("fills", "commission_micros"))
    slippage = exact_sum(record.ints("fills", "slippage_micros"))
    turnover = _ratio(traded * len(equity), exact_sum(equity)) if len(equity) else None
    figures: Metrics = {"traded_value": traded / MICROS, "turnover": turnover}
    figures["turnover_annual"] = turnover / years if turnover is not None and years else None
    for name, paid in (("commission", commission), ("slippage", slippage), ("costs", commission + slippage)):
        figures[name] = paid / MICROS
        figures[f"{name}_bps"] = _ratio(paid * 10_000, traded)
    return figures | _parts(record, commission, slippage)


def _parts(record: RunRecord, commission: int, slippage: int) -> Metrics:
    """What commission and slippage are made of."""
    names = "spread_micros", "impact_micros", "venue_micros"
    spread, impact, venue = (exact_sum(record.ints("fill_costs", name)) for name in names)
    parts = {
        "broker_fees": commission - venue, "venue_fees": venue,
        "spread": spread, "impact": impact, "other_slippage": slippage - spread - impact,
    }  # fmt: skip
    return {name: paid / MICROS for name, paid in parts.items()}


def _carried(record: RunRecord) -> Metrics:
    kind, amount = record.ints("postings", "kind"), record.ints("postings", "amount_micros")
    sums = {one.name.lower(): exact_sum(amount[kind == one]) for one in CARRIED}
    total = sum(sums.values())
    figures: Metrics = {name: paid / MICROS for name, paid in sums.items()}
    figures["carry"] = total / MICROS
    return figures


def _trade_figures(record: RunRecord) -> Metrics:
    pnl, short = record.ints("trades", "pnl_micros"), record.floats("trades", "quantity") < 0.0
    wins, losses = pnl[pnl > 0], pnl[pnl < 0]
    won, lost = exact_sum(wins), exact_sum(losses)
    return {
        "orders": record.rows("orders"),
        "fills": record.rows("fills"),
        "trades": len(pnl),
        "hit_rate": _ratio(len(wins), len(pnl)),
        "trades_long": int(np.count_nonzero(~short)),
        "trades_short": int(np.count_nonzero(short)),
        "hit_rate_long": _hit_rate(pnl[~short]),
        "hit_rate_short": _hit_rate(pnl[short]),
        "average_win": _ratio(won, len(wins) * MICROS),
        "average_loss": _ratio(lost, len(losses) * MICROS),
        "average_trade": _ratio(won + lost, len(pnl) * MICROS),
        "profit_factor": _ratio(won, -lost),
        "average_bars_held": _ratio(exact_sum(record.ints("trades", "bars_held")), len(pnl)),
    }


def _hit_rate(pnl: IntArray) -> float | None:
    return _ratio(int(np.count_nonzero(pnl > 0)), len(pnl))


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0 else None


def _longest_run(mask: BoolArray) -> tuple[int, int]:
    """(length, start) of the first longest run of true entries; (0, 0) where there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    longest = int(np.argmax(ends - starts))
    return int(ends[longest] - starts[longest]), int(starts[longest])
