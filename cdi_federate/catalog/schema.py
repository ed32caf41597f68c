"""The JSON Schema of the catalog's files, by which an editor completes, explains and underlines.

A file names it in its first line, `# yaml-language-server: $schema=../schema.json`, and needs no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdi_federate.catalog.kinds import KINDS, KindSpec
from cdi_federate.config.schema import file_schema

SIGNS = {
    "entity": ["entity"],
    "source": ["source"],
    "standard": ["standard"],
    "policy": ["roles", "rules", "users", "consent", "tests", "secret"],
}
"""The keys by which each kind of file is known; what has none of them is catalog.yaml."""


def json_schema(kind: str = "", *, kinds: Mapping[str, KindSpec] = KINDS) -> dict[str, Any]:
    """Return the schema of one kind of file (catalog, entity, source, standard, policy), or one schema for them all.

    The one for all tells the files apart by their keys, so that a mistake is reported against the right kind.
    """
    if kind:
        return _schema(kind, kinds)
    definitions: dict[str, Any] = {}
    for name in (*SIGNS, "catalog"):
        one = _schema(name, kinds)
        definitions.update(one.pop("$defs", {}))
        one.pop("$schema")
        definitions[f"{name}_file"] = one
    chosen: dict[str, Any] = {"$ref": "#/$defs/catalog_file"}
    for name, signs in reversed(SIGNS.items()):
        sign = {"anyOf": [{"required": [key]} for key in signs]}
        chosen = {"if": sign, "then": {"$ref": f"#/$defs/{name}_file"}, "else": chosen}
    return {
        "$schema": _DRAFT,
        "title": "A file of a cdi-federate catalog",
        **chosen,
        "$defs": dict(sorted(definitions.items())),
    }


_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def _schema(kind: str, kinds: Mapping[str, KindSpec]) -> dict[str, Any]:
    schema = {"$schema": _DRAFT, **file_schema(kind)}
    if kind == "source":
        schema["properties"]["kind"]["enum"] = list(kinds)
        schema["allOf"] = [_of_kind(spec) for spec in kinds.values()]
    return schema


def _of_kind(spec: KindSpec) -> dict[str, Any]:
    """Return what holds for sources of one kind: the keys of the connection, and the options of its reader."""
    mapping = {"properties": {"options": _only(spec.options)}}
    provided = {"if": {"type": "array"}, "then": {"items": mapping}, "else": mapping}
    return {
        "if": {"properties": {"kind": {"const": spec.name}}, "required": ["kind"]},
        "then": {
            "properties": {"connection": _only(spec.connection), "provides": {"additionalProperties": provided}},
        },
    }


def _only(keys: tuple[str, ...]) -> dict[str, Any]:
    return {"properties": {key: {} for key in keys}, "additionalProperties": False}
