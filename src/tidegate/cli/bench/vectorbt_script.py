"""The same rotation in vectorbt; run as a script by an interpreter that has it, importing nothing of this package.

Usage: python vectorbt_script.py FOLDER, where FOLDER holds open.npy, close.npy, scores.npy and rotation.json. Makes
two calls in one process, writes equity.npy, and prints one line of JSON: the seconds of the import, of making the
target weights, and of each call, split into `simulate` (Portfolio.from_orders) and `value` (the equity curve); and the
memory that the calls took at most.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def target_weights(scores: NDArray[np.float64], n: int, every: int, gross: float) -> NDArray[np.float64]:
    """(T, N) target weights on the bars where orders fill, one after the decision; NaN where there is no order."""
    sizes = np.full(scores.shape, np.nan)
    for t in range(0, len(scores) - 1, every):
        best = np.argsort(-scores[t], kind="stable")[: min(n, int(np.isfinite(scores[t]).sum()))]
        sizes[t + 1] = 0.0
        sizes[t + 1, best] = gross / n
    return sizes


def resident(field: str) -> int:
    """Bytes by the system's account (VmRSS now, VmHWM at the peak); -1 where there is none."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return -1
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), -1)


def main(folder: Path) -> None:
    """Runs the two calls."""
    opens, closes, scores = (np.load(folder / f"{name}.npy") for name in ("open", "close", "scores"))
    rotation = json.loads((folder / "rotation.json").read_text())
    seconds: dict[str, float] = {}
    start = time.perf_counter()
    import vectorbt  # type: ignore[import-not-found,unused-ignore]  # only the peer's interpreter has it

    seconds["import"] = time.perf_counter() - start
    start = time.perf_counter()
    sizes = target_weights(scores, rotation["n"], rotation["every"], rotation["gross"])
    known = np.vstack([closes[:1], closes[:-1]])
    seconds["weights"] = time.perf_counter() - start
    before = resident("VmRSS")
    equity = np.empty(0)
    for call in ("first", "second"):
        start = time.perf_counter()
        portfolio = vectorbt.Portfolio.from_orders(
            closes,
            size=sizes,
            size_type="targetpercent",
            price=opens,
            val_price=known,
            fees=rotation["fee_bps"] * 1e-4,
            init_cash=rotation["cash"],
            cash_sharing=True,
            group_by=True,
            call_seq="auto",
        )
        simulated = time.perf_counter()
        equity = np.asarray(portfolio.value(), dtype=np.float64)
        seconds[f"{call}_simulate"] = simulated - start
        seconds[f"{call}_value"] = time.perf_counter() - simulated
    np.save(folder / "equity.npy", equity.reshape(-1))
    peak = resident("VmHWM") - before if before >= 0 else -1
    print(json.dumps({"version": vectorbt.__version__, "seconds": seconds, "peak_bytes": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
