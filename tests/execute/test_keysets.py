"""A later fragment is told the keys that an earlier one gave, and nothing is sent where there are none."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cdi_federate import tree
from cdi_federate.execute.duck import DuckEngine, keysets
from cdi_federate.stages.events import Teller
from cdi_federate.stages.plan import FederatedPlan, Fetch, Hole, KeySet
from tests.execute.plans import mapping, plan_of, rows_of, source_of

SMALL = ["O'Neil", "Ärger", "%", "", None, "O'Neil", "nobody"]


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Any]:
    made = {}
    tables: dict[str, list[tuple[Any, int]]] = {
        "small": [(k, n) for n, k in enumerate(SMALL)],
        "large": [(k, 1) for k in [*SMALL[:4], *map(str, range(500))]],
    }
    for name, rows in tables.items():
        with sqlite3.connect(tmp_path / f"{name}.db") as db:
            db.execute("CREATE TABLE t (k TEXT, n INTEGER)")
            db.executemany("INSERT INTO t VALUES (?, ?)", rows)
        db.close()
        m = mapping(name, "t")
        made[name] = (source_of("sqlite", tmp_path, [m], name=name, path=f"{name}.db"), m)
    return made


def keyed(engine: DuckEngine, sources: dict[str, Any], column: str, type_: str, where: str) -> FederatedPlan:
    """The plan that fetches `small` first and `large` by its keys."""
    known = {name: (source, m, source.facts(m, engine.probe())) for name, (source, m) in sources.items()}
    sql = f"SELECT l.k FROM small AS s JOIN large AS l USING ({column}) WHERE {where} ORDER BY ALL"
    plan = plan_of(sql, known, [("k", "VARCHAR")])
    first, second, last = plan.steps
    assert isinstance(first, Fetch)
    assert isinstance(second, Fetch)
    query = second.fragment.tree.where(tree.is_in(tree.column(column), [tree.hole("keys")]))  # type: ignore[attr-defined]
    later = replace(second.fragment, tree=query, text=tree.text(query, "sqlite"), holes=(Hole("keys", type_),))
    return replace(plan, steps=(first, KeySet("ks", first.name, column, "keys"), Fetch(later, ("ks",)), last))


def answer(
    engine: DuckEngine, sources: dict[str, Any], plan: FederatedPlan, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Any], str]:
    sent = []
    real = keysets._source
    monkeypatch.setattr(keysets, "_source", lambda *given: sent.append(real(*given)) or sent[-1])
    reached = {name: source for name, (source, _) in sources.items()}
    running = engine.run(plan, reached, deadline=30, tell=Teller("q", None))
    rows = rows_of(running)
    return rows, sent[-1]


def test_keys_are_told(engine: DuckEngine, sources: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    rows, sent = answer(engine, sources, keyed(engine, sources, "k", "VARCHAR", "true"), monkeypatch)
    assert rows == [("",), ("%",), ("O'Neil",), ("O'Neil",), ("Ärger",)]
    assert "WHERE \"k\" IN ('''', ''%'', ''O''''Neil'', ''nobody'', ''Ärger'')" in sent


def test_numbers_are_told(engine: DuckEngine, sources: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    _, sent = answer(engine, sources, keyed(engine, sources, "n", "BIGINT", "s.n = 1"), monkeypatch)
    assert 'WHERE "n" IN (0, 1, 2, 3, 4, 5, 6)' in sent


def test_no_keys_nothing_sent(
    engine: DuckEngine, sources: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "small.db") as db:
        db.execute("DELETE FROM t")
    db.close()
    rows, sent = answer(engine, sources, keyed(engine, sources, "k", "VARCHAR", "true"), monkeypatch)
    assert (rows, "sqlite_query" in sent) == ([], False)


@pytest.mark.parametrize("untellable", ["a\x00b", None])
def test_everything_is_asked_for_where_keys_cannot_be_told(
    engine: DuckEngine, sources: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, untellable: str | None
) -> None:
    plan = keyed(engine, sources, "k", "VARCHAR", "true")
    with sqlite3.connect(tmp_path / "small.db") as db:
        if untellable:
            db.execute("INSERT INTO t VALUES (?, 1)", (untellable,))
        else:
            db.executemany("INSERT INTO t VALUES (?, 1)", [(f"x{n}",) for n in range(keysets.MOST)])
    db.close()
    rows, sent = answer(engine, sources, plan, monkeypatch)
    assert rows == [("",), ("%",), ("O'Neil",), ("O'Neil",), ("Ärger",)]
    assert "WHERE 1 = 1" in sent
