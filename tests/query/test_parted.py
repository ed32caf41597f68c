"""References with a key of several columns, turned round: DuckDB says on which rows the reference equals a text."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest

from cdi_federate import tree
from cdi_federate.catalog.model import Field, Mapping, Ref
from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.inverse import inverted
from cdi_federate.query.parted import split
from cdi_federate.query.shapes import express
from cdi_federate.query.spell import in_place
from cdi_federate.query.values import literal
from cdi_federate.stages.clauses import Compare, Known, Never, Unknown, Within, Without
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from tests.differential import mutate

TEXTS = ("", "a", "a|b", "|", "\\", "a\\", "\\|", "7", "07", "é", "x:y", "\n")
NUMBERS = (7, -7, 0, 10)
SHAPE = Ref("crm", "people", ("n", "a", "b"))
FACTS = TableFacts(
    {name: ColumnFacts(name, kind) for name, kind in (("n", "INTEGER"), ("a", "VARCHAR"), ("b", "VARCHAR"))}
)


def test_a_text_is_a_key_of_several_columns_in_one_way() -> None:
    assert split(r"a\|b|c", 2) == ("a|b", "c") and split(r"a\\|c", 2) == ("a\\", "c")
    assert split("|", 2) == ("", "") and split("é\n|x|", 3) == ("é\n", "x", "")
    for text in ("a", "a|b|c", "a\\|b", "a\\b|c", "a|b\\"):
        assert split(text, 2) == (), text


def test_the_same_rows_as_the_reference_itself() -> None:
    made = tree.text(express(SHAPE, Field("f", "VARCHAR"), Mapping("crm", "orders", "e", "t", {}), FACTS))
    with duckdb.connect() as db:
        db.execute("CREATE TABLE t (n INTEGER, a VARCHAR, b VARCHAR)")
        db.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", list(product((*NUMBERS, None), (*TEXTS, None), (*TEXTS, None)))
        )
        keys = [key for (key,) in db.execute(f"SELECT DISTINCT {made} AS k FROM t WHERE k IS NOT NULL").fetchall()]
        assert len(keys) == len(NUMBERS) * len(TEXTS) ** 2
        others = ["", "crm.people:", "crm.people:7|a", "crm.people:07|a|b", "crm.people:7|a|b|", "shop.people:7|a|b"]
        others += ["crm.people:7|a\\b|c", "crm.people:7||\\", "crm.people:|a|b", "crm.people:99999999999|a|b"]
        told = [Compare("f", "=", key) for key in (*keys[::7], *others)]
        told += [Within("f", tuple(keys[at : at + 3])) for at in range(0, len(keys), 29)] + [Within("f", tuple(others))]
        for clause in (*told, Unknown("f")):
            if isinstance(clause, Unknown):
                wanted = f"{made} IS NULL"
            else:
                values = clause.values if isinstance(clause, Within) else (clause.value,)
                wanted = f"{made} IN ({', '.join(map(literal, values))})"
            found = inverted(clause, SHAPE, "VARCHAR", FACTS)
            kept = tree.text(in_place(found.clause, FACTS))
            differs = f"SELECT count(*) FROM t WHERE coalesce({wanted}, false) <> coalesce({kept}, false)"
            assert found.exact and db.execute(differs).fetchall() == [(0,)], (clause, kept)


@pytest.mark.parametrize("clause", [Known("f"), Without("f", ("crm.people:7|a|b",)), Compare("f", "<", "x")])
def test_what_is_no_equality_is_not_told(clause: object) -> None:
    with pytest.raises(NotInvertible):
        inverted(clause, SHAPE, "VARCHAR", FACTS)  # type: ignore[arg-type]


def test_a_reference_to_another_mapping_is_none_to_this() -> None:
    assert inverted(Compare("f", "=", "shop.people:7|a|b"), SHAPE, "VARCHAR", FACTS).clause == Never()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return disjunction(*(_of_column(column, Unknown", "return conjunction(*(_of_column(column, Unknown"),
        ("return conjunction(*(_of_column(column, Compare", "return disjunction(*(_of_column(column, Compare"),
        ('r"\\1", part', 'r"\\\\\1", part'),
        ("re.fullmatch(", "re.match("),
        ("return disjunction(*(_row(", "return conjunction(*(_row("),
    ],
)
def test_a_condition_that_is_gone_is_missed(old: str, new: str) -> None:
    mutant = mutate.Mutant("query/parted.py", old, new, "", ())
    with mutate.without(mutant), pytest.raises(AssertionError):
        test_the_same_rows_as_the_reference_itself()
