"""The id of a customer of whom one record is known: made of the record's name, so that everybody makes the same.

A record that no build has seen has this id, and the first build gives a record that it links with no other the very
same: so an answer does not change when a crosswalk is built over records that stand alone.
"""

from __future__ import annotations

import hashlib

UNIT = "\x1f"
"""What stands between the parts: a control character that no name of an entity or a mapping holds."""

LENGTH = 25
"""Hexadecimal digits of an id after its letter: 100 bits."""


def lone_id(entity: str, mapping: str, key: str) -> str:
    """Return the id of one record: its entity, its mapping's qualified name, its key as it is stored."""
    name = UNIT.join((entity.lower(), mapping, key))
    return "c" + hashlib.sha256(name.encode()).hexdigest()[:LENGTH]


def lone_id_sql(entity: str, mapping: str, key: str) -> str:
    """Return the same in DuckDB's words: of the entity's name, and of expressions of the mapping's name and the key.

    It is NULL where the key is NULL: such a row has no name.
    """
    called = entity.lower().replace("'", "''")
    return f"'c' || substr(sha256('{called}' || chr(31) || {mapping} || chr(31) || {key}), 1, {LENGTH})"
