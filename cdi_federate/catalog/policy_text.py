"""One file of policies as it was read, with the places of what is SQL in it, for those who check it by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cdi_federate.config.files import PolicyFile
from cdi_federate.config.located import Document
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Place


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The data of one file; `places` say where each condition and way of masking stands, by its way in the file."""

    data: Mapping[str, Any]
    places: Mapping[Way, Place] = field(default_factory=lambda: MappingProxyType({}), compare=False)

    @classmethod
    def of(cls, shape: PolicyFile, document: Document) -> PolicyText:
        """Return what stands in a file, which nobody can change."""
        ways: list[Way] = [("roles", name, "rows", each) for name, role in shape.roles.items() for each in role.rows]
        ways += [("rules", at, key) for at in range(len(shape.rules)) for key in ("require", "using")]
        texts = {way: document.at(way) for way in ways}
        places = {way: document.into(way, 0, len(text)) for way, text in texts.items() if isinstance(text, str)}
        return cls(frozen(document.data), MappingProxyType(places))


def frozen(value: Any) -> Any:
    """Return a value whose mappings and lists cannot be changed, all the way down."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    return value
