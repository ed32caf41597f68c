"""Statements that are no queries but are answered by one: EXPLAIN, SHOW TABLES, DESCRIBE, with DuckDB's columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot.tokenizer_core import Token, TokenType

from cdi_federate.errors import RefusedError, Span, UnknownNameError, nearest
from cdi_federate.stages.query import OutputColumn

_TABLES = "SELECT table_name AS name FROM information_schema.tables ORDER BY table_name"
_ALL_TABLES = (
    "SELECT table_catalog AS database, table_schema AS schema, table_name AS name, "
    "list(column_name ORDER BY ordinal_position) AS column_names, "
    "list(data_type ORDER BY ordinal_position) AS column_types, false AS temporary "
    "FROM information_schema.columns GROUP BY ALL ORDER BY ALL"
)
_COLUMNS = (
    'SELECT column_name, data_type AS column_type, is_nullable AS "null", CAST(NULL AS VARCHAR) AS "key", '
    'CAST(NULL AS VARCHAR) AS "default", CAST(NULL AS VARCHAR) AS extra '
    "FROM information_schema.columns WHERE table_name = {} ORDER BY ordinal_position"
)
_DESCRIBED = 'SELECT * FROM (VALUES {}) AS described(column_name, column_type, "null", "key", "default", extra)'


@dataclass(frozen=True, slots=True)
class Request:
    """What a statement asks for.

    `explain`: the plan of `text` (the words EXPLAIN … blanked out, so that places stay right); `analyze`: the same once
    it has run. `describe`: the columns of the query `text`, likewise. `select`: the answer of `text`, which is the
    statement itself or stands for it.
    """

    kind: Literal["select", "explain", "analyze", "describe"]
    text: str


def understood(text: str, words: Sequence[Token], schema: Mapping[str, Mapping[str, str]]) -> Request:
    """Return what a statement asks for; raises `RefusedError`, `UnknownNameError`."""
    upper = [word.text.upper() if word.token_type != TokenType.IDENTIFIER else "" for word in words]
    if upper[-1:] == [";"]:
        words, upper = words[:-1], upper[:-1]
    match upper:
        case ["EXPLAIN", *_]:
            return _explained(text)
        case ["SHOW", "TABLES"]:
            return Request("select", _TABLES)
        case ["SHOW", "ALL", "TABLES"]:
            return Request("select", _ALL_TABLES)
        case ["SHOW", _] | ["DESCRIBE" | "DESC", _] | ["DESCRIBE" | "DESC", "TABLE", _]:
            return Request("select", _COLUMNS.format(_literal(_entity(words[-1], schema))))
        case ["DESCRIBE" | "DESC", "TABLES"] | ["DESCRIBE" | "DESC"]:
            return Request("select", _TABLES)
        case ["DESCRIBE" | "DESC", "SELECT" | "WITH" | "FROM" | "VALUES" | "(", *_]:
            return Request("describe", _blanked(text, words[1].start))
        case ["SUMMARIZE", *_]:
            raise RefusedError(
                "SUMMARIZE is not supported: it would read every column of every source",
                place=_span(words[0]),
                help="ask for what you need: SELECT count(*), min(x), max(x), approx_count_distinct(x) FROM …",
            )
        case ["SHOW" | "DESCRIBE" | "DESC", *_]:
            raise RefusedError(
                "this SHOW or DESCRIBE is not supported",
                place=_span(words[0]),
                help="there are SHOW TABLES, SHOW ALL TABLES, DESCRIBE table and DESCRIBE SELECT …",
            )
    return Request("select", text)


def described(columns: Sequence[OutputColumn]) -> str:
    """Return the query that answers DESCRIBE of a query with these columns."""
    rows = (
        f"({_literal(c.name)}, {_literal(c.type)}, 'YES', NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR)" for c in columns
    )
    return _DESCRIBED.format(", ".join(rows))


_EXPLAIN = re.compile(
    r"\s*EXPLAIN(\s+ANALYZE|\s*\((\s*(ANALYZE|FORMAT)\s+\w+\s*,?|\s*ANALYZE\s*,?)*\))?(?!\w)", re.IGNORECASE
)

_ANALYZE = re.compile(r"\bANALYZE\b(?!\s+(false|off|0)\b)", re.IGNORECASE)


def _explained(text: str) -> Request:
    # sqlglot keeps what follows EXPLAIN as one string, so the text itself is looked at, comments first.
    plain = re.sub(r"/\*.*?\*/|--[^\n]*", lambda m: " " * len(m.group()), text, count=0, flags=re.DOTALL)
    found = _EXPLAIN.match(plain)
    assert found is not None
    return Request("analyze" if _ANALYZE.search(found.group()) else "explain", _blanked(text, found.end()))


def _blanked(text: str, end: int) -> str:
    return re.sub(r"[^\n]", " ", text[:end]) + text[end:]


def _entity(word: Token, schema: Mapping[str, Mapping[str, str]]) -> str:
    name = next((name for name in schema if name.lower() == word.text.lower()), None)
    if word.token_type == TokenType.STRING or (schema and name is None):
        raise UnknownNameError(
            f"table '{word.text}' does not exist",
            place=_span(word),
            candidates=nearest(word.text, schema),
            help="see SHOW TABLES",
        )
    return name or word.text


def _span(word: Token) -> Span:
    return Span(word.start, word.end - word.start + 1)


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
