"""A server looks up itself whose rows may be seen: of first rows, groups and all rows, in words that are fast there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdi_federate.federation import Federation, connect
from cdi_federate.federation.who import user_of_process
from cdi_federate.query.optimise.run import RULES
from tests.servers import Server, database

FILES = {
    "catalog.yaml": "name: shop\naudit: false\n",
    "entities/client.yaml": "entity: client\ngrain: records\nkey: client_id\n"
    "fields: {client_id: varchar, tier: varchar}\n",
    "entities/invoice.yaml": "entity: invoice\ngrain: records\nkey: invoice_id\n"
    "fields: {invoice_id: bigint, client_id: varchar, total: bigint, year: bigint}\n",
    "policies/roles.yaml": "roles:\n  guest:\n    entities: {allow: '*'}\n    explain: true\n"
    "    rows: {client: \"tier = 'gold'\"}\nusers: {USER: {roles: [guest]}}\n",
    "sources/billing.yaml": """source: billing
kind: KIND
connection: {dsn: 'DSN'}
provides:
  client: {name: clients, from: clients, key: no, fields: {client_id: {ref: billing.clients, column: no}, tier: tier}}
  invoice: {from: invoices, key: no, fields: {invoice_id: no, client_id: {ref: billing.clients, column: client},
            total: total, year: yr}}
""",
}
CLIENTS = [(number, ("gold", "Gold", "iron", None)[number % 4]) for number in range(1, 60)]
INVOICES = [
    (number, number % 70 or None, number * 7919 % 500 if number % 9 else None, 2020 + number % 4)
    for number in range(1, 400)
]
ASKED = {
    "first": ("SELECT invoice_id, total FROM invoice ORDER BY total DESC NULLS LAST, invoice_id LIMIT 7", True),
    "by another column": ("SELECT year, count(*), sum(total) FROM invoice GROUP BY year", True),
    "by the column": ("SELECT client_id, count(*), sum(total) FROM invoice GROUP BY client_id", False),
    "kept by the question": (
        "SELECT year, sum(total) FROM invoice WHERE client_id IN (SELECT client_id FROM client) GROUP BY year",
        True,
    ),
    "kept, by the column": (
        "SELECT client_id, count(*) FROM invoice WHERE client_id IN (SELECT client_id FROM client) GROUP BY client_id",
        False,
    ),
    "all": ("SELECT * FROM invoice WHERE total > 100", False),
}
"""Name → question, and whether MariaDB joins with the one client that an invoice has."""

KEYS = {"unique": "no BIGINT PRIMARY KEY", "not unique": "no BIGINT NOT NULL, KEY (no)"}


def _opened(folder: Path, kind: str, server: Server) -> Federation:
    words = {"KIND": kind, "DSN": server.dsn, "USER": user_of_process()}
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        for old, new in words.items():
            text = text.replace(old, new)
        (folder / name).write_text(text, encoding="utf-8")
    return connect(folder, as_="guest")


def _written(server: Server, key: str) -> None:
    tier = "VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" if server.kind == "mysql" else "VARCHAR(9)"
    server.run(
        f"CREATE TABLE clients ({key}, tier {tier})",
        "CREATE TABLE invoices (no BIGINT PRIMARY KEY, client BIGINT, total BIGINT, yr BIGINT)",
        f"INSERT INTO clients VALUES {', '.join(map(_row, CLIENTS))}",
        f"INSERT INTO invoices VALUES {', '.join(map(_row, INVOICES))}",
    )


def _row(row: tuple[object, ...]) -> str:
    said = ("NULL" if each is None else f"'{each}'" if isinstance(each, str) else str(each) for each in row)
    return f"({', '.join(said)})"


@pytest.fixture(scope="module", params=["unique", "not unique", "postgres"])
def company(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Federation]]:
    kind = "postgres" if request.param == "postgres" else "mysql"
    with database(kind) as server:
        _written(server, KEYS.get(request.param, KEYS["unique"]))
        with _opened(tmp_path_factory.mktemp("company"), kind, server) as federation:
            yield request.param, federation


@pytest.mark.parametrize("name", ASKED)
def test_a_server_looks_whose_rows_may_be_seen(company: tuple[str, Federation], name: str) -> None:
    (of, federation), (sql, joins) = company, ASKED[name]
    every = tuple(rule.name for rule in RULES)
    known = sorted(federation.run(federation.prepare(sql, without=every)).fetchall(), key=str)
    prepared = federation.prepare(sql, eager=True)
    assert sorted(federation.run(prepared).fetchall(), key=str) == known != []
    (text,) = (fragment.text for fragment in prepared.plan.fragments)
    assert "clients" in text, "the source looks itself"
    assert ("STRAIGHT_JOIN" in text) == (joins and of == "unique")
