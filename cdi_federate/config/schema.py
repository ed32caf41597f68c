"""The JSON Schema of one kind of file, from its shape; the short forms that a shape accepts are spelt out."""

from __future__ import annotations

from typing import Any

from cdi_federate.config.files import FILES


def file_schema(kind: str) -> dict[str, Any]:
    """Return the schema of a kind of file: catalog, entity, source, standard or policy."""
    schema: dict[str, Any] = _spelt_out(FILES[kind].model_json_schema(by_alias=True, mode="validation"))
    return schema


def _spelt_out(node: Any) -> Any:
    """Return a schema with short forms as alternatives, and without the titles that pydantic makes of names."""
    if isinstance(node, list):
        return [_spelt_out(item) for item in node]
    if not isinstance(node, dict):
        return node
    bare = {key: _spelt_out(item) for key, item in node.items() if not key.startswith("_") and not _is_title(key, item)}
    forms = []
    if "_short" in node:
        forms.append(node["_short"])
    if "_one_or_list" in node:
        forms.append(bare["items"])
    if not forms:
        return bare
    about = {key: bare.pop(key) for key in ("description", "default") if key in bare}
    return {**about, "anyOf": [*forms, bare]}


def _is_title(key: str, item: Any) -> bool:
    return key == "title" and isinstance(item, str)
