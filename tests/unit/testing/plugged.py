"""How pytest is told of the plugin where the environment is older than that."""

from importlib.metadata import entry_points

INSTALLED = any(point.name == "tidegate" for point in entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", "tidegate.testing.plugin")
"""Arguments for pytest: none where the plugin is installed, and so loaded by itself."""
