"""The questions of CDI-Bench with the filter that customers' tables inherit written into them by hand."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

SEEN = "(SELECT customer_id FROM customer WHERE customer_id IS NOT NULL)"
"""The customers that the role `inherited` of `benchmarks.guards` may see."""

_TICKET = f"""(customer_id IN {SEEN} OR customer_id IS NULL) AND (account_id IN {SEEN} OR account_id IS NULL)
AND NOT (customer_id IS NULL AND account_id IS NULL)"""

WRITTEN = {
    "customer": "customer_id IS NOT NULL",
    **dict.fromkeys(("deal", "invoice", "orders", "revenue"), f"customer_id IN {SEEN}"),
    "ticket": _TICKET,
}
"""Table → what its rows have to satisfy: what refers to nobody is of nobody whom the role may see."""


def by_hand(sql: str) -> str:
    """Return a question in which each table is a subquery that keeps what the role `inherited` may see."""
    statement = sqlglot.parse_one(sql, dialect="duckdb")
    for table in list(statement.find_all(exp.Table)):
        if table.name in WRITTEN:
            kept = sqlglot.parse_one(f"SELECT * FROM {table.name} WHERE {WRITTEN[table.name]}", dialect="duckdb")
            table.replace(exp.Subquery(this=kept, alias=exp.TableAlias(this=exp.to_identifier(table.alias_or_name))))
    return statement.sql(dialect="duckdb")
