"""What differs between the facts of a table and a later look at it, in words."""

from __future__ import annotations

from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.relations import RemoteTable


def difference(known: TableFacts, now: TableFacts) -> str:
    """Return, in words, how a column differs from what was known; empty where all are as they were."""
    for name, column in known.columns.items():
        other = now.columns.get(name)
        table = ".".join(known.relation.name) if isinstance(known.relation, RemoteTable) else ""
        where = f"column '{column.name}'{f' of {table}' if table else ''}"
        if other is None:
            added = [each.name for key, each in now.columns.items() if key not in known.columns]
            return f"{where} is gone{f', there is a new one named {added[0]}' if added else ''}"
        if other.native != column.native:
            return f"{where} was {column.native} and is {other.native}"
        if other.collation != column.collation:
            return f"{where} has another collation"
        if other.stamp != column.stamp:
            return f"{where} was changed"
    return ""
