"""What the shell makes of what is typed: when it is complete, and what may come next."""

from __future__ import annotations

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from cdi_federate.cli.shell.complete import SqlCompleter, candidates
from cdi_federate.cli.shell.typed import is_complete
from tests.explain.worlds import CATALOG

ORIGIN = ["_source", "_department", "_record_key", "_updated_at"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1;",
        "SELECT 1 ; ",
        "SELECT 1; -- done",
        "SELECT 1 /* a ; b */;",
        "SELECT ';';",
        "SELECT 'it''s';",
        'SELECT "a;b";',
        "SELECT $$a;$$;",
        ".tables",
        "",
        "  ",
    ],
)
def test_complete(text: str) -> None:
    assert is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "SELECT ';",
        "SELECT 'a;",
        "SELECT 1 -- ;",
        "SELECT 1 /* ;",
        'SELECT "a;',
        "SELECT $$a;",
        "SELECT 1; SELECT",
        "SELECT '--';'",
    ],
)
def test_incomplete(text: str) -> None:
    assert not is_complete(text)


@pytest.mark.parametrize(
    ("before", "behind", "words"),
    [
        ("SELECT * FROM cu", "", ["customer"]),
        ("select * from ", "", ["customer", "orders"]),
        ("SELECT * FROM customer c JOIN ", "", ["customer", "orders"]),
        ("SELECT * FROM customer c, or", "", ["orders"]),
        ("SELECT c.b", " FROM customer c", ["balance"]),
        ("SELECT customer.em", " FROM customer", ["email"]),
        ("SELECT o.", " FROM customer c JOIN orders AS o USING (customer_id)", ["customer_id", "amount", *ORIGIN]),
        ("SELECT x.", " FROM customer c", []),
        ("SELECT amo", " FROM orders", ["amount"]),
        (
            "SELECT * FROM customer WHERE coun",
            "",
            ["country", "count(", "count_if(", "count_star(", "countif(", "country_iso2("],
        ),
        ("sel", "", ["select"]),
        ("SEL", "", ["SELECT"]),
        ("", "", []),
        (".de", "", [".describe"]),
        (".describe or", "", ["orders"]),
        (".lineage customer.em", "", ["email"]),
        (".explain SELECT * FROM o", "", ["orders"]),
        (".analyze SELECT * FROM o", "", ["orders"]),
    ],
)
def test_what_may_come_next(before: str, behind: str, words: list[str]) -> None:
    assert [candidate.text for candidate in candidates(CATALOG, before, before + behind)] == words


def test_a_field_shows_its_type() -> None:
    (found,) = candidates(CATALOG, "SELECT bal", "SELECT bal FROM customer")
    assert (found.text, found.meta, found.replaces) == ("balance", "DECIMAL(18,2)", 3)


def test_the_prompt_gets_what_the_function_gives() -> None:
    text = "SELECT em FROM customer"
    (found,) = SqlCompleter(CATALOG).get_completions(Document(text, 9), CompleteEvent())
    assert (found.text, found.start_position, found.display_meta_text) == ("email", -2, "VARCHAR")
