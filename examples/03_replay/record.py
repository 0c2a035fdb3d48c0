"""Makes a small market, records a run in it, and puts its journal where pytest finds it."""

import shutil
from pathlib import Path

import tidegate as tg
from tidegate.data.synthetic import make

HERE = Path(__file__).parent / "data"
CONFIG = {
    "run": {"name": "top4", "seed": 7},
    "strategy": {"use": "tidegate.strategy:TopN", "params": {"n": 4, "every": 5, "gross": 0.95}},
    "risk": {"rules": [{"stop_loss": {"pct": 0.08}}], "limits": [{"max_weight": {"pct": 0.22}}]},
    "execution": {"commission": {"bps": 1.0}, "slippage": {"bps": 2.0}},
    "account": {"cash": 100_000},
    "journal": {"mode": "batch", "market": "value"},  # batches whole: the journal needs no data to be replayed
    "record": {"report": False},
}


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    market = make(12, 60, seed=7)
    result = tg.run(prices=market.prices, signals=market.signals, config=CONFIG, out=HERE / "recorded", progress=False)
    (HERE / "journals").mkdir()
    shutil.copy(HERE / "recorded" / "journal.tgj", HERE / "journals" / "top4.tgj")
    print(f"{result.status}, {result.equity.height} barriers, {result.fills.height} fills")
    print(f"final equity {result.metrics['final_equity']:,.2f}")


if __name__ == "__main__":
    main()
