"""`python -m tidegate.kernels`: compiles every kernel once, so that no run has to."""

import sys

from tidegate.kernels.kernel import compile_all, is_cached


def main() -> None:
    """Compiles with a line per kernel; says so where there is nothing to do."""
    if is_cached():
        print("kernels: already compiled")
        return
    count = compile_all(lambda name: print(f"kernels: compiling {name}", file=sys.stderr))
    print(f"kernels: {count} compiled")


if __name__ == "__main__":
    main()
