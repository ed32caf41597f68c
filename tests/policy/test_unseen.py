"""Whether a statement fails tells neither whether a hidden row refers to one of another table, nor how many there are.

Companies have the same shops; of shop 900 the postal code is no number. In one of them a visit to it is hidden, in
another there are many hidden visits, so that tables are read in another order where counts decide that.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cdi_federate.errors import CdiError
from cdi_federate.federation import Federation, connect
from cdi_federate.federation.who import user_of_process

SHOPS = [(number, "x" if number == 900 else str(number)) for number in range(1, 12_001)]
SEEN = [(number, number, "v", 1) for number in range(1, 20)]
HIDDEN = {
    "nothing": [],
    "one who refers": [(100, 900, "hidden", 2)],
    "many": [(1000 + number, number % 800 + 1, "hidden", 2) for number in range(40_000)],
}

FILTERS = {
    "told": "visit: \"note = 'v'\"",
    "not_told": "visit: \"regexp_matches(note, '^v')\"",
    "inherited": "person: \"name = 'p'\"",
}
"""Row filters, of which the source is told the first alone; the last is that of whom a visit belongs to."""

QUESTIONS = (
    "SELECT count(*) FROM visit v JOIN shop s ON s.shop_id = v.shop_id WHERE s.zip::INT > 0",
    "SELECT count(*) FROM shop s WHERE s.zip::INT > 0 AND s.shop_id IN (SELECT shop_id FROM visit)",
    "SELECT max(s.zip::INT) FROM shop s, visit v, shop o WHERE s.shop_id = o.shop_id AND o.shop_id = v.shop_id"
    " AND o.zip::INT > 0",
    "SELECT count(*) FROM visit v JOIN shop s ON s.shop_id = v.shop_id"
    " WHERE v.visit_id IN (2, 3, 100) AND s.zip::INT > 0",
    "SELECT count(*) FROM visit v JOIN shop s ON s.shop_id = v.shop_id WHERE s.shop_id = 3 AND v.note::INT > 0",
)


def _write(folder: Path, visits: list[tuple[int, int, str, int]], filter_: str, *, together: bool) -> Path:
    """Write a company; `together`: both tables stand in one database."""
    for name in ("entities", "sources", "policies"):
        (folder / name).mkdir(parents=True)
    shops = "visits" if together else "shops"
    files = {
        "catalog.yaml": "name: shops\naudit: false\n",
        "entities/visit.yaml": "entity: visit\ngrain: records\nkey: visit_id\n"
        "fields: {visit_id: bigint, shop_id: bigint, note: varchar, person_id: varchar}\n",
        "entities/person.yaml": "entity: person\ngrain: records\nkey: person_id\n"
        "fields: {person_id: varchar, name: varchar}\n",
        "entities/shop.yaml": "entity: shop\ngrain: records\nkey: shop_id\nfields: {shop_id: bigint, zip: varchar}\n",
        "policies/roles.yaml": "roles:\n  guest:\n    entities: {allow: '*'}\n"
        f"    rows: {{{filter_}}}\nusers: {{{user_of_process()}: {{roles: [guest]}}}}\n",
    }
    visit = (
        "  person: {name: people, from: people, key: no,\n"
        "           fields: {person_id: {ref: visits.people, column: no}, name: name}}\n"
        "  visit: {from: visits, key: no, fields: {visit_id: no, shop_id: shop, note: note,\n"
        "          person_id: {ref: visits.people, column: person}}}\n"
    )
    shop = "  shop: {from: shops, key: no, fields: {shop_id: no, zip: zip}}\n"
    provided = {"visits": visit + (shop if together else ""), **({} if together else {"shops": shop})}
    for name, said in provided.items():
        files[f"sources/{name}.yaml"] = (
            f"source: {name}\nkind: sqlite\nconnection: {{path: {name}.sqlite}}\nprovides:\n{said}"
        )
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    with closing(sqlite3.connect(folder / "visits.sqlite")) as database:
        database.execute("CREATE TABLE visits (no INTEGER PRIMARY KEY, shop INTEGER, note TEXT, person INTEGER)")
        database.executemany("INSERT INTO visits VALUES (?, ?, ?, ?)", visits)
        database.execute("CREATE TABLE people (no INTEGER PRIMARY KEY, name TEXT)")
        database.executemany("INSERT INTO people VALUES (?, ?)", [(1, "p"), (2, "q")])
        database.commit()
    with closing(sqlite3.connect(folder / f"{shops}.sqlite")) as database:
        database.execute("CREATE TABLE shops (no INTEGER PRIMARY KEY, zip TEXT)")
        database.executemany("INSERT INTO shops VALUES (?, ?)", SHOPS)
        database.commit()
    return folder


def _answer(federation: Federation, sql: str, eager: bool) -> object:
    try:
        return federation.run(federation.prepare(sql, eager=eager)).fetchall()
    except CdiError as error:
        return str(error)


@pytest.mark.parametrize("eager", [False, True], ids=["by cost", "eager"])
@pytest.mark.parametrize("together", [True, False], ids=["one source", "two sources"])
@pytest.mark.parametrize("filter_", FILTERS.values(), ids=FILTERS)
def test_what_fails_does_not_follow_hidden_rows(tmp_path: Path, filter_: str, together: bool, eager: bool) -> None:
    told: dict[str, list[object]] = {}
    for name, hidden in HIDDEN.items():
        folder = _write(tmp_path / name, [*SEEN, *hidden], filter_, together=together)
        with connect(folder, as_="guest") as federation:
            told[name] = [_answer(federation, sql, eager) for sql in QUESTIONS]
    assert told["one who refers"] == told["nothing"]
    assert told["many"] == told["nothing"]


def test_keys_are_told_where_the_statement_says_whose(tmp_path: Path) -> None:
    folder = _write(tmp_path, SEEN, FILTERS["not_told"], together=False)
    with connect(folder, as_="guest") as federation:
        plans = [federation.prepare(sql).plan.plan for sql in QUESTIONS]
        assert [any(scan.keyed for scan in plan.scans) for plan in plans] == [False, False, False, True, False]
        assert federation.sql(QUESTIONS[3]).fetchall() == [(2,)], "shop 900 was not read"
