"""What analysts ask passes behind guards that leave every row, and is answered as without them, whichever rules run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cdi_federate.errors import CdiError
from cdi_federate.federation import Federation
from cdi_federate.query.optimise.run import RULES
from tests.policy import office
from tests.query.virtual import SCHEMA, filled, lines

PARAMETERS = {"country": "DE", "d": "2000-01-01", "a": 1, "b": 2}
OPEN = ("SAMPLE", "uuid", "now()", "current_", "age(", "random", "today")
"""What answers otherwise each time."""

KEYS = {"customer": "customer_id", "orders": "order_id", "payment": "payment_id"}
ASKED = [sql for sql in lines("bi.sql") if not any(word.lower() in sql.lower() for word in OPEN)]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Federation, Federation]]:
    folder = tmp_path_factory.mktemp("bi")
    database = filled()
    database.execute("DELETE FROM orders WHERE customer_id IS NULL OR customer_id = 'c9'")  # what no customer explains
    database.execute("UPDATE organization SET customer_id = 'c1'")
    database.execute(f"ATTACH '{folder}/bi.duckdb' AS out")
    for folder_name in ("entities", "sources", "policies"):
        (folder / folder_name).mkdir()
    provides = []
    for table, columns in SCHEMA.items():
        fields = ", ".join(f"{name}: {{type: '{type_.replace('JSON', 'VARCHAR')}'}}" for name, type_ in columns.items())
        key = f"key: {KEYS[table]}\n" if table in KEYS else ""
        (folder / "entities" / f"{table}.yaml").write_text(f"entity: {table}\n{key}fields: {{{fields}}}\n")
        provides.append(
            f"  {table}: {{from: {table}, fields: {{{', '.join(f'{name}: {name}' for name in columns)}}}}}\n"
        )
        database.execute(f"CREATE TABLE out.{table} AS SELECT * FROM {table}")
    database.execute("DETACH out")
    (folder / "catalog.yaml").write_text("name: bi\n")
    connection = "connection: {path: bi.duckdb}\n"
    (folder / "sources" / "all.yaml").write_text(
        f"source: base\nkind: duckdb\n{connection}provides:\n{''.join(provides)}"
    )
    (folder / "policies" / "roles.yaml").write_text(
        "roles:\n  free: {entities: {allow: '*'}, explain: true}\n"
        "  guarded:\n    entities: {allow: '*'}\n    rows:\n      customer: length(customer_id) > 0\n"
        "      orders: amount IS NULL OR amount > -1\n      rates: rate > 0\n"
        f"users:\n  {office.USER}: {{roles: [free, guarded]}}\n"
    )
    pair = (office.opened(folder, "free"), office.opened(folder, "guarded"))
    yield pair
    for each in pair:
        each.close()


def told(federation: Federation, sql: str, without: tuple[str, ...] = ()) -> Any:
    names = {name: value for name, value in PARAMETERS.items() if f"${name}" in sql}
    try:
        prepared = federation.prepare(sql, parameters=names, without=without)
        result = federation.run(prepared)
        return [(column.name, column.type) for column in result.columns], sorted(map(repr, result.fetchall()))
    except CdiError as error:
        return type(error).__name__


@pytest.mark.parametrize("sql", ASKED)
def test_a_guard_that_leaves_all_changes_nothing(pair: tuple[Federation, Federation], sql: str) -> None:
    free, guarded = pair
    expected = told(free, sql)
    assert told(guarded, sql) == expected
    assert told(guarded, sql, tuple(rule.name for rule in RULES)) == expected


def test_nearly_all_are_answered(pair: tuple[Federation, Federation]) -> None:
    refused = [sql for sql in ASKED if isinstance(told(pair[0], sql), str)]
    assert len(refused) < len(ASKED) / 10, refused
