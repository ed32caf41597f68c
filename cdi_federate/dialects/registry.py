"""The dialects that fragments are written in, by the name their sources give. A new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from cdi_federate.dialects.base import Dialect

DIALECTS: Mapping[str, str] = MappingProxyType({"sqlite": "Sqlite", "postgres": "Postgres", "mysql": "Mysql"})
"""Each dialect, which is also its module here, and its class."""


@cache
def dialect_named(name: str) -> Dialect:
    """Return a dialect, whose module is loaded when it is first asked for; raises `KeyError` for one there is not."""
    made: Dialect = getattr(import_module(f"cdi_federate.dialects.{name}"), DIALECTS[name])()
    return made
