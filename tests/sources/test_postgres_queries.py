# ruff: noqa: E501 - tables are read across
"""Queries over Postgres through the public API: what the server is asked, what comes back, and tables that change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

import cdi_federate as cdi
from cdi_federate.errors import DriftError, UnavailableError
from tests.servers import Server, database

CANARY = "c4n4ry"
ENTITIES = {
    "customer": "entity: customer\nkey: [id]\nfields:\n  id: BIGINT\n  country: VARCHAR\n  email: VARCHAR\n"
    "  amount: DECIMAL(18,2)\n  note: VARCHAR\n",
    "segment": "entity: segment\nfields: {id: BIGINT, label: VARCHAR}\n",
    "wide": f"entity: wide\nfields: {{{', '.join(f'f{n}: BIGINT' for n in range(60))}}}\n",
}
SOURCE = """source: crm
kind: postgres
department: Sales
owner: sales@example.com
connection: {connection}
provides:
  customer:
    from: Accounts
    key: [id]
    fields:
      id: id
      country: {{column: cc, codes: {{1: US, 2: DE, 3: FR}}, else: null}}
      email: {{column: mail, lower: true, trim: true}}
      amount: {{column: cents, scale: 0.01}}
      note: note
  wide:
    from: wide
    fields: {{{wide}}}
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with database("postgres") as made:
        made.run(
            'CREATE TABLE "Accounts" (id int PRIMARY KEY, cc smallint, mail text, cents int, note numeric(10,2), '
            "other text)",
            'INSERT INTO "Accounts" SELECT g, CASE WHEN g % 1000 = 0 THEN 1 ELSE 2 + g % 2 END, '
            "' Mail' || g || '@Example.com', g * 10, g / 100.0, 'x' FROM generate_series(1, 20000) g",
            'CREATE INDEX ON "Accounts" (cc)',
            'ANALYZE "Accounts"',
            f"CREATE TABLE wide ({', '.join(f'a_rather_long_name_{n} bigint' for n in range(60))})",
            "INSERT INTO wide VALUES (1)",
        )
        yield made


@pytest.fixture
def federation(server: Server, tmp_path: Path) -> Iterator[cdi.Federation]:
    (tmp_path / "sources").mkdir()
    (tmp_path / "entities").mkdir()
    (tmp_path / "catalog.yaml").write_text("name: test\n")
    for name, text in ENTITIES.items():
        (tmp_path / "entities" / f"{name}.yaml").write_text(text)
    connection = server.connection() | {"password": CANARY}
    shown = "{" + ", ".join(f"{key}: '{value}'" for key, value in connection.items()) + "}"
    wide = ", ".join(f"f{n}: a_rather_long_name_{n}" for n in range(60))
    (tmp_path / "sources" / "crm.yaml").write_text(SOURCE.format(connection=shown, wide=wide))
    (tmp_path / "segments.csv").write_text("id,label\n1000,gold\n2001,silver\n")
    (tmp_path / "sources" / "marketing.yaml").write_text(
        "source: marketing\nkind: csv\nconnection: {path: .}\nprovides:\n  segment: {from: segments.csv, "
        "options: {columns: {id: BIGINT, label: VARCHAR}}, fields: {id: id, label: label}}\n"
    )
    with cdi.connect(tmp_path) as made:
        yield made


def explained(server: Server, federation: cdi.Federation, sql: str) -> str:
    """The server's own plan of what it is sent."""
    (fragment,) = federation.prepare(sql).plan.fragments
    with server.postgres() as db:
        return "\n".join(row[0] for row in db.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {fragment.text}".encode()))


def test_a_code_list_is_looked_up_by_the_index(server: Server, federation: cdi.Federation) -> None:
    sql = "SELECT id FROM customer WHERE country = 'US' ORDER BY id"
    assert federation.sql(sql).fetchall() == [(n,) for n in range(1000, 20001, 1000)]
    plan = explained(server, federation, sql)
    assert "Index" in plan and 'Seq Scan on "Accounts"' not in plan, plan
    assert "Rows Removed" not in plan and "rows=20 " in plan, plan


def test_limits_stop_the_server(server: Server, federation: cdi.Federation) -> None:
    sql = "SELECT id FROM customer WHERE amount > 100 LIMIT 7"
    assert len(federation.sql(sql).fetchall()) == 7
    assert "LIMIT 7" in federation.prepare(sql).plan.fragments[0].text
    folded = "SELECT id FROM customer WHERE email = 'mail77@example.com' LIMIT 1"
    assert federation.sql(folded).fetchall() == [(77,)]
    assert "LIMIT" not in federation.prepare(folded).plan.fragments[0].text  # a superset must come whole


def test_a_join_with_a_file(federation: cdi.Federation) -> None:
    rows = federation.sql(
        "SELECT label, country, amount FROM segment JOIN customer USING (id) ORDER BY label"
    ).fetchall()
    assert [(label, country, str(amount)) for label, country, amount in rows] == [
        ("gold", "US", "100.00"),
        ("silver", "FR", "200.10"),
    ]


def test_one_connection_is_enough(server: Server, federation: cdi.Federation, tmp_path: Path) -> None:
    """Several fragments of one query, and several queries at once, wait for it and not for each other."""
    path = tmp_path / "sources" / "crm.yaml"
    path.write_text(path.read_text().replace("connection: {", "connection: {pool: 1, "))
    sql = (
        "SELECT (SELECT count(*) FROM customer WHERE id < 10), (SELECT sum(id) FROM customer WHERE country = 'US'), "
        "(SELECT count(*) FROM wide), count(*) FROM customer AS a JOIN customer AS b USING (id) WHERE a.amount < 1"
    )
    with cdi.connect(tmp_path) as narrow, ThreadPoolExecutor(4) as threads:
        assert len(narrow.prepare(sql).plan.fragments) > 2
        answers = list(threads.map(lambda _: narrow.sql(sql, deadline=20).fetchall(), range(12)))
    assert answers == [federation.sql(sql).fetchall()] * 12


def test_validate_and_doctor(federation: cdi.Federation) -> None:
    assert [problem for problem in federation.validate() if not problem.warning] == []
    assert federation.doctor()["crm"].reachable


def test_a_query_over_many_columns_can_be_stopped(server: Server, federation: cdi.Federation) -> None:
    """The tag must be seen in pg_stat_activity, which shows the beginning of a statement only."""
    server.run("CREATE TABLE slow AS SELECT * FROM wide", "DROP TABLE wide")
    server.run("CREATE VIEW wide AS SELECT slow.* FROM slow, LATERAL (SELECT pg_sleep(20)) AS s")
    answer = federation.sql("SELECT * FROM wide", deadline=30)
    failed: list[BaseException] = []

    def read() -> None:
        try:
            answer.arrow()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%cdi:%'"
    with server.postgres() as db:
        until(lambda: db.execute(running).fetchone() == (1,))
        began = time.monotonic()
        answer.cancel()
        until(lambda: db.execute(running).fetchone() == (0,))
    assert time.monotonic() - began < 1.0
    thread.join(5)
    assert failed and type(failed[0]).__name__ == "Interrupted"


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


TOTAL = "SELECT count(*), sum(amount), min(note), max(id) FROM customer"
RIGHT = [(20000, 20001000.0, 0.01, 20000)]
EXCHANGED = [(20000, 2000100.0, 0.01, 200000)]
"""With what was `cents` called `id`, and the other way round."""
DRIFTS: dict[str, tuple[list[str], Any]] = {
    # name: (statements, the answer or what the error says)
    "a wider integer": (['ALTER TABLE "Accounts" ALTER cents TYPE bigint'], "column 'cents' of public.Accounts was integer and is bigint"),
    "an integer as text": (['ALTER TABLE "Accounts" ALTER cents TYPE text'], "was integer and is text"),
    "a scale": (['ALTER TABLE "Accounts" ALTER note TYPE numeric(10,4)'], "column 'note' of public.Accounts was numeric(10,2) and is numeric(10,4)"),
    "a float": (['ALTER TABLE "Accounts" ALTER cents TYPE real'], "was integer and is real"),
    "renamed": (['ALTER TABLE "Accounts" RENAME cents TO pence'], "column 'cents' of public.Accounts is gone, there is a new one named pence"),
    "dropped": (['ALTER TABLE "Accounts" DROP COLUMN note'], "column 'note' of public.Accounts is gone"),
    "exchanged": (
        ['ALTER TABLE "Accounts" RENAME cents TO x', 'ALTER TABLE "Accounts" RENAME id TO cents', 'ALTER TABLE "Accounts" RENAME x TO id'],
        "was changed",
    ),
    "added": (['ALTER TABLE "Accounts" ADD COLUMN more text DEFAULT \'y\''], RIGHT),
    "another dropped": (['ALTER TABLE "Accounts" DROP COLUMN other'], RIGHT),
    "reordered": (
        ['CREATE TABLE b AS SELECT note, cents, mail, cc, id FROM "Accounts"', 'DROP TABLE "Accounts"', 'ALTER TABLE b RENAME TO "Accounts"'],
        None,
    ),
    "gone": (['DROP TABLE "Accounts"'], "no table 'Accounts' in its database"),
    "a view": (
        ['ALTER TABLE "Accounts" RENAME TO b', 'CREATE VIEW "Accounts" AS SELECT id, cc, mail, cents, note FROM b'],
        None,
    ),
    "not null": (['ALTER TABLE "Accounts" ALTER id DROP NOT NULL'], None),
}  # fmt: skip


def numbers(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(count, float(total), float(least), last) for count, total, least, last in rows]


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_table_that_changes_under_an_open_federation(server: Server, federation: cdi.Federation, drift: str) -> None:
    """The right answer, or an error that names the column; never a wrong value. The next query knows the new table."""
    statements, outcome = DRIFTS[drift]
    assert numbers(federation.sql(TOTAL).fetchall()) == RIGHT
    for statement in statements:
        with server.postgres() as db:
            if "DROP NOT NULL" in statement:
                db.execute('ALTER TABLE "Accounts" DROP CONSTRAINT "Accounts_pkey"')
            db.execute(statement.encode())
    for _ in range(2):
        try:
            right = EXCHANGED if drift == "exchanged" and outcome is None else RIGHT
            assert numbers(federation.sql(TOTAL).fetchall()) == right
        except DriftError as error:
            if isinstance(outcome, list):
                raise
            assert error.entity == "customer" and error.owner == "sales@example.com"
            if outcome:
                assert outcome in str(error)
                outcome = None
    if isinstance(outcome, str):
        pytest.fail("it was not noticed")


@pytest.mark.parametrize(
    "statement",
    [
        'ALTER TABLE "Accounts" ALTER cents TYPE bigint',
        'ALTER TABLE "Accounts" RENAME cents TO x; ALTER TABLE "Accounts" RENAME id TO cents; ALTER TABLE "Accounts" RENAME x TO id',
        'ALTER TABLE "Accounts" ADD COLUMN r double precision DEFAULT random()',
        'CLUSTER "Accounts" USING "Accounts_pkey"',
        'ALTER TABLE "Accounts" ALTER note TYPE numeric(12,4) USING note * 2',
    ],
)  # fmt: skip
@pytest.mark.parametrize("through", ["table", "view", "select"])
def test_a_table_that_changes_while_the_query_waits_for_it(
    server: Server, tmp_path: Path, statement: str, through: str, request: pytest.FixtureRequest
) -> None:
    """The statement's snapshot is older than its lock then: a rewritten table would seem to be empty."""
    federation: cdi.Federation = request.getfixturevalue("federation")
    if through != "table":
        if "TYPE" in statement and through == "view":
            pytest.skip("Postgres does not change the type of a column that a view reads")
        server.run('CREATE VIEW seen AS SELECT id, cc, mail, cents, note FROM "Accounts"')
        if through == "select":
            server.run("DROP VIEW seen")
        path = tmp_path / "sources" / "crm.yaml"
        source = "seen" if through == "view" else 'SELECT id, cc, mail, cents, note FROM "Accounts"'
        path.write_text(path.read_text().replace("from: Accounts", f"from: {source}"))
        federation.close()
        federation = cdi.connect(tmp_path)
    assert numbers(federation.sql(TOTAL).fetchall()) == RIGHT
    answer = federation.sql(TOTAL)
    answers: list[Any] = []

    def read() -> None:
        try:
            answers.append(numbers(answer.fetchall()))
        except DriftError as error:
            answers.append(error)

    with psycopg.connect(host=server.host, port=server.port, user=server.user, dbname=server.database) as altering:
        altering.execute(statement.encode())
        thread = threading.Thread(target=read)
        thread.start()
        with server.postgres() as db:
            until(lambda: db.execute("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted").fetchone() == (True,))
        altering.commit()
    thread.join(20)
    (found,) = answers
    doubled = "note * 2" in statement
    renamed = "RENAME" in statement
    if isinstance(found, DriftError):
        assert "ask again" in str(found) or "does not run" in str(found)
    elif renamed:  # a view goes on reading the column it means, a SELECT the one it names
        assert found == {"view": RIGHT, "select": EXCHANGED}[through]
    else:
        assert found == RIGHT and not doubled
    federation.close()


def test_a_column_whose_type_was_the_fields_own(server: Server, federation: cdi.Federation) -> None:
    """No cast stands around it, so that the answer's own type would change."""
    sql = "SELECT f7 FROM wide"
    assert federation.sql(sql).fetchall() == [(None,)]
    server.run("ALTER TABLE wide ALTER a_rather_long_name_7 TYPE int", "UPDATE wide SET a_rather_long_name_7 = 5")
    with pytest.raises(DriftError, match=r"column .a_rather_long_name_7. of public\.wide was bigint and is integer"):
        federation.sql(sql).fetchall()
    assert federation.sql(sql).fetchall() == [(5,)]


def test_permission_that_is_taken_away(server: Server, federation: cdi.Federation, tmp_path: Path) -> None:
    role = f"cdi_{server.database}"
    server.run(f"CREATE ROLE {role} LOGIN", f'GRANT SELECT ON "Accounts" TO {role}')
    try:
        path = tmp_path / "sources" / "crm.yaml"
        path.write_text(path.read_text().replace(f"user: '{server.user}'", f"user: '{role}'"))
        with cdi.connect(tmp_path) as reader:
            assert numbers(reader.sql(TOTAL).fetchall()) == RIGHT
            assert "its user may not write" in reader.doctor()["crm"].read_only
            server.run(f'REVOKE SELECT ON "Accounts" FROM {role}')
            with pytest.raises(UnavailableError, match="its user may not read table Accounts") as caught:
                reader.sql(TOTAL).fetchall()
            assert CANARY not in str(caught.value)
            server.run(f'GRANT SELECT ON "Accounts" TO {role}')
            assert numbers(reader.sql(TOTAL).fetchall()) == RIGHT
    finally:
        server.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_no_secret_is_in_a_plan(federation: cdi.Federation) -> None:
    prepared = federation.prepare(TOTAL)
    assert CANARY not in prepared.explain() and CANARY not in repr(prepared.plan)
    assert CANARY not in repr(federation._setting.sources["crm"].attachment())
