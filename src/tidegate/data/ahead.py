"""Reading ahead: a thread that reads chunks, and a queue between it and who uses them."""

import threading  # deterministic: one thread reads, in time order, and one takes, in the same order
from collections import deque
from collections.abc import Iterator
from concurrent.futures import (
    Future,
)  # deterministic: says that the queue has something; what it is does not depend on when

from tidegate.data.panel import PanelChunk

AHEAD_BYTES = 4_000_000
"""Size of what waits in the queue from which on reading pauses; a single chunk may be of any size."""


class ReadAhead:
    """Reads chunks in a thread of its own and keeps them until they are taken.

    One thread reads them all: a thread for each would cost more than a small chunk, and every thread keeps memory of
    its own. It pauses while enough waits in the queue, which is one large chunk or a few small ones. The thread is a
    daemon, for a source that hangs must not keep the process from ending.

    All but the thread's own work belongs to one other thread.

    Args:
        chunks: what to read; only the thread touches it.
        name: of the thread.
    """

    def __init__(self, chunks: Iterator[PanelChunk], name: str) -> None:
        self._chunks = chunks
        self._queue: deque[PanelChunk] = deque()
        self._bytes = 0
        self._error: BaseException | None = None
        self._ended = self._stopped = False
        self._changed = threading.Condition()
        self._awaited: Future[None] | None = None
        self._thread = threading.Thread(target=self._read, name=name, daemon=True)

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the reading after the chunk at hand, for which nobody waits; nothing is left to take."""
        with self._changed:
            self._stopped = self._ended = True
            self._queue.clear()
            self._tell()
            self._changed.notify_all()

    @property
    def ready(self) -> bool:
        """Whether `take` can answer."""
        return bool(self._queue) or self._ended

    def arrival(self) -> Future[None]:
        """Done as soon as `ready`."""
        with self._changed:
            arrival = self._awaited = Future()
            self._tell()
        return arrival

    def take(self) -> PanelChunk | None:
        """The next chunk, None after the last one; only when `ready`.

        Raises:
            BaseException: what came of reading the next one.
        """
        self.check()
        with self._changed:
            if not self._queue:
                return None
            chunk = self._queue.popleft()
            self._bytes -= chunk.nbytes
            self._changed.notify_all()
            return chunk

    def check(self) -> None:
        """Raises what came of reading the next chunk, if it was no chunk."""
        if self._error is not None and not self._queue:
            raise self._error

    def _read(self) -> None:
        chunks, self._chunks = self._chunks, iter(())  # let go of, with all it holds, when this thread ends
        error: BaseException | None = None
        try:
            for chunk in chunks:
                if not self._put(chunk):
                    break
        except BaseException as caught:  # of whatever kind: raised where the chunk is wanted
            error = caught
        with self._changed:
            self._error, self._ended = None if self._stopped else error, True
            self._tell()

    def _put(self, chunk: PanelChunk) -> bool:
        """Queues a chunk and waits until there is room for another; False where reading is to end."""
        with self._changed:
            if not self._stopped:
                self._queue.append(chunk)
                self._bytes += chunk.nbytes
                self._tell()
                self._changed.wait_for(lambda: self._bytes < AHEAD_BYTES or self._stopped)
            return not self._stopped

    def _tell(self) -> None:
        """Tells who waits for an arrival, unless they no longer do."""
        waiting = self._awaited
        if waiting is not None and self.ready:
            self._awaited = None
            if waiting.set_running_or_notify_cancel():
                waiting.set_result(None)
