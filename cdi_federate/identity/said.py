"""What the catalog says, as texts that change when another crosswalk would come of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from cdi_federate.catalog.identity import Identity
from cdi_federate.catalog.model import Entity, Mapping
from cdi_federate.identity.terms import HASH, PRINT


def ground(entity: Entity, identity: Identity, mappings: Sequence[Mapping], key: str) -> str:
    """Return a text that changes when every record must be linked anew.

    It says the rules, the names of the mappings, the types of the fields, the key, and how hashes are made.
    """
    types = {name: field.type for name, field in entity.fields.items()}
    said = (entity.name.lower(), identity, types, [(m.qualified, m.key_store) for m in mappings], HASH, PRINT)
    return hmac.new(key.encode(), _plain(said).encode(), hashlib.sha256).hexdigest()[:32]


def of_mapping(mapping: Mapping) -> str:
    """Return a text that changes when the rows of one mapping must be read anew."""
    return hashlib.sha256(_plain(mapping).encode()).hexdigest()[:32]


def _plain(value: Any) -> str:
    """Write a value of the model out, without the places in files."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = [f"{f.name}={_plain(getattr(value, f.name))}" for f in fields(value) if not f.name.endswith("place")]
        return f"{type(value).__name__}({', '.join(parts)})"
    if isinstance(value, Map):
        return "{" + ", ".join(f"{key!r}: {_plain(item)}" for key, item in sorted(value.items(), key=repr)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return repr(value)
