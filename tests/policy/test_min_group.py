"""A role with `min_group` is shown groups of enough people (here two) and nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal

import pytest

from cdi_federate.errors import CdiError, RefusedError
from cdi_federate.query.functions import AGGREGATES

ANSWERED = [
    ("SELECT country, count(*) AS n FROM customer GROUP BY country", [("DE", 3)]),
    ("SELECT country, count(*) FROM customer GROUP BY country HAVING count(*) > 0 OR TRUE", [("DE", 3)]),
    ("SELECT count(*) FROM customer", [(6,)]),
    ("SELECT count(*) FROM customer WHERE email = 'anna@x.de'", []),
    ("SELECT email, count(*) FROM customer GROUP BY email", []),
    ("SELECT full_name, sum(balance) FROM customer GROUP BY ALL", []),
    ("SELECT customer_id, count(*), sum(amount) FROM orders GROUP BY 1", []),
    (
        "SELECT c.country, sum(o.amount) FROM customer c JOIN orders o USING (customer_id) GROUP BY 1",
        [("DE", Decimal(30))],
    ),
    # Many rows of one are no group of many: neither crossed with others nor by many orders.
    ("SELECT a.email, count(*) FROM customer a, customer b GROUP BY 1", []),
    ("SELECT k.email, count(*) FROM consent k, orders o GROUP BY 1", []),
    (
        "SELECT country, count(*) FROM customer a JOIN customer b USING (country) WHERE b.balance = 12.5 GROUP BY 1",
        [],
    ),
    ("SELECT * FROM (SELECT country, count(*) n FROM customer GROUP BY 1) WHERE n > 1 ORDER BY n LIMIT 1", [("DE", 3)]),
    ("WITH g AS (SELECT country, count(*) n FROM customer GROUP BY 1) SELECT max(n), min(country) FROM g", [(3, "DE")]),
    ("SELECT country, count(*) FROM customer GROUP BY country LIMIT 5", [("DE", 3)]),
    ("SELECT count(*) FROM customer WHERE customer_id IN (SELECT customer_id FROM orders WHERE amount > 10)", [(3,)]),
    ("SELECT count(*) FROM customer WHERE customer_id IN (SELECT customer_id FROM orders WHERE amount > 30)", []),
    (
        "SELECT sum(balance * 2 + 1), avg(balance) FROM customer WHERE country = 'DE'",
        [(Decimal("200026.98"), 50006.245)],
    ),
    ("SELECT country, count(*) FROM customer GROUP BY ROLLUP (country) ORDER BY 2", [("DE", 3), (None, 6)]),
    (
        "SELECT _source, avg(amount / 2) FROM orders, (VALUES (30)) v(most) WHERE amount < most GROUP BY 1",
        [("crm", 7.5)],
    ),
    ("SELECT s, count(*) FROM customer c, unnest(c._sources) u(s) GROUP BY s ORDER BY s", [("crm", 4), ("desk", 2)]),
    ("SELECT 1", [(1,)]),
    ("SELECT count(*) > 3 FROM information_schema.tables", [(True,)]),
]

REFUSED = [
    "SELECT full_name FROM customer",
    "SELECT DISTINCT country FROM customer",
    "SELECT 1 FROM customer",
    "SELECT country, max(balance) FROM customer GROUP BY 1",
    "SELECT min(full_name) FROM customer",
    "SELECT list(full_name) FROM customer",
    "SELECT string_agg(full_name, ',') FROM customer",
    "SELECT any_value(full_name), count(*) FROM customer",
    "SELECT country, count(*) FROM customer GROUP BY 1 HAVING max(full_name) = 'Anna'",
    "SELECT country, count(*) FROM customer GROUP BY 1 ORDER BY max(balance)",
    "SELECT count(*) OVER () FROM customer",
    "SELECT country, row_number() OVER (ORDER BY count(*)) FROM customer GROUP BY 1",
    "SELECT country, count(*) FROM customer GROUP BY 1 QUALIFY row_number() OVER (ORDER BY country) = 1",
    "SELECT count(*) FROM (SELECT * FROM customer LIMIT 1)",
    "SELECT sum(balance) FROM (SELECT balance FROM customer ORDER BY balance DESC LIMIT 1)",
    "WITH t AS (SELECT * FROM customer) SELECT count(*) FROM t",
    "SELECT count(*) FILTER (WHERE full_name = 'Anna') FROM customer",
    "SELECT count_if(full_name = 'Anna') FROM customer",
    "SELECT sum(CASE WHEN full_name = 'Anna' THEN balance END) FROM customer",
    "SELECT sum(balance * (full_name = 'Anna')::INTEGER) FROM customer",
    "SELECT avg(length(full_name)) FROM customer",
    "SELECT count(*) FROM customer WHERE EXISTS (SELECT 1 FROM customer WHERE full_name = 'Anna')",
    "SELECT count(*) FROM customer WHERE country IN (SELECT country FROM customer WHERE full_name = 'Anna')",
    # An id that is another table's, or chosen by another table, lets one person decide on what is shown of all.
    "SELECT count(*) FROM customer c WHERE c.customer_id IN (SELECT c.customer_id FROM orders WHERE amount = 10)",
    "SELECT count(*) FROM customer WHERE customer_id IN (SELECT c.customer_id FROM customer c, orders WHERE amount=10)",
    "SELECT count(*) FROM consent, (VALUES ('x')) v(customer_id) WHERE customer_id IN (SELECT customer_id FROM orders)",
    # What is joined or divided may choose as a CASE does.
    "SELECT sum(n * balance) FROM customer c LEFT JOIN (VALUES (1)) v(n) ON c.full_name = 'Anna'",
    "SELECT count(v.*) FROM customer c LEFT JOIN (VALUES (1)) v(n) ON c.full_name = 'Anna'",
    "SELECT count(x) FROM customer c, LATERAL (SELECT CASE WHEN c.full_name = 'Anna' THEN 1 END AS x) t",
    "SELECT count(u.x) FROM customer c, unnest([CASE WHEN c.full_name = 'Anna' THEN 1 END]) u(x)",
    "SELECT count(1 / (balance - 12.5)) FROM customer",
    "SELECT count(*) FROM customer a SEMI JOIN customer b ON b.full_name = 'Anna' AND a.country = b.country",
    "SELECT (SELECT full_name FROM customer LIMIT 1)",
    "SELECT EXISTS (SELECT 1 FROM customer WHERE full_name = 'Anna')",
    "SELECT (SELECT max(c.full_name)), count(*) FROM customer c",
    "SELECT count(*) FROM customer UNION ALL SELECT balance FROM customer",
    "SELECT country, count(*) FROM customer c TABLESAMPLE 1 ROWS GROUP BY 1",
    "SELECT count(*) FROM customer t LEFT JOIN (orders o JOIN consent p ON true) ON true",
    "SELECT count(*) FROM customer AS c(customer_id, x)",
    "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT count(*) FROM r, customer",
    "SELECT order_id, count(*) FROM payment GROUP BY 1",
    "SELECT p.card, count(*) FROM payment p, customer c GROUP BY 1",
    "SELECT min(COLUMNS(*)) FROM customer",
    "FROM customer",
    "SELECT count(*) FROM (FROM customer)",
    "SELECT x, count(*) FROM (SELECT unnest(_sources) x FROM customer) GROUP BY 1",
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), ANSWERED)
def test_groups_of_enough_people_are_shown(ask, sql: str, expected) -> None:
    assert ask("counter", sql) == expected


@pytest.mark.parametrize("sql", REFUSED)
def test_less_than_groups_is_refused(ask, sql: str) -> None:
    with pytest.raises(RefusedError, match="more than groups") as error:
        ask("counter", sql)
    assert error.value.place and re.search("GROUP BY country", error.value.help)


GROUPING = {"avg", "count", "sum"}
ARGUMENTS = ("", "balance", "full_name", "balance, 1", "full_name, balance", "balance, 1, 0, 9")


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_of_all_aggregates_three_make_groups(ask, name: str) -> None:
    answered = False
    for given in ARGUMENTS:
        with suppress(CdiError):
            ask("counter", f"SELECT {name}({given}) FROM customer")
            answered = True
    assert answered == (name in GROUPING)


def test_names_and_kinds_of_statements_stay(asked_as) -> None:
    fed = asked_as("counter")
    assert [each.name for each in fed.sql("SELECT country, count(*), 1 + 1 FROM customer GROUP BY 1").columns] == [
        "country", "count_star()", "(1 + 1)",
    ]  # fmt: skip
    assert "customer" in fed.sql("EXPLAIN SELECT count(*) FROM customer").fetchall()[0][1]
    assert fed.sql("SELECT count(*) FROM customer WHERE country = $c", c="DE").fetchall() == [(3,)]
