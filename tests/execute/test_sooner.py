"""LIMIT over several sources: one that is expected to have enough rows is asked alone, and counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cdi_federate as cdi
from cdi_federate.errors import LostError
from cdi_federate.execute.duck.engine import DuckEngine
from cdi_federate.federation import Federation
from cdi_federate.stages.events import Event

ROWS = 2000
FILES = {
    "catalog.yaml": "name: c\n",
    "entities/person.yaml": "entity: person\nfields: {nr: bigint, kind: varchar}\n",
    "sources/crm.yaml": "source: crm\nkind: sqlite\nconnection: {path: crm.sqlite}\n"
    "provides: {person: {from: people, fields: {nr: nr, kind: kind}}}\n",
    "sources/erp.yaml": "source: erp\nkind: sqlite\nconnection: {path: erp.sqlite}\n"
    "provides: {person: {from: people, fields: {nr: nr, kind: kind}}}\n",
}


@pytest.fixture
def fed(tmp_path: Path) -> Iterator[Federation]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for name, few in (("crm", 3), ("erp", 40)):  # both count two kinds, so each expects half of its rows of either
        with sqlite3.connect(tmp_path / f"{name}.sqlite") as db:
            db.execute("CREATE TABLE people (nr INTEGER PRIMARY KEY, kind TEXT)")
            count = ROWS if name == "crm" else ROWS + 1
            rows = [(n, "few" if n < few else "many") for n in range(count)]
            db.executemany("INSERT INTO people VALUES (?, ?)", rows)
            db.execute("CREATE INDEX by_kind ON people (kind)")
            db.execute("ANALYZE")
        db.close()
    with cdi.connect(tmp_path) as federation:
        yield federation


def ask(fed: Federation, sql: str) -> tuple[list[tuple[Any, ...]], list[str], list[Event]]:
    """Return the rows, the sources that were sent something, in order, and all that was told."""
    events: list[Event] = []
    rows = fed.sql(sql, listener=events.append).fetchall()
    return rows, [event.detail["source"] for event in events if event.kind == "fragment_start"], events


def test_one_source_is_enough(fed: Federation) -> None:
    rows, sent, events = ask(fed, "SELECT nr, kind FROM person WHERE kind = 'many' LIMIT 20")
    assert len(rows) == 20 and {kind for _, kind in rows} == {"many"}
    assert len(sent) == 1
    assert [event.detail["rows"] for event in events if event.kind == "end"] == [20]


def test_of_a_source_that_was_enough_the_answer_says_so(fed: Federation) -> None:
    result = fed.sql("SELECT nr FROM person LIMIT 5 OFFSET 7")
    assert len(result.fetchall()) == 5
    (origin,) = result.sources
    other = {"crm": "erp", "erp": "crm"}[origin.name]
    told = result.explain(analyze=True)
    assert f"{other}.people as person: ruled out by 12 rows of {origin.name}.people" in told


def test_the_plan_says_who_is_asked_first(fed: Federation) -> None:
    told = fed.prepare("SELECT nr FROM person LIMIT 5").explain()
    assert ".people alone; the others only if it has fewer than 5 rows" in told
    assert "source crm: sent SQL" in told and "source erp: sent SQL" in told


@pytest.mark.parametrize(("limit", "found"), [(41, 41), (50, 43)])
def test_a_wrong_guess_asks_all(fed: Federation, limit: int, found: int) -> None:
    """Of `few` no source has as many as its counts say; what was found is thrown away, and nothing comes twice."""
    rows, sent, events = ask(fed, f"SELECT nr, _source FROM person WHERE kind = 'few' LIMIT {limit}")
    assert len(rows) == len(set(rows)) == found
    assert len(sent) == 3 and set(sent[1:]) == {"crm", "erp"}
    assert [event.detail["rows"] for event in events if event.kind == "end"] == [found]


def test_what_fails_first_is_asked_with_the_others(fed: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    run, calls = DuckEngine.run, []

    def lost_once(self: DuckEngine, *given: Any, **more: Any) -> Any:
        calls.append(given)
        if len(calls) == 1:
            raise LostError("the connection broke", source="crm")
        return run(self, *given, **more)

    monkeypatch.setattr(DuckEngine, "run", lost_once)
    assert len(fed.sql("SELECT nr FROM person LIMIT 5").fetchall()) == 5
    assert len(calls) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT nr FROM person LIMIT 0",
        "SELECT nr FROM person LIMIT 0 OFFSET 3",
        "SELECT nr FROM person LIMIT 1900",  # no source is expected to have four times as many
        "SELECT nr FROM person ORDER BY nr LIMIT 5",
        "SELECT DISTINCT kind FROM person LIMIT 1",
        "SELECT count(*) FROM person LIMIT 1",
        "SELECT nr FROM person WHERE kind = 'many'",
        "SELECT a.nr FROM person a JOIN person b USING (nr) LIMIT 5",
        "SELECT nr FROM person WHERE nr + 1 = 5 LIMIT 1",
    ],
)
def test_all_are_asked_at_once(fed: Federation, sql: str) -> None:
    assert not fed.prepare(sql).plan.sooner


def test_parameters_reach_both_plans(fed: Federation) -> None:
    prepared = fed.prepare("SELECT nr, kind FROM person WHERE kind = $kind LIMIT 20")
    for kind, count in (("many", 20), ("few", 20), ("none", 0)):
        rows = fed.run(prepared, kind=kind).fetchall()
        assert len(rows) == count and {each for _, each in rows} <= {kind}
