"""Single settings laid over a configuration: `account.cash=5000`, `risk.rules.0.stop_loss.pct=0.1`."""

from dataclasses import dataclass
from typing import Any

from tidegate.config.text import parse_yaml
from tidegate.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Override:
    """One setting.

    Attributes:
        text: as it was written.
        keys: the path to the setting; whole numbers index lists.
        value: plain values, parsed as YAML.
    """

    text: str
    keys: tuple[str, ...]
    value: Any

    @classmethod
    def parse(cls, text: str) -> "Override":
        """The setting that a text such as `a.b=c` names.

        Raises:
            ConfigError: no `=`, an empty key, or a value that is not YAML.
        """
        path, equals, value = text.partition("=")
        keys = tuple(key.strip() for key in path.split("."))
        if not equals or not all(keys):
            raise ConfigError(f"override '{text}': want key.path=value, such as account.cash=50000")
        try:
            return cls(text, keys, parse_yaml(value))
        except ConfigError as error:
            raise ConfigError(f"override '{text}': value: {error}") from error

    def apply(self, values: dict[str, Any]) -> None:
        """Sets it in `values`, in place; sections on the way that are missing are made.

        Raises:
            ConfigError: the path goes through a plain value, or names a list item that is not there.
        """
        here: Any = values
        for depth, key in enumerate(self.keys[:-1]):
            place = ".".join(self.keys[:depth])
            if isinstance(here, list):
                here = here[self._index(here, key, place)]
                continue
            self._check_section(here, place)
            if here.get(key) is None or (here[key] == [] and not self.keys[depth + 1].isdecimal()):
                here[key] = {}
            here = here[key]
        place, last = ".".join(self.keys[:-1]), self.keys[-1]
        if isinstance(here, list):
            here[self._index(here, last, place)] = self.value
        else:
            self._check_section(here, place)
            here[last] = self.value

    def _index(self, items: list[Any], key: str, place: str) -> int:
        if key.isdecimal() and int(key) < len(items):
            return int(key)
        many = f"0 to {len(items) - 1}" if items else f"the whole list, as in {place}=[...]"
        raise ConfigError(f"override '{self.text}': {place} is a list of {len(items)}; got item '{key}', want {many}")

    def _check_section(self, here: Any, place: str) -> None:
        if not isinstance(here, dict):
            raise ConfigError(f"override '{self.text}': {place} is {here!r}, not a section with keys of its own")
