"""The tables that a statement mentions: finding, renaming, spelling them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from cdi_federate.errors import Span
from cdi_federate.tree.look import chained
from cdi_federate.tree.make import quoted
from cdi_federate.tree.nodes import E, Tree, Unreadable, edit, span
from cdi_federate.tree.words import parse, text


def table_mentions(root: Tree) -> Iterator[tuple[exp.Table, frozenset[str]]]:
    """Yield every table named in a query with the CTE names (lower case) visible there, in the order of the text.

    A CTE is visible in its query's body and in the CTEs after it; inside itself only under WITH RECURSIVE.
    """
    yield from _mentions(root, frozenset())


def _mentions(node: Tree, hidden: frozenset[str]) -> Iterator[tuple[exp.Table, frozenset[str]]]:
    own = node.args.get("with_")
    if isinstance(own, exp.With):
        for cte in own.expressions:
            name = cte.alias.lower()
            inner = hidden | {name} if own.args.get("recursive") else hidden
            yield from _mentions(cte.this, inner)
            hidden = hidden | {name}
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        yield node, hidden
    if isinstance(node, exp.Connector):
        for part in chained(node):
            yield from _mentions(part, hidden)
        return
    for key, value in node.args.items():
        if key == "with_":
            continue
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, exp.Expr):
                yield from _mentions(child, hidden)


def table_span(node: exp.Table) -> Span | None:
    """Return where a table's name, with its schema, stands in the parsed text; None where that is not known."""
    marks = [part.meta for part in node.parts]
    if not all("start" in mark for mark in marks):
        return None
    start, end = int(marks[0]["start"]), int(marks[-1]["end"])
    return Span(start, end - start + 1)


def rename_table(node: exp.Table, name: str, alias: str) -> None:
    """Change, in a tree that `edit` gave, which table a mention names; its alias stays or becomes `alias`."""
    node.set("db", None)
    node.set("catalog", None)
    own = node.args.get("alias")
    if not isinstance(own, exp.TableAlias) or own.this is None:
        columns = own.args.get("columns") if isinstance(own, exp.TableAlias) else None
        node.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True), columns=columns))
    node.set("this", quoted(name))


def with_tables_spelt(query: E, spelling: Callable[[str], str | None]) -> E:
    """Return a copy in which each unqualified table for whose name `spelling` gives a text is printed as that text.

    Such a table keeps its alias, or gets its own name as one. The text is printed as it is: it must be whole.
    """
    copy = edit(query)
    for node in list(copy.find_all(exp.Table)):
        name = node.name
        spelt = None if node.db or node.catalog or not isinstance(node.this, exp.Identifier) else spelling(name)
        if spelt is not None:
            node.set("this", exp.Var(this=spelt))
            if not node.alias:
                node.set("alias", exp.TableAlias(this=quoted(name)))
    return copy


def tables_in(query: Tree) -> set[str]:
    """Return the names of the tables and CTEs that stand in a FROM anywhere in a query."""
    return {node.name for node in query.find_all(exp.Table)}


def with_catalog(sql: str, catalog: str, schema: str) -> str:
    """Return a DuckDB SELECT in which every table stands in `catalog`, the rest of the text as written.

    Raises `Unreadable`. A table without a schema stands in `schema`; a CTE's name stays.
    """
    statements = parse(sql)
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise Unreadable("one SELECT is wanted", Span(0))
    named = {cte.alias.lower() for cte in statements[0].find_all(exp.CTE)}
    found: list[tuple[int, str]] = []
    for node in statements[0].find_all(exp.Table):
        if node.catalog or not isinstance(node.this, exp.Identifier):
            continue
        if node.db:
            found.append((span(node.parts[0]).start, text(quoted(catalog)) + "."))
        elif node.name.lower() not in named:
            found.append((span(node.this).start, f"{text(quoted(catalog))}.{text(quoted(schema))}."))
    for start, prefix in sorted(found, reverse=True):
        sql = sql[:start] + prefix + sql[start:]
    return sql


def qualified(expression: Tree, table: str) -> Tree:
    """Return a copy of an expression, the name of a table before each column that has none."""
    copy = edit(expression)
    for column in copy.find_all(exp.Column):
        if not column.args.get("table"):
            column.set("table", quoted(table))
    return copy
