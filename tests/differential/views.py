"""What the catalog's mappings mean, written a second time: slowly, plainly, and without a look at the product.

Each entity becomes one table in DuckDB: for every mapping a SELECT over its raw table, put together by UNION ALL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import yaml

CATALOG = Path(__file__).parent / "catalog"
ORIGIN = {"_source": "varchar", "_department": "varchar", "_record_key": "varchar", "_updated_at": "timestamp"}


def build(db: duckdb.DuckDBPyConnection, catalog: Path = CATALOG) -> None:
    """Create one table for each entity of the catalog, from raw tables named `source__relation`."""
    entities = [_read(path) for path in sorted((catalog / "entities").glob("*.yaml"))]
    sources = [_read(path) for path in sorted((catalog / "sources").glob("*.yaml"))]
    standards = {file["standard"]: file for file in map(_read, (catalog / "standards").glob("*.yaml"))}
    for entity in entities:
        branches = []
        for source in sources:
            provided = source["provides"].get(entity["entity"], [])
            for mapping in provided if isinstance(provided, list) else [provided]:
                branches.append(_branch(entity, source, mapping, standards, db))
        db.execute(f"CREATE TABLE {entity['entity']} AS {' UNION ALL '.join(branches)}")


class _Loader(yaml.SafeLoader):
    """YAML as of 1.2: `no` and `on` are texts."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith("bool") or first in "tfTF"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    return found


def _branch(
    entity: dict[str, Any],
    source: dict[str, Any],
    mapping: dict[str, Any],
    standards: dict[str, Any],
    db: duckdb.DuckDBPyConnection,
) -> str:
    name = _relation(source["kind"], mapping)
    table = f'"{source["source"]}__{name}"'
    types = {row[0]: row[1] for row in db.execute(f"DESCRIBE {table}").fetchall()}
    keys = mapping.get("key", [])
    keys = keys if isinstance(keys, list) else [keys]
    outputs = []
    for field, spec in entity["fields"].items():
        if entity["grain"] == "merged" and field == entity["key"]:
            made = f"'{source['source']}.{mapping.get('name', name)}:' || {_key(keys)}"
        elif field in mapping["fields"]:
            made = _field(mapping["fields"][field], spec["type"], types, standards)
        else:
            made = f"CAST(NULL AS {spec['type']})"
        outputs.append(f"{made} AS {field}")
    if entity["grain"] == "merged":
        outputs += [f"['{source['source']}'] AS _sources", "CAST(NULL AS TIMESTAMP) AS _updated_at"]
    else:
        department = f"'{source['department']}'" if source.get("department") else "CAST(NULL AS VARCHAR)"
        key = _key(keys) if keys else "CAST(NULL AS VARCHAR)"
        outputs += [f"'{source['source']}' AS _source", f"{department} AS _department", f"{key} AS _record_key"]
        outputs += ["CAST(NULL AS TIMESTAMP) AS _updated_at"]
    where = f" WHERE {mapping['where']}" if "where" in mapping else ""
    return f"SELECT {', '.join(outputs)} FROM {table}{where}"


def _relation(kind: str, mapping: dict[str, Any]) -> str:
    """Return the name of what a mapping reads, without schema, folder and suffix."""
    if mapping["from"].startswith("SELECT"):
        return str(mapping["name"])
    if kind in ("postgres", "mysql"):
        return str(mapping["from"].split(".")[-1].strip('"'))
    return str(mapping["from"].split("/")[0].split(".")[0])


def _key(columns: list[str]) -> str:
    if len(columns) == 1:
        return f"CAST({columns[0]} AS VARCHAR)"
    escaped = [f"replace(replace(CAST({name} AS VARCHAR), '\\', '\\\\'), '|', '\\|')" for name in columns]
    return " || '|' || ".join(escaped)


def _field(spec: Any, type_: str, types: dict[str, str], standards: dict[str, Any]) -> str:
    if isinstance(spec, str):
        return f"TRY_CAST(({spec}) AS {type_})"
    if "const" in spec:
        return f"CAST({_literal(spec['const'])} AS {type_})"
    if "ref" in spec:
        return f"'{spec['ref']}:' || CAST({spec['column']} AS VARCHAR)"
    value, text = spec["column"], types[spec["column"]] == "VARCHAR"
    if any(step in spec for step in ("trim", "lower", "prefix", "suffix", "codes")) and not text:
        value, text = f"CAST({value} AS VARCHAR)", True
    if spec.get("trim"):
        value = f"trim({value})"
    if spec.get("lower"):
        value = f"lower({value})"
    if "prefix" in spec:
        size = len(spec["prefix"])
        value = f"(CASE WHEN ({value})[1:{size}] = '{spec['prefix']}' THEN ({value})[{size + 1}:] ELSE {value} END)"
    if "suffix" in spec:
        size = len(spec["suffix"])
        ends = f"length({value}) >= {size} AND right({value}, {size}) = '{spec['suffix']}'"
        value = f"(CASE WHEN {ends} THEN left({value}, length({value}) - {size}) ELSE {value} END)"
    if "codes" in spec:
        value = _decoded(value, spec, standards)
    if "parse" in spec:
        formats = spec["parse"] if isinstance(spec["parse"], list) else [spec["parse"]]
        value = "coalesce(" + ", ".join(f"try_strptime({value}, '{each}')" for each in formats) + ")"
        text = False
    elif "scale" in spec:
        value = f"TRY_CAST({value} AS DECIMAL(28,8))" if text else value
        value, text = f"({value} * {spec['scale']:f})".replace("000)", ")"), False
    if "default" in spec:
        default = spec["default"]
        value = f"coalesce({value}, {_literal(str(default) if text else default)})"
    return f"TRY_CAST({value} AS {type_})"


def _decoded(value: str, spec: dict[str, Any], standards: dict[str, Any]) -> str:
    codes = spec["codes"]
    rest = spec.get("else")
    if isinstance(codes, str):
        codes, rest = standards[codes]["codes"], spec.get("else", standards[codes].get("else"))
    whens = " ".join(f"WHEN {value} = {_literal(raw)} THEN {_word(outcome)}" for raw, outcome in codes.items())
    return f"(CASE WHEN {value} IS NULL THEN NULL {whens} ELSE {_word(rest)} END)"


def _word(outcome: Any) -> str:
    if isinstance(outcome, bool):
        return "'true'" if outcome else "'false'"
    return "NULL" if outcome is None else _literal(str(outcome))


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)
