"""Reads ahead: what comes next is fetched by a thread while what came before is worked on.

Reading, checksums and decompression run beside Python code. Order and content stay what they are: one thread takes one
step after the other, and what it raises is raised where its result would have come.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor  # deterministic: one thread, whose results come in order
from typing import TypeVar

STEPS = 4
"""That are taken ahead."""
Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; nobody else may use what they are made of meanwhile."""
    pool = ThreadPoolExecutor(1, "read-ahead")
    coming: deque[Future[Item | None]] = deque()
    try:
        for _ in range(STEPS):
            coming.append(pool.submit(next, items, None))
        while (item := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)
