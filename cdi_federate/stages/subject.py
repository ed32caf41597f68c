"""Who asks. Passed with each call, never held by a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Subject:
    """A user with the role and purpose of this one query; `attributes` feed row filters (`${user.branch}`).

    An attribute is a text, or a tuple of texts.
    """

    user: str = ""
    role: str = ""
    purpose: str = ""
    attributes: Mapping[str, str | tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
