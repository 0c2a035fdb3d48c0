"""`python -m tidegate`."""

import gc
import sys

from tidegate.cli.app import main

SWITCH_S = 0.0001
"""How long a busy run may keep the thread that reads ahead from its turn; Python's 5 ms add a fifth to long reading."""

if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_S)
    code = main()
    gc.freeze()  # on its way out Python looks for garbage in all that is loaded: 0.4 s with Polars and Numba
    sys.exit(code)
