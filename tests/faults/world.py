"""One federation over a Postgres, a MariaDB and a CSV file, the servers behind proxies that can break.

    person   id, mail, note   120,000 rows of each server, 3 of the file
    nap_a    id               one row of Postgres, after 1.5 seconds there
    nap_b    id               the same of MariaDB
    ages     id               one row of each server, after 60 seconds

Each value of `note` and the servers' passwords hold `CANARY`: no text that the product writes may.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdi_federate.catalog.load import load
from cdi_federate.federation import Federation
from tests.faults.proxy import Proxy, proxy
from tests.servers import Server, database

CANARY = "c4nary"
ROWS = 120_000
PADDING = "-" * 200

CATALOG = "name: faults\n"
ENTITIES = {
    "person": "{id: integer, mail: varchar, note: varchar}",
    "nap_a": "{id: integer}",
    "nap_b": "{id: integer}",
    "ages": "{id: integer}",
}
FILE = """source: agency
kind: csv
department: Marketing
connection: {path: data}
provides:
  person: {from: people.csv, key: id, fields: {id: id, mail: mail, note: note}}
"""
SERVER = """source: %s
kind: %s
department: Sales
owner: sales@example.com
connection: {host: 127.0.0.1, port: %d, user: %s, password: %s, database: %s, connect_timeout: 1%s}
provides:
  person: {from: people, key: id, fields: {id: id, mail: mail, note: note}}
  %s: {from: nap, key: id, fields: {id: id}}
  ages: {from: ages, key: id, fields: {id: id}}
"""

_POSTGRES = [
    "CREATE TABLE people (id int PRIMARY KEY, mail text NOT NULL, note text NOT NULL)",
    f"INSERT INTO people SELECT n, 'p' || n || '@x.org', '{CANARY}-' || n || '{PADDING}' "
    f"FROM generate_series(1, {ROWS}) n",
    "CREATE VIEW nap AS SELECT 1 AS id FROM (SELECT pg_sleep(1.5)) s",
    "CREATE VIEW ages AS SELECT 1 AS id FROM (SELECT pg_sleep(60)) s",
]
_MYSQL = [
    "CREATE TABLE people (id int PRIMARY KEY, mail varchar(100) NOT NULL, note varchar(400) NOT NULL) CHARSET utf8mb4",
    f"INSERT INTO people SELECT seq, concat('m', seq, '@x.org'), concat('{CANARY}-', seq, '{PADDING}') "
    f"FROM seq_1_to_{ROWS}",
    "CREATE VIEW nap AS SELECT 1 + 0 * sleep(1.5) AS id",
    "CREATE VIEW ages AS SELECT 1 + 0 * sleep(60) AS id",
]


@dataclass
class World:
    """The catalog's folder, the servers themselves, and the proxies before them, by source."""

    folder: Path
    servers: dict[str, Server]
    users: dict[str, str]
    proxies: dict[str, Proxy] = field(default_factory=dict)

    def write(self, *, on_failure: str = "fail", **more: str) -> None:
        """Write the catalog; `more` are keys of both servers' connections."""
        (self.folder / "catalog.yaml").write_text(CATALOG + f"defaults: {{on_failure: {on_failure}}}\n")
        extra = "".join(f", {key}: {value}" for key, value in more.items())
        for number, (source, kind) in enumerate((("crm", "postgres"), ("billing", "mysql"))):
            server, port = self.servers[source], self.proxies[source].port
            given = (source, kind, port, self.users[source], f"{CANARY}-password", server.database, extra)
            text = SERVER % (*given, f"nap_{'ab'[number]}")
            (self.folder / "sources" / f"{source}.yaml").write_text(text)

    def open(self) -> Federation:
        """Return a new federation over the catalog."""
        return Federation(load(self.folder, env={}))

    def running(self, source: str) -> list[Any]:
        """Return the product's statements that run at a server just now."""
        server = self.servers[source]
        if server.kind == "postgres":
            with server.postgres() as connection:
                return connection.execute(
                    "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%cdi:%' "
                    "AND datname = current_database() AND pid <> pg_backend_pid()"
                ).fetchall()
        with server.mysql() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT info FROM information_schema.processlist WHERE info LIKE '%/* cdi:%' AND db = database() "
                "AND id <> connection_id()"
            )
            return list(cursor.fetchall())

    def backend(self) -> int:
        """Return the process of Postgres that runs the product's only statement there."""
        with self.servers["crm"].postgres() as connection:
            ((pid,),) = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%cdi:%' "
                "AND pid <> pg_backend_pid()"
            ).fetchall()
            return int(pid)

    def kill(self, source: str) -> int:
        """End every connection of the product's at a server, as its keeper would; returns how many."""
        server, user = self.servers[source], self.users[source]
        if server.kind == "postgres":
            with server.postgres() as connection:
                text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
                return len(connection.execute(text, (user,)).fetchall())
        with server.mysql() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE user = %s", (user,))
            numbers = [row[0] for row in cursor.fetchall()]
            for number in numbers:
                cursor.execute(f"KILL {number}")
            return len(numbers)


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Make databases of one's own with users of their own, and proxies before their servers."""
    for name in ("entities", "sources", "data"):
        (folder / name).mkdir(parents=True)
    for entity, fields in ENTITIES.items():
        (folder / "entities" / f"{entity}.yaml").write_text(f"entity: {entity}\nkey: id\nfields: {fields}\n")
    lines = ["id,mail,note", *(f"{n},f{n}@x.org,{CANARY}-{n}" for n in (1, 2, 3))]
    (folder / "data" / "people.csv").write_text("\n".join(lines) + "\n")
    (folder / "sources" / "agency.yaml").write_text(FILE)
    user = f"cdi_{uuid.uuid4().hex[:8]}"
    with database("postgres") as postgres, database("mysql") as mysql:
        secret = f"'{CANARY}-password'"
        postgres.run(f"CREATE ROLE {user} LOGIN PASSWORD {secret}", *_POSTGRES)
        postgres.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}", "ANALYZE people")
        mysql.run(
            f"CREATE USER {user} IDENTIFIED BY {secret}", *_MYSQL, f"GRANT SELECT ON {mysql.database}.* TO {user}"
        )
        found = World(folder, {"crm": postgres, "billing": mysql}, {"crm": user, "billing": user})
        try:
            with proxy(postgres.host, postgres.port) as first, proxy(mysql.host, mysql.port) as second:
                found.proxies = {"crm": first, "billing": second}
                yield found
        finally:
            postgres.run(f"DROP OWNED BY {user}", f"DROP ROLE {user}")
            mysql.run(f"DROP USER {user}")
