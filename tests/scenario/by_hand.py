"""A case worked through by the oracle."""

from tests.oracle.decisions import script
from tests.oracle.manual_loop import work_through
from tests.scenario.tape import Case, requests_of

from tidegate.testing.market import tape
from tidegate.testing.outcomes import POINTS, RULES, Outcome


def work_case(case: Case) -> Outcome:
    """What the manual loop makes of a case."""
    market = tape(";".join(sorted(case.bars.split(";"), key=str.split)))  # columns in name order
    names = market.names
    log = work_through(market.prices(), case.chosen, script(requests_of(case.asks, names)))
    last = log.rows[-1]
    return Outcome(
        fills=[
            (f.barrier, POINTS[f.point], names[f.asset], f.quantity, f.price, f.tag if f.tag in RULES else "")
            for f in log.fills
        ],
        refused=[(r.kind, r.barrier, names[r.asset], r.quantity, r.reason) for r in log.refusals],
        trades=[(names[trade.asset], trade.quantity, trade.pnl) for trade in log.trades],
        positions={names[asset]: quantity for asset, quantity in last.positions},
        cash=last.cash,
        equity=[row.equity for row in log.rows],
        waiting=[row.waiting for row in log.rows],
        stale=[row.stale for row in log.rows],
        ambiguous=len(log.ambiguous),
        commission=last.commission,
        slippage=last.slippage,
    )
