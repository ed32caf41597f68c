"""The text that analysts read, whole."""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.explain.document import pretty
from cdi_federate.explain.text import render
from cdi_federate.stages.plan import Fetch
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


def test_a_look_at_the_catalog_is_left_out_and_several_moments_are_told() -> None:
    made, statement = plan()
    first = made.steps[0]
    assert isinstance(first, Fetch)
    look = "(SELECT COUNT(*) FROM pragma_x) = 1"
    looking = replace(first.fragment, text=f"{first.fragment.text} AND {look}", look=look)
    other = replace(looking, name="cdi_crm_9", text='SELECT "a" FROM "accounts"', look="")
    told = render(replace(made, steps=(Fetch(looking), Fetch(other), *made.steps[1:])), statement)
    assert "pragma_x" not in told
    assert "    -- and a look at the server's own catalog, that the table is still as planned for" in told
    assert "    -- each of these is read at a moment of its own, not all at one" in told
