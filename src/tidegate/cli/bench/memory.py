"""Resident memory of this process, from the operating system's own account."""

import contextlib
import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


def reset_peak() -> None:
    """Forgets the peak so far where the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def resident_bytes() -> int:
    """What is resident now; elsewhere than on Linux the peak so far, which is no smaller."""
    return _status("VmRSS") or peak_bytes()


def peak_bytes() -> int:
    """Most that was resident since the start or `reset_peak`."""
    # Not ru_maxrss where there is a better account: a child inherits its parent's.
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT


def _status(field: str) -> int:
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), 0)
