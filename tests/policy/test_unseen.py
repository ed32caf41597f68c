"""Whether a statement fails does not tell whether a hidden row refers to a row of another table.

Two companies have the same shops; of shop 900 the postal code is no number. In one of them a visit to it is hidden.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cdi_federate.errors import CdiError
from cdi_federate.federation import Federation, connect
from cdi_federate.federation.who import user_of_process

SHOPS = [(number, "x" if number == 900 else str(number)) for number in range(1, 12_001)]
SEEN = [(number, number, "v") for number in range(1, 20)]
HIDDEN = (100, 900, "hidden")

FILTERS = {
    "told": "note = 'v'",
    "not_told": "regexp_matches(note, '^v')",
}
"""Row filters of visits, of which the source is told the first alone."""

QUESTIONS = (
    "SELECT count(*) FROM visit v JOIN shop s ON s.shop_id = v.shop_id WHERE s.zip::INT > 0",
    "SELECT count(*) FROM shop s WHERE s.zip::INT > 0 AND s.shop_id IN (SELECT shop_id FROM visit)",
    "SELECT max(s.zip::INT) FROM shop s, visit v, shop o WHERE s.shop_id = o.shop_id AND o.shop_id = v.shop_id"
    " AND o.zip::INT > 0",
)


def _write(folder: Path, visits: list[tuple[int, int, str]], filter_: str, *, together: bool) -> Path:
    """Write a company; `together`: both tables stand in one database."""
    for name in ("entities", "sources", "policies"):
        (folder / name).mkdir(parents=True)
    shops = "visits" if together else "shops"
    files = {
        "catalog.yaml": "name: shops\naudit: false\n",
        "entities/visit.yaml": "entity: visit\ngrain: records\nkey: visit_id\n"
        "fields: {visit_id: bigint, shop_id: bigint, note: varchar}\n",
        "entities/shop.yaml": "entity: shop\ngrain: records\nkey: shop_id\nfields: {shop_id: bigint, zip: varchar}\n",
        "policies/roles.yaml": "roles:\n  guest:\n    entities: {allow: '*'}\n"
        f'    rows: {{visit: "{filter_}"}}\nusers: {{{user_of_process()}: {{roles: [guest]}}}}\n',
    }
    visit = "  visit: {from: visits, key: no, fields: {visit_id: no, shop_id: shop, note: note}}\n"
    shop = "  shop: {from: shops, key: no, fields: {shop_id: no, zip: zip}}\n"
    provided = {"visits": visit + (shop if together else ""), **({} if together else {"shops": shop})}
    for name, said in provided.items():
        files[f"sources/{name}.yaml"] = (
            f"source: {name}\nkind: sqlite\nconnection: {{path: {name}.sqlite}}\nprovides:\n{said}"
        )
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    with closing(sqlite3.connect(folder / "visits.sqlite")) as database:
        database.execute("CREATE TABLE visits (no INTEGER PRIMARY KEY, shop INTEGER, note TEXT)")
        database.executemany("INSERT INTO visits VALUES (?, ?, ?)", visits)
        database.commit()
    with closing(sqlite3.connect(folder / f"{shops}.sqlite")) as database:
        database.execute("CREATE TABLE shops (no INTEGER PRIMARY KEY, zip TEXT)")
        database.executemany("INSERT INTO shops VALUES (?, ?)", SHOPS)
        database.commit()
    return folder


def _answer(federation: Federation, sql: str) -> object:
    try:
        return federation.sql(sql).fetchall()
    except CdiError as error:
        return str(error)


@pytest.fixture
def answers(tmp_path: Path) -> Callable[[str, bool, str], list[object]]:
    """Return what asks both companies: without the hidden visit and with it."""

    def asked(filter_: str, together: bool, sql: str) -> list[object]:
        found = []
        for name, visits in {"without": SEEN, "with": [*SEEN, HIDDEN]}.items():
            folder = _write(tmp_path / name, visits, filter_, together=together)
            with connect(folder, as_="guest") as federation:
                found.append(_answer(federation, sql))
        return found

    return asked


@pytest.mark.parametrize("sql", QUESTIONS)
@pytest.mark.parametrize("together", [True, False], ids=["one source", "two sources"])
@pytest.mark.parametrize("filter_", FILTERS.values(), ids=FILTERS)
def test_who_is_referred_to_does_not_show(
    answers: Callable[[str, bool, str], list[object]], filter_: str, together: bool, sql: str
) -> None:
    without, with_ = answers(filter_, together, sql)
    assert without == with_
