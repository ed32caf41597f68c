"""Policies as frozen values. A catalog without policy files has no policy: everyone sees everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy files of one catalog, as read."""

    files: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the catalog has no policies at all."""
        return not self.files
