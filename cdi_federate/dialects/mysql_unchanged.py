"""The condition in each statement to MySQL that fails it once its table has not the columns that its facts speak of.

Name, type and collation of each column are held against the server's own catalog. A subquery of two rows is an error of
the statement; the server computes the condition once, before it reads.
"""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects import mysql_wire
from cdi_federate.dialects.mysql_constants import text
from cdi_federate.tree import Tree

CHANGED = "Subquery returns more than 1 row"
"""How the server fails a statement whose columns are no longer what they were."""


def stamp(name: str, native: str, collation: str) -> str:
    """Return the description of a column by which a statement sees that it is still the same."""
    kind = mysql_wire.word(native)
    return " ".join(part for part in (name, kind if kind in ("enum", "set") else native, collation) if part)


@lru_cache(maxsize=1024)
def unchanged(database: str, table: str, stamps: tuple[str, ...]) -> Tree:
    """Return the look at a table's columns; it is shared, so do not change it."""
    listed = any(stamp.split(" ")[-2:-1] in (["enum"], ["set"]) for stamp in stamps)
    type_ = "CASE WHEN data_type IN ('enum', 'set') THEN data_type ELSE column_type END" if listed else "column_type"
    said = tree.parse_expression(f"CONCAT_WS(' ', column_name, {type_}, collation_name)", "mysql")
    verdict = f"CASE COUNT(*) WHEN {len(stamps)} THEN 1 ELSE (SELECT 1 UNION ALL SELECT 2) END"
    where = tree.all_of(
        tree.equals(tree.column("table_schema"), text(database)),
        tree.equals(tree.column("table_name"), text(table)),
        tree.is_in(said, [text(stamp) for stamp in stamps]),
    )
    counted = tree.parse_expression(verdict, "mysql")
    look = tree.select([counted], tree.table("information_schema", "columns"), where=where)
    return tree.slim(tree.equals(exp.Subquery(this=look), tree.number(1)))
