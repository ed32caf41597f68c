"""Makes a world smaller as long as a question is still answered wrongly in it.

What can go goes, largest things first: rules, parts of the query, sources, tables, mappings, their conditions and
claims, rows by halves, fields, columns, at last the entities' own fields and the steps of what is left.
"""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.differential.answers import Question
from tests.differential.described import Described, Table
from tests.differential.found import Finding
from tests.differential.simpler import simpler

Asked = Callable[[Finding], str]
"""Builds a finding's world and asks again; returns what is wrong, empty where all is well or nothing can be built."""


def shrunk(finding: Finding, asked: Asked, *, seconds: float = 90) -> Finding:
    """Return the smallest finding that was reached in the time given; asked again, it is still wrong."""
    until = time.monotonic() + seconds
    for rule in finding.without:
        finding = _if_wrong(finding, replace(finding, without=tuple(r for r in finding.without if r != rule)), asked)
    finding = _question(finding, asked, until)
    changed = not isinstance(finding.world, str)
    while changed:
        changed = False
        for smaller in _smaller:
            found = _pass(finding, smaller, asked, until)
            changed |= found is not finding
            finding = found
        changed &= time.monotonic() < until
    return _question(finding, asked, until + seconds / 3)


def _question(finding: Finding, asked: Asked, until: float) -> Finding:
    """Take parts out of the query, as long as it is no part of another one."""
    tried: set[str] = set()
    while isinstance(finding.asked, Question) and not finding.asked.whole:
        for sql in simpler(finding.asked.sql):
            if time.monotonic() > until:
                return finding
            used = {name: value for name, value in finding.asked.parameters.items() if f"${name}" in sql}
            if sql not in tried and len(sql) <= len(finding.asked.sql):
                tried.add(sql)
                found = _if_wrong(finding, replace(finding, asked=Question(sql, used)), asked)
                if found is not finding:
                    finding = found
                    break
        else:
            break
    return finding


def _pass(finding: Finding, smaller: Callable[[Described], Iterator[Described]], asked: Asked, until: float) -> Finding:
    """Try each step of one kind; after a step that holds, go on from there with the next."""
    at = 0
    while time.monotonic() < until:
        assert isinstance(finding.world, Described)
        step = next((world for n, world in enumerate(smaller(finding.world)) if n == at), None)
        if step is None:
            break
        found = _if_wrong(finding, replace(finding, world=step), asked)
        at += found is finding
        finding = found
    return finding


def _if_wrong(before: Finding, after: Finding, asked: Asked) -> Finding:
    wrong = asked(after)
    return replace(after, wrong=wrong) if wrong else before


def _sources(world: Described) -> Iterator[Described]:
    for path, document in world.files.items():
        if path.startswith("sources/"):
            left = {other: kept for other, kept in world.files.items() if other != path}
            name = str(document["source"])
            yield Described(left, tuple(table for table in world.tables if table.source != name))


def _tables(world: Described) -> Iterator[Described]:
    for table in world.tables:

        def kept(mapping: Any, table: Table = table) -> bool:
            return str(mapping["from"]).split(".")[0] != table.name

        path = f"sources/{table.source}.yaml"
        provides = {e: [m for m in maps if kept(m)] for e, maps in world.files[path]["provides"].items()}
        files = _changed(world, path, {"provides": {e: maps for e, maps in provides.items() if maps}})
        yield Described(files, tuple(other for other in world.tables if other is not table))


def _mappings(world: Described) -> Iterator[Described]:
    for path, entity, at in _places(world):
        provides = dict(world.files[path]["provides"])
        provides[entity] = [mapping for n, mapping in enumerate(provides[entity]) if n != at]
        kept = {name: mappings for name, mappings in provides.items() if mappings}
        yield replace(world, files=_changed(world, path, {"provides": kept}))


def _parts(world: Described) -> Iterator[Described]:
    """Conditions, claims, keys, and fields of mappings."""
    for path, entity, at in _places(world):
        mapping = world.files[path]["provides"][entity][at]
        for key in ("claims", "where", "key"):
            if key in mapping:
                yield _with(world, path, entity, at, {k: v for k, v in mapping.items() if k != key})
        for name in mapping["fields"]:
            fields = {field: made for field, made in mapping["fields"].items() if field != name}
            if fields:
                yield _with(world, path, entity, at, {**mapping, "fields": fields})


def _steps(world: Described) -> Iterator[Described]:
    """Steps of columns, codes of lists."""
    for path, entity, at in _places(world):
        mapping = world.files[path]["provides"][entity][at]
        for name, made in mapping["fields"].items():
            if isinstance(made, dict) and "ref" not in made:
                steps = [step for step in made if step not in ("column", "const")]
                smaller = [{k: v for k, v in made.items() if k != step} for step in steps]
                if isinstance(made.get("codes"), dict) and len(made["codes"]) > 1:
                    codes = made["codes"]
                    smaller += [{**made, "codes": {k: v for k, v in codes.items() if k != code}} for code in codes]
                for less in smaller:
                    yield _with(world, path, entity, at, {**mapping, "fields": {**mapping["fields"], name: less}})


def _rows(world: Described) -> Iterator[Described]:
    for at, table in enumerate(world.tables):
        size = max(len(table.rows) // 2, 1)
        while size:
            for start in range(0, len(table.rows), size):
                left = table.rows[:start] + table.rows[start + size :]
                yield _table(world, at, replace(table, rows=left))
            size //= 2


def _columns(world: Described) -> Iterator[Described]:
    for at, table in enumerate(world.tables):
        for column in range(len(table.columns)):
            rows = tuple(row[:column] + row[column + 1 :] for row in table.rows)
            columns = table.columns[:column] + table.columns[column + 1 :]
            files = dict(world.files)
            path = f"sources/{table.source}.yaml"
            if files[path]["kind"] == "json":
                files[path] = _without_column(files[path], table, table.columns[column].name)
            smaller = Described(files, world.tables)
            yield _table(smaller, at, replace(table, columns=columns, rows=rows))
        for column, shape in enumerate(table.columns):
            if shape.indexed:
                plain = (*table.columns[:column], replace(shape, indexed=False), *table.columns[column + 1 :])
                yield _table(world, at, replace(table, columns=plain))


def _fields(world: Described) -> Iterator[Described]:
    """Entities, and their fields that nothing maps."""
    for path, document in world.files.items():
        if path.startswith("standards/"):
            yield replace(world, files={other: kept for other, kept in world.files.items() if other != path})
        if not path.startswith("entities/"):
            continue
        yield replace(world, files={other: kept for other, kept in world.files.items() if other != path})
        for name in document["fields"]:
            fields = {field: spec for field, spec in document["fields"].items() if field != name}
            if fields:
                yield replace(world, files=_changed(world, path, {"fields": fields}))


_smaller = (_sources, _tables, _mappings, _rows, _parts, _fields, _columns, _steps)


def _places(world: Described) -> list[tuple[str, str, int]]:
    return [
        (path, entity, at)
        for path, document in world.files.items()
        for entity, mappings in document.get("provides", {}).items()
        for at in range(len(mappings))
    ]


def _changed(world: Described, path: str, change: dict[str, Any]) -> dict[str, Any]:
    return {**world.files, path: {**world.files[path], **change}}


def _with(world: Described, path: str, entity: str, at: int, mapping: dict[str, Any]) -> Described:
    provides = dict(world.files[path]["provides"])
    provides[entity] = [*provides[entity][:at], mapping, *provides[entity][at + 1 :]]
    return replace(world, files=_changed(world, path, {"provides": provides}))


def _table(world: Described, at: int, table: Table) -> Described:
    return replace(world, tables=(*world.tables[:at], table, *world.tables[at + 1 :]))


def _without_column(document: Any, table: Table, column: str) -> Any:
    changed = copy.deepcopy(dict(document))
    for mappings in changed["provides"].values():
        for mapping in mappings:
            if re.split(r"\.", mapping["from"])[0] == table.name:
                mapping["options"]["columns"].pop(column, None)
    return changed
