"""Federated plans made by hand, so that the engine is tested without the stages that make them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cdi_federate.catalog.model as catalog
from cdi_federate import tree
from cdi_federate.dialects.sqlite_wire import from_wire, to_wire
from cdi_federate.errors import Span
from cdi_federate.execute.duck import DuckEngine
from cdi_federate.execute.duck.run import Answer
from cdi_federate.sources.registry import build
from cdi_federate.stages.events import Teller
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.query import AuthorisedQuery, BoundQuery, Guard, OutputColumn, ParsedQuery, TableRef
from cdi_federate.stages.relations import FragmentRef, Leaf, RemoteTable
from cdi_federate.stages.steps import FederatedPlan, Fetch, Fragment, Residual
from cdi_federate.stages.subject import Subject

EMPTY: Mapping[str, Any] = MappingProxyType({})


def mapping(source: str, relation: str, *, name: str = "m", entity: str = "thing", **more: Any) -> catalog.Mapping:
    """One mapping without fields."""
    return catalog.Mapping(source=source, name=name, entity=entity, relation=relation, fields=EMPTY, **more)


def source_of(kind: str, base: Path, mappings: list[catalog.Mapping], name: str = "src", **connection: Any) -> Any:
    """A source with its mappings."""
    return build(
        catalog.Source(
            name=name,
            kind=kind,
            base=str(base),
            department="Sales",
            owner="sales@example.com",
            connection=connection,
            mappings=tuple(mappings),
        )
    )


def plan_of(
    sql: str, tables: Mapping[str, tuple[Any, catalog.Mapping, TableFacts]], columns: list[tuple[str, str]]
) -> FederatedPlan:
    """A plan whose residual is `sql` over the raw tables, each named as in `tables`."""
    entities: dict[str, catalog.Entity] = {}
    scans, leaves, steps, guards, ctes = [], {}, [], {}, []
    for node, (source, m, facts) in tables.items():
        entity = entities.setdefault(m.entity, catalog.Entity(m.entity, EMPTY))
        guard = guards.setdefault(node, Guard(m.entity))
        relation = facts.relation or source.relation(m)
        branch = Branch(m, relation, source.dialect, EMPTY, facts)
        scans.append(Scan(TableRef(node, m.entity, node, Span(0)), entity, guard, (), (branch,)))
        leaf: Leaf
        if isinstance(relation, RemoteTable):
            fragment = fragment_of(f"{m.source}_{node}", source, m, relation, facts)
            steps.append(Fetch(fragment))
            leaf = FragmentRef(fragment.name)
            sent = [tree.aliased(from_wire(c, tree.column(c.name)), c.name) for c in facts.columns.values()]
            ctes.append((node, tree.select(sent, tree.table(f"{node}_raw")), True))
            leaves[f"{node}_raw"] = leaf
        else:
            leaves[node] = relation
    parsed = ParsedQuery(sql, "duckdb", sql, tree.parse(sql)[0], {})
    output = tuple(OutputColumn(*column) for column in columns)
    bound = BoundQuery(parsed, parsed.tree, (), output)
    query = AuthorisedQuery(bound, Subject(), guards, (), parsed.tree)
    residual = tree.with_ctes(parsed.tree, ctes) if ctes else parsed.tree
    return FederatedPlan(Plan(query, parsed.tree, tuple(scans)), (*steps, Residual(residual, leaves)))


def fragment_of(name: str, source: Any, m: catalog.Mapping, relation: RemoteTable, facts: TableFacts) -> Fragment:
    """The fragment that fetches every column of a table of SQLite."""
    sent = [tree.aliased(to_wire(column), column.name) for column in facts.columns.values()]
    if relation.select:
        (inner,) = tree.parse(relation.select, "sqlite")
        origin: tree.Tree = tree.subquery(inner, "t")
    else:
        origin = tree.table(*relation.name)
    select = tree.select(sent, origin)
    wire = tuple((column.name, "VARCHAR") for column in facts.columns.values())
    text = tree.text(select, "sqlite")
    return Fragment(name, source.name, "sqlite", select, wire, (m.qualified,), text=text)


def run(
    engine: DuckEngine,
    sql: str,
    tables: Mapping[str, tuple[Any, catalog.Mapping]],
    columns: list[tuple[str, str]] | None = None,
    *,
    deadline: float = 60.0,
    listener: Any = lambda event: None,
) -> Answer:
    """Read the facts and run; `columns` default to all columns of the only table."""
    known = {node: (source, m, source.facts(m, engine.probe())) for node, (source, m) in tables.items()}
    if columns is None:
        ((_, _, facts),) = known.values()
        columns = [(column.name, column.type) for column in facts.columns.values()]
    plan = plan_of(sql, known, columns)
    sources = {source.name: source for source, _, _ in known.values()}
    return engine.run(plan, sources, deadline=deadline, tell=Teller("q", listener))


def rows_of(answer: Answer) -> list[tuple[Any, ...]]:
    """All rows as Python values."""
    return [tuple(row.values()) for batch in answer for row in batch.to_pylist()]
