"""Whatever stands in a literal stays in that literal, for every function that may be called."""

import pytest

from cdi_federate.errors import CdiError
from cdi_federate.execute.duck.bind import DuckBinder
from cdi_federate.query import verbatim
from cdi_federate.query.functions import FUNCTIONS
from cdi_federate.query.parse import parse
from cdi_federate.tree import text
from tests.query.virtual import reading

HOSTILE = (
    "day , (SELECT max(email) FROM customer) AS x FROM orders LIMIT 1 --",
    "x''), (SELECT 1) --",
    "Europe/Berlin",
    "$.a",
    "%Y\\",
    "1 day",
    "day",
    "/* */ ; DROP TABLE customer",
)
SHAPES = ("{f}('{x}')", "{f}(a, '{x}')", "{f}('{x}', a)", "{f}(a, b, '{x}')", "{f}(a, '{x}', b)", "a.{f}('{x}')")


@pytest.fixture(scope="module")
def binder() -> DuckBinder:
    return DuckBinder({})


def literals(node: object) -> list[str]:
    """Every text constant of a reading, in order."""
    if isinstance(node, list):
        return [found for item in node for found in literals(item)]
    if not isinstance(node, dict):
        return []
    if node.get("class") == "CONSTANT":
        value = node["value"]
        return [value["value"]] if isinstance(value.get("value"), str) else []
    return [found for value in node.values() for found in literals(value)]


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_literal_stays_a_literal(payload: str, binder: DuckBinder) -> None:
    accepted = 0
    for function in sorted(FUNCTIONS):
        calls = ", ".join(shape.format(f=function, x=payload) for shape in SHAPES[2:5])
        for sql in (f"SELECT {calls}", *(f"SELECT {shape.format(f=function, x=payload)}" for shape in SHAPES[:2])):
            try:
                parsed = parse(sql, binder)
            except CdiError:
                continue
            accepted += 1
            again = binder.read(text(parsed.tree, verbatim.DIALECT))
            assert sorted(literals(again)) == sorted(literals(parsed.reading)), sql
    assert accepted > 2 * len(FUNCTIONS)


def test_what_sqlglot_alone_lets_out_is_caught() -> None:
    """The proof that the test above can fail: the same text, read without the marks."""
    import sqlglot

    from tests.query.virtual import filled

    sql = f"SELECT date_add(ordered_at, 1, '{HOSTILE[0]}') FROM orders"
    leaked = sqlglot.transpile(sql, read="duckdb", write="duckdb")[0]
    assert literals(reading(filled(), leaked)) != literals(reading(filled(), sql))
