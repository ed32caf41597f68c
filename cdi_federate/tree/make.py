"""Making parts of a tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlglot import exp

from cdi_federate.tree.nodes import E, Tree, edit


def bare_column(column: exp.Column) -> exp.Column:
    """Return a column without its table's alias."""
    return exp.Column(this=column.this.copy())


def quoted(name: str) -> exp.Identifier:
    """Return a quoted identifier."""
    return exp.Identifier(this=name, quoted=True)


def column(name: str, table: str = "") -> exp.Column:
    """Return a quoted column, with its table's alias where given."""
    return exp.Column(this=quoted(name), **({"table": quoted(table)} if table else {}))


def table(*parts: str, alias: str = "") -> exp.Table:
    """Return a table by its quoted name parts: [[catalog,] schema,] name."""
    keys = ("this", "db", "catalog")
    node = exp.Table(**{key: quoted(part) for key, part in zip(keys, reversed(parts), strict=False)})
    if alias:
        node.set("alias", exp.TableAlias(this=quoted(alias)))
    return node


def qualified_column(node: exp.Column, alias: str) -> exp.Column:
    """Return a column with the alias of its table before its name."""
    copy = node.copy()
    copy.set("table", quoted(alias))
    return copy


def aliased(expression: Tree, name: str) -> exp.Alias:
    """Return `expression AS "name"`."""
    return exp.Alias(this=expression, alias=quoted(name))


def select(
    expressions: Iterable[Tree],
    source: Tree | None = None,
    *,
    joins: Sequence[tuple[Tree, Tree]] = (),
    where: Tree | None = None,
    group: Sequence[Tree] = (),
    having: Tree | None = None,
    order: Sequence[Tree] = (),
    limit: int | None = None,
    offset: int | None = None,
    left_joins: Sequence[tuple[Tree, Tree]] = (),
    straight_joins: Sequence[tuple[Tree, Tree]] = (),
    distinct: bool = False,
) -> exp.Select:
    """Return a SELECT made of its parts; those called joins are tables, each with what it is joined on.

    MySQL reads `straight_joins` after what stands before them, row by row.
    """
    node = exp.Select(expressions=list(expressions), **({"distinct": exp.Distinct()} if distinct else {}))
    if source is not None:
        node.set("from_", exp.From(this=source))
    if joins or left_joins or straight_joins:
        others = [exp.Join(this=joined, side="LEFT", on=on) for joined, on in left_joins]
        others += [exp.Join(this=joined, kind="STRAIGHT_JOIN", on=on) for joined, on in straight_joins]
        node.set("joins", [*(exp.Join(this=joined, on=on) for joined, on in joins), *others])
    if where is not None:
        node.set("where", exp.Where(this=where))
    node.set("group", exp.Group(expressions=list(group)) if group else None)
    node.set("having", None if having is None else exp.Having(this=having))
    if order:
        node.set("order", exp.Order(expressions=list(order)))
    if limit is not None:
        node.set("limit", exp.Limit(expression=exp.Literal.number(limit)))
    if offset is not None:
        node.set("offset", exp.Offset(expression=exp.Literal.number(offset)))
    return node


def sorted_by(key: Tree, *, descending: bool, nulls_first: bool) -> exp.Ordered:
    """Return a sort key of an ORDER BY."""
    return exp.Ordered(this=key, desc=descending, nulls_first=nulls_first)


def subquery(query: Tree, alias: str) -> exp.Subquery:
    """Return a query in parentheses under an alias, to stand in a FROM."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=quoted(alias)))


def union_all(queries: Sequence[Tree]) -> Tree:
    """Return the UNION ALL of one or more queries, nested to the left."""
    result = queries[0]
    for query in queries[1:]:
        result = exp.Union(this=result, expression=query, distinct=False)
    return result


def cast(expression: Tree, type_: str, *, safe: bool = False) -> Tree:
    """Return CAST or (`safe`) TRY_CAST to a DuckDB type."""
    to = _type(type_).copy()
    return exp.TryCast(this=expression, to=to) if safe else exp.Cast(this=expression, to=to)


@lru_cache(maxsize=512)
def _type(name: str) -> exp.DataType:
    return exp.DataType.build(name, dialect="duckdb")


def said(words: str) -> exp.Var:
    """Return a node that is printed as the words given: whole expressions in the dialect of the text they go into."""
    return exp.Var(this=words)


def string(value: str) -> exp.Literal:
    """Return a text literal."""
    return exp.Literal.string(value)


def star() -> exp.Star:
    """Return `*`."""
    return exp.Star()


def never() -> exp.Boolean:
    """Return FALSE."""
    return exp.Boolean(this=False)


def is_null(expression: Tree) -> Tree:
    """Return `expression IS NULL`."""
    return exp.Is(this=expression, expression=exp.Null())


def call(name: str, *arguments: Tree) -> Tree:
    """Return a function call spelt just so in every dialect."""
    return exp.Anonymous(this=name, expressions=list(arguments))


_COMPARISONS = {"=": exp.EQ, "<>": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def comparison(op: str, left: Tree, right: Tree) -> Tree:
    """Return `left op right`."""
    return _COMPARISONS[op](this=left, expression=right)


def equals(left: Tree, right: Tree) -> Tree:
    """Return `left = right`."""
    return comparison("=", left, right)


def is_in(left: Tree, values: Sequence[Tree]) -> Tree:
    """Return `left IN (values)`."""
    return exp.In(this=left, expressions=list(values))


def is_in_query(left: Tree, query: Tree) -> Tree:
    """Return `left IN (SELECT …)`."""
    return exp.In(this=left, query=exp.Subquery(this=query))


def collated(expression: Tree, collation: str) -> Tree:
    """Return `expression COLLATE collation`."""
    return exp.Collate(this=expression, expression=exp.Var(this=collation))


def negated(predicate: Tree) -> Tree:
    """Return NOT of a predicate, in parentheses where it needs them."""
    inner = predicate if isinstance(predicate, exp.Paren) else exp.Paren(this=predicate)
    return exp.Not(this=inner)


def or_null(value: Tree) -> Tree:
    """Return `COALESCE(x, NULL)`."""
    return exp.Coalesce(this=value, expressions=[exp.Null()])


def given(condition: Tree, value: Tree, otherwise: Tree | None = None) -> Tree:
    """Return `CASE WHEN condition THEN value [ELSE otherwise] END`."""
    rest = {} if otherwise is None else {"default": otherwise}
    return exp.Case(ifs=[exp.If(this=condition, true=value)], **rest)


_AGGREGATES = {"count": exp.Count, "sum": exp.Sum, "min": exp.Min, "max": exp.Max}


def aggregate(name: str, of: Tree) -> Tree:
    """Return `count(of)`, `sum(of)`, `min(of)` or `max(of)`; `of` may be a star."""
    return _AGGREGATES[name](this=of)


def filtered(aggregate: Tree, condition: Tree) -> Tree:
    """Return `aggregate FILTER (WHERE condition)`."""
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def all_of(*predicates: Tree) -> Tree:
    """Return the conjunction of predicates, each in parentheses where it is itself AND, OR or NOT."""
    return _joined(exp.And, predicates)


def any_of(*predicates: Tree) -> Tree:
    """Return the disjunction of predicates, each in parentheses where it is itself AND, OR or NOT."""
    return _joined(exp.Or, predicates)


def _joined(kind: type[exp.Connector], predicates: Sequence[Tree]) -> Tree:
    wrapped = [exp.Paren(this=p) if isinstance(p, exp.Connector | exp.Not) else p for p in predicates]
    result = wrapped[0] if len(wrapped) > 1 else predicates[0]
    for predicate in wrapped[1:]:
        result = kind(this=result, expression=predicate)
    return result


def parens(inner: Tree) -> exp.Paren:
    """Return an expression in parentheses."""
    return exp.Paren(this=inner)


def narrowed(query: E, predicate: Tree) -> E:
    """Return a copy of a SELECT that keeps only rows which satisfy a predicate as well."""
    copy = edit(query)
    own = copy.args.get("where")
    copy.set("where", exp.Where(this=predicate if own is None else all_of(own.this, predicate)))
    return copy
