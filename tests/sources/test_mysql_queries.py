# ruff: noqa: E501 - tables are read across
"""Queries over MySQL through the public API: what the server is asked, what comes back, and tables that change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cdi_federate as cdi
from cdi_federate.errors import DriftError, Interrupted, UnavailableError
from tests.servers import Server, database

CANARY = "c4n4ry-p4ss"
CATALOG = {
    "catalog.yaml": "name: test\n",
    "entities/customer.yaml": """entity: customer
key: [id]
fields:
  id: BIGINT
  name: VARCHAR
  country: VARCHAR
  segment: VARCHAR
  balance: DECIMAL(18,2)
  born: DATE
  seen: TIMESTAMPTZ
  active: BOOLEAN
  note: VARCHAR
""",
    "entities/segment.yaml": "entity: segment\nfields: {id: BIGINT, label: VARCHAR}\n",
    "entities/total.yaml": "entity: total\nfields: {country: VARCHAR, amount: 'DECIMAL(18,2)', customers: BIGINT}\n",
    "sources/billing.yaml": """source: billing
kind: mysql
department: Finance
owner: finance@example.com
connection: {connection}
provides:
  customer:
    from: Clients
    where: state <> 'X'
    key: [id]
    fields:
      id: id
      name: name
      country: {{column: cc, codes: {{"840": US, "276": DE}}, else: null}}
      segment: {{column: Seg, codes: {{"1": gold, "2": silver}}, default: none}}
      balance: {{column: cents, scale: 0.01}}
      born: born
      seen: seen
      active: active <> 0
      note: note
  total:
    from: SELECT cc, SUM(CAST(cents AS DECIMAL(38,0))) AS cents, COUNT(*) AS n FROM Clients WHERE state <> 'X' GROUP BY cc
    fields: {{country: cc, amount: {{column: cents, scale: 0.01}}, customers: n}}
""",
    "sources/marketing.yaml": """source: marketing
kind: csv
connection: {path: .}
provides:
  segment: {from: segments.csv, options: {columns: {id: BIGINT, label: VARCHAR}}, fields: {id: id, label: label}}
""",
    "segments.csv": "id,label\n1000,gold\n2001,silver\n",
}
TABLE = (
    "CREATE TABLE Clients (id int unsigned PRIMARY KEY, name varchar(50) COLLATE utf8mb4_unicode_ci, cc char(3) NOT NULL, "
    "Seg tinyint(1), cents bigint, born date, seen timestamp(6) NULL, active bit(1), note varchar(200) CHARACTER SET latin1, "
    "state enum('A','x','X') COLLATE utf8mb4_bin, KEY (cc), KEY (name), KEY (Seg))"
)
ROWS = (
    "INSERT INTO Clients SELECT seq, ELT(1 + seq % 4, CONCAT('Name ', seq), CONCAT('name ', seq), CONCAT('name ', seq, ' '), "
    "CONCAT('näme ', seq)), IF(seq % 1000 = 0, '840', '276'), seq % 5, seq * 10, DATE_ADD('1950-01-01', INTERVAL seq DAY), "
    "FROM_UNIXTIME(seq), seq % 2, CONCAT('it''s \\\\ ', CHAR(233 USING latin1)), IF(seq % 7 = 0, 'X', IF(seq % 7 = 1, 'x', 'A')) "
    "FROM seq_1_to_20000"
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    """A server whose tables nobody changes."""
    with database("mysql", options="CHARACTER SET utf8mb4") as made:
        with made.mysql(init_command="SET SESSION sql_mode = ''") as db:
            for statement in (
                TABLE,
                ROWS,
                "UPDATE Clients SET born = '0000-00-00' WHERE id = 5",
                "ANALYZE TABLE Clients",
            ):
                db.cursor().execute(statement)
        yield made


@pytest.fixture
def server() -> Iterator[Server]:
    """A server with few rows, whose tables may be changed."""
    with database("mysql", options="CHARACTER SET utf8mb4") as made:
        made.run(TABLE, ROWS.replace("seq_1_to_20000", "seq_1_to_50"))
        yield made


def written(folder: Path, server: Server, **more: Any) -> Path:
    """The catalog over a server."""
    given = {**server.connection(), **more}
    shown = "{" + ", ".join(f"{key}: '{value}'" for key, value in given.items()) + "}"
    for name, text in CATALOG.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.format(connection=shown) if name == "sources/billing.yaml" else text)
    return folder


@pytest.fixture(scope="module")
def steady(shared: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[cdi.Federation]:
    with cdi.connect(written(tmp_path_factory.mktemp("steady"), shared)) as made:
        yield made


@pytest.fixture
def federation(server: Server, tmp_path: Path) -> Iterator[cdi.Federation]:
    with cdi.connect(written(tmp_path, server)) as made:
        yield made


def sent(server: Server, federation: cdi.Federation, sql: str) -> tuple[str, list[dict[str, Any]], int]:
    """The statement that the server is sent, its own plan of it, and how many rows it answers with."""
    (fragment,) = federation.prepare(sql).plan.fragments
    with server.mysql() as db:
        cursor = db.cursor()
        cursor.execute(f"EXPLAIN {fragment.text}")
        assert cursor.description is not None
        names = [column[0] for column in cursor.description]
        plan = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return fragment.text, plan, cursor.execute(fragment.text)


@pytest.mark.parametrize(
    ("condition", "key", "rows"),
    [
        ("country = 'US'", "cc", 18),
        ("country IN ('US', 'nowhere')", "cc", 18),
        ("name = 'name 77'", "name", 0),
        ("name = 'näme 79'", "name", 1),
        ("name IN ('name 9', 'Name 4', 'name 10 ')", "name", 3),
        ("id = 4712", "PRIMARY", 1),
        ("id BETWEEN 100 AND 110 AND balance > 10.1", "PRIMARY", 9),
    ],
)  # fmt: skip
def test_an_index_serves(shared: Server, steady: cdi.Federation, condition: str, key: str, rows: int) -> None:
    sql = f"SELECT id FROM customer WHERE {condition}"
    with shared.mysql() as db:  # what is right, by the bytes
        cursor = db.cursor()
        raw = condition.replace("country = 'US'", "cc = '840'").replace("country IN ('US', 'nowhere')", "cc = '840'")
        raw = (
            raw.replace("name ", "CAST(name AS BINARY) ", 1)
            if raw.startswith("name")
            else raw.replace("balance", "cents / 100")
        )
        cursor.execute(f"SELECT id FROM Clients WHERE CAST(state AS BINARY) <> 'X' AND {raw}")
        wanted = sorted(cursor.fetchall())
    answer = sorted(steady.sql(sql).fetchall())
    text, plan, fetched = sent(shared, steady, sql)
    assert plan[0]["key"] == key, (text, plan)
    assert answer == wanted
    assert fetched == len(answer), text


def test_limits_go_down_where_all_filters_do(shared: Server, steady: cdi.Federation) -> None:
    text, _, fetched = sent(shared, steady, "SELECT * FROM customer WHERE country = 'DE' LIMIT 7")
    assert text.endswith("LIMIT 7") and fetched == 7
    assert len(steady.sql("SELECT * FROM customer WHERE country = 'DE' LIMIT 7").fetchall()) == 7
    text, _, _ = sent(shared, steady, "SELECT * FROM customer WHERE name || 'x' = 'name 77x' LIMIT 7")
    assert "LIMIT" not in text


def test_answers(steady: cdi.Federation) -> None:
    def one(sql: str) -> Any:
        return steady.sql(sql).fetchall()

    assert one("SELECT count(*) FROM customer") == [(20_000 - 2857,)]  # only 'X', not 'x'
    assert one("SELECT count(*), count(DISTINCT segment) FROM customer WHERE segment = 'gold'") == [(3429, 1)]
    assert one("SELECT segment, count(*) FROM customer GROUP BY ALL ORDER BY ALL") == [("gold", 3429), ("none", 0)][
        :1
    ] + one(
        "SELECT segment, count(*) FROM customer WHERE segment <> 'gold' OR segment IS NULL GROUP BY ALL ORDER BY ALL"
    )
    assert one("SELECT id FROM customer WHERE born IS NULL") == [(5,)]
    assert one("SELECT count(*) FROM customer WHERE born < DATE '1950-01-05'") == [(3,)]
    assert one("SELECT id, seen, active, note FROM customer WHERE seen = TIMESTAMPTZ '1970-01-01 00:01:18+00'") == [
        (78, *one("SELECT TIMESTAMPTZ '1970-01-01 00:01:18+00'")[0], False, "it's \\ é")
    ]
    assert one("SELECT count(*) FROM customer WHERE note = 'it''s \\ é' AND active") == [
        (len([n for n in range(1, 20_001) if n % 7 and n % 2]),)
    ]
    assert one("SELECT count(*) FROM customer WHERE name LIKE 'name %'") == [
        (len([n for n in range(1, 20_001) if n % 7 and n % 4 in (1, 2)]),)
    ]
    assert one("SELECT count(*) FROM customer WHERE name = '😀'") == [(0,)]
    assert one("SELECT country, customers, amount FROM total ORDER BY 1")[1][:2] == ("840", 18)


def test_a_join_with_a_file(steady: cdi.Federation) -> None:
    rows = steady.sql("SELECT label, country, balance FROM segment JOIN customer USING (id) ORDER BY label").fetchall()
    assert [(label, country, str(balance)) for label, country, balance in rows] == [
        ("gold", "US", "100.00"), ("silver", "DE", "200.10"),
    ]  # fmt: skip


def test_doctor_and_validate(steady: cdi.Federation) -> None:
    assert steady.doctor()["billing"].reachable
    assert [problem.message for problem in steady.validate() if not problem.warning] == []


def test_dates_that_are_none_are_counted(steady: cdi.Federation) -> None:
    said = [problem.message for problem in steady.validate()]
    assert "1 of 20,000 cells of column 'born' are not date" in said
    assert steady.sql("SELECT id FROM customer WHERE born IS NULL").fetchall() == [(5,)]


ALTER = [
    # statement, whether a query of every field must fail at first, and then for good
    ("MODIFY id bigint", True, False),
    ("MODIFY cents decimal(20,4)", True, False),
    ("MODIFY cents double", True, False),
    ("MODIFY cents varchar(20)", True, None),
    ("MODIFY name text COLLATE utf8mb4_bin", True, False),
    ("MODIFY name varchar(50) CHARACTER SET latin1", True, False),
    ("MODIFY active tinyint(1)", True, False),
    ("MODIFY seen datetime(6)", True, False),
    ("MODIFY state enum('A','x','X','Y') COLLATE utf8mb4_bin FIRST", False, False),
    ("CHANGE born birthday date", True, True),
    ("DROP COLUMN note", True, True),
    ("ADD COLUMN extra int FIRST", False, False),
    ("MODIFY note varchar(200) CHARACTER SET latin1 FIRST", False, False),
    ("DROP KEY cc", False, False),
    ("RENAME TO Others", True, True),
]
EVERY = "SELECT id, name, country, segment, balance, born, seen, active, note FROM customer ORDER BY id"


@pytest.mark.parametrize(("change", "at_first", "for_good"), ALTER, ids=[change for change, _, _ in ALTER])
def test_a_table_that_changes(
    server: Server, federation: cdi.Federation, change: str, at_first: bool, for_good: bool | None
) -> None:
    before = federation.sql(EVERY).fetchall()
    assert len(before) == 43
    prepared = federation.prepare(EVERY)
    server.run(f"ALTER TABLE Clients {change}")
    if at_first:
        with pytest.raises(DriftError) as caught:
            federation.run(prepared).fetchall()
        said = str(caught.value)
        assert said.startswith("source 'billing' (Finance, finance@example.com) of entity 'customer': ")
        column = change.split(" ")[1] if change.split(" ")[1] not in ("COLUMN", "TO") else change.split(" ")[2]
        assert column in said or "no table 'Clients'" in said
    else:
        assert federation.run(prepared).fetchall() == before
    if for_good:
        for _ in range(2):
            with pytest.raises(DriftError):
                federation.sql(EVERY).fetchall()
        if "RENAME" not in change:  # who does not need the column is served
            assert len(federation.sql("SELECT id, name FROM customer").fetchall()) == 43
    elif for_good is False:
        assert federation.sql(EVERY).fetchall() == before


def test_a_select_that_changes(server: Server, federation: cdi.Federation) -> None:
    sql = "SELECT country, amount, customers FROM total ORDER BY 1"
    before = federation.sql(sql).fetchall()
    server.run("ALTER TABLE Clients MODIFY cents decimal(20,4)")
    assert federation.sql(sql).fetchall() == before
    server.run("ALTER TABLE Clients CHANGE cc land char(3)")
    with pytest.raises(DriftError, match="its SELECT does not run"):
        federation.sql(sql)


def test_a_password_is_in_no_text(server: Server, tmp_path: Path) -> None:
    for more, error in (({"user": "nobody_at_all"}, UnavailableError), ({"port": "1"}, UnavailableError)):
        with cdi.connect(written(tmp_path, server, password=CANARY, connect_timeout=2, **more)) as made:
            with pytest.raises(error) as caught:
                made.sql(EVERY).fetchall()
            texts = [
                str(caught.value),
                repr(caught.value),
                str(made.doctor()),
                repr(made.catalog),
                str(made.validate()),
            ]
            assert not [text for text in texts if CANARY in text]


def test_a_cancelled_query_leaves_nothing_running(server: Server, tmp_path: Path) -> None:
    path = written(tmp_path, server) / "sources" / "billing.yaml"
    slow = "from: SELECT cc, SLEEP(0.5) + cents AS cents, 1 AS n FROM Clients"
    path.write_text(
        "\n".join(slow if "from: SELECT" in line else line for line in path.read_text().split("\n")).replace(
            "from: SELECT", "    from: SELECT"
        )
    )
    running = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '/* cdi:%'"
    with cdi.connect(tmp_path) as made, server.mysql() as db:
        cursor = db.cursor()

        def count() -> int:
            cursor.execute(running)
            return int(cursor.fetchall()[0][0])

        answer = made.sql("SELECT country, amount, customers FROM total")
        failed: list[BaseException] = []

        def read() -> None:
            try:
                answer.arrow()
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=read)
        thread.start()
        until(lambda: count() == 1)
        began = time.monotonic()
        answer.cancel()
        until(lambda: count() == 0)
        assert time.monotonic() - began < 1.0
        thread.join(5)
        assert [type(error) for error in failed] == [Interrupted]
        assert len(made.sql("SELECT id FROM customer").fetchall()) == 43


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
