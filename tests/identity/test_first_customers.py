"""The first merged rows in an order: of whom sources are asked, how much, and what is done where it is not enough."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

import cdi_federate as cdi
from cdi_federate.federation import Federation, Prepared
from cdi_federate.identity import build
from cdi_federate.stages.steps import Fetch

ENTITY = """entity: customer
grain: merged
key: customer_id
fields:
  customer_id: varchar
  email: varchar
  points: {type: integer, survivorship: {rule: source_priority, order: [crm, shop]}}
  level: {type: integer, survivorship: unanimous}
  names: {type: varchar, survivorship: collect}
  city: {type: varchar, survivorship: {follow: points}}
identity:
  rules:
    - {id: email, on: email}
"""
SOURCE = """source: {name}
kind: sqlite
connection: {{path: {name}.sqlite}}
provides:
  customer:
    name: people
    from: people
    key: {key}
    fields: {{email: email, points: points, level: level, names: city, city: city}}
"""
ROWS = 6_000
"""Of each of two sources: more than are worth being left where they are."""


def write(folder: Path, rows: dict[str, list[tuple[Any, ...]]], entity: str = ENTITY, key: str = "no") -> None:
    """Write a catalog of departments with rows (no, email, points, level, city), and link them by e-mail.

    `key` is that of the last department's records.
    """
    for name in ("entities", "sources"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "catalog.yaml").write_text('name: company\nidentity: {secret: "0123456789abcdef0123456789abcdef"}\n')
    (folder / "entities" / "customer.yaml").write_text(entity)
    for name, of in rows.items():
        (folder / "sources" / f"{name}.yaml").write_text(
            SOURCE.format(name=name, key=key if name == [*rows][-1] else "no")
        )
        with sqlite3.connect(folder / f"{name}.sqlite") as db:
            db.execute("CREATE TABLE people (no INTEGER, email TEXT, points INTEGER, level INTEGER, city TEXT)")
            db.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", of)
            db.execute("CREATE INDEX by_no ON people (no)")
            db.execute("CREATE INDEX by_points ON people (points)")
            db.execute("CREATE INDEX by_level ON people (level)")
            db.execute("ANALYZE")
        db.close()
    with cdi.connect(folder) as fed:
        build(fed, "customer")


def plain(start: int = 0) -> list[tuple[Any, ...]]:
    """Return rows of which each has other points, and a tenth of a level each."""
    return [(n, f"{n}@x", start + n, n // 10, f"c{n % 7}") for n in range(ROWS)]


def asked(fed: Federation, sql: str, **how: Any) -> tuple[list[tuple[Any, ...]], int, int | None]:
    """Return the rows, how many rows sources have sent for them, and which try was enough (None: it took all)."""
    plan = fed.prepare(sql, **how).plan
    result = fed.run(Prepared(plan, plan.columns, {}))
    rows = result.fetchall()
    assert result.ran is not None
    sent = sum(each.rows for each in result.ran.fragments.values())
    return rows, sent, next((at for at, each in enumerate(plan.sooner) if each.plan.plan is result.plan.plan), None)


def whole(fed: Federation, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows that come of all records."""
    plan = replace(fed.prepare(sql).plan, sooner=())
    return fed.run(Prepared(plan, plan.columns, {})).fetchall()


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """Two departments; the shop's points of thirty customers are far above all others, and lose."""
    folder = tmp_path_factory.mktemp("customers")
    shop = [
        (no, mail, 90_000 + no if no < 30 else points // 2, level, city) for no, mail, points, level, city in plain()
    ]
    write(folder, {"crm": plain(), "shop": shop})
    with cdi.connect(folder) as federation:
        yield federation


def test_few_records_are_read(fed: Federation) -> None:
    sql = "SELECT customer_id, points, city FROM customer ORDER BY points, customer_id LIMIT 5"
    rows, sent, at = asked(fed, sql)
    assert rows == whole(fed, sql) and [points for _, points, _ in rows] == [0, 1, 2, 3, 4]
    assert at == 0 and sent <= 120


def test_values_that_lose_are_read_past(fed: Federation) -> None:
    """The foremost records of the shop lose, so nothing is certain; behind them something is."""
    sql = "SELECT customer_id, points FROM customer ORDER BY points DESC LIMIT 1"
    rows, sent, at = asked(fed, sql)
    assert rows == whole(fed, sql) and [points for _, points in rows] == [5999]
    assert at == 1 and sent < 500


def test_an_index_gives_the_first_records(fed: Federation) -> None:
    """A source that does not use one sorts all its records, for each try."""
    plan = fed.prepare("SELECT customer_id, points FROM customer ORDER BY points DESC LIMIT 5").plan
    firsts = [
        step.fragment.text
        for each in plan.sooner
        for step in each.plan.steps
        if isinstance(step, Fetch) and "ORDER BY" in step.fragment.text
    ]
    assert len(firsts) == 2, "one of each department"
    folder = fed.catalog.base
    for text in firsts:
        with sqlite3.connect(Path(folder) / "crm.sqlite") as db:
            told = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {text}"))
        db.close()
        assert "USING INDEX by_points" in told and "USE TEMP B-TREE FOR ORDER BY" not in told, told


def test_where_too_many_lose_all_are_read(tmp_path: Path) -> None:
    write(tmp_path, {"crm": plain()[:400], "shop": plain(start=90_000)[:400]})
    with cdi.connect(tmp_path) as fed:
        sql = "SELECT customer_id, points FROM customer ORDER BY points DESC LIMIT 5"
        assert len(tried(fed, sql, eager=True)) == 2
        rows, _, at = asked(fed, sql, eager=True)
    assert [points for _, points in rows] == [399, 398, 397, 396, 395] and at is None


def test_ties_are_read_past_where_another_key_decides(fed: Federation) -> None:
    """Ten customers have the highest level: as many as the first try would look at could tie."""
    sql = "SELECT customer_id, level FROM customer ORDER BY level DESC, customer_id LIMIT 1"
    rows, _, _ = asked(fed, sql)
    assert rows == whole(fed, sql)
    assert [each.rows for each in tried(fed, sql)] == [64]
    assert [each.rows for each in tried(fed, sql.replace(", customer_id LIMIT", " LIMIT"))] == [4, 64]


def tried(fed: Federation, sql: str, **how: Any) -> list[Any]:
    """Return what is tried first, in order."""
    merges = [each.plan.plan.scans[-1].merge for each in fed.prepare(sql, **how).plan.sooner]
    return [merge.foremost for merge in merges if merge is not None]


def test_a_condition_makes_more_records_be_read(fed: Federation) -> None:
    """One city is one of seven, which nobody has counted: one in ten."""
    sql = "SELECT customer_id, points FROM customer WHERE city = 'c3' ORDER BY points LIMIT 3"
    assert [each.rows for each in tried(fed, sql)] == [120]
    rows, sent, at = asked(fed, sql)
    assert rows == whole(fed, sql) and [points for _, points in rows] == [3, 10, 17]
    assert at == 0 and sent < 1_000


def test_parameters_reach_each_try(fed: Federation) -> None:
    for at in (3, 5):
        result = fed.sql("SELECT points FROM customer WHERE city = $city ORDER BY points LIMIT 2", city=f"c{at}")
        assert result.fetchall() == [(at,), (at + 7,)]
        assert result.plan.plan.scans[-1].merge is not None and result.plan.plan.scans[-1].merge.foremost is not None


def test_the_plan_tells_it(fed: Federation) -> None:
    told = fed.prepare("SELECT email FROM customer ORDER BY points DESC LIMIT 1").explain()
    assert "the customers of the first 4, then 64 records of each mapping by points; all only if" in " ".join(
        told.split()
    )


def test_what_ran_is_told_too(fed: Federation) -> None:
    told = " ".join(fed.sql("SELECT email FROM customer ORDER BY points LIMIT 3").explain(analyze=True).split())
    assert "collected first, for the first 12 records by points" in told and "ran 3 rows" in told


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("points NULLS FIRST", "who has no 'points' comes first"),
        ("names", "'names' is collected"),
        ("customer_id", "'customer_id' is no value of a record"),
        ("points + level", "the order is that of an expression"),
    ],
)
def test_the_plan_says_why_it_is_not_tried(fed: Federation, order: str, why: str) -> None:
    told = fed.prepare(f"SELECT email FROM customer ORDER BY {order} LIMIT 3").explain()
    assert f"may have lost against another record's ({why})" in " ".join(told.split())


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT email FROM customer ORDER BY points NULLS FIRST LIMIT 5", "who has none comes first"),
        ("SELECT email FROM customer ORDER BY names LIMIT 5", "a list is no record's value"),
        ("SELECT email FROM customer ORDER BY customer_id LIMIT 5", "an id is a hash of no column"),
        ("SELECT email FROM customer ORDER BY points__source LIMIT 5", "a source is no value"),
        ("SELECT email FROM customer ORDER BY _updated_at LIMIT 5", "nor is a moment"),
        ("SELECT email FROM customer ORDER BY points + 1 LIMIT 5", "an expression"),
        ("SELECT email FROM customer ORDER BY points DESC, length(email) LIMIT 5", "an expression"),
        ("SELECT DISTINCT points FROM customer ORDER BY points LIMIT 5", "rows are made one"),
        ("SELECT points, count(*) FROM customer GROUP BY points ORDER BY points LIMIT 5", "rows are put together"),
        ("SELECT points, rank() OVER (ORDER BY email) FROM customer ORDER BY points LIMIT 5", "all rows count"),
        ("SELECT a.email FROM customer a JOIN customer b USING (customer_id) ORDER BY a.points LIMIT 5", "a join"),
        (
            "SELECT email FROM customer WHERE email IN (SELECT email FROM customer_record) ORDER BY points LIMIT 5",
            "two",
        ),
        ("SELECT email FROM customer ORDER BY points LIMIT 0", "no rows"),
        ("SELECT email FROM customer ORDER BY points", "all rows"),
        ("SELECT email FROM customer ORDER BY points LIMIT 4000", "many rows"),
        ("SELECT email FROM customer WHERE points = 7 ORDER BY level LIMIT 5", "the condition finds fewer"),
        ("SELECT email FROM customer WHERE customer_id = 'x' ORDER BY level LIMIT 5", "nor is an id any record's"),
        ("SELECT email FROM customer WHERE length(email) > 3 ORDER BY level LIMIT 5", "nobody knows how many that are"),
    ],
)
def test_all_are_asked_at_once(fed: Federation, sql: str, why: str) -> None:
    assert not fed.prepare(sql).plan.sooner, why


def test_a_strict_field_is_read_of_all(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"crm": plain()[:9], "shop": plain()[:9]},
        ENTITY.replace("email: varchar", "email: {type: varchar, strict: true}"),
    )
    with cdi.connect(tmp_path) as fed:
        assert not tried(fed, "SELECT points, email FROM customer ORDER BY points LIMIT 5", eager=True)
        assert tried(fed, "SELECT points FROM customer ORDER BY points LIMIT 5", eager=True)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.bars) for n in range(1, 40))])
def test_each_try_is_the_beginning_of_the_whole(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of customers with conflicts, ties, NULL, records without a key, of one key, and newer than the crosswalk.

    The keys of one department are of two columns, or stored as hashes.
    """
    monkeypatch.setattr("cdi_federate.query.foremost.ROUNDS", ((1, 1), (2, 1), (5, 1)))
    random = Random(seed)

    def some(source: str, mails: int) -> list[tuple[Any, ...]]:
        keys = [*range(40), 7, 7, None, None, None]
        cell = lambda most: random.choice((None, *range(most)))  # noqa: E731
        return [(no, f"{random.randrange(mails)}@x", cell(12), cell(4), random.choice("abc")) for no in keys]

    names = ("crm", "shop", "desk")
    key = ("[no, level]", "{column: no, store: hmac}", "no")[seed % 3]
    write(tmp_path, {name: some(name, 60) for name in names}, key=key)
    with sqlite3.connect(tmp_path / "shop.sqlite") as db:
        db.executemany("INSERT INTO people VALUES (?, '1@x', ?, ?, 'z')", [(100 + n, n + 5, n) for n in range(9)])
        db.execute("UPDATE people SET points = 40 WHERE no = 3")
    db.close()
    enough = short = 0
    with cdi.connect(tmp_path) as fed:
        for by in random.sample(("points", "points DESC", "level", "level DESC", "city", "email DESC"), 3):
            field, further = by.split()[0], random.choice(("", ", customer_id", ", email DESC, customer_id"))
            where = random.choice(("", "", "WHERE level > 0 ", "WHERE email <> '1@x' OR points IS NULL "))
            sql = f"SELECT {field}, customer_id, email FROM customer {where}ORDER BY {by}{further} LIMIT 4"
            plan = fed.prepare(sql, eager=True).plan
            assert len(plan.sooner) == 3
            expected, shown = whole(fed, sql), 2 if further else 1  # who has no id ties with others
            for each in plan.sooner:
                rows = fed.run(Prepared(each.plan, each.plan.columns, {})).fetchall()
                assert [row[:shown] for row in rows] == [row[:shown] for row in expected[: len(rows)]], sql
                enough, short = enough + (len(rows) == 4), short + (len(rows) < 4)
    assert enough and (short or seed), "in the first world both are tried"
