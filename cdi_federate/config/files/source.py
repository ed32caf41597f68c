"""The shape of sources/*.yaml."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cdi_federate.config.files.base import Names, Shape, Text
from cdi_federate.config.files.mapping import MappingShape

Provided = Annotated[
    list[MappingShape],
    BeforeValidator(lambda value: [value] if isinstance(value, dict) else value),
    Field(json_schema_extra={"_one_or_list": True}),
]


class SourceFile(Shape):
    """sources/*.yaml: one departmental system, how to reach it and what it provides."""

    source: Text = Field(description="The source's name.")
    kind: Text = Field(description="What kind of system it is.")
    department: str = Field(default="", description="Whose system it is.")
    owner: str = Field(default="", description="Whom to ask: an address.")
    description: str = Field(default="", description="What the system is and how fresh it is.")
    tags: Names = Field(default=[], description="Words that policies and searches select by.")
    connection: dict[Text, Any] = Field(default={}, description="How to reach it; secrets as ${NAME}.")
    on_failure: Literal["fail", "partial"] | None = Field(
        default=None, description="partial: an answer may leave this source out, and says so."
    )
    provides: dict[Text, Provided] = Field(default={}, description="Entity → one mapping, or a list of them.")
