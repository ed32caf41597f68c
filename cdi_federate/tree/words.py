"""Text to tree and back; the words (tokens) of a text."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from cdi_federate.errors import Span
from cdi_federate.tree.nodes import Tree, Unreadable, detached

# It logs statements that it does not understand, with the values in them, and then raises all the same.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


def parse(text: str, dialect: str = "duckdb") -> list[Tree]:
    """Return the statements of a text; raises `Unreadable`."""
    with _reading(text):
        return [tree for tree in sqlglot.parse(text, dialect=dialect) if tree is not None]


@contextmanager
def _reading(text: str) -> Iterator[None]:
    """Turn what sqlglot raises while it reads `text` into `Unreadable`."""
    try:
        yield
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        offset = _offset(text, int(first.get("line") or 1), int(first.get("col") or 1))
        highlight = str(first.get("highlight") or "")
        start = max(0, offset - len(highlight)) if highlight else offset
        raise Unreadable(str(first.get("description") or error), Span(start, max(1, len(highlight)))) from None
    except (TokenError, SqlglotError) as error:
        raise Unreadable(str(error).split("\n")[0], Span(0)) from None
    except RecursionError:
        raise Unreadable("the statement is nested too deeply", Span(0)) from None
    except (TypeError, AttributeError, AssertionError):  # its own parser breaks on some texts: MySQL's DATE_ADD(a)
        raise Unreadable("the statement cannot be read", Span(0)) from None


def parse_expression(text: str, dialect: str = "duckdb") -> Tree:
    """Return the tree of one scalar expression; raises `Unreadable`."""
    return sole_expression(parse(f"SELECT {text}", dialect))


def sole_expression(statements: list[Tree]) -> Tree:
    """Return the one expression of a `SELECT …` that has nothing else; raises `Unreadable`."""
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        raise Unreadable("one scalar expression is wanted", Span(0))
    select = statements[0]
    extra = [key for key, value in select.args.items() if value and key not in ("expressions", "kind")]
    if extra or len(select.expressions) != 1 or isinstance(select.expressions[0], exp.Alias):
        raise Unreadable("one scalar expression is wanted, without alias, FROM or comma", Span(0))
    only: Tree = select.expressions[0]
    return detached(only)


def text(tree: Tree, dialect: str = "duckdb", *, spent: bool = False) -> str:
    """Return the tree as text in a dialect, without comments.

    Writing may change the tree, so a copy is written, unless nobody needs the tree any more (`spent`).
    """
    return str(tree.sql(dialect=dialect, comments=False, copy=not spent, unsupported_level=ErrorLevel.IGNORE))


def pretty(tree: Tree, dialect: str = "duckdb") -> str:
    """Return the tree as text over several lines for people, function names in the case they were written."""
    return str(tree.sql(dialect=dialect, comments=False, pretty=True, normalize_functions=False, max_text_width=110))


def slim(tree: Tree) -> Tree:
    """Return a copy that is cheap to copy again: no positions, comments or types, a constant struct as its text.

    A code list of fifty codes is two hundred nodes that nothing ever looks into.
    """

    def packed(node: Tree) -> Tree:
        if isinstance(node, exp.Struct) and node.find(exp.Column, exp.Query) is None:
            return exp.Var(this=text(node))
        return node

    copy = tree.copy().transform(packed, copy=False)
    for node in copy.walk():
        node.comments = None
        node.type = None
        node.meta.clear()
        node._meta = None
    return copy


def _offset(sql: str, line: int, column: int) -> int:
    lines = sql.split("\n")
    return min(len(sql), sum(len(text) + 1 for text in lines[: line - 1]) + max(0, column - 1))


def tokens(text: str, dialect: str = "duckdb") -> list[Token]:
    """Return the words of a text; raises `Unreadable`."""
    try:
        return list(Dialect.get_or_raise(dialect).tokenize(text))
    except SqlglotError as error:
        raise Unreadable(str(error).split("\n")[0], Span(0)) from None


def token(kind: TokenType, text: str, like: Token) -> Token:
    """Return a word that stands at the place of another."""
    return Token(kind, text, like.line, like.col, like.start, like.end, like.comments)


def parse_tokens(words: list[Token], text: str, dialect: str = "duckdb") -> list[Tree]:
    """Return the statements made of words that may have been exchanged since they were read; raises `Unreadable`."""
    with _reading(text):
        return [tree for tree in Dialect.get_or_raise(dialect).parser().parse(words, text) if tree is not None]
