"""`python -m tidegate`."""

import gc
import sys

from tidegate.cli.app import main

if __name__ == "__main__":
    code = main()
    gc.freeze()  # on its way out Python looks for garbage in all that is loaded: 0.4 s with Polars and Numba
    sys.exit(code)
