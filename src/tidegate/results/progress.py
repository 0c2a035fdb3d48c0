"""How far a run has come: a bar on a terminal, plain lines elsewhere, or nothing.

The recorder tells it about every barrier, so `update` only notes three numbers; drawing happens a few times a second.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

from tidegate.core.money import format_micros
from tidegate.core.time import format_ts
from tidegate.runtime.host_clock import now_s  # deterministic: says how long it takes; nothing of it is kept

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

APPEAR_AFTER_S = 0.5
"""Runs shorter than this show no bar, and do not pay for importing rich."""
LINES_AFTER_S = 5.0
"""Runs shorter than this print no lines where nobody asked for them."""
_BAR_WIDTH = 30


class Progress(Protocol):
    """Who is told how far the run is."""

    def start(self, total: int) -> None:
        """The run begins; `total` barriers will come, -1 where that is not known."""

    def update(self, barrier: int, ts_ns: int, equity_micros: int) -> None:
        """Barrier number `barrier` (from 0) is committed."""

    def finish(self, status: str) -> None:
        """The run ended; called once, however it ended."""


class Silent:
    """Says nothing."""

    def start(self, total: int) -> None:
        """Nothing."""

    def update(self, barrier: int, ts_ns: int, equity_micros: int) -> None:
        """Nothing."""

    def finish(self, status: str) -> None:
        """Nothing."""


class Lines:
    """A line for every tenth of the run; where the total is not known, at 1,000 barriers and at each doubling.

    Args:
        stream: where the lines go; standard error by default.
        appear_after_s: how long a run may take without a line.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        appear_after_s: float = 0.0,
        clock: Callable[[], float] = now_s,
    ) -> None:
        self._stream = stream
        self._appear_after_s = appear_after_s
        self._clock = clock
        self._started_s = clock()
        self._total = -1
        self._tenth = 0
        self._next = 0
        self._done = 0

    def start(self, total: int) -> None:
        """Sets the first line's barrier."""
        self._started_s = self._clock()
        self._total, self._done, self._tenth = total, 0, 1
        self._next = self._threshold()

    def update(self, barrier: int, ts_ns: int, equity_micros: int) -> None:
        """Prints where a tenth is full."""
        self._done = done = barrier + 1
        if done < self._next:
            return
        while self._next <= done:
            self._tenth += 1
            self._next = self._threshold()
        share = f"{done * 100 // self._total:3d} %  " if self._total > 0 else ""
        self._print(f"{share}barrier {done:,}  {format_ts(ts_ns)}  equity {format_micros(equity_micros)}")

    def finish(self, status: str) -> None:
        """Prints how the run ended."""
        self._print(f"{status}: {self._done:,} barriers in {self._clock() - self._started_s:.2f} s")
        # The next run may end before it starts.
        self._done, self._started_s = 0, self._clock()

    def _threshold(self) -> int:
        if self._total > 0:
            return -(-self._total * self._tenth // 10)
        return int(1_000 * 2 ** (self._tenth - 1))

    def _print(self, text: str) -> None:
        if self._clock() - self._started_s < self._appear_after_s:
            return
        stream = self._stream or sys.stderr
        stream.write(f"tidegate  {text}\n")
        stream.flush()


class Bar:
    """A bar on a terminal, with barriers a second, date and equity; appears once the run takes half a second.

    Args:
        stream: the terminal; standard error by default.
        appear_after_s: how long a run may take without a bar.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        appear_after_s: float = APPEAR_AFTER_S,
        clock: Callable[[], float] = now_s,
    ) -> None:
        self._stream = stream
        self._appear_after_s = appear_after_s
        self._clock = clock
        self._console: Console | None = None
        self._live: Live | None = None
        self._started_s = self._ended_s = clock()
        self._total = -1
        self._state = (0, 0, 0)
        self._status = ""

    def start(self, total: int) -> None:
        """Notes the time."""
        self._started_s = self._clock()
        self._total, self._state, self._status = total, (0, 0, 0), ""

    def update(self, barrier: int, ts_ns: int, equity_micros: int) -> None:
        """Notes the state; what is shown is drawn by rich's own thread."""
        self._state = (barrier + 1, ts_ns, equity_micros)
        if self._live is None and self._clock() - self._started_s >= self._appear_after_s:
            self._show()

    def finish(self, status: str) -> None:
        """Draws the last state and gives the terminal back."""
        self._ended_s, self._status = self._clock(), status
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _show(self) -> None:
        from rich.console import Console  # half of a short run's time, so only where a bar is shown
        from rich.live import Live

        self._console = Console(file=self._stream or sys.stderr, force_jupyter=False)
        self._live = Live(get_renderable=self._draw, console=self._console, refresh_per_second=8)
        self._live.start()

    def _draw(self) -> "Text":
        from rich.text import Text  # see `_show`

        done, ts_ns, equity_micros = self._state
        elapsed_s = (self._ended_s if self._status else self._clock()) - self._started_s
        known = self._total > 0
        said = Text(f" {done * 100 // self._total:3d} %" if known else "", no_wrap=True, overflow="ellipsis")
        said.append(f"  {done:,} barriers  {done / max(elapsed_s, 1e-9):,.0f}/s", "dim")
        said.append(f"  {format_ts(ts_ns)}").append(f"  {format_micros(equity_micros)}", "bold")
        said.append(f"  {self._status}" if self._status else "")
        return self._filled(done, self._width() - len(said)).append_text(said) if known else said

    def _filled(self, done: int, room: int) -> "Text":
        """The bar itself, as wide as there is room."""
        from rich.text import Text  # see `_show`

        width = min(_BAR_WIDTH, max(room, 0))
        full = min(width, width * done // self._total)
        bar = Text(no_wrap=True, overflow="ellipsis")
        return bar.append("━" * full, "cyan").append("━" * (width - full), "dim")

    def _width(self) -> int:
        return self._console.width if self._console else 0


def choose(progress: bool | Progress | None) -> Progress:
    """The progress for a run: what was given, or what suits standard error.

    Args:
        progress: True: a bar on a terminal, else plain lines. None: the same once the run takes long. False: nothing.
    """
    if progress is False or (progress in (None, True) and sys.stderr is None):
        return Silent()
    if progress is None or progress is True:
        return Bar() if sys.stderr.isatty() else Lines(appear_after_s=0.0 if progress else LINES_AFTER_S)
    return progress
