"""How many rows are expected: what each form of clause keeps, by the counts of its column or without any."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from cdi_federate.catalog.model import Column, Entity, Expression, Field, Mapping
from cdi_federate.errors import Span
from cdi_federate.query.estimate import matched, rows_of, rows_of_scan
from cdi_federate.stages.clauses import (
    Clause,
    Compare,
    FoldedContains,
    Known,
    Never,
    StartsWith,
    Unknown,
    Within,
    Without,
    conjunction,
    disjunction,
)
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.plan import Branch, Filter, Pushed, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.query import Guard, TableRef
from cdi_federate.stages.relations import RemoteTable

ROWS = 10_000
EXACT = Proof(Strength.EXACT, Reason.SAME_TYPE)
HERE = Proof(Strength.LOCAL, Reason.IN_PLACE)

FACTS = TableFacts(
    {
        column.name.lower(): column
        for column in (
            ColumnFacts("id", "BIGINT", nullable=False, indexed=True),
            ColumnFacts("Mail", "VARCHAR", null_fraction=0.5),
            ColumnFacts("status", "VARCHAR", distinct=5, null_fraction=0.1),
            ColumnFacts("made", "DATE", nullable=False),
            ColumnFacts("shop", "INTEGER", distinct=20, null_fraction=0.0),
            ColumnFacts("nr", "INTEGER", distinct=400, null_fraction=0.0),
            ColumnFacts("ref", "VARCHAR", indexed=True),
            ColumnFacts("note", "VARCHAR"),
        )
    },
    unique=(("id",), ("mail",), ("shop", "nr")),
    rows=ROWS,
)


def branch(*told: Clause, facts: TableFacts | None = FACTS, limit: int | None = None) -> Branch:
    mapping = Mapping("crm", "accounts", "customer", "accounts", MappingProxyType({}))
    pushed = tuple(Pushed("…", clause, EXACT) for clause in told)
    return Branch(
        mapping, RemoteTable(("accounts",)), "sqlite", {}, facts, pushed=pushed[:1], own=pushed[1:], limit=limit
    )


EQUAL_STATUS = Compare("status", "=", "won")


@pytest.mark.parametrize(
    ("clause", "rows"),
    [
        (Compare("id", "=", 7), 1),
        (Compare("MAIL", "=", "x"), 1),
        (Within("id", (1, 2, 3)), 3),
        (EQUAL_STATUS, 1_800),
        (Compare("status", "<>", "won"), 7_380),
        (Within("status", ("a", "b")), 3_600),
        (Within("status", tuple("abcdefgh")), 9_000),
        (Without("status", ("a", "b")), 5_760),
        (Compare("made", ">", 1), ROWS / 3),
        (conjunction(Compare("made", ">", 1), Compare("made", "<=", 2)), ROWS / 4),
        (StartsWith("note", "a"), 1_000),
        (StartsWith("id", "a"), 500),
        (StartsWith("id", "a", negated=True), 9_500),
        (FoldedContains("note", "a"), 500),
        (FoldedContains("mail", "a"), 1),
        (Unknown("status"), 1_000),
        (Known("status"), 9_000),
        (Unknown("id"), 1),
        (Unknown("note"), 1_000),
        (Compare("note", "=", "x"), 1_000),
        (Compare("ref", "=", "x"), 10),
        (Within("ref", ("x", "y")), 20),
        (conjunction(Compare("shop", "=", 1), Compare("nr", "=", 2)), 1),
        (conjunction(Within("shop", (1, 2)), Compare("nr", "=", 2)), 2),
        (conjunction(EQUAL_STATUS, Compare("shop", "=", 1)), ROWS * 0.05 * 0.18**0.5),
        (disjunction(EQUAL_STATUS, Compare("shop", "=", 1)), 2_300),
        (Never(), 0),
        (Compare("id", "<", 0), ROWS / 3),
    ],
)
def test_what_a_clause_keeps(clause: Clause, rows: float) -> None:
    assert rows_of(branch(clause)) == pytest.approx(rows)


def test_a_mappings_own_where_is_told_as_well() -> None:
    assert rows_of(branch(EQUAL_STATUS, Compare("shop", "=", 1))) == pytest.approx(ROWS * 0.05 * 0.18**0.5)
    assert rows_of(branch(EQUAL_STATUS, EQUAL_STATUS)) == 1_800, "said twice, it keeps no fewer"


def test_a_limit_is_the_most() -> None:
    assert rows_of(branch(EQUAL_STATUS, limit=10)) == 10
    assert rows_of(branch(Compare("id", "=", 1), limit=10)) == 1


def test_of_rows_of_which_one_of_a_kind_suffices_there_are_as_many_as_kinds() -> None:
    kinds = replace(branch(), shapes={"state": Column("status"), "place": Column("shop")}, once=True)
    assert rows_of(kinds) == 6 * 21
    assert rows_of(replace(kinds, shapes={"note": Column("note")})) == ROWS, "nobody counted them"


def test_nothing_is_said_of_what_nobody_counted() -> None:
    assert rows_of(branch(EQUAL_STATUS, facts=None)) is None
    assert rows_of(branch(EQUAL_STATUS, facts=TableFacts(FACTS.columns))) is None
    assert matched(branch(), "note", 3) is None
    assert matched(branch(), "no such column", 3) is None
    assert matched(branch(facts=None), "id", 3) is None


def test_an_empty_table_has_no_rows() -> None:
    assert rows_of(branch(EQUAL_STATUS, facts=TableFacts(FACTS.columns, rows=0))) == 0


@pytest.mark.parametrize(
    ("column", "keys", "rows"),
    [("id", 3, 3), ("id", 10**9, ROWS), ("Mail", 3, 3), ("status", 1, 1_800), ("status", 9, 9_000), ("ref", 7, 70)],
)
def test_what_keys_match(column: str, keys: float, rows: float) -> None:
    assert matched(branch(), column, keys) == pytest.approx(rows)


def test_keys_match_among_the_rows_that_are_left() -> None:
    assert matched(branch(EQUAL_STATUS), "shop", 2) == pytest.approx(180)
    assert matched(branch(Compare("id", "=", 7)), "ref", 5) == 1


def test_a_scan_counts_what_is_filtered_here_too() -> None:
    shapes = {"state": Column("status"), "mail": Expression("lower(mail)")}
    untold = (Pushed("state = 'won'", None, HERE), Pushed("mail = 'x'", None, HERE))
    mapping = Mapping("shop", "b", "customer", "b.csv", MappingProxyType(shapes))
    read = Branch(mapping, RemoteTable(("b",)), "", shapes, FACTS, pushed=untold)
    filters = (Filter("…", Compare("state", "=", "won")), Filter("…", Compare("mail", "=", "x")))
    entity = Entity("customer", MappingProxyType({"state": Field("state", "VARCHAR")}))
    scan = Scan(
        TableRef("n", "customer", "c", Span(0, 0)), entity, Guard("customer"), ("state",), (read, read), filters
    )
    assert rows_of(read) == ROWS, "all that its source sends"
    assert rows_of_scan(scan) == pytest.approx(2 * 1_800)
