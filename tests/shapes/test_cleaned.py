# ruff: noqa: E501 - tables are read across
"""Fields that are cleaned columns, turned round: a superset of the rows, or exactly them where the claim is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import duckdb
import pytest

from cdi_federate import tree
from cdi_federate.catalog.model import Claims, Column, Expression, Field, Mapping
from cdi_federate.catalog.words import CLEANING
from cdi_federate.config.files.mapping import CanonicalForm
from cdi_federate.execute.duck.cleaning.functions import install
from cdi_federate.execute.duck.instance import instance
from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.cleaned import Cleaned, as_claimed, cleaned
from cdi_federate.query.inverse import inverted
from cdi_federate.query.shapes import express
from cdi_federate.query.spell import in_place
from cdi_federate.stages.clauses import ClauseLiteral, Compare, Known, StartsWith, Unknown, Within, Without
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from tests.cleaning.oddities import TEXTS
from tests.cleaning.test_cleaning_reference import EMAIL, texts
from tests.shapes.test_inverse import over

FACTS = TableFacts({"x": ColumnFacts("x", "VARCHAR")})
CALLS = {
    "norm_email": "norm_email(x)",
    "norm_name": "norm_name(x)",
    "digits": "digits(x)",
    "norm_phone": "norm_phone(x, 'DE')",
    "norm_postcode": "norm_postcode(x, 'DE')",
    "country_iso2": "country_iso2(x)",
}
VALUES = {
    "norm_email": ["jane@x.org", "karl@kiki.org", "ipek@x.com", "jörg@müller.de", "имя@почта.рф", "o'brien@x.org", "JANE@x.org"],
    "norm_name": ["jane", "muller", "hans peter", "x"],
    "digits": ["0", "12", "007"],
    "norm_phone": ["+4930123456", "030 123456", "+442079460018"],
    "norm_postcode": ["01067", "1067", "10115"],
    "country_iso2": ["DE", "de", "FR"],
}  # fmt: skip
RAW = ["Jane <JANE@X.org>", " jane@x.org", "jane@x.org", "KARL@KIKI.ORG", "\u212aarl@\u212a\u0130k\u0130.org", "İPEK@x.com",
       "JÖRG@MÜLLER.DE", "mailto:имя@почта.рф", "O'Brien@x.org;", "Jane", "Dr. Müller", "muller", "hans peter", "12", "0-0-7",
       "007", "030 123456", "+4930123456", "+44 20 7946 0018", "1067", "01067", "D-10115", "DE", "de", "Germany", "FR"]  # fmt: skip


def clauses_of(name: str) -> Iterator[ClauseLiteral]:
    values = VALUES[name]
    yield from (Known("f"), Unknown("f"), Within("f", tuple(values[:3])), Without("f", tuple(values[:2])))
    for value in values:
        yield from (Compare("f", op, value) for op in ("=", "<>", "<", ">="))  # type: ignore[arg-type]
        yield StartsWith("f", value[:4])
        yield StartsWith("f", value[:4], negated=True)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = instance(threads=1)
    install(connection)
    given = [*RAW, *texts(9, EMAIL), *(text for text in TEXTS if text and len(text) < 100)]
    connection.execute("CREATE TABLE raw (x VARCHAR)")
    connection.executemany("INSERT INTO raw VALUES (?)", [(text,) for text in dict.fromkeys([None, *given])])
    for name, call in CALLS.items():
        connection.execute(f"CREATE TABLE {name}_clean AS SELECT DISTINCT {call} AS x FROM raw")
    yield connection
    connection.close()


def counted(
    db: duckdb.DuckDBPyConnection, table: str, call: str, clause: ClauseLiteral, claims: Claims
) -> tuple[bool, int, int, int]:
    """Return whether the inversion says to be exact; rows wanted, of those the ones lost, and rows too many."""
    result = inverted(clause, as_claimed(Expression(call), claims), "VARCHAR", FACTS)
    made = tree.text(express(Expression(call), Field("f", "VARCHAR"), Mapping("crm", "a", "e", "t", {}), FACTS))
    kept = tree.text(in_place(result.clause, FACTS))
    wanted = f"coalesce({over(clause)}, false)"
    row = db.execute(
        f"SELECT count_if({wanted}), count_if({wanted} AND NOT coalesce({kept}, false)), "
        f"count_if(NOT {wanted} AND coalesce({kept}, false)) FROM (SELECT t.x, {made} AS f FROM {table} AS t) AS t"
    ).fetchone()
    assert row is not None
    return result.exact, *row


def test_the_forms_that_may_be_claimed_are_the_functions() -> None:
    assert {*get_args(CanonicalForm)} == {"lower", "trim", *CALLS}
    assert {*CALLS, "parse_date"} == CLEANING


@pytest.mark.parametrize("name", CALLS)
def test_a_clean_column_is_the_field(db: duckdb.DuckDBPyConnection, name: str) -> None:
    claims = Claims(canonical={"X": (name,)}, trust=True)
    found = [counted(db, f"{name}_clean", CALLS[name], clause, claims) for clause in clauses_of(name)]
    assert [(exact, lost, more) for exact, _, lost, more in found] == [(True, 0, 0)] * len(found)
    assert sum(wanted for _, wanted, _, _ in found) > 20


def test_an_address_is_looked_for_in_what_was_typed(db: duckdb.DuckDBPyConnection) -> None:
    """No row is lost, and few are too many: it is no look at everything."""
    sent = []
    for clause in clauses_of("norm_email"):
        try:
            exact, wanted, lost, more = counted(db, "raw", "norm_email(x)", clause, Claims())
        except NotInvertible:
            continue
        assert (exact, lost) == (False, 0), clause
        sent.append((clause, wanted, more))
    kinds = {type(clause) for clause, _, _ in sent}
    assert kinds == {Known, Within, Compare, StartsWith}
    assert all(clause.op == "=" for clause, _, _ in sent if isinstance(clause, Compare))
    equal = [
        (wanted, more)
        for clause, wanted, more in sent
        if isinstance(clause, Compare) and clause.value != "имя@почта.рф"
    ]
    assert sum(wanted for wanted, _ in equal) >= 8
    assert all(more < 200 for _, more in equal)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "norm_email"])
@pytest.mark.parametrize(
    "claims", [Claims(), Claims(canonical={"x": ("lower", "trim")}, trust=True)], ids=["none", "other"]
)
def test_of_other_functions_nothing_is_said(name: str, claims: Claims) -> None:
    with pytest.raises(NotInvertible):
        inverted(Compare("f", "=", "a"), as_claimed(Expression(CALLS[name]), claims), "VARCHAR", FACTS)


def test_a_claim_without_trust_is_no_proof() -> None:
    claims = Claims(canonical={"x": ("norm_phone",)})
    with pytest.raises(NotInvertible):
        inverted(Compare("f", "=", "a"), as_claimed(Expression("norm_phone(x, 'DE')"), claims), "VARCHAR", FACTS)


def test_claimed_steps_are_left_out() -> None:
    shape, forms = Column("Mail", trim=True, lower=True), {"mail": ("lower", "trim")}
    assert as_claimed(shape, Claims(canonical=forms, trust=True)) == Column("Mail")
    assert as_claimed(shape, Claims(canonical={"mail": ("trim",)}, trust=True)) == Column("Mail", lower=True)
    assert as_claimed(shape, Claims(canonical=forms)) == shape
    assert as_claimed(shape, Claims(canonical={"other": ("lower", "trim")}, trust=True)) == shape


@pytest.mark.parametrize(
    ("sql", "call"),
    [
        ("norm_email(x)", Cleaned("norm_email", "x")),
        (' NORM_EMAIL ( "X y" ) ', Cleaned("norm_email", "x y")),
        ("norm_phone(x, 'DE')", Cleaned("norm_phone", "x")),
        ("norm_phone(x, region)", None),
        ("norm_email(trim(x))", None),
        ("norm_email(x.y)", None),
        ("norm_email('a')", None),
        ("lower(norm_email(x))", None),
        ("parse_date(x, '%Y')", None),
        ("lower(x)", None),
    ],
)
def test_what_is_a_cleaned_column(sql: str, call: Cleaned | None) -> None:
    assert cleaned(sql) == call
