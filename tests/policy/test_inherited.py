"""What belongs to customers who may not be seen is not seen: whoever looks it up, and whatever is asked of the rest.

Customers are records of two departments, a database each. Orders stand in the first and in files, and may name two
customers; tickets stand in the second and name customers of both. The reference hides rows by hand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlglot import exp

from cdi_federate import tree
from cdi_federate.errors import CdiError, InvariantError
from cdi_federate.execute.duck.guarded import check_guards
from cdi_federate.federation import Federation
from cdi_federate.query.optimise.run import RULES
from cdi_federate.stages.joins import Partners
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.steps import FederatedPlan
from tests.policy import office

ROWS = {
    "german": "country = 'DE'",
    "known": "customer_id IS NOT NULL",
    "rich": "balance > 10 AND country <> 'FR'",
    "crm_only": "_source = 'crm' AND country IS NOT NULL",
    "folded": "lower(country) = 'de'",
}
"""Role → which customers it may see."""

ACCOUNTS = [(n, ("DE", "FR", "de", None)[n % 4], n % 7 * 5 if n % 5 else None, "AX"[n % 11 == 0]) for n in range(1, 40)]
CONTACTS = [(n, ("DE", "US", None)[n % 3], None) for n in range(1, 30)]
ORDERS = [(n, n % 45 or None, n % 9 * 7 if n % 3 else None, n % 13 * 100, "abc"[n % 3]) for n in range(1, 90)]
ASKED = [(-n, n % 38, None, n % 5 * 250, "d") for n in range(1, 30)]
BOUGHT = [(1000 + n, n % 41, None, n % 8 * 50, "c") for n in range(40)]
PARCELS = [(n, n % 43 or None) for n in range(1, 60)]
STOPS = [(n, n % 61, "xyz"[n % 3]) for n in range(1, 150)]
TICKETS = [(n, n % 33 if n % 4 else None, n % 50 if n % 3 else None, n % 5) for n in range(1, 80)]

ORDERED = "no INTEGER PRIMARY KEY, account INTEGER, mate INTEGER, amount INTEGER, kind TEXT"

CUSTOMER = """entity: customer
grain: records
key: customer_id
fields: {customer_id: varchar, country: varchar, balance: integer}
"""
ORDER = """entity: orders
grain: records
key: order_id
fields: {order_id: bigint, customer_id: varchar, mate_id: varchar, amount: integer, kind: varchar}
"""
TICKET = """entity: ticket
grain: records
key: ticket_id
fields: {ticket_id: bigint, customer_id: varchar, account_id: varchar, priority: integer}
"""
PARCEL = "entity: parcel\ngrain: records\nkey: parcel_id\nfields: {parcel_id: bigint, customer_id: varchar}\n"
STOP = "entity: stop\ngrain: records\nkey: stop_id\nfields: {stop_id: bigint, parcel_id: bigint, place: varchar}\n"
CRM = """source: crm
kind: sqlite
connection: {path: crm.sqlite}
provides:
  customer:
    {name: accounts, from: accounts, key: no, where: state <> 'X',
     fields: {customer_id: {ref: crm.accounts, column: no}, country: country, balance: balance}}
  orders:
    {name: orders, from: orders, key: no,
     fields: {order_id: no, customer_id: {ref: crm.accounts, column: account},
              mate_id: {ref: crm.accounts, column: mate}, amount: amount, kind: kind}}
  parcel:
    {from: parcels, key: no, fields: {parcel_id: no, customer_id: {ref: crm.accounts, column: account}}}
  stop:
    {from: stops, key: no, fields: {stop_id: no, parcel_id: parcel, place: place}}
"""
DESK = """source: desk
kind: sqlite
connection: {path: desk.sqlite}
provides:
  customer:
    {name: contacts, from: contacts, key: no,
     fields: {customer_id: {ref: desk.contacts, column: no}, country: country, balance: balance}}
  ticket:
    {name: tickets, from: tickets, key: no,
     fields: {ticket_id: no, customer_id: {ref: desk.contacts, column: contact},
              account_id: {ref: crm.accounts, column: account}, priority: priority}}
  orders:
    {name: asked, from: asked, key: no,
     fields: {order_id: no, customer_id: {ref: crm.accounts, column: account},
              mate_id: {ref: crm.accounts, column: mate}, amount: amount, kind: kind}}
"""
SHOP = """source: shop
kind: parquet
connection: {path: shop}
provides:
  orders:
    {name: bought, from: bought.parquet, key: no,
     fields: {order_id: no, customer_id: {ref: crm.accounts, column: account},
              mate_id: {ref: crm.accounts, column: mate}, amount: amount, kind: kind}}
"""
REFERENCE = """
CREATE VIEW customer AS SELECT * FROM (
    SELECT 'crm.accounts:' || no AS customer_id, country, balance, 'crm' AS _source FROM accounts WHERE state <> 'X'
    UNION ALL SELECT 'desk.contacts:' || no, country, balance, 'desk' FROM contacts) WHERE {rows};
CREATE VIEW orders AS SELECT * FROM (
    SELECT no AS order_id, 'crm.accounts:' || account AS customer_id, 'crm.accounts:' || mate AS mate_id, amount, kind,
           'crm' AS _source FROM orders_raw
    UNION ALL SELECT no, 'crm.accounts:' || account, 'crm.accounts:' || mate, amount, kind, 'shop' FROM bought
    UNION ALL SELECT no, 'crm.accounts:' || account, 'crm.accounts:' || mate, amount, kind, 'desk' FROM asked)
WHERE (customer_id IS NULL OR customer_id IN (SELECT customer_id FROM customer))
  AND (mate_id IS NULL OR mate_id IN (SELECT customer_id FROM customer)) AND coalesce(customer_id, mate_id) IS NOT NULL;
CREATE VIEW ticket AS SELECT * FROM (
    SELECT no AS ticket_id, 'desk.contacts:' || contact AS customer_id, 'crm.accounts:' || account AS account_id,
           priority
    FROM tickets)
WHERE (customer_id IS NULL OR customer_id IN (SELECT customer_id FROM customer))
  AND (account_id IS NULL OR account_id IN (SELECT customer_id FROM customer))
  AND coalesce(customer_id, account_id) IS NOT NULL;
CREATE VIEW parcel AS SELECT * FROM (SELECT no AS parcel_id, 'crm.accounts:' || account AS customer_id FROM parcels)
WHERE customer_id IN (SELECT customer_id FROM customer);
CREATE VIEW stop AS SELECT no AS stop_id, parcel AS parcel_id, place FROM stops
WHERE parcel IN (SELECT parcel_id FROM parcel);
"""
NESTED = """
SELECT stop_id, parcel_id FROM stop
SELECT place, count(*) AS n FROM stop GROUP BY place
SELECT stop_id FROM stop ORDER BY stop_id DESC LIMIT 4
SELECT p.customer_id, count(*) AS n FROM stop s JOIN parcel p ON p.parcel_id = s.parcel_id GROUP BY p.customer_id
SELECT c.country, count(*) AS n FROM stop s, parcel p, customer c
""".strip().splitlines()
NESTED[-1] += " WHERE p.parcel_id = s.parcel_id AND c.customer_id = p.customer_id GROUP BY c.country"
QUESTIONS = """
SELECT order_id, customer_id, mate_id, amount FROM orders
SELECT order_id FROM orders WHERE amount > 300 ORDER BY order_id LIMIT 5
SELECT order_id, amount FROM orders WHERE _source = 'crm' ORDER BY amount DESC, order_id LIMIT 7
SELECT order_id, amount FROM orders ORDER BY amount, order_id DESC LIMIT 4 OFFSET 2
SELECT order_id FROM orders WHERE _source = 'crm' AND kind = 'a' ORDER BY order_id DESC LIMIT 50
SELECT kind, count(*) AS n, sum(amount) AS amount FROM orders GROUP BY kind
SELECT kind, count(*) AS n, max(amount) AS m FROM orders WHERE _source = 'crm' GROUP BY kind HAVING count(*) > 2
SELECT count(*) AS n FROM orders
SELECT count(*) AS n, count(mate_id) AS k FROM orders WHERE _source = 'crm'
SELECT DISTINCT kind FROM orders WHERE _source = 'crm'
SELECT order_id, mate_id, kind FROM orders WHERE order_id = 12
SELECT order_id, mate_id, kind FROM orders WHERE customer_id = 'crm.accounts:4'
SELECT c.country, count(*) AS n FROM orders o JOIN customer c ON c.customer_id = o.customer_id GROUP BY c.country
SELECT o.order_id, c.balance FROM orders o JOIN customer c ON c.customer_id = o.mate_id WHERE o._source = 'crm'
SELECT o.order_id FROM orders o, customer c WHERE o.customer_id = c.customer_id AND c.balance > 5 AND o.amount > 100
SELECT o.order_id, c.country FROM orders o LEFT JOIN customer c ON c.customer_id = o.mate_id WHERE o.amount > 800
SELECT c.customer_id, o.order_id FROM customer c LEFT JOIN orders o ON o.customer_id = c.customer_id
SELECT c.customer_id FROM customer c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id)
SELECT c.customer_id FROM customer c WHERE c.customer_id IN (SELECT customer_id FROM orders WHERE amount > 500)
SELECT a.order_id, b.order_id AS other FROM orders a JOIN orders b ON a.customer_id = b.mate_id WHERE a.order_id < 40
SELECT o.kind, t.priority, count(*) AS n FROM orders o JOIN ticket t ON t.account_id = o.customer_id GROUP BY ALL
SELECT ticket_id, customer_id, account_id FROM ticket
SELECT priority, count(*) AS n, avg(priority) AS priority_2 FROM ticket GROUP BY ALL
SELECT ticket_id FROM ticket WHERE account_id = 'crm.accounts:4'
SELECT ticket_id, priority FROM ticket ORDER BY priority DESC, ticket_id LIMIT 6
SELECT t.ticket_id, c.country FROM ticket t JOIN customer c ON c.customer_id = t.account_id
SELECT t.ticket_id, c.country FROM ticket t JOIN customer c ON c.customer_id = t.customer_id WHERE t.priority > 2
SELECT k, n FROM (SELECT kind AS k, count(*) AS n FROM orders GROUP BY kind) AS s WHERE n > 3
WITH o AS (SELECT * FROM orders WHERE _source = 'crm') SELECT count(*) AS n FROM o JOIN customer c USING (customer_id)
SELECT country, count(*) FROM customer WHERE country IN (SELECT country FROM customer WHERE balance > 9) GROUP BY 1
SELECT order_id FROM orders WHERE customer_id IN (SELECT customer_id FROM orders WHERE amount > 700)
SELECT order_id, amount + 1 AS more FROM orders WHERE amount + 1 > 500
""".strip().splitlines()
"""Each has one answer."""

_ENTITIES = {"customer": CUSTOMER, "orders": ORDER, "ticket": TICKET, "parcel": PARCEL, "stop": STOP}

NONE = tuple(rule.name for rule in RULES)
WAYS: dict[str, dict[str, Any]] = {
    "as ever": {}, "eager": {"eager": True}, "no rules": {"without": NONE},
    "not settled": {"eager": True, "without": ("push_guards",)},
    "not woven": {"eager": True, "without": ("weave_guards",)},
}  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inherited")
    for name in ("entities", "sources", "policies", "shop"):
        (folder / name).mkdir()
    (folder / "catalog.yaml").write_text("name: inherited\n")
    for name, text in _ENTITIES.items():
        (folder / "entities" / f"{name}.yaml").write_text(text)
    for name, text in (("crm", CRM), ("desk", DESK), ("shop", SHOP)):
        (folder / "sources" / f"{name}.yaml").write_text(text)
    blind = "  blind: {entities: {allow: '*'}, rows: {customer: 'balance > 10'}}\n"
    hidden = "rules: [{to: [blind], match: {field: balance}, action: deny}]\n"
    roles = blind + "".join(
        f'  {role}: {{entities: {{allow: "*"}}, explain: true, rows: {{customer: "{rows}"}}}}\n'
        for role, rows in ROWS.items()
    )
    users = f"users: {{{office.USER}: {{roles: [blind, {', '.join(ROWS)}]}}}}\n"
    (folder / "policies" / "roles.yaml").write_text(f"roles:\n{roles}{hidden}{users}")
    with sqlite3.connect(folder / "crm.sqlite") as crm:
        crm.execute(
            "CREATE TABLE accounts (no INTEGER PRIMARY KEY, country TEXT, balance INTEGER, state TEXT NOT NULL)"
        )
        crm.execute(f"CREATE TABLE orders ({ORDERED})")
        crm.execute("CREATE TABLE parcels (no INTEGER PRIMARY KEY, account INTEGER)")
        crm.execute("CREATE TABLE stops (no INTEGER PRIMARY KEY, parcel INTEGER, place TEXT)")
        crm.executemany("INSERT INTO parcels VALUES (?, ?)", PARCELS)
        crm.executemany("INSERT INTO stops VALUES (?, ?, ?)", STOPS)
        crm.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?)", ACCOUNTS)
        crm.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", ORDERS)
    with sqlite3.connect(folder / "desk.sqlite") as desk:
        desk.execute("CREATE TABLE contacts (no INTEGER PRIMARY KEY, country TEXT, balance INTEGER)")
        desk.execute(
            "CREATE TABLE tickets (no INTEGER PRIMARY KEY, contact INTEGER, account INTEGER, priority INTEGER)"
        )
        desk.execute(f"CREATE TABLE asked ({ORDERED})")
        desk.executemany("INSERT INTO asked VALUES (?, ?, ?, ?, ?)", ASKED)
        desk.executemany("INSERT INTO contacts VALUES (?, ?, ?)", CONTACTS)
        desk.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?)", TICKETS)
    with duckdb.connect() as made:
        _table(made, "bought", "no INTEGER, account INTEGER, mate INTEGER, amount INTEGER, kind VARCHAR", BOUGHT)
        made.execute(f"COPY bought TO '{folder}/shop/bought.parquet'")
    return folder


def _table(made: duckdb.DuckDBPyConnection, name: str, columns: str, rows: list[tuple[object, ...]]) -> None:
    made.execute(f"CREATE TABLE {name} ({columns})")
    made.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)


@pytest.fixture(params=ROWS)
def asked(request: pytest.FixtureRequest, company: Path) -> Iterator[tuple[Federation, duckdb.DuckDBPyConnection]]:
    """A role's federation, and the reference of what it may see."""
    with duckdb.connect() as made, office.opened(company, request.param) as federation:
        _table(made, "accounts", "no INTEGER, country VARCHAR, balance INTEGER, state VARCHAR", ACCOUNTS)
        _table(made, "contacts", "no INTEGER, country VARCHAR, balance INTEGER", CONTACTS)
        orders = "no BIGINT, account INTEGER, mate INTEGER, amount INTEGER, kind VARCHAR"
        _table(made, "orders_raw", orders, ORDERS)
        _table(made, "bought", orders, BOUGHT)
        _table(made, "asked", orders, ASKED)
        _table(made, "parcels", "no BIGINT, account INTEGER", PARCELS)
        _table(made, "stops", "no BIGINT, parcel BIGINT, place VARCHAR", STOPS)
        _table(made, "tickets", "no BIGINT, contact INTEGER, account INTEGER, priority INTEGER", TICKETS)
        made.execute(REFERENCE.format(rows=ROWS[request.param]))
        yield federation, made


Asked = tuple[Federation, duckdb.DuckDBPyConnection]


def differences(asked: Asked, questions: Sequence[str], ways: Sequence[str]) -> list[str]:
    """Ask questions in some ways; return what is answered otherwise than by the reference."""
    federation, reference = asked
    found = []
    for sql in questions:
        expected = _rows(reference.execute(sql).fetchall())
        for way in ways:
            try:
                rows = _rows(federation.run(federation.prepare(sql, **WAYS[way])).fetchall())
            except CdiError as error:
                rows = [f"{type(error).__name__}: {error}"]
            if rows != expected:
                found.append(f"{sql} ({way}): {rows[:5]}, and not {expected[:5]}")
    return found


def _rows(rows: Sequence[tuple[object, ...]]) -> list[str]:
    return sorted(repr([str(cell) for cell in row]) for row in rows)


def test_some_of_what_belongs_to_others(asked: Asked) -> None:
    turn = list(ROWS).index(asked[0]._subject.role)
    assert not differences(asked, QUESTIONS[turn :: len(ROWS)], ["eager"])


def test_the_first_of_what_is_left(asked: Asked) -> None:
    """Looked for among the first rows, where the sources do not look themselves."""
    assert not differences(asked, [sql for sql in QUESTIONS if "LIMIT" in sql], ["not settled"])


@pytest.mark.bars
def test_what_belongs_to_others_is_not_seen(asked: Asked) -> None:
    assert not differences(asked, [*QUESTIONS, *NESTED], list(WAYS))


def test_what_is_inherited_twice(asked: Asked) -> None:
    """A stop of a parcel of a customer: the CRM looks for both, if it can be asked about the customer."""
    assert not differences(asked, NESTED, ["eager"])
    plan = asked[0].prepare(NESTED[2], eager=True).plan
    looks = [fragment.text.count("EXISTS") for fragment in plan.fragments]
    assert looks == [2] or asked[0]._subject.role == "folded"


def test_sources_look_themselves(company: Path) -> None:
    """Whom orders of the CRM belong to is looked up there, once for each field; of tickets one look is made here."""
    with office.opened(company, "german") as federation:
        plan = federation.prepare("SELECT order_id FROM orders WHERE _source = 'crm' LIMIT 3", eager=True).plan
        (fragment,) = plan.fragments
        assert fragment.text.count("EXISTS") == 2 and "LIMIT 3" in fragment.text
        plan = federation.prepare("SELECT ticket_id FROM ticket", eager=True).plan
        assert [each.text.count("EXISTS") for each in plan.fragments if each.source == "desk"] == [1]
        assert [each.source for each in plan.fragments].count("crm") == 1


def test_a_join_says_whose_rows_they_are(company: Path) -> None:
    sql = "SELECT t.ticket_id FROM ticket t JOIN customer c ON c.customer_id = t.account_id"
    with office.opened(company, "german") as federation:
        plan = federation.prepare(sql).plan
        assert sum(each.source == "crm" for each in plan.fragments) == 1, "the accounts are read once"


def test_what_only_a_guard_reads_is_not_shown(company: Path) -> None:
    with office.opened(company, "blind") as federation:
        answer = federation.sql("SELECT * FROM customer")
        assert "balance" not in {column.name for column in answer.columns}
        assert len(answer.fetchall()) == sum((row[2] or 0) > 10 and row[3] == "A" for row in ACCOUNTS)


def test_first_rows_go_down_where_only_a_guard_reads_a_column(company: Path) -> None:
    """The guard is a SELECT there, and is asked for no more rows than are wanted."""
    with office.opened(company, "blind") as federation:
        result = federation.sql("SELECT customer_id FROM customer WHERE _source = 'crm' ORDER BY customer_id LIMIT 2")
        assert len(result.fetchall()) == 2
        plan = federation.prepare("SELECT country FROM customer WHERE _source = 'crm' LIMIT 2").plan
        assert [fragment.text.endswith("LIMIT 2") for fragment in plan.fragments] == [True]
        assert not plan.plan.woven


SQL = "SELECT kind, count(*) AS n FROM orders WHERE kind <> 'x' GROUP BY kind"


def _said(plan: FederatedPlan) -> FederatedPlan:
    """Take away what the statement says of a guard."""
    own = tree.edit(plan.residual.tree)
    for select in own.find_all(exp.Select):
        if select.find_ancestor(exp.CTE) is None:
            select.set("where", None)
    return replace(plan, steps=(*plan.steps[:-1], replace(plan.residual, tree=own)))


def _told(change: Callable[[Branch], Branch]) -> Callable[[FederatedPlan], FederatedPlan]:
    def changed(plan: FederatedPlan) -> FederatedPlan:
        scans = (replace(scan, branches=tuple(map(change, scan.branches))) for scan in plan.plan.scans)
        return replace(plan, plan=replace(plan.plan, scans=tuple(scans)))

    return changed


def _unchecked(plan: FederatedPlan) -> FederatedPlan:
    """Take away what the rows of a branch are checked by."""
    own = tree.edit(plan.residual.tree)
    (body,) = [cte.this for cte in tree.ctes(own) if cte.alias == "cdi_1_all"]
    for select in body.find_all(exp.Select):
        if select.find(exp.In):
            select.set("where", None)
    return replace(plan, steps=(*plan.steps[:-1], replace(plan.residual, tree=own)))


TOUCHED: dict[str, tuple[dict[str, Any], Callable[[FederatedPlan], FederatedPlan]]] = {
    "the statement says no more": ({"without": ("push_guards",)}, _said),
    "a source looks for nobody": ({"eager": True}, _told(lambda each: replace(each, partners=()))),
    "a source is not told who may be seen": (
        {"eager": True},
        _told(lambda each: replace(each, partners=tuple(map(_anybody, each.partners)))),
    ),
    "rows are checked by nothing": ({"eager": True}, _unchecked),
    "rows are to be checked by nothing": ({"eager": True}, _told(lambda each: replace(each, checked=()))),
}


def _anybody(partners: Partners) -> Partners:
    sides = ((replace(side, branch=replace(side.branch, pushed=())), equal) for side, equal in partners.sides)
    return replace(partners, sides=tuple(sides))


@pytest.mark.parametrize("touched", TOUCHED)
def test_a_guard_that_was_touched_is_not_run(company: Path, touched: str) -> None:
    how, change = TOUCHED[touched]
    with office.opened(company, "german") as federation:
        plan = federation.prepare(SQL, **how).plan
        check_guards(plan)
        with pytest.raises(InvariantError):
            check_guards(change(plan))


def test_what_a_join_says_of_one_field_it_says_of_no_other(asked: Asked) -> None:
    """A ticket is joined with its account, and its contact may be hidden all the same."""
    joined = [sql for sql in QUESTIONS if "c.customer_id = t.account_id" in sql]
    assert joined
    assert not differences(asked, joined, ["as ever"])
