"""Memory for arrays that live for a while and are let go of, chunk after chunk."""

import math
import sys

import numpy as np

from tidegate.core.arrays import FloatArray


def _holders(blocks: list[FloatArray], place: int) -> int:
    return sys.getrefcount(blocks[place])


_NOBODY = _holders([np.empty(0)], 0)
"""What is counted of a block that only its list refers to."""


class Blocks:
    """Blocks of memory, each used again as soon as no array looks into it any more.

    Fresh memory costs a fault for each of its pages, which takes about as long as filling it. An array that is a view
    of another holds a reference to the one that owns the memory, so the count of references tells whether any is left;
    whoever keeps an array for good keeps the block.
    """

    def __init__(self) -> None:
        self._blocks: list[FloatArray] = []

    def empty(self, *shape: int) -> FloatArray:
        """An array of this shape, its values anything."""
        size = math.prod(shape)
        free = [place for place in range(len(self._blocks)) if _holders(self._blocks, place) == _NOBODY]
        for place in free:
            if self._blocks[place].size >= size:
                return self._blocks[place][:size].reshape(shape)
        for place in reversed(free):  # too small for what is wanted now
            del self._blocks[place]
        self._blocks.append(np.empty(size))
        return self._blocks[-1][:].reshape(shape)
