"""Stage 1: text → `ParsedQuery`: one SELECT and nothing else, read alike by sqlglot and by the engine.

text ─ characters, size ─ EXPLAIN, SHOW, DESCRIBE ─ the engine's reading ─ allowed ─ sqlglot's tree
                                                          └───────── same? ─────────┘  (the closed loop)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from cdi_federate.catalog.limits import Limits
from cdi_federate.errors import CdiError, RefusedError, Span, SqlSyntaxError, nearest
from cdi_federate.query import allowed, grammar, verbatim
from cdi_federate.query.requests import Request, described, understood
from cdi_federate.query.same import same
from cdi_federate.query.sizes import check_characters, check_words
from cdi_federate.stages.ports import Binder, Refusal
from cdi_federate.stages.query import ParsedQuery
from cdi_federate.tree import Tree, Unreadable, span, tokens
from cdi_federate.tree import text as written_by

Schema = Mapping[str, Mapping[str, str]]

ALL = Limits()
"""What holds where nobody says less."""

_PIVOTED = "a PIVOT must list its columns: PIVOT t ON status IN ('A', 'B') USING sum(amount)"
_ONE_ONLY = "write one statement; a semicolon may only end it"
_BEGINNINGS = ("SELECT", "WITH", "FROM", "VALUES", "SHOW", "DESCRIBE", "EXPLAIN", "TABLE", "PIVOT", "UNPIVOT")


def parse(
    written: str,
    binder: Binder,
    *,
    dialect: str = "duckdb",
    schema: Schema | None = None,
    limits: Limits = ALL,
) -> ParsedQuery:
    """Return a statement as one query that is safe to carry on.

    `schema` is the virtual schema, table → column → DuckDB type. Raises `SqlSyntaxError`, `UnknownNameError` and
    `RefusedError`, each with the place in `written`.
    """
    try:
        return _parsed(written, binder, dialect, schema or {}, limits)
    except RecursionError:
        raise RefusedError("the statement is nested too deeply", place=Span(0), help="split it with WITH") from None


def _parsed(written: str, binder: Binder, dialect: str, schema: Schema, limits: Limits) -> ParsedQuery:
    check_characters(written, limits)
    request, words = Request("select", written), None
    if dialect == "duckdb" or _REQUEST.match(written):
        words = _words(written, limits)
        request = understood(written, words, schema)
    kind = "select" if request.kind == "describe" else request.kind
    foreign = dialect != "duckdb" and (request.kind != "select" or request.text == written)
    if foreign:
        parsed = _carried(request.text, dialect, binder, schema, limits)
    else:
        parsed = _closed(request.text, binder, schema, limits, words if request.text == written else None)
    if request.kind == "describe":
        with _engine(parsed.text):
            # Names and types do not wait for values: each parameter is NULL here.
            columns = binder.describe(parsed.text, dict.fromkeys(parsed.parameters))
        parsed = _closed(described(columns), binder, schema, ALL)
    return ParsedQuery(written, dialect, parsed.text, parsed.tree, parsed.reading, parsed.parameters, kind)


_REQUEST = re.compile(r"\s*(SHOW|DESCRIBE|DESC|EXPLAIN|SUMMARIZE)\b", re.IGNORECASE)


def _carried(written: str, dialect: str, binder: Binder, schema: Schema, limits: Limits) -> ParsedQuery:
    """The closed loop over the DuckDB text of another dialect's statement, whose places are not those of the text."""
    from cdi_federate.query.foreign import DIALECTS, transpiled  # twelve modules that DuckDB's own dialect does without

    if dialect in DIALECTS:
        _words(written, limits, dialect)
    text = transpiled(written, dialect, schema)
    try:
        return _closed(text, binder, schema, limits)
    except CdiError as error:
        error.place = Span(0)
        error.help = f"in DuckDB's dialect it reads: {text}"
        raise


def _closed(text: str, binder: Binder, schema: Schema, limits: Limits, words: list[Token] | None = None) -> ParsedQuery:
    """The closed loop over one DuckDB text."""
    words = words or _words(text, limits)
    tree, again = _both(text, words)
    with _engine(text, words):
        reading, read_again = binder.read_each([text, again])
        if isinstance(reading, Refusal):
            raise reading
    if len(reading["statements"]) != 1:
        raise RefusedError("more than one statement", place=_second(words), help=_ONE_ONLY)
    allowed.check(reading, text, frozenset(name.lower() for fields in schema.values() for name in fields))
    parameters = _parameters(reading, words)
    if isinstance(tree, RefusedError):
        raise tree
    if isinstance(read_again, Refusal):
        raise RefusedError(
            "the statement cannot be carried without changing its meaning",
            place=span(tree),
            help="the engine reads it, our rewriter cannot write it again; write it another way",
        )
    difference = same(reading, read_again)
    if difference is not None:
        raise RefusedError(
            "this part of the statement cannot be carried without changing its meaning",
            place=difference.span(text),
            help="write it another way; a subquery or a plain function call often does",
        )
    return ParsedQuery(text, "duckdb", text, tree, reading, parameters)


# --- before anything is read -----------------------------------------------------------------------------------------


def _words(text: str, limits: Limits, dialect: str = verbatim.DIALECT) -> list[Token]:
    try:
        words = tokens(text, dialect)
    except Unreadable as error:
        raise SqlSyntaxError(error.message, place=error.span) from None
    check_words(words, limits)
    if not words:
        raise SqlSyntaxError("there is no statement", place=Span(0))
    return words


def _second(words: Iterable[Token]) -> Span:
    for word, after in pairwise(words):
        if word.token_type == TokenType.SEMICOLON:
            return Span(after.start, after.end - after.start + 1)
    return Span(0)


# --- the engine's reading --------------------------------------------------------------------------------------------


@contextmanager
def _engine(text: str, words: list[Token] | None = None) -> Iterator[None]:
    """Turn the engine's answer that it cannot read the text into an error of ours."""
    try:
        yield
    except Refusal as refusal:
        raise _unread(refusal, text, words or []) from None


def _unread(refusal: Refusal, text: str, words: list[Token]) -> CdiError:
    first = words[0] if words else None
    if first is not None and not _may_begin(first):
        return SqlSyntaxError(
            f"a statement cannot begin with '{first.text}': only queries are answered",
            place=Span(first.start, first.end - first.start + 1),
            candidates=nearest(first.text, _BEGINNINGS),
        )
    if refusal.offset < 0 and "SELECT" in refusal.message:
        return RefusedError(
            "only queries are answered: SELECT, FROM, VALUES, SHOW TABLES, DESCRIBE, EXPLAIN",
            place=Span(first.start if first else 0),
            help=_PIVOTED if "PIVOT" in text.upper() else "",
        )
    message = refusal.message.split("\n")[0]
    at = max(refusal.offset, 0)
    word = next((word for word in words if word.start <= at <= word.end), None)
    return SqlSyntaxError(message, place=Span(at, word.end - word.start + 1 if word else 1))


def _may_begin(word: Token) -> bool:
    return word.token_type == TokenType.L_PAREN or word.text.upper() in _BEGINNINGS


def _parameters(reading: Mapping[str, Any], words: list[Token]) -> tuple[str, ...]:
    names = [entry["key"] for entry in reading["statements"][0].get("named_param_map") or ()]
    if any(name.isdigit() for name in names):
        place = next(
            (Span(w.start) for w in words if w.token_type in (TokenType.PLACEHOLDER, TokenType.PARAMETER)), Span(0)
        )
        raise RefusedError(
            "parameters without a name are not supported", place=place, help="name it: WHERE country = $country"
        )
    return tuple(names)


# --- sqlglot's tree --------------------------------------------------------------------------------------------------


def _tree(text: str, words: list[Token]) -> Tree:
    try:
        statements = verbatim.read(text, words)
    except Unreadable as error:
        raise RefusedError(
            f"this part of the statement is not understood here: {error.message}",
            place=error.span,
            help="the engine reads it, our rewriter does not; write it another way",
        ) from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query | exp.Values | exp.Pivot):
        raise RefusedError("only queries are answered", place=Span(0), help=_ONE_ONLY)
    for node in statements[0].walk():
        if type(node) not in grammar.TREES and not isinstance(node, exp.Func):
            raise RefusedError(f"{type(node).__name__.upper()} is not supported in a query", place=span(node))
    return statements[0]


def _both(text: str, words: list[Token]) -> tuple[Tree | RefusedError, str]:
    """Return sqlglot's tree and the text that says it again; where there is none, what is to be said of that.

    It waits for its turn: what the engine has against the text is said first.
    """
    try:
        tree = _tree(text, words)
    except RefusedError as error:
        return error, text
    return tree, written_by(tree, verbatim.DIALECT)
