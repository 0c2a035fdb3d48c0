"""What all parts of the configuration have in common."""

import inspect
import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from tidegate.config.values import CLASS_PATH, Params

_ENTRY = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n {6,}.*)*)", re.MULTILINE)


class Section(BaseModel):
    """Base of all sections: frozen, no unknown keys, finite numbers; its docstring is the schema's description."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        schema["description"] = _parts(cls)[0]
        for owner in reversed(cls.__mro__):
            if issubclass(owner, Section):
                for name, text in _described(owner):
                    schema["properties"][name]["description"] = text
        return schema


class Use(Section):
    """A class of the user's, with the keywords to make it.

    Attributes:
        use: where it is, as `module:Class`.
        params: the keywords.
    """

    use: Annotated[str, Field(pattern=CLASS_PATH)]
    params: Params = Field(default_factory=dict)


def _parts(section: type[Section]) -> tuple[str, str]:
    """What a docstring says of the whole, and what it says under `Attributes`."""
    whole, _, attributes = inspect.cleandoc(section.__doc__ or "").partition("\n\nAttributes:\n")
    return whole, attributes


def _described(section: type[Section]) -> Iterator[tuple[str, str]]:
    """Each attribute that a docstring speaks of, and what it says."""
    for names, text in _ENTRY.findall(_parts(section)[1]):
        for name in names.split(", "):
            yield name, " ".join(text.split())
