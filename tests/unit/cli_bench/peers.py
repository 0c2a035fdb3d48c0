"""A stand-in for an interpreter that has vectorbt: this one, with a module of that name that trades one by one."""

import stat
import sys
from pathlib import Path

MODULE = '''
import numpy as np

__version__ = "0.0.1"


class Portfolio:
    """Target percent of a shared account, sells first; knows the keywords that the script uses."""

    def __init__(self, equity):
        self._equity = equity

    def value(self):
        return self._equity

    @classmethod
    def from_orders(cls, close, size, size_type, price, val_price, fees, init_cash, cash_sharing, group_by, call_seq):
        assert (size_type, cash_sharing, group_by, call_seq) == ("targetpercent", True, True, "auto")
        cash, held, equity = init_cash, np.zeros(close.shape[1]), []
        fees *= FEES
        for t in range(len(close)):
            wanted = size[t] * (cash + held @ val_price[t]) / val_price[t] - held
            for a in np.argsort(np.where(np.isnan(wanted), 0.0, wanted)):
                if not np.isnan(wanted[a]):
                    value = wanted[a] * price[t, a]
                    cash -= value + abs(value) * fees
                    held[a] += wanted[a]
            equity.append(cash + held @ close[t])
        return cls(np.array(equity))
'''


def stand_in(folder: Path, *, fees: float = 1.0) -> str:
    """Path of the interpreter; `fees` other than 1 makes it wrong by that factor of the commission."""
    packages = folder / "packages"
    (packages / "vectorbt-0.0.1.dist-info").mkdir(parents=True)
    (packages / "vectorbt-0.0.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: vectorbt\nVersion: 0.0.1\n"
    )
    (packages / "vectorbt.py").write_text(MODULE + f"\n\nFEES = {fees}\n")
    return executable(folder / "python", f'PYTHONPATH={packages} exec {sys.executable} "$@"')


def executable(path: Path, command: str) -> str:
    """A shell script that does one thing."""
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)
