"""The only place that reads the host's clock. No result depends on it: it paces the loop and measures durations."""

import time


def now_s() -> float:
    """Seconds since some fixed moment, monotonic; only differences mean something."""
    return time.perf_counter()
