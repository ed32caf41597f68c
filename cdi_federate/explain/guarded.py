"""A plan for a role that may not see how sources keep things: in virtual words, and nothing that rows could tell.

Neither texts that are sent, nor the guard's own conditions, nor estimates, counts and what was chosen by them stand in
it: it is the same whatever the rows are that the role may not see.
"""

from __future__ import annotations

from typing import Any

from cdi_federate.stages.plan import Scan
from cdi_federate.stages.steps import FederatedPlan


def document(plan: FederatedPlan) -> dict[str, Any]:
    """Return which tables are asked for which columns, of which sources, in plain values."""
    query = plan.plan.query
    theirs = {ref.node: ref for ref in query.bound.tables}
    tables = []
    for scan in plan.plan.scans:
        ref = theirs.get(scan.ref.node.removesuffix("_all"))
        if ref is None or scan.feeds:
            continue
        guard = query.guards[scan.ref.node]
        shown = guard.select.expressions if guard.select is not None else None
        fields = list(scan.fields) if shown is None else [each.alias for each in shown if each.alias != "one"]
        tables.append(
            {
                "entity": scan.entity.name,
                "alias": ref.alias,
                "fields": [name for name in fields if name.lower() not in guard.denied],
                "sources": _sources(scan, plan),
            }
        )
    return {
        "version": 1,
        "query": query.bound.parsed.written,
        "columns": [{"name": column.name, "type": column.type} for column in plan.columns],
        "tables": tables,
    }


def read(plan: FederatedPlan) -> dict[str, tuple[str, ...]]:
    """Return, for each table that was asked for, the sources that provide it: none that only a guard looks at."""
    found: dict[str, tuple[str, ...]] = {}
    for table in document(plan)["tables"]:
        found[table["entity"]] = tuple(dict.fromkeys((*found.get(table["entity"], ()), *table["sources"])))
    return found


def _sources(scan: Scan, plan: FederatedPlan) -> list[str]:
    """Return the sources that provide the entity to the role, asked or not: which are asked may depend on rows."""
    first = plan.plan.trail[0].before if plan.plan.trail else plan.plan
    node = scan.ref.node
    found = [
        branch.mapping.source for each in first.scans if node in (each.ref.node, each.feeds) for branch in each.branches
    ]
    return list(dict.fromkeys(found))


def render(plan: FederatedPlan) -> str:
    """Return the same as text, ended by a newline."""
    doc = document(plan)
    lines = ["answer      " + ", ".join(f"{column['name']} {column['type']}" for column in doc["columns"])]
    for table in doc["tables"]:
        alias = f" {table['alias']}" if table["alias"].lower() != table["entity"].lower() else ""
        lines += ["", f"table {table['entity']}{alias}"]
        lines.append(f"    fields      {', '.join(table['fields']) or 'none: rows are only counted'}")
        lines.append(f"    sources     {', '.join(table['sources']) or 'none'}")
    lines += ["", "what each source is sent, and why, is shown to roles with `explain: true`"]
    return "\n".join(lines) + "\n"
