"""Hooks of the plugin, for a `conftest.py`."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tidegate.testing.replaying import Replayer


@pytest.hookspec(firstresult=True)
def pytest_tidegate_replayer(config: pytest.Config) -> "Replayer | None":
    """What replays the journals of a folder, where that is not `JournalReplayer()`: see `testing.replaying`."""
