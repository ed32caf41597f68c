"""The condition in each statement to Postgres that fails it once its table is not the one that its facts speak of.

A statement's snapshot is older than its locks. Where it waited for an ALTER TABLE to end, `pg_attribute` has the old
columns in that snapshot, while the statement reads the new ones; and a table that was rewritten has no row in it at all
(postgresql.org/docs/current/mvcc-caveats.html). So the columns are compared with what they were when the facts were
read, their names also as they are now, and the file of the table in the snapshot with the one that is read.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from cdi_federate import tree
from cdi_federate.tree import Tree

CHANGED = "cdi sees another table"
"""How an error of the server begins whose statement's columns are no longer what they were."""

STAMP = (
    "MD5(a.attname || ' ' || a.atttypid || ' ' || a.atttypmod || ' ' || a.attcollation || ' ' || a.attnotnull || "
    "' ' || PG_DESCRIBE_OBJECT(CAST('pg_catalog.pg_class' AS REGCLASS), a.attrelid, a.attnum))"
)
"""What a column is, over `pg_attribute AS a`: as the statement's snapshot has it, its name also as it is locked."""

_LOCKED = (
    "NOT EXISTS(SELECT 1 FROM pg_catalog.pg_locks AS l, pg_catalog.pg_class AS c WHERE l.pid = PG_BACKEND_PID() "
    "AND l.relation = c.oid AND c.relfilenode <> 0 AND c.relfilenode <> PG_RELATION_FILENODE(c.oid))"
)
"""No table that the statement holds was written anew since its snapshot."""


@lru_cache(maxsize=1024)
def unchanged(name: tuple[str, ...], stored: bool, stamps: tuple[tuple[str, str], ...]) -> Tree:
    """Return the condition for a table (no name: a SELECT), whether its rows stand in it alone, and (column, stamp)s.

    It is TRUE or it fails. The tree is shared, so do not change it.
    """
    shown = ".".join(name).replace(";", " ") or "its SELECT"
    table = f"CAST({_quoted('.'.join(_identifier(part) for part in name))} AS REGCLASS)"
    own = f"(SELECT c.relfilenode = PG_RELATION_FILENODE(c.oid) FROM pg_catalog.pg_class AS c WHERE c.oid = {table})"
    same = own if stored else _LOCKED
    source = ""
    failed = f"{_quoted(f'{CHANGED} {shown}; ')} || LEFT(CAST(PG_BACKEND_PID() AS TEXT), 0)"
    if stamps:
        told = f"STRING_AGG({STAMP}, ',' ORDER BY a.attname)"
        wanted = hashlib.md5(",".join(stamp for _, stamp in stamps).encode(), usedforsecurity=False).hexdigest()
        same = f"MD5({told}) = {_quoted(wanted)} AND {same}"
        listed = ", ".join(_quoted(column) for column, _ in stamps)
        source = f" FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = {table} AND a.attname IN ({listed})"
    text = f"(SELECT CASE WHEN {same} THEN TRUE ELSE CAST({failed} AS BOOLEAN) END{source})"
    return tree.slim(tree.parse_expression(text, "postgres"))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
