"""Array types of the messages and kernels, and the one way to make an array read-only."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

Array = TypeVar("Array", bound=NDArray[np.generic])


def freeze(array: Array) -> Array:
    """Makes `array` itself read-only and returns it: what is sent in a message never changes afterwards."""
    array.flags.writeable = False
    return array
