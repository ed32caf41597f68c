"""What a Postgres server says of its tables, how they are named, and what it says when it will not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cdi_federate.errors import CdiError, DriftError, LostError, UnavailableError, UsageError
from cdi_federate.sources.postgres_facts import parts
from tests.postgres import attached, facts, fetch, source
from tests.servers import Server, database

CANARY = "c4n4ry-p4ss"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with database("postgres") as made:
        made.run(
            "CREATE EXTENSION citext",
            "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            'CREATE SCHEMA "Sales Dept"',
            "CREATE SCHEMA other",
            'CREATE TABLE "Sales Dept"."Big Customers" ("Id" bigint PRIMARY KEY, "e.mail" text UNIQUE, '
            '"It\'s" numeric(10,2) UNIQUE NOT NULL, part text, b text COLLATE "C", ci text COLLATE ci, gone int, '
            "UNIQUE (part, b))",
            'ALTER TABLE "Sales Dept"."Big Customers" DROP COLUMN gone',
            'CREATE INDEX ON "Sales Dept"."Big Customers" (part) WHERE part > \'a\'',
            'CREATE INDEX ON "Sales Dept"."Big Customers" (lower(b))',
            'CREATE INDEX ON "Sales Dept"."Big Customers" (ci, b)',
            'INSERT INTO "Sales Dept"."Big Customers" SELECT g, g, g FROM generate_series(1, 100) g',
            'ANALYZE "Sales Dept"."Big Customers"',
            'CREATE VIEW v AS SELECT "Id" AS id, ci, "It\'s" AS it FROM "Sales Dept"."Big Customers"',
            "CREATE MATERIALIZED VIEW mv AS SELECT * FROM v",
            "CREATE TABLE orders (id int, at date) PARTITION BY RANGE (at)",
            "CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
            "INSERT INTO orders VALUES (1, '2024-05-05')",
            "CREATE TABLE other.orders (id text)",
            'CREATE TABLE odd (a int, "A" int)',
            'CREATE TABLE "Mixed" (a int)',
        )
        yield made


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("t", (("t", False),)),
        ("s.t", (("s", False), ("t", False))),
        ('"S p"."T.x"', (("S p", True), ("T.x", True))),
        ('s."a""b"', (("s", False), ('a"b', True))),
        (" s . t ", (("s", False), ("t", False))),
    ],
)
def test_names_are_read_as_they_are_written(written: str, wanted: Any) -> None:
    assert parts(written) == wanted


def test_columns_keys_and_indexes(server: Server) -> None:
    found = facts(source(server, '"Sales Dept"."Big Customers"'))
    shown = {c.name: (c.type, c.nullable, c.collation, c.binary, c.indexed) for c in found.columns.values()}
    default = found.columns["part"].collation
    assert default.startswith("default (") or default == "C"
    assert shown == {
        "Id": ("BIGINT", False, "", True, True),
        "e.mail": ("VARCHAR", True, default, True, True),
        "It's": ("DECIMAL(10,2)", True, "", True, True),  # a NaN is NULL here
        "part": ("VARCHAR", True, default, True, True),  # by the key on (part, b); the partial index does not count
        "b": ("VARCHAR", True, "bytes: C", True, False),
        "ci": ("VARCHAR", True, "ci", False, True),
    }
    assert sorted(found.unique) == [("Id",), ("e.mail",), ("part", "b")]
    assert found.rows == 100
    assert found.relation is not None and found.relation.stored  # type: ignore[union-attr]  # a table of a server


@pytest.mark.parametrize("schema", ["", "Sales Dept", "other"])
@pytest.mark.parametrize(
    "relation", ["v", "mv", "orders", "other.orders", "Mixed", "mixed", '"Sales Dept"."Big Customers"']
)
def test_a_table_is_found_and_read(server: Server, schema: str, relation: str) -> None:
    made = source(server, relation, **({"schema": schema} if schema else {}))
    known = facts(made)
    assert known.relation.name[0] == {"other.orders": "other", '"Sales Dept"."Big Customers"': "Sales Dept"}.get(  # type: ignore[union-attr]
        relation, "other" if schema == "other" and relation == "orders" else "public"
    )
    with attached(made) as connection:
        fetch(connection, known)
        assert connection.execute("SELECT count(*) FROM local").fetchone() is not None


def test_what_is_not_there_is_said_with_what_is(server: Server) -> None:
    for relation, candidate in (("order", "orders"), ("Sales.Customers", ""), ('"MIXED"', '"public"."Mixed"')):
        with pytest.raises(DriftError) as caught:
            facts(source(server, relation))
        assert f"no table '{relation}'" in str(caught.value)
        assert candidate in "".join(caught.value.candidates)
        assert "orders" in caught.value.help
    with pytest.raises(DriftError, match="two columns 'a' whose names differ in case only"):
        facts(source(server, "odd"))
    with pytest.raises(DriftError, match='its SELECT does not run: column "nope" does not exist'):
        facts(source(server, "SELECT nope FROM orders"))


def test_what_may_not_be_read_is_said(server: Server) -> None:
    server.run(
        "CREATE ROLE cdi_reader LOGIN PASSWORD 'x'",
        "CREATE TABLE secret (a int, b int)",
        "CREATE TABLE half (a int, b int)",
        "GRANT SELECT (a) ON half TO cdi_reader",
        "CREATE SCHEMA closed",
        "CREATE TABLE closed.t (a int)",
    )
    try:
        with pytest.raises(
            UnavailableError, match=r"table 'public.secret' may not be read by this user\n?.*GRANT SELECT"
        ):
            facts(source(server, "secret", user="cdi_reader"))
        with pytest.raises(UnavailableError, match="schema 'closed' may not be used by this user"):
            facts(source(server, "closed.t", user="cdi_reader"))
        with pytest.raises(UnavailableError, match="its user may not read what the mapping names"):
            facts(source(server, "SELECT b FROM half", user="cdi_reader"))
        known = facts(source(server, "half", user="cdi_reader"))
        assert list(known.columns) == ["a"]
        made = source(server, "half", user="cdi_reader", password="x")
        with attached(made) as connection:
            fetch(connection, known)
        health = source(server, "half", user="cdi_reader").health(None)  # type: ignore[arg-type]  # needs no engine
        assert health.read_only == "sessions are read-only, its user may not write"
    finally:
        server.run("DROP OWNED BY cdi_reader", "DROP ROLE cdi_reader")


def test_doctor_says_what_it_found(server: Server) -> None:
    health = source(server, "orders", password=CANARY).health(None)  # type: ignore[arg-type]  # needs no engine
    assert health.reachable and 0 < health.milliseconds < 1000
    assert health.version.startswith("Postgres ") and health.version.endswith(", UTF8")
    assert health.credentials == "user, password"
    assert health.read_only.startswith("sessions are read-only")


def test_nothing_can_be_written(server: Server) -> None:
    server.run("CREATE SEQUENCE counted")
    made = source(server, "orders")
    with attached(made) as connection, pytest.raises(Exception, match="read-only transaction"):
        connection.execute("FROM postgres_query('crm', 'SELECT nextval(''counted'')')")


def test_a_dsn_says_the_same_as_keys(server: Server) -> None:
    user = server.user + (f":{server.password}" if server.password else "")
    for dsn in (
        f"postgresql://{user}@{server.host}:{server.port}/{server.database}?application_name=mine",
        f"host={server.host} port={server.port} user={server.user} dbname={server.database} application_name=mine"
        + (f" password={server.password}" if server.password else ""),
    ):
        made = source(server, "orders")
        made = type(made)(_with(made.model, {"dsn": dsn}))
        attachment = made.attachment()
        assert server.host not in attachment.target and server.database not in attachment.target, attachment.target
        assert "application_name=mine" in attachment.target
        with attached(made) as connection:
            fetch(connection, facts(made))
            (path,) = (
                connection.execute("SELECT path FROM duckdb_databases() WHERE database_name = 'crm'").fetchone() or ()
            )
            assert server.host not in path and "user=" not in path and server.database not in path


@pytest.mark.parametrize(
    ("connection", "error", "said"),
    [
        ({"port": "1"}, LostError, "nothing answers at its host and port"),
        ({"host": "nowhere.invalid"}, UnavailableError, "its host is not known by that name"),
        ({"database": "no_such_db"}, UnavailableError, "the server has no database of that name"),
        ({"user": "no_such_user"}, UnavailableError, "the server refuses its user or password"),
        ({"sslmode": "verify-full", "sslrootcert": "/nonexistent.pem"}, UnavailableError, "TLS to its server failed"),
        (
            {"dsn": f"postgresql://u:{CANARY}@[bad"},
            UsageError,
            "the `dsn` of its connection is none that libpq can read",
        ),
        ({"dsn": f"host=x password={CANARY} nonsense=1"}, UsageError, "none that libpq can read"),
        ({"timeout": "soon"}, UsageError, "`timeout` of its connection is no number"),
    ],
)
def test_a_wrong_connection_is_named_without_its_secrets(
    server: Server, connection: dict[str, str], error: type[CdiError], said: str
) -> None:
    given = {"password": CANARY, **connection} if "dsn" not in connection else connection
    made = source(server, "orders", **given)
    if "dsn" in connection:
        made = type(made)(_with(made.model, connection))
    with pytest.raises(error) as caught:
        facts(made)
    told = f"{caught.value!s} {caught.value!r} {caught.value.__cause__} {made.model!r}"
    assert said in told
    assert CANARY not in told.replace(repr(made.model), "")
    for secret in ("nowhere.invalid", "no_such"):
        assert secret not in str(caught.value)


def _with(model: Any, connection: dict[str, str]) -> Any:
    from dataclasses import replace

    return replace(model, connection=connection)


def test_the_kept_connection_is_opened_again(server: Server) -> None:
    made = source(server, "orders")
    facts(made)
    server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{server.database}' AND application_name = 'cdi-federate'"
    )
    assert facts(made).columns
    made.close()
    assert facts(made).columns
    made.close()
