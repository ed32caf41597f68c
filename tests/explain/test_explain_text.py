"""The text that analysts read, whole."""

from __future__ import annotations

from dataclasses import replace

from cdi_federate.explain.document import pretty
from cdi_federate.explain.text import render
from cdi_federate.stages.actual import Actual
from cdi_federate.stages.steps import Fetch
from tests.explain.worlds import RAN, plan

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
    rows        about 20,000 before filtering, about 400 expected
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

tables not joined
  orders o: no column of it is read, and o.customer_id = c.email finds one row of it at most

decisions by cost
  crm.accounts: grouped by the source (9.5 ms), not grouped here (42 ms): about 20 groups of about 400 rows
  crm.accounts: all rows fetched, not asked by key: nobody knows how many keys there are

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


def test_what_came_is_told_beside_what_was_planned() -> None:
    told = render(*plan(), RAN)
    new = [line for line in told.splitlines() if line not in EXPECTED.splitlines()]
    assert new == [
        "ran         2 rows in 31.2 ms",
        "figures     rows that came here; bytes as DuckDB lays them out, a text counting 16; ms that a fragment was "
        "waited for,",
        "            and of what is read in place those of all threads together",
        "    actual      7,203 rows, 1.4 MB, 25.4 ms",
        "    actual      1 row, 16 bytes, 140 ms",
    ]
    lines = told.splitlines()
    about = lines.index("    rows        about 20,000 before filtering, about 400 expected")
    assert lines[about + 1] == new[3]


def test_a_fragment_that_no_branch_has_to_itself_is_told_with_its_text() -> None:
    made, statement = plan()
    first = made.steps[0]
    assert isinstance(first, Fetch)
    other = replace(first.fragment, name="crm_2", text='SELECT "a" FROM "accounts"')
    ran = replace(RAN, fragments={**RAN.fragments, "crm_2": Actual(5, 1234, 0.0001)})
    told = render(replace(made, steps=(first, Fetch(other), *made.steps[1:])), statement, ran).splitlines()
    assert "    -- 7,203 rows, 1.4 MB, 25.4 ms" in told
    assert "    -- 5 rows, 1.2 kB, 0.1 ms" in told


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
