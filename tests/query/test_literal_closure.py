"""Whatever stands in a literal stays in that literal, in every dialect that is written.

Each function that may be called, with a hostile text at each place, is read, written in each dialect, and held as the
product holds what it sends. What that lets pass is read once more by other means: DuckDB's own parser, and for dialects
of sources the few rules by which those find the end of a text. What a source is truly told is closed further: clauses.
"""

from __future__ import annotations

import re
from collections import Counter
from types import SimpleNamespace

import pytest
import sqlglot
from sqlglot.errors import SqlglotError

from cdi_federate import tree
from cdi_federate.dialects.registry import DIALECTS, dialect_named
from cdi_federate.errors import CdiError, InvariantError
from cdi_federate.execute.duck.bind import DuckBinder
from cdi_federate.query import spell, transpile, verbatim
from cdi_federate.query.functions import FUNCTIONS
from cdi_federate.query.parse import parse
from cdi_federate.stages.clauses import Compare, FoldedContains, StartsWith, Within, Without
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.proof import Strength
from tests.query.test_parse_closure import HOSTILE, literals

PAYLOADS = (
    *HOSTILE,
    "'",
    "''",
    "' || (SELECT max(email) FROM customer) || '",
    "\\' OR 1 = 1 --",
    "\\\\'; DROP TABLE customer; --",
    '" OR "" = "',
    "`; SELECT 1; `",
    "$$; SELECT 1; $$",
    "$tag$ x $tag$",
    "# x\n' --\n",
    "*/ x /*! 1 */",
    "]; x [",
    "e'\\x27",
    "DAY) FROM customer --",
    "1 YEAR), (SELECT 1",
    "\u2019 OR \u02bc1\uff07",
    "%s {x} :y ?1 @z",
    "\t\r\n; x",
)
SHAPES = ("{f}(a, b, '{x}')", "{f}('{x}')", "{f}(a, '{x}')", "{f}('{x}', a)")
GENERATIONS = 150_000
"""Texts that the bar makes at least."""


class EscapedError(AssertionError):
    """Something of a literal stands outside of it, or a text holds more than one statement of plain words."""


@pytest.fixture(scope="module")
def binder() -> DuckBinder:
    return DuckBinder({})


def texts_in(text: str, dialect: str) -> tuple[str, list[str]]:
    """Return a text with its literals taken out, and them, by the rules of a dialect alone; raises `EscapedError`."""
    outline, found, at = [], [], 0
    while at < len(text):
        here = text[at]
        if here == "'":
            backslash = dialect == "mysql" or (at and text[at - 1] in "eE" and not text[at - 2 : at - 1].isalnum())
            value, at = _literal(text, at + 1, "'", bool(backslash))
            found.append(value)
            outline.append("?")
        elif here == '"' or (here == "`" and dialect in ("mysql", "sqlite")):
            name, at = _literal(text, at + 1, here, here == '"' and dialect == "mysql")
            outline.append(f"{here}{name}{here}")
        elif text.startswith(("--", "/*"), at) or here == ";" or (here == "#" and dialect == "mysql"):
            raise EscapedError(f"a comment or a second statement: {text}")
        elif dialect in ("postgres", "duckdb") and re.match(r"\$\w*\$", text[at:]):
            raise EscapedError(f"quotes of dollars: {text}")
        else:
            outline.append(here)
            at += 1
    return "".join(outline), found


def _literal(text: str, at: int, end: str, backslash: bool) -> tuple[str, int]:
    value = []
    while at < len(text):
        if text[at] == "\\" and backslash:
            value.append({"n": "\n", "t": "\t", "r": "\r", "0": "\0"}.get(text[at + 1], text[at + 1]))
            at += 2
        elif text[at] == end:
            if text[at + 1 : at + 2] != end:
                return "".join(value), at + 1
            value.append(end)
            at += 2
        else:
            value.append(text[at])
            at += 1
    raise EscapedError(f"a literal without an end: {text}")


def generated(statement: tree.Tree, reading: object, binder: DuckBinder) -> Counter[str]:
    """Write a statement in every dialect, and hold each text; returns what became of each. Raises `EscapedError`."""
    became = Counter[str]()
    for dialect in (verbatim.DIALECT, *DIALECTS):
        name = dialect if isinstance(dialect, str) and dialect in DIALECTS else "duckdb"
        try:
            text = tree.text(statement, dialect)
        except (SqlglotError, ValueError):
            continue
        became[f"{name} written"] += 1
        if name == "duckdb":
            if sorted(literals(binder.read(text))) != sorted(literals(reading)):
                raise EscapedError(text)
            continue
        sent = SimpleNamespace(text=text, dialect=name, tree=statement, source="x")
        try:
            transpile._check_fragment(sent)  # type: ignore[arg-type]
        except (InvariantError, tree.Unreadable, ValueError):  # nothing is sent
            continue
        became[f"{name} passed"] += 1
        wanted = sorted(value for value, is_text in tree.literals(statement) if is_text)
        if sorted(texts_in(text, name)[1]) != wanted:
            raise EscapedError(text)
    return became


def asked(payload: str, functions: list[str], binder: DuckBinder) -> Counter[str]:
    """Ask functions with a text at each place; returns how many texts were made, and how many passed."""
    made = Counter[str]()
    quoted = payload if payload in HOSTILE and "''" in payload else payload.replace("'", "''")
    for function in functions:
        for shape in SHAPES:
            try:
                parsed = parse(f"SELECT {shape.format(f=function, x=quoted)}", binder)
            except CdiError:
                continue
            made += generated(parsed.tree, parsed.reading, binder)
    return made


def _written(made: Counter[str]) -> int:
    return sum(count for what, count in made.items() if what.endswith("written"))


@pytest.mark.parametrize("payload", [HOSTILE[0], PAYLOADS[11], PAYLOADS[16]])
def test_a_text_stays_a_text_in_every_dialect(payload: str, binder: DuckBinder) -> None:
    made = asked(payload, sorted(FUNCTIONS)[::25], binder)
    assert all(made[f"{name} written"] > 50 and made[f"{name} passed"] > 20 for name in DIALECTS), made


@pytest.mark.bars
@pytest.mark.parametrize("payload", PAYLOADS)
def test_every_text_stays_a_text_for_every_function(payload: str, binder: DuckBinder) -> None:
    made = asked(payload, sorted(FUNCTIONS), binder)
    print(_written(made), dict(made))
    assert _written(made) >= GENERATIONS / len(PAYLOADS), made
    assert all(made[f"{name} passed"] > made[f"{name} written"] / 3 for name in DIALECTS), made


COLUMNS = {
    "sqlite": ColumnFacts("x", "VARCHAR", "TEXT"),
    "postgres": ColumnFacts("x", "VARCHAR", "text", collation="C"),
    "mysql": ColumnFacts("x", "VARCHAR", "varchar(60)", collation="utf8mb4_general_ci", binary=False),
    "duckdb": ColumnFacts("x", "VARCHAR"),
}


def told(dialect: str, payload: str) -> list[str]:
    """Return what a source is told of a text in each kind of clause."""
    clauses = [*(Compare("x", op, payload) for op in ("=", "<>", "<", ">=")), Within("x", (payload, "b")),
               Without("x", (payload, "b")), StartsWith("x", payload), StartsWith("x", payload, negated=True),
               FoldedContains("x", payload)]  # fmt: skip
    column = COLUMNS[dialect]
    facts = TableFacts({"x": column})
    if dialect == "duckdb":
        return [tree.text(spell.in_place(clause, facts), verbatim.DIALECT) for clause in clauses]
    spoken = dialect_named(dialect)
    proved = [each for each in clauses if spoken.prove(each, column).strength is not Strength.LOCAL]
    return [tree.text(spell.at_source(clause, facts, dialect), dialect) for clause in proved]


@pytest.mark.parametrize("dialect", COLUMNS)
def test_a_clause_says_a_text_and_nothing_else(dialect: str) -> None:
    """With the texts taken out, a clause over any text is the one over a plain text: nothing of it stands outside."""

    def outline(text: str) -> str:
        plain = re.sub(r"_utf8mb4 x\?", "?", texts_in(text, dialect)[0])
        return re.sub(r"\d+", "n", plain)  # LEFT(…, 4): the length of a prefix

    expected = [outline(text) for text in told(dialect, "tame")]
    assert len(expected) >= 8
    for payload in PAYLOADS:
        said = told(dialect, payload)
        assert [outline(text) for text in said] == expected, payload
        if dialect == "mysql":  # and whatever sql_mode says of a backslash
            assert all([*map(re.compile(r"[^\\]*").fullmatch, said)]), payload


def test_what_sqlglot_alone_lets_out_is_seen_here() -> None:
    """The proof that the reading above can fail: the same text, read without the marks."""
    text = f"SELECT date_add(ordered_at, 1, '{HOSTILE[0]}') FROM orders"
    leaked = sqlglot.transpile(text, read="duckdb", write="mysql")[0]
    try:
        found = texts_in(leaked, "mysql")[1]
    except EscapedError:
        found = []
    assert found != [HOSTILE[0]], leaked
