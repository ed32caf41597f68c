"""Simpler forms of a query: one arm of a union, a condition's half, a clause less."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_CLAUSES = ("where", "having", "qualify", "joins", "order", "limit", "offset", "group", "distinct", "with_")


def simpler(sql: str) -> Iterator[str]:
    """Yield queries that lack one thing of a query, those that lack most first; all are shorter."""
    try:
        whole = sqlglot.parse_one(sql, dialect="duckdb")
    except SqlglotError:
        return
    size = len(list(whole.walk()))
    for at in range(size):
        yield from _at(whole, at)


def _at(whole: exp.Expression, at: int) -> Iterator[str]:
    node = list(whole.walk())[at]
    if isinstance(node, exp.SetOperation):
        for arm in (node.this, node.expression):
            yield _written(whole, node, arm)
    if isinstance(node, exp.And | exp.Or):
        for half in (node.this, node.expression):
            yield _written(whole, node, half)
    if isinstance(node, exp.Not | exp.Paren) and not isinstance(node.parent, exp.Predicate):
        yield _written(whole, node, node.this)
    if isinstance(node, exp.Select):
        for clause in _CLAUSES:
            if node.args.get(clause):
                copy = whole.copy()
                list(copy.walk())[at].set(clause, None)
                yield copy.sql(dialect="duckdb")
        for number in range(len(node.expressions) if len(node.expressions) > 1 else 0):
            copy = whole.copy()
            list(copy.walk())[at].expressions.pop(number)
            yield copy.sql(dialect="duckdb")
    if isinstance(node, exp.In) and len(node.expressions) > 1:
        for number in range(len(node.expressions)):
            copy = whole.copy()
            list(copy.walk())[at].expressions.pop(number)
            yield copy.sql(dialect="duckdb")


def _written(whole: exp.Expression, node: exp.Expression, part: exp.Expression) -> str:
    """Write the whole with a part in the place of a node."""
    if node is whole:
        return part.sql(dialect="duckdb")
    copy = whole.copy()
    places = list(whole.walk())
    at = next(number for number, each in enumerate(places) if each is node)
    list(copy.walk())[at].replace(part.copy())
    return copy.sql(dialect="duckdb")
