"""Statements without their values."""

from __future__ import annotations

from contextlib import suppress

import pytest

from cdi_federate.audit.words import LONGEST, fingerprint, without_values
from cdi_federate.tree import Unreadable, parse
from tests.query.virtual import lines

NAMES = frozenset({"customer", "email", "country", "full name"})

ANSWERED = [
    ("SELECT 1", "SELECT ?"),
    ("SELECT email FROM customer WHERE country='DE' AND 1e3<2.5", "SELECT email FROM customer WHERE country=? AND ?<?"),
    ("SELECT 0x1F, 1_000, x'ab', b'01', $$a$$, $t$a$t$, e'a\\n'", "SELECT ?, ?, x?, b?, ?, ?, ?"),
    ("SELECT DATE '2024-01-31' + INTERVAL '3' DAY", "SELECT DATE ? + INTERVAL ? DAY"),
    ("SELECT 'it''s' -- Anna\n/* Berta */ FROM\n  customer", "SELECT ? FROM customer"),
    ('SELECT "full name", "Anna" FROM customer', 'SELECT "full name", "?" FROM customer'),
    ("SELECT $who, $1", "SELECT $who, $?"),
    ("SELECT {'a': 1}.a, [1, 2][1]", "SELECT {?: ?}.a, [?, ?][?]"),
    ("explain  analyze select 'x'", "EXPLAIN ANALYZE select ?"),
    ("explain select 'x'", "EXPLAIN select ?"),
]

REFUSED = [
    ("SELECT Anna FROM customer", "SELECT ? FROM customer"),
    ("SELECT email FROM crm.public.customer", "SELECT email FROM ?.?.customer"),
    ("SELECT read_text('/etc/passwd')", "SELECT read_text(?)"),
    ("Anna", "?"),
    ("COPY customer TO 'x'", "COPY customer ? ?"),
]


@pytest.mark.parametrize(("statement", "told"), ANSWERED)
def test_of_an_answered_statement_all_but_its_values_is_kept(statement: str, told: str) -> None:
    assert without_values(statement, "duckdb", NAMES, resolved=True) == told


@pytest.mark.parametrize(("statement", "told"), REFUSED)
def test_of_a_refused_statement_only_known_names_are_kept(statement: str, told: str) -> None:
    assert without_values(statement, "duckdb", NAMES, resolved=False) == told


def test_another_dialect_has_other_texts() -> None:
    assert without_values('SELECT "Anna", `email`', "mysql", NAMES, resolved=True) == "SELECT ?, `email`"
    assert without_values("SELECT 'Anna'", "no dialect", NAMES, resolved=True) == "?"


def test_what_has_no_words_is_a_question_mark() -> None:
    assert without_values("SELECT 'Anna", "duckdb", NAMES, resolved=True) == "?"


def test_a_long_statement_is_cut() -> None:
    told = without_values(f"SELECT {', '.join(['email'] * LONGEST)}", "duckdb", NAMES, resolved=True)
    assert told.endswith(" …") and len(told) == LONGEST + 2


def test_fingerprints_are_of_the_statement_without_its_values() -> None:
    first, second, other = (fingerprint(text, "sqlite") for text in ("a = 'x'", "a = 'yy'", "b = 'x'"))
    assert first == second != other


@pytest.mark.parametrize("line", lines("bi.sql"))
def test_no_constant_of_a_corpus_is_kept(line: str) -> None:
    from sqlglot import exp, parse_one

    told = without_values(line, "duckdb", NAMES, resolved=True)
    try:
        constants = {node.this for node in parse_one(line, dialect="duckdb").find_all(exp.Literal)}
    except Exception:  # what sqlglot does not read has no tree to take constants from
        return
    words = set(told.replace("(", " ").replace(")", " ").replace(",", " ").split())
    assert not {c for c in constants if len(c) > 3 and not c.isalpha()} & words


def test_no_statement_is_written_to_any_other_log(caplog: pytest.LogCaptureFixture) -> None:
    """sqlglot warns of what it does not understand, and quotes it."""
    for statement in ("SET x = 'Anna'", "CREATE TYPE a AS ENUM (SELECT 'Anna')", "CALL x('Anna')"):
        with suppress(Unreadable):
            parse(statement)
    assert caplog.text == ""
