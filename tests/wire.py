"""A source of a server kind by itself, without a catalog or a query: its facts, its fragments, and their rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cdi_federate import tree
from cdi_federate.dialects.base import Dialect
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.execute.duck.instance import attach, instance
from cdi_federate.execute.duck.literal import literal
from cdi_federate.sources.server import ServerSource
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.relations import RemoteTable
from tests.execute.plans import mapping, source_of
from tests.servers import Server


@dataclass(frozen=True)
class Wire:
    """A kind of server, and the name of the sources made of it."""

    kind: str
    name: str

    @property
    def dialect(self) -> Dialect:
        """The dialect of its fragments."""
        return dialect_named(self.kind)

    def source(self, server: Server, *relations: str, **connection: Any) -> Any:
        """A source with a mapping for each relation, of the kind's own class."""
        mappings = [mapping(self.name, relation, name=f"m{number}") for number, relation in enumerate(relations)]
        return source_of(self.kind, Path("/"), mappings, self.name, **{**server.connection(), **connection})

    @staticmethod
    def facts(made: ServerSource, number: int = 0) -> TableFacts:
        """The facts of one of a source's mappings."""
        return made.facts(made.model.mappings[number], None)  # type: ignore[arg-type]  # servers are asked by themselves

    @staticmethod
    @contextmanager
    def attached(made: ServerSource) -> Iterator[duckdb.DuckDBPyConnection]:
        """An instance of the engine with a source attached."""
        connection = instance(threads=2)
        try:
            attach(connection, made.attachment())
            yield connection
        finally:
            connection.close()
            made.close()

    def fragment(self, known: TableFacts, where: tree.Tree | None = None) -> str:
        """The text that fetches every column, as the product would send it."""
        columns, relation = list(known.columns.values()), known.relation
        assert isinstance(relation, RemoteTable)
        sent = [tree.aliased(self.dialect.to_wire(column), column.name) for column in columns]
        origin: tree.Tree = tree.table(*relation.name)
        if relation.select:
            (inner,) = tree.parse(relation.select, self.kind)
            origin = tree.subquery(inner, "t")
        conditions = [each for each in (where, self.dialect.unchanged(relation, columns)) if each is not None]
        return self.closed(tree.select(sent, origin, where=tree.all_of(*conditions) if conditions else None))

    def closed(self, query: tree.Tree) -> str:
        """The text of a tree, which must read back as itself, every constant the same."""
        text = tree.text(query, self.kind)
        (again,) = tree.parse(text, self.kind)
        assert tree.text(again, self.kind) == text
        assert tree.literals(again) == tree.literals(query)
        return text

    def fetch(self, connection: duckdb.DuckDBPyConnection, known: TableFacts, into: str = "local") -> None:
        """Make a table of the engine's own of all rows."""
        back = [
            tree.aliased(self.dialect.from_wire(column, tree.column(column.name, "w")), column.name)
            for column in known.columns.values()
        ]
        text = tree.text(tree.select(back, tree.table("rows", alias="w")))
        rows = f"FROM {self.kind}_query('{self.name}', {literal(self.fragment(known))})"
        connection.execute(f'CREATE TABLE {into} AS WITH "rows" AS ({rows}) {text}')
