"""Keeps a journal of the messages as they are now: `python -m tests.journals.keep`, once their fields have changed.

One of each schema that was ever released stays here, so that what a user recorded years ago can still be read.
"""

import sys
from pathlib import Path

import numpy as np

from tidegate import Session
from tidegate.core.arrays import freeze
from tidegate.data.panel import ArraySource
from tidegate.journal import Journal

FOLDER = Path(__file__).parent / "kept"
NAMES = ("ALFA", "BETA", "GAMA", "DELT", "EPSI", "ZETA")
DAY_NS = 86_400 * 10**9
SCRIPT = (
    "0 ALFA+40, 0 BETA+30 stop_loss=95 take_profit=106, 1 GAMA-25, 1 DELT+20 limit=99, 2 EPSI+15 trail_pct=0.02,"
    " 3 cancel open 0, 4 ZETA~.2, 6 ALFA-10 stop=90, 8 =ALFA:.3 GAMA:-.2 others=keep, 12 BETA$9000 , 15 cancel all,"
    " 16 ALFA+400 tif=day tag=too_large, 20 =ALFA:.2 BETA:.2 ZETA:-.2, 26 GAMA+10 limit=80 tif=ioc"
)
CONFIG = {
    "strategy": {"use": "tidegate.testing:Script", "params": {"asks": SCRIPT}},
    "account": {"kind": "margin", "cash": 50_000, "borrow": {"rate": 0.03}},
    "execution": {"commission": {"bps": 5}, "slippage": {"bps": 2}},
    "risk": {
        "rules": [{"stop_loss": {"pct": 0.08}}, {"trailing_stop": {"pct": 0.06}}],
        "limits": [{"max_weight": {"pct": 0.5}}],
    },
    "journal": {"mode": "batch", "market": "value"},
}


def source(barriers: int = 40) -> ArraySource:
    """Prices that wander, with gaps, and a signal."""
    rng = np.random.default_rng(7)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, (barriers, len(NAMES))), axis=0)).round(2)
    first = np.vstack((np.full(len(NAMES), 100.0), close[:-1]))
    high, low = np.maximum(first, close) + 0.5, np.minimum(first, close) - 0.5
    bars = np.stack((first, high, low, close, np.full_like(close, 1e5)), axis=1)
    bars[rng.random(barriers) < 0.1, :, 0] = np.nan  # days without a bar
    return ArraySource(NAMES, freeze(DAY_NS * np.arange(1, barriers + 1)), freeze(bars))


def record(path: Path) -> None:
    """A run with most kinds of messages; its journal needs nothing beside itself."""
    Session(source=source(), config=CONFIG, journal=path, progress=False).run()


def main() -> int:
    """Keeps one, unless one of these messages is kept already."""
    for path in sorted(FOLDER.glob("*.tgj")):
        with Journal.open(path, check=True) as journal:
            if not journal.header.changed():
                print(f"{path.name} has the messages as they are")
                return 0
    path = FOLDER / f"schema_{len(list(FOLDER.glob('*.tgj'))) + 1}.tgj"
    record(path)
    print(f"kept {path.name}; add it with git, and its row in tests/unit/journal/test_kept.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
