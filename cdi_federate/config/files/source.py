"""The shape of sources/*.yaml."""

from __future__ import annotations

from typing import Any, Literal

from cdi_federate.config.files.base import Form, Shape, entry
from cdi_federate.config.files.kinds import ANYTHING, NAMES, STRING, TEXT, Choice, Many, Maybe, Table
from cdi_federate.config.files.mapping import MappingShape


class SourceFile(Shape):
    """sources/*.yaml: one departmental system, how to reach it and what it provides."""

    source: str = entry(TEXT, "The source's name.")
    kind: str = entry(TEXT, "What kind of system it is.")
    department: str = entry(STRING, "Whose system it is.", "")
    owner: str = entry(STRING, "Whom to ask: an address.", "")
    description: str = entry(STRING, "What the system is and how fresh it is.", "")
    tags: list[str] = entry(NAMES, "Words that policies and searches select by.", [])
    connection: dict[str, Any] = entry(Table(ANYTHING), "How to reach it; secrets as ${NAME}.", {})
    on_failure: Literal["fail", "partial"] | None = entry(
        Maybe(Choice("fail", "partial")), "partial: an answer may leave this source out, and says so.", None
    )
    provides: dict[str, list[MappingShape]] = entry(
        Table(Many(Form(MappingShape), alone=dict)), "Entity → one mapping, or a list of them.", {}
    )
