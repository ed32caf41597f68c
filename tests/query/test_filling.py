"""The text of a fragment with its keys is the one that is written as a whole, whatever the keys say."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest

from cdi_federate import tree
from cdi_federate.catalog.model import Column, Entity, Field, Mapping
from cdi_federate.errors import InvariantError
from cdi_federate.query import filling
from cdi_federate.query.filling import Keys, filled
from cdi_federate.query.transpile import _literals_of
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.relations import RemoteTable
from cdi_federate.stages.steps import Fragment, Hole
from tests.query.test_literal_closure import COLUMNS, PAYLOADS

SERVERS = ("sqlite", "postgres", "mysql")
TEXTS = (
    'SELECT "x" AS "x" FROM "t"',
    'SELECT "x" AS "x" FROM "t" WHERE "x" IS NULL OR "x" > \'a\'',
    'SELECT "x" AS "x" FROM "t" WHERE NOT "x" = \'cdi_keys_0\' AND "x" <> \'("cdi_keys_1")\'',
    'SELECT "x" AS "x", COUNT(*) AS "n" FROM "t" WHERE "x" IN (SELECT "k" FROM "u" WHERE "k" > 1) GROUP BY "x"',
    'SELECT "x" AS "x" FROM "t" WHERE "x" LIKE \'%WHERE%\' ORDER BY "x" LIMIT 5',
)


def fragment(text: str, dialect: str, *, or_null: bool = False) -> Fragment:
    """Return a fragment of a text over `t`, which is told keys of its column of texts."""
    facts = TableFacts({"x": COLUMNS[dialect]})
    mapping = Mapping("crm", "t", "customer", "t", MappingProxyType({}))
    branch = Branch(mapping, RemoteTable(("t",)), dialect, {"x": Column("x")}, facts)
    entity = Entity("customer", MappingProxyType({"x": Field("x", "VARCHAR")}))
    statement = tree.parse(text.replace('"', "`") if dialect == "mysql" else text, dialect)[0]
    said = tree.text(statement, dialect)
    assert _literals_of(said, dialect) is not None, "what a plan holds reads back"
    return Fragment(
        "f", "crm", dialect, statement, (("x", "VARCHAR"),), holes=(Hole("k", "x", entity, branch, or_null),), text=said
    )


@pytest.mark.parametrize("or_null", [False, True], ids=["", "or_null"])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("dialect", SERVERS)
def test_it_reads_back_as_its_tree(dialect: str, text: str, or_null: bool) -> None:
    asked = fragment(text, dialect, or_null=or_null)
    for keys in [*((each,) for each in PAYLOADS), ("cdi_keys_0", '("cdi_keys_1")', ")", "("), PAYLOADS]:
        found = filled(asked, {"k": Keys(tuple(sorted(keys)))})
        assert found is not None and not found.holes
        (again,) = tree.parse(found.text, dialect)
        assert tree.text(again, dialect) == found.text == tree.text(found.tree, dialect), keys
        assert tree.literals(again) == tree.literals(found.tree)
        told = [said for said, _ in tree.literals(again)]
        plain = [] if dialect == "mysql" else [*keys]  # MariaDB is told some texts by their bytes
        assert set(plain) <= set(told), "each key is a literal of it"
        assert len(told) >= len(tree.literals(asked.tree)) + len(plain)


def test_a_key_that_gets_out_of_its_literal_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fragment(TEXTS[1], "sqlite")
    whole = tree.text
    monkeypatch.setattr(filling, "at_source", lambda *_: tree.parse_expression("\"x\" = 'a'", "sqlite"))
    for said, error in (
        ("\"x\" = 'a' OR \"x\" = 'b'", "changed its meaning"),
        ("\"x\" = 'a') OR (1 = 1", "read back"),
        ("\"x\" = 'a' --", "read back"),
        ("\"x\" = 'a', 1", "read back"),
        ("\"x\" = 'a' AS y", "read back"),
        ("\"x\" = 'a' FROM u", "read back"),
        ("\"x\" = 'b'", "changed its meaning"),
    ):
        written = iter([said])

        def text(*given: Any, written: Iterator[str] = written, **more: Any) -> str:
            return next(written, None) or whole(*given, **more)

        monkeypatch.setattr(tree, "text", text)
        with pytest.raises(InvariantError, match=error):
            filled(asked, {"k": Keys(("a",))})
