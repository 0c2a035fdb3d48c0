"""A case run by the engine."""

from tests.oracle.decisions import script
from tests.oracle.engine import columns, engine_refusals, run_engine
from tests.oracle.records import Settings
from tests.scenario.tape import POINTS, Case, Outcome, parse_asks, parse_bars, rule


def run_case(case: Case) -> Outcome:
    """What the engine makes of a case."""
    names, prices = parse_bars(case.bars)
    settings = Settings(**({"cash": 1000.0} | case.settings))
    result = run_engine(names, prices, settings, script(parse_asks(case.asks, names)))
    rows = columns(result, "equity", "cash_micros equity_micros waiting stale commission_micros slippage_micros")
    cash, _, _, _, commission, slippage = rows[-1]
    fills = columns(result, "fills", "barrier point asset quantity price tag")
    trades = columns(result, "trades", "asset quantity pnl_micros")
    refused = engine_refusals(result)
    return Outcome(
        fills=[(t, POINTS[point], names[asset], units, cost, rule(tag)) for t, point, asset, units, cost, tag in fills],
        refused=[(kind, barrier, names[asset], units, reason) for barrier, kind, _, asset, units, reason in refused],
        cash=cash,
        equity=[row[1] for row in rows],
        trades=[(names[asset], units, pnl) for asset, units, pnl in trades],
        waiting=[row[2] for row in rows],
        stale=[row[3] for row in rows],
        ambiguous=sum(kind == "ambiguous" for (kind,) in columns(result, "risk", "kind")),
        commission=commission,
        slippage=slippage,
        positions={
            names[asset]: units
            for barrier, asset, units in columns(result, "positions", "barrier asset quantity")
            if barrier == len(rows) - 1
        },
    )
