import numpy as np
import pytest

from tidegate.core.arrays import freeze


def test_freeze_returns_the_very_array_and_makes_it_read_only() -> None:
    array = np.arange(3.0)
    assert freeze(array) is array
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 9.0


def test_rows_of_a_frozen_panel_are_read_only_too() -> None:
    panel = freeze(np.zeros((2, 3)))
    assert not panel[0].flags.writeable
    assert np.shares_memory(panel[0], panel)
