"""The last check before anything runs, by code that shares nothing with the stages that made the plan.

Every leaf of the residual belongs to a scan of the plan, every scan has its guard, every fragment speaks only of its
own mappings' tables, and DuckDB's own reading of the final text reaches nothing but what was spelt for the leaves.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
from sqlglot import exp

from cdi_federate import tree
from cdi_federate.errors import InvariantError
from cdi_federate.stages.plan import Branch, FederatedPlan, Fragment
from cdi_federate.stages.relations import FragmentRef, Relation, RemoteTable

HARMLESS = frozenset(
    {"range", "generate_series", "unnest", "repeat", "repeat_row", "generate_subscripts", "json_each", "json_tree"}
)
"""Table functions of a user's that make rows of their arguments and read nothing."""

_LEAVES = frozenset({"CONSTANT", "COLUMN_REF"})
"""Classes of expressions that hold no other; a code list has hundreds of them."""

_IGNORED = frozenset({"query_location", "alias", "sample", "column_name_alias"})


def check_plan(plan: FederatedPlan) -> None:
    """Raise `InvariantError` unless guards, leaves and fragments fit together."""
    logical = plan.plan
    guards = logical.query.guards
    for scan in logical.scans:
        guard = guards.get(scan.entity.name) or guards.get(scan.entity.name.lower()) or guards.get(scan.ref.node)
        if guard is None or guard != scan.guard:
            raise InvariantError(f"the scan of '{scan.entity.name}' lost its guard")
    branches = [branch for scan in logical.scans for branch in scan.branches]
    known = [branch.relation for branch in branches]
    known += [branch.facts.relation for branch in branches if branch.facts and branch.facts.relation is not None]
    fragments = {fragment.name: fragment for fragment in plan.fragments}
    for name, leaf in plan.residual.leaves.items():
        if isinstance(leaf, FragmentRef):
            if leaf.fragment not in fragments:
                raise InvariantError(f"'{name}' stands for a fragment that the plan does not have")
        elif not any(leaf is relation or leaf == relation for relation in (*known, *logical.system.values())):
            raise InvariantError(f"'{name}' reads what no scan of the plan asked for")
    for fragment in fragments.values():
        own = {b.mapping.qualified: _relations(b) for b in branches if b.mapping.source == fragment.source}
        _check_fragment(fragment, own)


def check_text(cursor: duckdb.DuckDBPyConnection, text: str, spelt: Mapping[str, str]) -> None:
    """Raise `InvariantError` unless the text is one SELECT that reaches only what stands in `spelt` (leaf → text)."""
    allowed = _allowed(cursor, tuple(sorted(set(spelt.values()))))
    for mark in _reached(_serialised(cursor, text), frozenset()):
        if mark not in allowed:
            raise InvariantError("the statement reads something that the plan does not name")


_KNOWN: OrderedDict[tuple[str, ...], frozenset[str]] = OrderedDict()
_MOST_KNOWN = 128


def _allowed(cursor: duckdb.DuckDBPyConnection, scans: tuple[str, ...]) -> frozenset[str]:
    """Return the marks of what some leaves' texts reach; the same leaves stand in many statements."""
    known = _KNOWN.get(scans)
    if known is None:
        tables = "".join(f", {scan} AS t{number}" for number, scan in enumerate(scans))
        reading = _serialised(cursor, f"SELECT * FROM (SELECT 1) AS t{tables}")
        known = _KNOWN[scans] = frozenset(_reached(reading, frozenset()))
        while len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.popitem(last=False)
    return known


_OWN_CATALOGS = {
    "postgres": {("pg_catalog", "pg_attribute")},
    "mysql": {("information_schema", "columns")},
}
"""What a statement may look at, by its dialect, to see that its table is still as it was planned for."""


def _relations(branch: Branch) -> tuple[Relation, ...]:
    """Return the table as the catalog names it, and as the source does."""
    settled = branch.facts.relation if branch.facts is not None else None
    return (branch.relation,) if settled is None else (branch.relation, settled)


def _check_fragment(fragment: Fragment, relations: Mapping[str, tuple[Relation, ...]]) -> None:
    try:
        statements = tree.parse(fragment.text, fragment.dialect)
    except tree.Unreadable:
        raise InvariantError(f"the fragment '{fragment.name}' cannot be read back") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise InvariantError(f"the fragment '{fragment.name}' is not one SELECT")
    if not set(fragment.mappings) <= set(relations):
        raise InvariantError(f"the fragment '{fragment.name}' carries a mapping that its source's scans do not have")
    own = [relation for name in fragment.mappings for relation in relations[name]]
    allowed = {tuple(part.lower() for part in relation.name) for relation in own if isinstance(relation, RemoteTable)}
    allowed |= _OWN_CATALOGS.get(fragment.dialect, set())
    for relation in own:
        if isinstance(relation, RemoteTable) and relation.select:
            for statement in tree.parse(relation.select, fragment.dialect):
                allowed |= _tables(statement)
    if not _tables(statements[0]) <= allowed:
        raise InvariantError(f"the fragment '{fragment.name}' reads a table of none of its mappings")


def _tables(statement: tree.Tree) -> set[tuple[str, ...]]:
    named = {cte.alias.lower() for cte in statement.find_all(exp.CTE)}
    found = set()
    for table in statement.find_all(exp.Table):
        parts = tuple(part.name.lower() for part in table.parts)
        if not (len(parts) == 1 and parts[0] in named):
            found.add(parts)
    return found


def _serialised(cursor: duckdb.DuckDBPyConnection, text: str) -> Any:
    row = cursor.execute("SELECT json_serialize_sql(?)", [text]).fetchone()
    answer: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    statements: list[Any] = answer.get("statements") or []
    if answer.get("error") or len(statements) != 1:
        raise InvariantError("the spelt statement is not one SELECT that the engine can read")
    return statements[0]


def _reached(node: Any, names: frozenset[str]) -> Iterator[str]:
    """Yield a mark of every table, file and function in FROM that is not a CTE in scope."""
    if isinstance(node, list):
        for item in node:
            yield from _reached(item, names)
    if not isinstance(node, dict) or node.get("class") in _LEAVES:
        return
    inner = node.get("cte_map")
    if isinstance(inner, dict):
        names = names | {entry["key"].lower() for entry in inner.get("map", ())}
    match node.get("type"):
        case "BASE_TABLE":
            bare = not node.get("schema_name") and not node.get("catalog_name")
            if not (bare and node["table_name"].lower() in names):
                yield _mark(node)
        case "TABLE_FUNCTION" if "function" in node:
            if node["function"].get("function_name", "").lower() not in HARMLESS:
                yield _mark(node)
        case "SHOW_REF" | "COLUMN_DATA" | "DELIM_GET" | "BOUND_TABLE_REF":
            yield "unknown"
    for value in node.values():
        if isinstance(value, dict | list):
            yield from _reached(value, names)


def _mark(node: Mapping[str, Any]) -> str:
    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items() if key not in _IGNORED}
        return [bare(item) for item in value] if isinstance(value, list) else value

    return json.dumps(bare(node), sort_keys=True)
