"""A statement of another dialect becomes DuckDB text of the same meaning, node by node, or is refused.

Types come first: `7 / 2` is 3 in Postgres, 3.5 in DuckDB and 3.5000 in MySQL, so what `/` means is known only when the
types of its sides are. Every node must stand on `NODES`; a node that means something else in DuckDB must stand in
`MEANINGS`, which says it in DuckDB's words or refuses it. Nothing else passes: an unknown function is refused, never
handed on. What is compared, sorted and grouped follows the virtual schema: text by bytes, whatever the writer's
database would do (docs/dialects.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify_columns import qualify_columns
from sqlglot.optimizer.qualify_tables import qualify_tables
from sqlglot.schema import MappingSchema

from cdi_federate.errors import RefusedError, Span, SqlSyntaxError, UsageError, nearest
from cdi_federate.query.foreign.kinds import real_type
from cdi_federate.query.foreign.meanings import MEANINGS
from cdi_federate.tree import Tree, Unreadable, assume, lowered, parse, span, text, unnamed

DIALECTS = ("duckdb", "postgres", "mysql", "tsql", "snowflake", "bigquery", "spark")

_NODES = """
    Abs Add Alias And Any Avg Between Boolean Case Cast Ceil Coalesce Column Concat Count CTE CurrentDate
    CurrentTimestamp DataType DataTypeParam DateTrunc Day DenseRank Distinct Div DPipe EQ Except Exists Extract
    Fetch Filter FirstValue Floor From Group GT GTE Having Identifier If ILike In IntDiv Intersect Interval Is Join
    Lag LastValue Lead Length Like Limit Literal Lower LT LTE Max Min Mod Month Mul Neg NEQ Not Ntile Null Nullif
    NullSafeEQ NullSafeNEQ Offset Or Order Ordered Parameter Paren Placeholder Rank Round RowNumber Select Star Sub
    Subquery Substring Sum Table TableAlias TimestampTrunc Trim TryCast TsOrDsToDate Tuple Union Upper Values Var
    Where Window WindowSpec With Year
"""
NODES: frozenset[type[Tree]] = frozenset(getattr(exp, name) for name in _NODES.split())


def transpiled(written: str, dialect: str, schema: Mapping[str, Mapping[str, str]]) -> str:
    """Return a statement of another dialect as DuckDB text of the same meaning.

    Raises `UsageError` for a dialect that is not known, `SqlSyntaxError` for a text that is none, and `RefusedError`
    with the place for what is not carried over.
    """
    if dialect not in DIALECTS:
        raise UsageError(f"dialect '{dialect}' is not known", candidates=nearest(dialect, DIALECTS), help=_KNOWN)
    try:
        statements = [tree for tree in parse(written, dialect) if not isinstance(tree, exp.Semicolon)]
    except Unreadable as error:
        raise SqlSyntaxError(f"{error.message} (read as {dialect})", place=error.span) from None
    if len(statements) != 1:
        raise RefusedError("write one statement", place=span(statements[1]) if statements[1:] else Span(0))
    for node in statements[0].walk():
        if type(node) not in NODES:
            raise RefusedError(
                f"{_named(node)} is not carried over from {dialect}",
                place=span(node),
                help="write this statement in DuckDB's dialect, which is carried whole",
            )
    tree = _typed(statements[0], dialect, schema)
    # Innermost first, so that what stands inside already means the same; the types stay those of the writer.
    for node in reversed(list(tree.walk(bfs=False))):
        meaning = MEANINGS.get(type(node))
        said = meaning(node, dialect) if meaning else node
        if said is not node:
            if node is tree:
                return text(said, "duckdb")
            inner = said.this if isinstance(said, exp.Paren) else said
            if inner.type is None and not isinstance(inner, exp.Cast):
                inner.type = node.type
            node.replace(said)
    return text(unnamed(tree), "duckdb")


_KNOWN = f"known are {', '.join(DIALECTS)}"


def _typed(tree: Tree, dialect: str, schema: Mapping[str, Mapping[str, str]]) -> Tree:
    """Return the tree with every column qualified and every type known that can be."""
    lower: dict[str, object] = {
        table.lower(): {name.lower(): type_ for name, type_ in fields.items()} for table, fields in schema.items()
    }
    types = MappingSchema(lower, dialect="duckdb", normalize=False)
    try:
        tree = qualify_tables(lowered(tree), dialect=dialect)
        tree = qualify_columns(tree, types, expand_stars=False)
        tree = annotate_types(tree, schema=types)
        for function in [node for node in tree.walk() if isinstance(node, exp.Func)]:
            if real := real_type(function, dialect):
                # Around its FILTER and OVER too, which only a function may have.
                around: Tree = function
                while isinstance(around.parent, exp.Filter | exp.Window) and around.arg_key == "this":
                    around = around.parent
                assume(around, real)
        return annotate_types(tree, schema=types)
    except SqlglotError as error:
        raise RefusedError(str(error).split("\n")[0], place=Span(0)) from None


def _named(node: Tree) -> str:
    if isinstance(node, exp.Anonymous):
        return f"function '{node.name.lower()}'"
    if isinstance(node, exp.Func):
        return f"function '{node.sql_name().lower()}'"
    return f"'{type(node).__name__}'"
