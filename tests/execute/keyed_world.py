"""A few wanted rows in one file and a large table in a database: SQLite, or a real Postgres or MariaDB."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdi_federate.catalog.load import load
from cdi_federate.federation import Federation
from cdi_federate.stages.events import Event
from tests.servers import Server, database

KINDS = ("sqlite", "postgres", "mysql")
ENTITY = "entity: {name}\nkey: k\nfields: {{k: bigint, t: varchar, d: date, n: integer}}\n"
WANTED = """source: few
kind: sqlite
connection: {path: few.db}
provides:
  wanted: {from: wanted, key: k, fields: {k: k, t: t, d: d, n: n}}
  extra: {from: extra, key: k, fields: {k: k, t: t, d: d, n: n}}
"""
LARGE = """source: many
kind: {kind}
connection: {connection}
provides:
  large: {{from: large, key: k, fields: {{k: k, t: t, d: d, n: n}}}}
  beside: {{from: beside, key: k, fields: {{k: k, t: t, d: d, n: n}}}}
"""
COLUMNS = "k BIGINT PRIMARY KEY, t VARCHAR(40), d DATE, n INT"


@dataclass
class Keyed:
    """The federation, and both sides by drivers of their own."""

    kind: str
    federation: Federation
    folder: Path
    server: Server | None
    sent: list[str]
    driven: list[bool] = field(default_factory=list)

    def fill(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Put other rows into a table of the small source."""
        with sqlite3.connect(self.folder / "few.db") as db:
            db.execute(f"DELETE FROM {table}")
            db.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", rows)
        db.close()
        self.anew()

    def anew(self) -> None:
        """Forget what was known of the sources."""
        self.federation.close()
        self.federation = Federation(load(self.folder, env={}))

    def ask(self, sql: str, *, eager: bool = False, without: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query; what the large source was sent stands in `sent` then.

        `driven` says of each fragment of it whether its rows came by the server's own driver.
        """
        self.sent.clear()
        self.driven.clear()
        prepared = self.federation.prepare(sql, eager=eager, without=without)
        return sorted(self.federation.run(prepared, listener=self._hear).fetchall(), key=repr)

    def _hear(self, event: Event) -> None:
        if event.kind == "fragment_start" and event.detail["source"] == "many":
            self.sent.append(str(event.detail["text"]))
        if event.kind == "fragment_end" and event.detail["source"] == "many":
            self.driven.append(event.detail["driver"])

    def fetched(self) -> int:
        """Return how many rows the large source gives for what it was sent, asked by another driver."""
        with ExitStack() as held:
            connection: Any
            if self.server is None:
                connection = sqlite3.connect(self.folder / "many.db")
                held.callback(connection.close)
            else:
                connection = held.enter_context(
                    self.server.postgres() if self.kind == "postgres" else self.server.mysql()
                )
            cursor, rows = connection.cursor(), 0
            for text in self.sent:
                cursor.execute(text)
                rows += len(cursor.fetchall())
            return rows


@contextmanager
def keyed(kind: str, folder: Path, rows: int) -> Iterator[Keyed]:
    """Make the world; `large` has the keys 1 to `rows`, `t` is 'key N', `d` a day of 1,000; `beside` every tenth."""
    with ExitStack() as held:
        server = None if kind == "sqlite" else held.enter_context(database(kind))
        connection = "{path: many.db}" if server is None else f'{{dsn: "{server.dsn}"}}'
        (folder / "entities").mkdir()
        (folder / "sources").mkdir()
        (folder / "catalog.yaml").write_text("name: keyed\n")
        for name in ("wanted", "extra", "large", "beside"):
            (folder / "entities" / f"{name}.yaml").write_text(ENTITY.format(name=name))
        (folder / "sources" / "few.yaml").write_text(WANTED)
        (folder / "sources" / "many.yaml").write_text(LARGE.format(kind=kind, connection=connection))
        with sqlite3.connect(folder / "few.db") as db:
            for name in ("wanted", "extra"):
                db.execute(f"CREATE TABLE {name} (k INTEGER, t TEXT, d TEXT, n INTEGER)")
        db.close()
        _large(kind, folder, server, rows)
        made = Keyed(kind, Federation(load(folder, env={})), folder, server, [])
        held.callback(lambda: made.federation.close())
        yield made


def _large(kind: str, folder: Path, server: Server | None, rows: int) -> None:
    if server is None:
        with sqlite3.connect(folder / "many.db") as db:
            db.execute("CREATE TABLE large (k INTEGER PRIMARY KEY, t TEXT, d TEXT, n INTEGER)")
            day = "date('2024-01-01', (i % 1000) || ' days')"
            series = f"WITH s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {rows})"
            db.execute(f"INSERT INTO large {series} SELECT i, 'key ' || i, {day}, i % 100 FROM s")
            db.execute("CREATE TABLE beside AS SELECT * FROM large WHERE k % 10 = 0")
        db.close()
    elif kind == "postgres":
        given = "i, 'key ' || i, DATE '2024-01-01' + (i % 1000)::int, i % 100"
        server.run(
            f"CREATE TABLE large ({COLUMNS})",
            f"INSERT INTO large SELECT {given} FROM generate_series(1, {rows}) AS s(i)",
            "CREATE INDEX ON large (t)",
            "CREATE TABLE beside AS SELECT * FROM large WHERE k % 10 = 0",
            "ANALYZE",
        )
    else:
        digits = "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)"  # noqa: E501
        places = [f"{10**p} * d{p}.d" for p in range(6)]
        many = " CROSS JOIN ".join(f"{digits} AS d{p}" for p in range(6))
        series = f"(SELECT 1 + {' + '.join(places)} AS i FROM {many}) AS s"
        given = "i, CONCAT('key ', i), DATE_ADD(DATE '2024-01-01', INTERVAL i % 1000 DAY), i % 100"
        server.run(
            f"CREATE TABLE large ({COLUMNS}) CHARACTER SET utf8mb4",
            f"INSERT INTO large SELECT {given} FROM {series} WHERE i <= {rows}",
            "CREATE INDEX by_t ON large (t)",
            "CREATE TABLE beside AS SELECT * FROM large WHERE k % 10 = 0",
            "ANALYZE TABLE large, beside",
        )
