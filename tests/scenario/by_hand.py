"""A case worked through by the oracle."""

from tests.oracle.decisions import script
from tests.oracle.manual_loop import work_through
from tests.oracle.records import Settings
from tests.scenario.tape import POINTS, Case, Outcome, parse_asks, parse_bars, rule


def work_case(case: Case) -> Outcome:
    """What the manual loop makes of a case."""
    names, prices = parse_bars(case.bars)
    settings = Settings(**({"cash": 1000.0} | case.settings))
    log = work_through(prices, settings, script(parse_asks(case.asks, names)))
    last = log.rows[-1]
    return Outcome(
        fills=[(f.barrier, POINTS[f.point], names[f.asset], f.quantity, f.price, rule(f.tag)) for f in log.fills],
        refused=[(r.kind, r.barrier, names[r.asset], r.quantity, r.reason) for r in log.refusals],
        cash=last.cash,
        equity=[row.equity for row in log.rows],
        trades=[(names[trade.asset], trade.quantity, trade.pnl) for trade in log.trades],
        waiting=[row.waiting for row in log.rows],
        stale=[row.stale for row in log.rows],
        ambiguous=len(log.ambiguous),
        commission=last.commission,
        slippage=last.slippage,
        positions={names[asset]: quantity for asset, quantity in last.positions},
    )
