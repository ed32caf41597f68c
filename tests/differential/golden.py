"""Merged entities in the reference: a naive merge, one customer at a time, by `tests/identity/merging.py`.

Python chooses which record gives each value; the value itself is taken by SQL, so that none goes through Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from tests.identity.merging import Record, Rule, golden

NEAR = ("rid__", "at__", "_source", "_record_key", "_updated_at")


def build(db: duckdb.DuckDBPyConnection, entity: dict[str, Any], records: str, mappings: list[str]) -> None:
    """Create the tables of a merged entity from a SELECT of its records, each with its id and its mapping's `at__`."""
    name, id_ = entity["entity"], entity["key"]
    db.execute(f"CREATE OR REPLACE TEMP TABLE all__ AS SELECT row_number() OVER () AS rid__, * FROM ({records})")
    db.execute(f"CREATE OR REPLACE TABLE {name}_record AS SELECT * EXCLUDE (rid__, at__) FROM all__")
    rules, fields = _rules(entity), [each for each in entity["fields"] if each != id_]
    single = [field for field in fields if rules[field].rule != "collect"]
    columns = ", ".join(
        [f"{id_} VARCHAR", "_sources VARCHAR[]", "_updated_at TIMESTAMP", *(f"r_{f} BIGINT" for f in single)]
    )
    lists = "".join(f", l_{f} BIGINT[]" for f in fields if f not in single)
    db.execute(f"CREATE OR REPLACE TEMP TABLE chosen__ ({columns}{lists})")
    rows = [
        _chosen(customer, records_, single, rules, fields)
        for customer, records_ in _customers(db, id_, fields, mappings)
    ]
    if rows:
        db.executemany(f"INSERT INTO chosen__ VALUES ({', '.join('?' for _ in rows[0])})", rows)
    joins = " ".join(f"LEFT JOIN all__ AS of_{f} ON of_{f}.rid__ = r_{f}" for f in single)
    shown = [
        f"chosen__.{id_}" if f == id_ else f"of_{f}.{f}" if f in single else _collected(f) for f in entity["fields"]
    ]
    origins = [f"of_{f}._source AS {f}__source, of_{f}._updated_at AS {f}__as_of" for f in single]
    outputs = ", ".join([*shown, "chosen__._sources", "chosen__._updated_at", *origins])
    db.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {outputs} FROM chosen__ {joins}")
    db.execute(f"CREATE OR REPLACE TABLE identifier AS SELECT id AS {id_}, mapping, key AS record_key FROM links")


def _collected(field: str) -> str:
    ordered = f"list(a.{field} ORDER BY list_position(l_{field}, a.rid__))"
    return f"(SELECT {ordered} FROM all__ AS a WHERE list_contains(l_{field}, a.rid__)) AS {field}"


def _rules(entity: dict[str, Any]) -> dict[str, Rule]:
    default = _rule(entity.get("survivorship", "source_priority"), Rule("source_priority"))
    fields = {name: spec if isinstance(spec, dict) else {} for name, spec in entity["fields"].items()}
    return {
        name: _rule(spec["survivorship"], default) if "survivorship" in spec else default
        for name, spec in fields.items()
    }


def _rule(spec: Any, default: Rule) -> Rule:
    if isinstance(spec, str):
        return Rule(spec, order=default.order, tie=default.tie)
    of = spec.get("follow", spec.get("of", ""))
    order, tie = tuple(spec.get("order", default.order)), tuple(spec.get("tie", default.tie))
    return Rule("follow" if of else spec["rule"], of, spec.get("ignore_empty", True), tie, order)


def _customers(
    db: duckdb.DuckDBPyConnection, id_: str, fields: list[str], mappings: list[str]
) -> Iterator[tuple[str | None, list[tuple[int, Record]]]]:
    """Yield each customer's id with its records; a record without an id is a customer by itself."""
    shown = [f"CAST({field} AS VARCHAR)" for field in fields]
    found = db.execute(f"SELECT {', '.join([*NEAR, id_, *fields, *shown])} FROM all__ ORDER BY rid__").fetchall()
    by_id: dict[Any, list[tuple[int, Record]]] = {}
    for rid, at, source, key, updated, customer, *rest in found:
        values, texts = dict(zip(fields, rest, strict=False)), dict(zip(fields, rest[len(fields) :], strict=True))
        known = {name: _plain(text, values[name]) for name, text in texts.items() if text is not None}
        record = Record(source, key or "", values, updated, at, mappings[at], known)
        by_id.setdefault(customer if customer is not None else rid, []).append((rid, record))
    for customer, records in by_id.items():
        yield (customer if isinstance(customer, str) else None), records


def _plain(text: str, value: Any) -> str:
    """Return the text of a value; both zeros are one value, so they are of one length."""
    return "0.0" if isinstance(value, float) and not value else text


def _chosen(
    customer: str | None,
    records: list[tuple[int, Record]],
    single: list[str],
    rules: dict[str, Rule],
    fields: list[str],
) -> list[Any]:
    rids = {id(record): rid for rid, record in records}
    alone = [record for _, record in records]
    moments = [record.updated for record in alone if record.updated is not None]
    row: list[Any] = [customer, sorted({record.source for record in alone}), max(moments, default=None)]
    for field in single:
        _, winner = golden(alone, field, rules)
        row.append(None if winner is None else rids[id(winner)])
    for field in fields:
        if field not in single:
            values, _ = golden(alone, field, rules)
            row.append(values and [next(rids[id(r)] for r in alone if r.values[field] == value) for value in values])
    return row
