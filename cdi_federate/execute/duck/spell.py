"""The residual as DuckDB's text: every table that is a leaf becomes the text that scans it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.errors import InvariantError
from cdi_federate.execute.duck.literal import literal, name, text
from cdi_federate.stages.relations import (
    FileScan,
    FragmentRef,
    KeptRows,
    Leaf,
    MemoryScan,
    RemoteTable,
    RowsScan,
    SelectScan,
    TableScan,
)
from cdi_federate.stages.spelling import Spelling
from cdi_federate.stages.steps import Residual

MEMORY = "cdi_memory"
"""The schema of in-memory tables; never the default one, so that no bare name reaches them."""

QUERY_FUNCTIONS = {"sqlite": "sqlite_query", "postgres": "postgres_query", "mysql": "mysql_query"}
"""Dialect of a fragment → the table function that sends a text to an attached database."""

READERS = {"parquet": "read_parquet", "csv": "read_csv", "json": "read_json", "xlsx": "read_xlsx"}
"""File format → DuckDB's table function."""


def scan(leaf: Leaf | RemoteTable, fragments: Mapping[str, str]) -> str:
    """Return what stands in FROM for a leaf, without an alias. `fragments` are the texts of fragments by name."""
    match leaf:
        case FileScan(format, urls, options):
            return reader(format, urls, options)
        case TableScan(database, parts):
            return ".".join(name(part) for part in (database, *parts))
        case SelectScan(_, sql):
            return f"({sql})"
        case MemoryScan(table):
            return f"memory.{name(MEMORY)}.{name(table)}"
        case RowsScan(columns, rows):
            return _rows(columns, rows)
        case FragmentRef(fragment):
            return fragments.get(fragment, name(fragment))
        case KeptRows(rows):
            return kept(rows)
        case RemoteTable():
            raise InvariantError("a table that only its source can read stands in the residual")


def kept(rows: str) -> str:
    """Return the table in which a query keeps rows while it runs."""
    return f"temp.{name(rows)}"


def reader(format_: str, urls: tuple[str, ...], options: Mapping[str, Any]) -> str:
    """Return the call of a table function that reads files."""
    if format_ not in READERS:
        raise InvariantError(f"no reader of format '{format_}'")
    paths = text(urls[0]) if format_ == "xlsx" else literal(list(urls))
    given = []
    for option, value in options.items():
        if not option.isidentifier():
            raise InvariantError(f"'{option}' is not the name of a reader's option")
        given.append(f"{option} = {literal(value)}")
    return f"{READERS[format_]}({', '.join([paths, *given])})"


def remote(function: str, alias: str, sql: str, **options: Any) -> str:
    """Return the call that sends a text to an attached database (`sqlite_query`)."""
    given = "".join(f", {option} := {literal(value)}" for option, value in options.items())
    return f"{function}({text(alias)}, {text(sql)}{given})"


def empty(columns: tuple[tuple[str, str], ...]) -> str:
    """Return a relation of no rows; `columns` are (name, DuckDB type)."""
    nulls = ", ".join(f"CAST(NULL AS {type_}) AS {name(column)}" for column, type_ in columns)
    return f"(SELECT {nulls} WHERE false)"


def _rows(columns: tuple[tuple[str, str], ...], rows: tuple[tuple[Any, ...], ...]) -> str:
    if not rows:
        return empty(columns)
    first, *others = rows
    head = ", ".join(literal(value, type_) for value, (_, type_) in zip(first, columns, strict=True))
    tail = "".join(f", ({', '.join(literal(v, t) for v, (_, t) in zip(row, columns, strict=True))})" for row in others)
    names = ", ".join(name(column) for column, _ in columns)
    return f"(SELECT * FROM (VALUES ({head}){tail}) AS v({names}))"


def spelt(residual: Residual, fragments: Mapping[str, str]) -> Spelling:
    """Return the whole statement. A leaf keeps the alias it has in the tree, or gets its own name as one.

    A fragment that stands in the tree under its own name keeps it, and is defined before all else once its text is
    given: what is planned is then run as it was spelt.
    """
    leaves, ours = residual.leaves, _ours(residual)
    scanned = _scanned(leaves, fragments)
    late = {name for name, leaf in leaves.items() if isinstance(leaf, FragmentRef) and not _stands_by_name(name, leaf)}
    definitions = [tree.text(tree.with_tables_spelt(cte, scanned), spent=True) for cte in ours]
    waiting = [number for number, cte in enumerate(ours) if late and not late.isdisjoint(tree.tables_in(cte))]
    statement = residual.written
    if not statement:
        bare = tree.without_ctes(residual.tree, {cte.alias for cte in ours})
        statement = tree.text(tree.with_tables_spelt(bare, scanned), spent=True)
        waiting += [-1] if late and not late.isdisjoint(tree.tables_in(bare)) else []
    lead, rest = tree.parted(statement)
    return Spelling(rest, lead, (*_defined(leaves, fragments), *definitions), frozenset(waiting))


def with_fragments(spelling: Spelling, residual: Residual, fragments: Mapping[str, str]) -> Spelling:
    """Return the spelling of a plan with its fragments' texts; what none stands in is not written again."""
    if -1 in spelling.waiting:
        return spelt(residual, fragments)
    definitions = list(spelling.definitions)
    if spelling.waiting:
        ours, scanned = _ours(residual), _scanned(residual.leaves, fragments)
        for number in spelling.waiting:
            definitions[number] = tree.text(tree.with_tables_spelt(ours[number], scanned), spent=True)
    return replace(spelling, definitions=(*_defined(residual.leaves, fragments), *definitions), waiting=frozenset())


OURS = "cdi_"
"""How the names of CTEs that are not the user's begin."""


def _ours(residual: Residual) -> list[exp.CTE]:
    return [cte for cte in tree.ctes(residual.tree) if cte.alias.startswith(OURS)]


def _scanned(leaves: Mapping[str, Leaf], fragments: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return what gives the text of a leaf by the name that it has in a tree; None for what stands there as it is."""

    def scanned(table: str) -> str | None:
        leaf = leaves.get(table)
        return None if leaf is None or _stands_by_name(table, leaf) else scan(leaf, fragments)

    return scanned


def _stands_by_name(table: str, leaf: Leaf) -> bool:
    return isinstance(leaf, FragmentRef) and leaf.fragment == table


def _defined(leaves: Mapping[str, Leaf], fragments: Mapping[str, str]) -> Iterator[str]:
    """Yield a definition for each fragment that stands by its name; read once, it costs what its text in place does."""
    for table, leaf in leaves.items():
        if _stands_by_name(table, leaf) and table in fragments:
            yield f"{name(table)} AS NOT MATERIALIZED (SELECT * FROM {fragments[table]})"
