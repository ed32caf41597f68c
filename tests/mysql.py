"""What the tests of MySQL share: a source over a server of `tests.servers`, and its rows as the engine gets them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from cdi_federate import tree
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.execute.duck.instance import attach, instance
from cdi_federate.execute.duck.literal import literal
from cdi_federate.sources.mysql import MysqlSource
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.relations import RemoteTable
from tests.execute.plans import mapping, source_of
from tests.servers import Server

DIALECT = dialect_named("mysql")


def source(server: Server, *relations: str, **connection: Any) -> MysqlSource:
    """A source `billing` with a mapping for each relation."""
    mappings = [mapping("billing", relation, name=f"m{number}") for number, relation in enumerate(relations)]
    made = source_of("mysql", Path("/"), mappings, "billing", **{**server.connection(), **connection})
    assert isinstance(made, MysqlSource)
    return made


def facts(made: MysqlSource, number: int = 0) -> TableFacts:
    """The facts of one of its mappings."""
    return made.facts(made.model.mappings[number], None)  # type: ignore[arg-type]  # servers are asked by themselves


@contextmanager
def attached(made: MysqlSource) -> Iterator[duckdb.DuckDBPyConnection]:
    """An instance of the engine with the source attached."""
    connection = instance(threads=2)
    try:
        attach(connection, made.attachment())
        yield connection
    finally:
        connection.close()
        made.close()


def fragment(known: TableFacts, where: tree.Tree | None = None) -> str:
    """The text that fetches every column, as the product would send it."""
    columns = list(known.columns.values())
    relation = known.relation
    assert isinstance(relation, RemoteTable)
    sent = [tree.aliased(DIALECT.to_wire(column), column.name) for column in columns]
    origin: tree.Tree = tree.table(*relation.name)
    if relation.select:
        (inner,) = tree.parse(relation.select, "mysql")
        origin = tree.subquery(inner, "t")
    held = DIALECT.unchanged(relation, columns)
    conditions = [each for each in (where, held) if each is not None]
    return closed(tree.select(sent, origin, where=tree.all_of(*conditions) if conditions else None))


def closed(query: tree.Tree) -> str:
    """The text of a tree, which must read back as itself, every constant the same."""
    text = tree.text(query, "mysql")
    (again,) = tree.parse(text, "mysql")
    assert tree.text(again, "mysql") == text
    assert tree.literals(again) == tree.literals(query)
    return text


def fetch(connection: duckdb.DuckDBPyConnection, known: TableFacts, into: str = "local") -> None:
    """Make a table of the engine's own of all rows."""
    back = [
        tree.aliased(DIALECT.from_wire(column, tree.column(column.name, "w")), column.name)
        for column in known.columns.values()
    ]
    text = tree.text(tree.select(back, tree.table("rows", alias="w")))
    sent = literal(fragment(known))
    connection.execute(f"CREATE TABLE {into} AS WITH \"rows\" AS (FROM mysql_query('billing', {sent})) {text}")
