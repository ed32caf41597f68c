"""Several fragments of one server: side by side, streamed, within its places, and of a Postgres at one moment."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.catalog.load import load
from cdi_federate.errors import DriftError, Interrupted, OverdueError
from cdi_federate.execute.duck.ways import Ways
from cdi_federate.explain.document import document
from cdi_federate.federation import Federation
from tests import peaks
from tests.servers import Server, database

ROWS = 700_000
KINDS = ("postgres", "mysql")
FIELDS = {
    "a": "{id: integer, note: varchar}",
    "b": "{id: integer, note: varchar}",
    "nap_a": "{id: integer}",
    "nap_b": "{id: integer}",
    "nap_c": "{id: integer}",
    "ages_a": "{id: integer}",
    "ages_b": "{id: integer}",
}
NAPS = ("nap_a", "nap_b", "nap_c")


def union(*tables: str) -> str:
    """A question that needs a fragment for each table."""
    return f"SELECT count(*) FROM ({' UNION ALL '.join(f'SELECT id FROM {table}' for table in tables)})"


@dataclass
class Place:
    """A catalog over one server; each entity is a table or a view there, a nap takes a second, an age 60."""

    folder: Path
    server: Server

    def write(self, **more: object) -> None:
        """Write the catalog; `more` are keys of the connection."""
        given = {**self.server.connection(), **more}
        connection = "".join(f"  {key}: {value}\n" for key, value in given.items())
        provides = "".join(
            f"  {entity}: {{from: {entity}, fields: {{{', '.join(f'{n}: {n}' for n in _names(fields))}}}}}\n"
            for entity, fields in FIELDS.items()
        )
        text = f"source: crm\nkind: {self.server.kind}\nconnection:\n{connection}provides:\n{provides}"
        (self.folder / "sources" / "crm.yaml").write_text(text)

    def open(self) -> Federation:
        """Return a new federation over the catalog, its facts read."""
        federation = Federation(load(self.folder, env={}))
        for entity in FIELDS:
            federation.prepare(f"SELECT * FROM {entity}")
        return federation

    def running(self) -> list[str]:
        """Return the product's statements that run at the server just now."""
        if self.server.kind == "postgres":
            with self.server.postgres() as connection:
                found = connection.execute(
                    "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%cdi:%' "
                    "AND datname = current_database() AND pid <> pg_backend_pid()"
                ).fetchall()
        else:
            with self.server.mysql() as other, other.cursor() as cursor:
                cursor.execute(
                    "SELECT info FROM information_schema.processlist WHERE info LIKE '/* cdi:%' AND db = database()"
                )
                found = list(cursor.fetchall())
        return [str(row[0]) for row in found]

    def connections(self) -> int:
        """Return how many connections there are to the database, this look's not counted."""
        if self.server.kind == "postgres":
            with self.server.postgres() as connection:
                row: Any = connection.execute(
                    "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
                ).fetchone()
        else:
            with self.server.mysql() as other, other.cursor() as cursor:
                cursor.execute("SELECT count(*) - 1 FROM information_schema.processlist WHERE db = database()")
                row = cursor.fetchone()
        return int(row[0])


def _names(fields: str) -> list[str]:
    return [each.split(":")[0].strip() for each in fields.strip("{}").split(",")]


@contextmanager
def made(folder: Path, kind: str) -> Iterator[Place]:
    """A place on a server of a kind, with a database of its own."""
    for name in ("entities", "sources"):
        (folder / name).mkdir(parents=True)
    (folder / "catalog.yaml").write_text("name: sides\n")
    for entity, fields in FIELDS.items():
        (folder / "entities" / f"{entity}.yaml").write_text(f"entity: {entity}\nfields: {fields}\n")
    with database(kind) as server:
        for name in ("nap_a", "nap_b", "nap_c", "ages_a", "ages_b"):
            seconds = 1 if name.startswith("nap") else 60
            slow = {
                "postgres": f"1 AS id FROM (SELECT pg_sleep({seconds})) s",
                "mysql": f"1 + 0 * sleep({seconds}) AS id",
            }
            server.run(f"CREATE VIEW {name} AS SELECT {slow[kind]}")
        server.run(*(f"CREATE TABLE {name} (id int, note varchar(300))" for name in "ab"))
        place = Place(folder, server)
        place.write()
        yield place


@pytest.fixture(scope="module", params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place on each kind of server."""
    with made(tmp_path_factory.mktemp("sides") / "c", request.param) as found:
        yield found


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Place]:
    """A place on a Postgres, for one test."""
    with made(tmp_path / "c", "postgres") as found:
        yield found


def test_they_run_at_the_same_time(place: Place) -> None:
    place.write()
    with place.open() as federation:
        federation.sql(union("a", "b")).fetchall()  # connections are there
        began = time.monotonic()
        assert federation.sql(union("nap_a", "nap_b")).fetchall() == [(2,)]
        assert time.monotonic() - began < 1.8


@pytest.mark.parametrize("pool", [1, 2, 3])
def test_they_take_no_more_connections_than_the_source_has_places(place: Place, pool: int) -> None:
    place.write(pool=pool)
    counts, done = [], threading.Event()
    with place.open() as federation:

        def look() -> None:
            while not done.wait(0.05):
                counts.append(len(place.running()))

        looking = threading.Thread(target=look)
        looking.start()
        answers: list[Any] = []
        asked = [
            threading.Thread(target=lambda: answers.append(federation.sql(union(*NAPS), deadline=20).fetchall()))
            for _ in range(2)
        ]
        for each in asked:
            each.start()
        for each in asked:
            each.join(20)
        done.set()
        looking.join()
        assert answers == [[(3,)]] * 2
        until(lambda: place.connections() <= pool + 1)  # all are kept, and one for facts; this test's own end late
    assert max(counts) == 3 if pool == 3 else 1 <= max(counts) <= pool


def test_a_cancelled_query_leaves_none_of_them(place: Place) -> None:
    place.write()
    with place.open() as federation:
        result, errors = federation.sql(union("ages_a", "ages_b")), []

        def read() -> None:
            with pytest.raises(Interrupted) as caught:
                result.fetchall()
            errors.append(caught.value)

        reading = threading.Thread(target=read)
        reading.start()
        until(lambda: len(place.running()) == 2)
        result.cancel()
        reading.join(2)
        assert errors
        until(lambda: not place.running())
        assert federation.sql(union("a", "b")).fetchall() == [(0,)]


def test_a_timeout_holds_for_each_of_them(place: Place) -> None:
    place.write(timeout=1)
    with place.open() as federation, pytest.raises(OverdueError):
        federation.sql(union("a", "ages_b"), deadline=20).fetchall()
    until(lambda: not place.running())


def test_a_changed_table_is_seen_by_each_of_them(place: Place) -> None:
    place.write()
    with place.open() as federation:
        federation.sql(union("a", "b")).fetchall()
        place.server.run("ALTER TABLE b RENAME COLUMN note TO other")
        try:
            with pytest.raises(DriftError, match="note"):
                federation.sql("SELECT count(*) FROM (SELECT note FROM a UNION ALL SELECT note FROM b)").fetchall()
        finally:
            place.server.run("ALTER TABLE b RENAME COLUMN other TO note")


@pytest.mark.parametrize("lends", [True, False])
def test_a_postgres_is_seen_at_one_moment(postgres: Place, lends: bool) -> None:
    """Each row of `a` has its like in `b` at every moment, while somebody writes both as fast as he can."""
    role = f"{postgres.server.database}_reader"
    postgres.server.run(
        f"CREATE ROLE {role} LOGIN",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
        *([] if lends else ["REVOKE EXECUTE ON FUNCTION pg_export_snapshot() FROM PUBLIC"]),
    )
    postgres.write(user=role)
    stop, written = threading.Event(), [0]

    def write() -> None:
        with postgres.server.postgres() as connection:
            while not stop.is_set():
                with connection.transaction():
                    connection.execute("INSERT INTO a VALUES (1, 'x')")
                    connection.execute("INSERT INTO b VALUES (1, 'x')")
                written[0] += 1

    writing = threading.Thread(target=write)
    writing.start()
    sql = "SELECT (SELECT count(*) FROM a) - (SELECT count(*) FROM b WHERE id > 0)"
    chain = "SELECT count(*) FROM a JOIN b ON a.id = b.id WHERE a.note = 'x'"
    try:
        with postgres.open() as federation:
            plan = federation.prepare(sql).plan
            (source,) = document(plan, plan.residual.text)["sources"]
            assert len(source["sent"]) == 2 and source["one_snapshot"]
            keyed = federation.prepare(chain, without=("push_joins", "push_references", "push_semi_joins"), eager=True)
            attachments = {"crm": federation._setting.sources["crm"].attachment()}
            assert [Ways(each, attachments, "t").places for each in (plan, keyed.plan)] == [{"crm": 2}, {"crm": 1}]
            for _ in range(60):
                assert federation.sql(sql).fetchall() == [(0,)]
                ((pairs,),) = federation.run(keyed).fetchall()
                assert math.isqrt(pairs) ** 2 == pairs, "as many of the one as of the other"
    finally:
        stop.set()
        writing.join()
        postgres.server.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    assert written[0] > 60


@pytest.mark.parametrize("kind", KINDS)
def test_results_larger_than_memory_stream(tmp_path: Path, kind: str) -> None:
    """Two fragments of 150 MB under a limit of 80 MB; held whole, they would take over 600 MB."""
    rows = {"postgres": f"generate_series(1, {ROWS}) AS n", "mysql": f"(SELECT seq AS n FROM seq_1_to_{ROWS}) AS s"}
    with made(tmp_path / "c", kind) as place:
        for name in "ab":
            place.server.run(f"INSERT INTO {name} SELECT n, repeat(md5(concat(n)), 7) FROM {rows[kind]}")
        sql = "SELECT count(*) AS n, max(note) AS note FROM (SELECT note FROM a UNION ALL SELECT note FROM b)"
        small, large = (peak_of(place.folder, text) for text in (sql.replace("a UNION", "a WHERE id < 3 UNION"), sql))
        print(f"{kind}: one {small / 1e6:.0f} MB, two {large / 1e6:.0f} MB")
        assert large < small + 60e6 and large < 350e6


def peak_of(folder: Path, sql: str) -> int:
    """Ask by a `cdi` of its own, with little memory; returns the most that it held, in bytes."""
    return peaks.peak_of("-C", str(folder), "query", "--memory-limit", "80MB", "--deadline", "300", sql)


def until(holds: Any, seconds: float = 5.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
