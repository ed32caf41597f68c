"""The JSON Schema of one kind of file, from its shape; the short forms that a shape accepts are spelt out."""

from __future__ import annotations

from typing import Any

from cdi_federate.config.files import FILES


def file_schema(kind: str) -> dict[str, Any]:
    """Return the schema of a kind of file: catalog, entity, source, standard or policy."""
    definitions: dict[str, Any] = {}
    schema = FILES[kind].schema(definitions)
    return {**schema, **({"$defs": dict(sorted(definitions.items()))} if definitions else {})}
