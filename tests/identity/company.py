"""A small company whose departments are SQLite files, one table each, that tests write and change as they like."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from cdi_federate import connect
from cdi_federate.hub import Crosswalk
from cdi_federate.identity import Built, Store, build

FIELDS = ("email", "phone", "last_name", "birth_date", "national_id")

RULES = """
  rules:
    - {id: email, on: email, block: ["^[0-]*$", "noreply@.*"], max_records_per_value: 4}
    - {id: phone_name, on: phone, requires: lower(last_name), max_records_per_value: 4}
  conflict: birth_date
  max_cluster: 5
"""

Row = Sequence[Any]
"""key, email, phone, last_name, birth_date, national_id, changed; what is missing at the end is NULL."""


@dataclass(slots=True)
class Company:
    """A catalog in a folder; `rules` is the text under `identity:`, `sources` the departments' names."""

    folder: Path
    sources: tuple[str, ...] = ("crm", "shop", "desk")
    rules: str = RULES
    updated: bool = False
    key: str = "no"
    head: str = ""
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.write_catalog()
        for source in self.sources:
            self.rows.setdefault(source, {})
            self.save(source)

    def write_catalog(self) -> None:
        """Write the YAML anew."""
        for name in ("entities", "sources"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "catalog.yaml").write_text(f"name: company\n{self.head}", encoding="utf-8")
        kinds = {"birth_date": "date"}
        fields = "\n".join(f"  {name}: {kinds.get(name, 'varchar')}" for name in ("customer_id", *FIELDS))
        text = f"entity: customer\ngrain: merged\nkey: customer_id\nfields:\n{fields}\nidentity:{self.rules}"
        (self.folder / "entities" / "customer.yaml").write_text(text, encoding="utf-8")
        for source in self.sources:
            mapped = "\n".join(f"      {name}: {name}" for name in FIELDS)
            updated = "    updated: changed\n" if self.updated else ""
            (self.folder / "sources" / f"{source}.yaml").write_text(
                f"source: {source}\nkind: sqlite\nconnection: {{path: {source}.sqlite}}\nprovides:\n  customer:\n"
                f"    name: people\n    from: people\n    key: {self.key}\n{updated}    fields:\n{mapped}\n",
                encoding="utf-8",
            )

    def put(self, source: str, *rows: Row) -> None:
        """Add or change rows of a department, by their key."""
        self.rows[source].update({str(row[0]): row for row in rows})
        self.save(source)

    def drop(self, source: str, *keys: str) -> None:
        """Take rows away."""
        for key in keys:
            del self.rows[source][key]
        self.save(source)

    def save(self, source: str) -> None:
        """Write a department's table anew, in place."""
        with sqlite3.connect(self.folder / f"{source}.sqlite") as db:
            db.execute("DROP TABLE IF EXISTS people")
            db.execute(
                f"CREATE TABLE people (no TEXT, {', '.join(f'{name} TEXT' for name in FIELDS)}, changed TIMESTAMP)"
            )
            filled = [tuple(row) + (None,) * (7 - len(row)) for row in self.rows[source].values()]
            db.executemany("INSERT INTO people VALUES (?,?,?,?,?,?,?)", filled)
        db.close()

    def build(self, **options: Any) -> Built:
        """Build the crosswalk."""
        with connect(self.folder) as federation:
            return build(federation, "customer", **options)

    @property
    def store(self) -> Store:
        """The folder of the crosswalk."""
        return Store(self.folder, "customer")

    def crosswalk(self) -> Crosswalk:
        """Return the generation in force."""
        found = Crosswalk.current(self.folder, "customer")
        assert found is not None
        return found

    def records(
        self, columns: str = "mapping, key, master_id", where: str = "valid_to IS NULL"
    ) -> list[tuple[Any, ...]]:
        """Return columns of the crosswalk, sorted; the two files of records must say the same."""
        found = self.crosswalk()
        by_key, by_id = (
            sorted(duckdb.sql(f"SELECT {columns} FROM ({sql}) WHERE {where}").fetchall(), key=repr)
            for sql in (found.by_key_sql(), found.by_id_sql())
        )
        assert by_key == by_id
        return by_key

    def ids(self) -> dict[str, str]:
        """Return `source:key` → master id."""
        return {f"{mapping.split('.')[0]}:{key}": master for mapping, key, master in self.records()}

    def customers(self) -> list[list[str]]:
        """Return the customers as sorted lists of `source:key`."""
        groups: dict[str, list[str]] = {}
        for record, master in self.ids().items():
            groups.setdefault(master, []).append(record)
        return sorted(sorted(group) for group in groups.values())

    def together(self) -> list[list[str]]:
        """Return the customers of several records."""
        return [group for group in self.customers() if len(group) > 1]

    def quarantine(self) -> list[tuple[Any, ...]]:
        """Return rule, reason, how many, and the members' keys."""
        file = self.crosswalk().quarantine
        members = "list_transform(members, lambda m: m.mapping || ':' || m.key)"
        sql = f"SELECT rule_id, reason, records, {members} FROM '{file}'"
        return sorted(duckdb.sql(sql).fetchall())

    def aliases(self) -> dict[str, str]:
        """Return the ids that were given once → those in force."""
        return dict(duckdb.sql(f"SELECT old_master_id, master_id FROM '{self.crosswalk().aliases}'").fetchall())


def files_below(folder: Path) -> Iterable[Path]:
    """Yield every file below a folder."""
    return (path for path in folder.rglob("*") if path.is_file())
