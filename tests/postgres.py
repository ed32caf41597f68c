"""What the tests of Postgres share: a source over a server of `tests.servers`, and its rows as the engine gets them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from cdi_federate import tree
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.execute.duck.instance import attach, instance
from cdi_federate.sources.postgres import PostgresSource
from cdi_federate.stages.facts import TableFacts
from tests.execute.plans import mapping, source_of
from tests.servers import Server

DIALECT = dialect_named("postgres")


def source(server: Server, *relations: str, **connection: Any) -> PostgresSource:
    """A source `crm` with a mapping for each relation."""
    mappings = [mapping("crm", relation, name=f"m{number}") for number, relation in enumerate(relations)]
    made = source_of("postgres", Path("/"), mappings, "crm", **{**server.connection(), **connection})
    assert isinstance(made, PostgresSource)
    return made


def facts(made: PostgresSource, number: int = 0) -> TableFacts:
    """The facts of one of its mappings."""
    return made.facts(made.model.mappings[number], None)  # type: ignore[arg-type]  # servers are asked by themselves


@contextmanager
def attached(made: PostgresSource) -> Iterator[duckdb.DuckDBPyConnection]:
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
    sent = [tree.aliased(DIALECT.to_wire(column), column.name) for column in columns]
    if relation.select:  # type: ignore[union-attr]  # a table of a server
        (inner,) = tree.parse(relation.select, "postgres")  # type: ignore[union-attr]
        origin: tree.Tree = tree.subquery(inner, "t")
    else:
        origin = tree.table(*relation.name)  # type: ignore[union-attr]
    held = DIALECT.unchanged(relation, columns)  # type: ignore[arg-type]
    conditions = [each for each in (where, held) if each is not None]
    return closed(tree.select(sent, origin, where=tree.all_of(*conditions)))


def closed(query: tree.Tree) -> str:
    """The text of a tree, which must read back as itself, every constant the same."""
    text = tree.text(query, "postgres")
    (again,) = tree.parse(text, "postgres")
    assert tree.text(again, "postgres") == text
    assert tree.literals(again) == tree.literals(query)
    return text


def fetch(connection: duckdb.DuckDBPyConnection, known: TableFacts, into: str = "local") -> None:
    """Make a table of the engine's own of all rows."""
    back = [
        tree.aliased(DIALECT.from_wire(column, tree.column(column.name, "w")), column.name)
        for column in known.columns.values()
    ]
    text = tree.text(tree.select(back, tree.table("rows", alias="w")))
    sent = fragment(known).replace("'", "''")
    connection.execute(f"CREATE TABLE {into} AS WITH \"rows\" AS (FROM postgres_query('crm', '{sent}')) {text}")
