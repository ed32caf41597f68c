"""Rules with a Splink model: its file, the fields that it reads, and the pairs that it finds among all records."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cdi_federate.catalog.identity import Identity
from cdi_federate.catalog.model import Entity
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.errors import UsageError, nearest
from cdi_federate.execute.duck.probable import probable_pairs
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.federation.readings import Readings
from cdi_federate.identity.pairs import Pairs
from cdi_federate.identity.reading import Reader
from cdi_federate.identity.terms import Rule

Models = Mapping[str, Mapping[str, Any]]
"""The content of each model, by the path that the catalog gives."""


def load(base: str | Path, identity: Identity) -> Models:
    """Return the models that rules name; raises `UsageError` for a file that is missing or no model."""
    found: dict[str, Mapping[str, Any]] = {}
    for name in dict.fromkeys(rule.model for rule in identity.rules if rule.model):
        path = Path(base) / name
        if not path.is_file():
            near = nearest(path.name, [each.name for each in path.parent.glob("*.json")], limit=1)
            raise UsageError(f"there is no model '{name}' beside the catalog", candidates=near)
        try:
            found[name] = json.loads(path.read_bytes())
        except ValueError:
            raise UsageError(f"'{name}' is no JSON, so it is no model of Splink's") from None
        if not isinstance(found[name], dict) or not found[name].get("comparisons"):
            raise UsageError(f"'{name}' is no model of Splink's: it compares nothing")
    return found


def fields_of(entity: Entity, models: Models) -> tuple[str, ...]:
    """Return the fields of the entity that the models speak of, as SQL names."""
    words = set(re.findall(r"\w+", json.dumps(list(models.values())).lower()))
    made = {name.lower() for name in entity.key}
    return tuple(f'"{field.name}"' for name, field in entity.fields.items() if name in words and name not in made)


def digest(models: Models) -> str:
    """Return a text that changes when a model does."""
    return hashlib.sha256(json.dumps(models, sort_keys=True).encode()).hexdigest()[:32] if models else ""


def link(
    bench: Workbench,
    pairs: Pairs,
    rules: Iterable[Rule],
    models: Models,
    fields: Iterable[str],
    readings: Readings,
    mappings: Iterable[EntityMapping],
    reader: Reader,
) -> None:
    """Add the pairs that models find among the records of the scope; their values are read into a workbench apart."""
    names = tuple(fields)
    listed = "".join(f", {field}" for field in names)
    with Workbench() as apart:
        apart.take("ids", bench.table("SELECT m, key, id FROM scope"), "SELECT * FROM incoming", {})
        parts = []
        for at, mapping in enumerate(mappings):
            sql = f"SELECT {reader.stored(mapping)} AS key{listed} FROM incoming"
            result = readings.rows(mapping.qualified, f"_record_key AS k{listed}")
            apart.take(f"raw_{at}", result.reader(), sql, reader.used(sql))
            mine = f"(SELECT id, key FROM ids WHERE m = {at}) AS i{at}"
            parts.append(f"SELECT id AS unique_id{listed} FROM raw_{at} JOIN {mine} USING (key)")
        apart.run(
            f"CREATE TABLE people AS SELECT * FROM ({' UNION ALL '.join(parts)}) "
            "QUALIFY row_number() OVER (PARTITION BY unique_id) = 1"
        )
        for rule in rules:
            found = probable_pairs(apart, "people", models[rule.rule.model], rule.rule.threshold)
            bench.take("scored", found, "SELECT * FROM incoming", {})
            pairs.scored(rule, "scored")
            apart.take("found", found, "SELECT * FROM incoming", {})
            bench.take("alike", apart.table(_agreeing(names)), "SELECT * FROM incoming", {})
            bench.run("INSERT INTO agreed SELECT * FROM alike ANTI JOIN agreed USING (l, r)")


def _agreeing(fields: Iterable[str]) -> str:
    """Return the SELECT of each pair found with the names, and only the names, of the fields that agree in it."""
    each = ", ".join(f"CASE WHEN a.{field} = b.{field} THEN '{field[1:-1]}' END" for field in fields)
    return (
        "SELECT least(l, r) AS l, greatest(l, r) AS r, "
        f"list_filter([{each}]::VARCHAR[], lambda name: name IS NOT NULL) AS names "
        "FROM found JOIN people AS a ON a.unique_id = l JOIN people AS b ON b.unique_id = r"
    )
