# ruff: noqa: E501 - tables are read across
"""What a MySQL or MariaDB server says of its tables, how they are named, and what it says when it will not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.errors import CdiError, DriftError, LostError, UnavailableError, UsageError
from cdi_federate.execute.duck import faults
from cdi_federate.execute.duck.instance import attach, instance
from cdi_federate.sources.mysql_facts import parts
from tests.execute.plans import mapping, source_of
from tests.mysql import attached, facts, fetch, source
from tests.servers import Server, database

CANARY = "c4n4ry-p4ss"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with database("mysql", options="CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci") as made:
        made.run(
            "CREATE TABLE `Big Customers` (`Id` bigint unsigned PRIMARY KEY, `e.mail` varchar(90) UNIQUE, "
            "`It's` decimal(10,2) NOT NULL UNIQUE, part varchar(90) COLLATE utf8mb4_bin, b varchar(90) COLLATE "
            "utf8mb4_nopad_bin, long_ text, born date NOT NULL, UNIQUE (part, b), KEY (b, part), KEY (long_(10)), "
            "UNIQUE (b(5)), FULLTEXT KEY (long_), made int AS (`Id` + 1) VIRTUAL)",
            "INSERT INTO `Big Customers` (`Id`, `It's`, born, b) SELECT seq, seq, '2024-01-01', seq FROM seq_1_to_100",
            "ANALYZE TABLE `Big Customers`",
            "CREATE VIEW v AS SELECT `Id` AS id, part, `It's` AS it FROM `Big Customers`",
            "CREATE TABLE orders (id int)",
            'CREATE TABLE `od``d` (`a\\b` int, `c``d` int, `e"f` int)',
        )
        yield made


@contextmanager
def user(server: Server, *grants: str) -> Iterator[dict[str, str]]:
    """An account of its own with a password, and what a connection says of it."""
    name = f"u_{server.database[-8:]}"
    server.run(
        f"CREATE USER '{name}'@'%' IDENTIFIED BY '{CANARY}'", *(f"GRANT {grant} TO '{name}'@'%'" for grant in grants)
    )
    try:
        yield {"user": name, "password": CANARY}
    finally:
        server.run(f"DROP USER '{name}'@'%'")


@pytest.mark.parametrize(
    ("written", "wanted"),
    [("t", ("t",)), ("s.t", ("s", "t")), ("`S p`.`T.x`", ("S p", "T.x")), ('s."a""b"', ("s", 'a"b')), ("`a``b`", ("a`b",)),
     (" s . t ", ("s", "t")), ("a b", ("a b",))],
)  # fmt: skip
def test_names_are_read_as_they_are_written(written: str, wanted: Any) -> None:
    assert parts(written) == wanted


def test_columns_keys_and_indexes(server: Server) -> None:
    found = facts(source(server, "`Big Customers`"))
    shown = {c.name: (c.type, c.nullable, c.collation, c.binary, c.indexed) for c in found.columns.values()}
    assert shown == {
        "Id": ("UBIGINT", False, "", True, True),
        "e.mail": ("VARCHAR", True, "utf8mb4_general_ci", False, True),
        "It's": ("DECIMAL(10,2)", False, "", True, True),
        "part": ("VARCHAR", True, "utf8mb4_bin", False, True),
        "b": ("VARCHAR", True, "utf8mb4_nopad_bin", True, True),
        "long_": ("VARCHAR", True, "utf8mb4_general_ci", False, True),
        "born": ("DATE", True, "", True, False),  # a zero date is NULL here
        "made": ("INTEGER", True, "", True, False),
    }
    assert sorted(found.unique) == [("Id",), ("It's",), ("e.mail",), ("part", "b")]  # not the first five characters
    assert found.rows == 100
    assert found.columns["part"].stamp == "part varchar(90) utf8mb4_bin"


@pytest.mark.parametrize(
    "relation", ["v", "V ", "orders", "`Big Customers`", "big customers", "`od``d`", "{0}.orders", "`{0}`.`v`"]
)
def test_a_table_is_found_and_read(server: Server, relation: str) -> None:
    made = source(server, relation.format(server.database))
    known = facts(made)
    with attached(made) as connection:
        fetch(connection, known)
        assert connection.execute("SELECT count(*) FROM local").fetchone() is not None


def test_what_is_not_there_is_said_with_what_is(server: Server) -> None:
    for relation, candidate in (("order", "orders"), ("nosuch.orders", ""), ("Customers", "")):
        with pytest.raises(DriftError) as caught:
            facts(source(server, relation))
        assert f"no table '{relation}'" in str(caught.value)
        assert candidate in "".join(caught.value.candidates)
    with pytest.raises(DriftError, match="its SELECT does not run"):
        facts(source(server, "SELECT nope FROM orders"))
    with pytest.raises(DriftError, match="is no name of a table"):
        facts(source(server, "a.b.c"))


def test_what_may_not_be_read_is_said(server: Server) -> None:
    server.run("CREATE TABLE secret (a int, b int)", "CREATE TABLE half (a int, b int)")
    name = server.database
    with user(server, f"SELECT (a) ON {name}.half", f"SELECT ON {name}.orders") as reader:
        with pytest.raises(UnavailableError, match=r"the account may not read 'secret'\n?.*SELECT on the table"):
            facts(source(server, "secret", **reader))
        with pytest.raises(UnavailableError, match="the account may not read what its SELECT names"):
            facts(source(server, "SELECT b FROM half", **reader))
        known = facts(source(server, "half", **reader))
        assert list(known.columns) == ["a"]
        with attached(source(server, "half", **reader)) as connection:
            fetch(connection, known)
        health = source(server, "half", **reader).health(None)  # type: ignore[arg-type]  # needs no engine
        assert health.read_only == "read-only transactions, and the account may only read"
    with user(server, f"SELECT, INSERT ON {name}.*") as writer:
        health = source(server, "half", **writer).health(None)  # type: ignore[arg-type]  # needs no engine
        assert health.read_only == "read-only transactions; the account itself could write"


def test_rights_that_are_taken_while_connected(server: Server) -> None:
    with user(server, f"SELECT ON {server.database}.orders") as reader:
        made = source(server, "orders", **reader)
        known = facts(made)
        with attached(made) as connection:
            server.run(f"REVOKE SELECT ON {server.database}.orders FROM '{reader['user']}'@'%'")
            with pytest.raises(Exception) as caught:
                fetch(connection, known)
            said = faults.of_running(caught.value, [faults.Reading(made, ("thing",), ())])
            assert isinstance(said, UnavailableError)
            assert "the account may not read table 'orders'" in str(said)
            assert reader["user"] not in str(said)


def test_doctor_says_what_it_found(server: Server) -> None:
    health = source(server, "orders").health(None)  # type: ignore[arg-type]  # needs no engine
    assert health.reachable and 0 < health.milliseconds < 1000
    assert health.version.split(" ")[0] in ("MariaDB", "MySQL")
    assert health.credentials == "user"
    assert health.read_only.startswith("read-only transactions")


WRONG: list[tuple[dict[str, Any], type[CdiError], str]] = [
    ({"password": CANARY, "user": "nobody_at_all"}, UnavailableError, "the server refused the login"),
    ({"database": "no_such_database"}, UnavailableError, "the server has no database 'no_such_database'"),
    ({"port": "1", "password": CANARY}, LostError, "the server cannot be reached"),
    ({"host": "no-such-host.invalid", "password": CANARY}, UnavailableError, "its host is not known by that name"),
    ({"socket": "/nowhere.sock", "password": CANARY}, LostError, "the server cannot be reached"),
    ({"ssl_mode": "sometimes", "password": CANARY}, UsageError, "`ssl_mode` is one of disabled, preferred"),
    ({"port": "x", "password": CANARY}, UsageError, "`port` of its connection is no number"),
    ({"dsn": f"postgres://u:{CANARY}@h/d"}, UsageError, "`dsn` of its connection is no URL of MySQL"),
    ({"dsn": f"mysql://u:{CANARY}@h:port/d"}, UsageError, "`dsn` of its connection is no URL of MySQL"),
    ({"dsn": f"mysql://u:{CANARY}@h/d?sql_mode=x"}, UsageError, "`dsn` of its connection is no URL of MySQL"),
    ({"ssl_mode": "verify_ca", "ssl_ca": "/nowhere.pem"}, UnavailableError, "the files of its TLS settings cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "error", "message"), WRONG, ids=[" ".join(given) for given, _, _ in WRONG])
def test_wrong_connections_are_said_without_secrets(
    server: Server, given: dict[str, Any], error: type[CdiError], message: str
) -> None:
    made = source(server, "orders", connect_timeout=2, **given)
    with pytest.raises(error) as caught:
        facts(made)
    texts = [str(caught.value), repr(caught.value), repr(caught.value.__context__), repr(made)]
    connection = instance(threads=1)
    try:
        attachment = made.attachment()
        texts += [repr(attachment), repr(attachment.credential)]
        attach(connection, attachment)
    except CdiError as refused:
        texts += [str(refused), repr(refused.__context__)]
    finally:
        connection.close()
    assert message in texts[0]
    assert not [text for text in texts if CANARY in text]


def test_no_secret_is_seen_in_the_engine(server: Server) -> None:
    questions = ["FROM duckdb_databases()", "FROM duckdb_secrets()", "FROM duckdb_settings()", "FROM duckdb_views()"]
    rights = f"SELECT ON {server.database}.*"
    with user(server, rights) as reader, attached(source(server, "orders", **reader)) as connection:
        for question in questions:
            assert CANARY not in str(connection.execute(question).fetchall())


def test_a_url_says_it_all(server: Server) -> None:
    with user(server, f"SELECT ON {server.database}.*") as reader:
        url = f"mysql://{reader['user']}:{CANARY}@{server.host}:{server.port}/{server.database}?ssl_mode=disabled"
        m = mapping("billing", "orders")
        made = source_of("mysql", Path("/"), [m], "billing", dsn=url)
        with attached(made) as connection:
            fetch(connection, made.facts(m, None))
        assert made.given() == ("dsn",)


def test_nothing_can_be_written(server: Server) -> None:
    made = source(server, "orders")
    with attached(made) as connection, pytest.raises(Exception, match="read-only"):
        connection.execute("INSERT INTO billing.orders VALUES (1)")
    with pytest.raises(UnavailableError):
        made.ask(lambda mine: mine.cursor().execute(f"INSERT INTO {server.database}.orders VALUES (1)"))


def test_only_statements_with_the_tag_are_stopped(server: Server) -> None:
    made = source(server, "orders")
    ended: dict[str, Any] = {}

    def sleep(tag: str) -> None:
        began = time.monotonic()
        with server.mysql() as db:
            try:
                db.cursor().execute(f"/* cdi:{tag} */ SELECT SLEEP(3) FROM (SELECT 1) AS t")
            except Exception as error:
                ended[f"{tag} error"] = error
        ended[tag] = time.monotonic() - began

    threads = [threading.Thread(target=sleep, args=(tag,)) for tag in ("one", "other")]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    made.cancel("one")
    assert time.monotonic() - began < 2
    for thread in threads:
        thread.join()
    assert ended["one"] < 1.5
    assert ended["other"] > 2.9
    made.close()
    source(server, "orders", port="1").cancel("one")  # never raises
