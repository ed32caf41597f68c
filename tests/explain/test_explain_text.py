"""The text that analysts read, whole."""

from __future__ import annotations

from cdi_federate.explain.document import pretty
from cdi_federate.explain.text import render
from tests.explain.worlds import plan

EXPECTED = """\
answer      email VARCHAR

source crm: sent SQL (sqlite)
    SELECT
      "email_addr"
    FROM "accounts"
    WHERE
      "country_name" IN ('USA', 'United States')
  crm.accounts as customer c, table accounts
    fields      email, country
    rows        about 20,000 before filtering
    pushed      country = 'US' → country_name IN ('USA', 'United States')
                exact: the mapping was turned round, so the source filters its own column
    not pushed  lower(email) = 'x'
                the mapping cannot be turned round into a condition on the source's own column (lower)
                to mend it: Map the field with `column:` and `codes`, `scale`, `prefix`, `suffix` or `default` instead
                of a free expression, or claim the column's form under `claims.canonical` with `trust: true`.

source shop: read in place by DuckDB
  shop.buyers as customer c, parquet buyers/*.parquet
    fields      country
    not here    email (NULL)
    limit       10 rows suffice
    pushed      country = 'US'
                exact: DuckDB reads this source itself and filters while it reads

branches not needed
  web.visitors as customer c: ruled out by region = 'EU'

rules       prune_branches, push_filters

then, in DuckDB
  WITH "cdi_1" AS (
    SELECT
      "email"
    FROM sqlite_query('crm', '…')
  )
  SELECT
    "email"
  FROM "cdi_1" AS c
"""


def test_a_plan_is_told_whole() -> None:
    assert render(*plan()) == EXPECTED


def test_what_cannot_be_spread_is_shown_as_it_is() -> None:
    assert pretty("SELECT FROM WHERE") == "SELECT FROM WHERE"
    assert pretty("SELECT 1; SELECT 2") == "SELECT 1; SELECT 2"
    assert pretty("SELECT 1 AS a") == "SELECT\n  1 AS a"
