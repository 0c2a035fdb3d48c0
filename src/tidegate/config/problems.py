"""What a validation found wrong, as one line a problem: place, value, limit and remedy."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tidegate.config.models import MANY, ONE, Config
from tidegate.config.values import PATTERN_WORDS
from tidegate.core.errors import did_you_mean

_WANT_KIND = {
    "bool_type": "true or false",
    "dict_type": "a mapping of keys to values",
    "float_type": "a number",
    "int_type": "a whole number",
    "model_type": "a section (keys with values)",
    "model_attributes_type": "a section (keys with values)",
    "string_type": "text; put it in quotes",
    "tuple_type": "a list",
    "finite_number": "a finite number",
}
_WANT_LIMIT = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_NOT_KEYS = (ONE, MANY, "[key]")


def describe(error: ValidationError) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each problem as the keys that lead to it and a line such as `account.cash: got -5, want greater than 0`."""
    for detail in error.errors(include_url=False):
        keys = tuple(str(key) for key in detail["loc"] if key not in _NOT_KEYS)
        yield keys, f"{'.'.join(keys)}: {_problem(keys, detail)}" if keys else _problem(keys, detail)


def show(value: object) -> str:
    """The value as a person would write it in YAML, cut where it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "keys " + ", ".join(map(str, value)) if value else "no keys"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _problem(keys: tuple[str, ...], detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(keys)
    if kind == "missing":
        return f"missing; want {_wanted_at(keys)}"
    if kind == "value_error":
        reason = str(detail["ctx"]["error"])
        return f"got {show(detail['input'])}, {reason}" if reason.startswith("want ") else reason
    return f"got {show(detail['input'])}, want {_want(keys, detail)}"


def _want(keys: tuple[str, ...], detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _WANT_LIMIT:
        words, key = _WANT_LIMIT[kind]
        is_percent = keys[-1] == "pct" and key == "lt"
        return f"{words} {context[key]:,g}" + (" (a fraction: 5 % is 0.05)" if is_percent else "")
    if kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']*)'", context["expected"])
        listed = choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
        return listed + did_you_mean(str(detail["input"]), choices)
    if kind == "string_pattern_mismatch":
        return PATTERN_WORDS[context["pattern"]]
    if keys == ("strategy",):
        return "a section with use and params, or a list of those"
    return _WANT_KIND.get(kind) or detail["msg"]


def _unknown_key(keys: tuple[str, ...]) -> str:
    model = _model_at(keys[:-1])
    known = list(model.model_fields)
    hint = did_you_mean(keys[-1], known)
    if not hint:
        elsewhere = [".".join(path) for path in _all_keys(Config) if path[-1] == keys[-1]]
        hint = f"; did you mean '{elsewhere[0]}'?" if elsewhere else f"; known here: {', '.join(known)}"
    return f"unknown key{hint}"


def _wanted_at(keys: tuple[str, ...]) -> str:
    field = _model_at(keys[:-1]).model_fields[keys[-1]]
    patterns = [item.pattern for item in field.metadata if getattr(item, "pattern", None)]
    if patterns:
        return PATTERN_WORDS[patterns[0]]
    return "a number such as 0.05" if keys[-1] == "pct" else "a value"


def _model_at(keys: tuple[str, ...]) -> type[BaseModel]:
    """The section that the keys lead to; list items are of their list's one section."""
    model: type[BaseModel] = Config
    named = False
    for key in keys:
        if named:  # a name that the user has given
            named = False
        elif not key.isdecimal():
            annotation = model.model_fields[key].annotation
            model, named = next(_models_in(annotation)), get_origin(annotation) is dict
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _all_keys(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, field in model.model_fields.items():
        yield (*above, key)
        for inner in list(_models_in(field.annotation))[:1]:
            yield from _all_keys(inner, (*above, key))
