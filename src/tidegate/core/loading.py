"""A class by `module:Class`, made with its parameters; every way this can go wrong says where and what to do."""

import importlib
import inspect
from collections.abc import Mapping
from typing import Any, TypeVar

from tidegate.core.errors import ConfigError, UserError, did_you_mean

T = TypeVar("T")


def make(place: str, use: str, params: Mapping[str, Any], base: type[T]) -> T:
    """An instance of the class named by `use`.

    Args:
        place: where in the configuration it is named, for the error.
        use: `module:Class`; the module must be importable.
        params: keywords of its constructor.
        base: what it must be a kind of.
    Raises:
        ConfigError: no such module or class, not a `base`, or it does not take these parameters.
    """
    kind = _find(place, use, base)
    try:
        inspect.signature(kind).bind(**params)
    except TypeError as error:
        takes = ", ".join(inspect.signature(kind).parameters) or "none"
        raise ConfigError(f"{place}.params: {use} takes parameters {takes}: {error}") from None
    try:
        return kind(**params)
    except UserError as error:
        raise ConfigError(*(f"{place}.params: {problem}" for problem in error.problems)) from None
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{place}.params: {use} refused them: {type(error).__name__}: {error}") from error


def _find(place: str, use: str, base: type[T]) -> type[T]:
    module_name, _, class_name = use.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{place}.use: no module '{error.name}' to import for '{use}'; is it installed, or in the working folder?"
        ) from None
    except Exception as error:
        raise ConfigError(f"{place}.use: importing '{module_name}' failed: {type(error).__name__}: {error}") from error
    kind = getattr(module, class_name, None)
    if not (isinstance(kind, type) and issubclass(kind, base)):
        kinds = [name for name, value in vars(module).items() if isinstance(value, type) and issubclass(value, base)]
        what = "no class" if kind is None else f"not a {base.__name__}:"
        raise ConfigError(
            f"{place}.use: {what} '{class_name}' in module '{module_name}'{did_you_mean(class_name, kinds)}"
        )
    return kind
