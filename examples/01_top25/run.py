"""What config.yaml says, in Python; prints the figures of expected_output.txt."""

from pathlib import Path

from strategy import TopN

import tidegate as tg

DATA = Path(__file__).parent / "data"
CONFIG = {
    "run": {"name": "top25", "seed": 7},
    "risk": {
        "rules": [{"stop_loss": {"pct": 0.05}}, {"take_profit": {"pct": 0.15}}, {"trailing_stop": {"pct": 0.07}}],
        "limits": [{"max_weight": {"pct": 0.10}}, {"max_gross": {"pct": 1.0}}],
    },
    "execution": {"fill": "next_open", "commission": {"bps": 1.0}},
    "account": {"cash": 1_000_000},
}


def main() -> None:
    result = tg.run(
        TopN(n=25, every=5, gross=0.95),
        prices=DATA / "prices.parquet",
        signals=DATA / "scores.parquet",
        context=DATA / "vix.parquet",
        config=CONFIG,
        progress=False,
    )
    print(f"{result.status}, {result.equity.height} barriers")
    for name in ("final_equity", "total_return", "sharpe", "max_drawdown", "orders", "fills", "trades", "hit_rate"):
        value = result.metrics[name]
        print(f"{name:14} {value:>16,.4f}" if isinstance(value, float) else f"{name:14} {value:>16,}")
    exits = result.trades.group_by("tag").len().sort("tag")
    for tag, count in exits.iter_rows():
        print(f"closed by {tag or 'the strategy':14} {count:>6}")


if __name__ == "__main__":
    main()
